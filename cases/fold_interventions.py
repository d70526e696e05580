"""The fold of an operator's step on an order: what it changes of the order, and who hears of it."""

from collections.abc import Callable, Iterable
from typing import Final

from cases.case import Case, Filing
from cases.changes import with_matter, with_order, with_orders
from cases.events import CaseEvent, OrderConfirmed
from cases.fold_orders import order_confirmed
from cases.fold_telling import filing_id
from cases.interventions import OrderIntervened, OrderOvertaken, Step
from cases.matters import MatterStage, move
from cases.measures import Order, OrderStage
from cases.telling import Audience, Notice

BY_HAND: Final = "by_hand"


def order_intervened(case: Case, event: CaseEvent, body: OrderIntervened) -> Case:
    """One step; its answer may have come first, and then it stands."""
    order = case.order(body.order_id)
    return _STEPS[body.step](case, event, order)


def order_answered(case: Case, event: CaseEvent, body: OrderConfirmed) -> Case:
    """The platform confirmed. It may do so after the order was skipped: then it is in effect, and everybody hears of it."""
    order = case.order(body.order_id)
    return order_confirmed(_taken_up(case, event, order), event, body)


def order_overtaken(case: Case, event: CaseEvent, body: OrderOvertaken) -> Case:
    """What was given up is in force by a later order's state: it counts as confirmed, and people are told."""
    order = case.order(body.order_id)
    if order.stage is not OrderStage.GIVEN_UP:
        return case
    confirmed = OrderConfirmed(order_id=body.order_id, target_version=body.target_version, how="superseded")
    return order_answered(case, event, confirmed)


def _retried(case: Case, event: CaseEvent, order: Order) -> Case:
    if not order.open:
        return case
    tried = order.evolve(stage=OrderStage.STUCK, stuck_since=event.occurred_at, round=order.round + 1)
    return with_order(case, tried)


def skipped(case: Case, event: CaseEvent, order: Order) -> Case:
    """It is left out; a matter that it was to hold is held by nothing."""
    if not order.open:
        return case
    case = with_order(case, order.evolve(stage=OrderStage.SKIPPED))
    if isinstance(event.body, OrderIntervened) and event.body.restates:
        case = with_orders(case, (_restated(order),))
    matter = next((one for one in case.matters if one.hold_order == order.order_id), None)
    if matter is None or matter.stage is not MatterStage.HELD:
        return case
    return with_matter(case, move(matter, MatterStage.IN_REVIEW, event.occurred_at))  # nothing holds it


def _restated(order: Order) -> Order:
    """The target's state as it is without the order, in case its answer was all that was lost. It changes nothing else."""
    return Order(order_id=f"{order.try_id}:restated", cause=f"skip:{order.order_id}", target=order.target)


def _done_by_hand(case: Case, event: CaseEvent, order: Order) -> Case:
    return order_answered(case, event, OrderConfirmed(order_id=order.order_id, target_version=0, how=BY_HAND))


def _resumed(case: Case, event: CaseEvent, order: Order) -> Case:
    if order.stage is not OrderStage.SKIPPED:
        return case
    anew = order.evolve(stage=OrderStage.ISSUED, stuck_since=None, round=order.round + 1)
    return with_order(_taken_up(case, event, order), anew)


def _taken_up(case: Case, event: CaseEvent, order: Order) -> Case:
    """What a skipped order was to do is done after all; any other order's case stays as it is."""
    if order.stage is not OrderStage.SKIPPED:
        return case
    case = _still_to_say(case, order)
    matter = next((one for one in case.matters if one.hold_order == order.order_id), None)
    if matter is None or matter.stage is not MatterStage.IN_REVIEW:
        return case
    return with_matter(case, move(matter, MatterStage.HELD, event.occurred_at))


def _still_to_say(case: Case, order: Order) -> Case:
    """What was said and filed meanwhile stated only what was in effect: the rest is said once it is."""
    notices = tuple(_more_to_tell(case.notices, order))
    filings = tuple(_more_to_file(case, order))
    return case.evolve(notices=(*case.notices, *notices), filings=(*case.filings, *filings))


def _more_to_tell(notices: Iterable[Notice], order: Order) -> Iterable[Notice]:
    for notice in notices:
        if order.order_id in notice.after and notice.told_at and notice.audience is Audience.AUTHOR:
            notice_id = f"{notice.notice_id}:{order.order_id}:{order.round + 1}"
            yield notice.evolve(
                notice_id=notice_id, after=(order.order_id,), told_at=None, sent=0, undeliverable=0, not_before=None
            )


def _more_to_file(case: Case, order: Order) -> Iterable[Filing]:
    for filing in case.filings:
        if order.order_id in filing.after and filing.accepted:
            anew = filing_id(case.case_id, f"{filing.cause}\0{order.order_id}\0{order.round + 1}")
            yield Filing(filing_id=anew, cause=filing.cause, after=(order.order_id,), supersedes=(filing.filing_id,))


_STEPS: Final[dict[Step, Callable[[Case, CaseEvent, Order], Case]]] = {
    Step.RETRY: _retried,
    Step.SKIP: skipped,
    Step.BY_HAND: _done_by_hand,
    Step.RESUME: _resumed,
}
