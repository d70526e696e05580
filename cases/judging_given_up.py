"""What is done about given-up orders once what they were to impose is taken back, by a reversal or by what replaces a hold.

Such an order is in front of a person, with a clock, and nothing that comes after it waits for that: what it would bring is
wanted no more, and is not to come into force by a late retry. It is dropped.
"""

from datetime import datetime

from cases.case import Case
from cases.changes import revoked
from cases.destruction import DESTROY
from cases.events import CaseEvent
from cases.interventions import OrderDropped
from cases.measures import Order, OrderStage


def dropped(case: Case, now: datetime) -> tuple[CaseEvent, ...]:
    """The given-up orders of which something is not wanted any more. None for most cases, and once they are folded."""
    gone = revoked(case)
    return tuple(
        _event(order, never, now)
        for order in case.orders
        if order.stage is OrderStage.GIVEN_UP and (never := _taken_back(order, gone))
    )


def _taken_back(order: Order, gone: frozenset[str]) -> tuple[str, ...]:
    """Of what it was to impose, what is not wanted any more; to destroy what was removed goes with the removal."""
    removal = order.cause.removeprefix(DESTROY) if order.cause.startswith(DESTROY) else None
    wanted = (one.measure_id for one in order.impose if one.measure_id not in order.missed)
    return tuple(one for one in wanted if one in gone or removal in gone)


def _event(order: Order, never: tuple[str, ...], now: datetime) -> CaseEvent:
    body = OrderDropped(order_id=order.order_id, measures=never, round=order.round)
    return CaseEvent(event_id=f"order:{order.try_id}:dropped", occurred_at=now, body=body)
