"""The fold of a given-up order that is dropped: what never was in force is not told, and what it was to lift is lifted."""

from cases.case import Case
from cases.changes import revoked, with_order, with_orders
from cases.decisions import Decision
from cases.events import CaseEvent
from cases.fold_interventions import skipped
from cases.fold_telling import noticed
from cases.holds import ever_in_force
from cases.interventions import OrderDropped
from cases.measures import Order, OrderStage
from cases.reversals import Reversal, taken_back
from cases.telling import Audience, NoticeKind


def order_dropped(case: Case, event: CaseEvent, body: OrderDropped) -> Case:
    """As if an operator had skipped it; or, where something of it was kept, it is ordered anew without the rest."""
    order = case.order(body.order_id)
    if order.stage is not OrderStage.GIVEN_UP:
        return case
    decision = next((one for one in case.decisions if order.order_id in one.order_ids), None)
    never = (*order.missed, *body.measures)
    if {measure.measure_id for measure in order.impose} - set(never):
        anew = order.evolve(stage=OrderStage.ISSUED, stuck_since=None, round=order.round + 1, missed=never)
        return _unsaid(with_order(case, anew), decision)
    case = _unsaid(skipped(case, event, order), decision)
    left = tuple(one for one in order.revoke if one not in revoked(case))
    return _lifted(case, event, order, left, decision) if left else case


def _lifted(case: Case, event: CaseEvent, order: Order, left: tuple[str, ...], decision: Decision | None) -> Case:
    """The hold that it was to replace; who heard of the hold hears so, unless they hear of the decision's reversal."""
    lift = Order(order_id=f"{order.try_id}:lift", cause=order.cause, target=order.target, revoke=left)
    case = with_orders(case, (lift,))
    if decision is None or not case.without_effect(decision.order_ids) or not ever_in_force(case, left):
        return case
    matter, after = case.matter(decision.matter_id), (lift.order_id,)
    return noticed(case, event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, decision.decision_id, matter, after)


def _unsaid(case: Case, decision: Decision | None) -> Case:
    """Without what was to be said of the decision or of its reversal, as far as nothing of it was, or will be, in force."""
    if decision is not None:
        idle = {one.reversal_id for one in case.reversals if _of_nothing(case, decision, one)}
        about = decision.order_ids if case.all_skipped(decision.order_ids) else None
        notices = (
            one
            for one in case.notices
            if one.told_at or not (one.after == about or (one.kind is NoticeKind.REVERSAL_AUTHOR and one.cause in idle))
        )
        filings = (one for one in case.filings if one.answered_at or one.after != about)
        case = case.evolve(notices=tuple(notices), filings=tuple(filings))
    return _corrects_what_stands(case)


def _of_nothing(case: Case, decision: Decision, reversal: Reversal) -> bool:
    gone = taken_back(decision, reversal.keep)
    imposing = (one for one in case.orders if gone & {measure.measure_id for measure in one.impose} - set(one.missed))
    return reversal.decision_id == decision.decision_id and all(one.without_effect for one in imposing)


def _corrects_what_stands(case: Case) -> Case:
    """Without corrections of what is not filed, and will not be."""
    standing = {one.filing_id for one in case.filings if one.answered_at or not case.all_skipped(one.after)}
    filings = (
        one.evolve(supersedes=tuple(wrong for wrong in one.supersedes if wrong in standing))
        if not one.answered_at
        else one
        for one in case.filings
    )
    corrects = {one.filing_id for one in case.filings if one.supersedes}
    return case.evolve(filings=tuple(one for one in filings if one.supersedes or one.filing_id not in corrects))
