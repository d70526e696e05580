"""Small changes to a case: one of its collections, one entry replaced or gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cases.case import Case
from cases.deadlines import Clock, ClockKind
from cases.durations import parse_duration
from cases.matters import Matter
from cases.measures import Order, OrderStage


def replaced(items: Sequence[Any], key: str, wanted: str, **changes: Any) -> tuple[Any, ...]:
    """The items, with changes to the one whose key is wanted."""
    return tuple(item.evolve(**changes) if getattr(item, key) == wanted else item for item in items)


def with_matter(case: Case, matter: Matter) -> Case:
    """The case with this matter in the place of its earlier self."""
    return case.evolve(matters=tuple(matter if m.matter_id == matter.matter_id else m for m in case.matters))


def with_order(case: Case, order: Order) -> Case:
    """The case with this order in the place of its earlier self. Once it is not given up, nobody has to see to it."""
    orders = tuple(order if one.order_id == order.order_id else one for one in case.orders)
    return stopped(case.evolve(orders=orders), f"given_up:{order.order_id}")


def with_orders(case: Case, orders: Iterable[Order]) -> Case:
    """The case with these orders issued. What an order takes back needs no clock to end or to destroy it."""
    issued = tuple(orders)
    gone = {f"{clock}:{one}" for order in issued for one in order.revoke for clock in ("expiry", "destruction")}
    clocks = tuple(clock for clock in case.clocks if clock.clock_id not in gone)
    return case.evolve(orders=(*case.orders, *issued), clocks=clocks)


def stopped(case: Case, clock_id: str) -> Case:
    """The case without this clock."""
    return case.evolve(clocks=tuple(clock for clock in case.clocks if clock.clock_id != clock_id))


def review_clock(matter: Matter, at: datetime) -> Clock:
    """By when the matter is to be decided, from now."""
    return Clock(
        clock_id=f"review:{matter.matter_id}",
        kind=ClockKind.REVIEW,
        subject=matter.matter_id,
        source=matter.terms.review_source,
        started_at=at,
        due_at=at + parse_duration(matter.terms.review_within),
    )


def revoked(case: Case) -> frozenset[str]:
    """The measures that some order took back."""
    orders = (order for order in case.orders if order.stage is not OrderStage.SKIPPED)
    return frozenset(measure for order in orders for measure in order.revoke)
