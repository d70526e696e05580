"""What the case decides of orders: whether a change to one may stand, and the decision that carries one out."""

from collections.abc import Iterable
from datetime import datetime

from cases.assessments import Assessment, Triaged
from cases.authority_orders import (
    LONGEST_TEXT,
    NON_DISCLOSURE_LONGEST,
    REASON,
    AuthorityOrder,
    AuthorityOrderStage,
    OrderChange,
    OrderElement,
    OrderKind,
)
from cases.case import Case
from cases.decisions import Decision, FourEyes, Ground, Outcome
from cases.errors import Problem
from cases.events import AuthorityOrderChanged, CaseEvent, DecisionRecorded, DecisionReversed
from cases.policy import CATCH_ALL
from cases.received import OrderChangeReceived
from cases.refusals import Refusal, refused


def change_order(case: Case, body: OrderChangeReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """The change, or why it cannot stand; a withdrawal takes back what the order had done."""
    order = next((one for one in case.authority_orders if one.order_id == body.order_id), None)
    refusal = _refuse_change(order, body)
    if order is None or refusal is not None:
        assert refusal is not None
        return (refused(body.number, "order_change", refusal, body.received_at, body.message_id),)
    changed = AuthorityOrderChanged(
        order_id=body.order_id,
        change=body.change,
        by=f"operator:{body.operator}",
        given=_given(body),
        territory=body.territory,
        until=body.until,
        reference=body.reference,
        confirms=body.change is OrderChange.WITHDRAWN,
    )
    # As of its arrival: an order that is clear again has its whole time from then, however late this is read.
    events = (CaseEvent(event_id=f"order_change:{body.message_id}", occurred_at=body.received_at, body=changed),)
    decision = next((one for one in case.decisions if one.decision_id == order.decision_id), None)
    if body.change is not OrderChange.WITHDRAWN or decision is None or decision.reversed:
        return events
    reversal = DecisionReversed(reversal_id=body.message_id, decision_id=decision.decision_id, by=order.by)
    return (*events, CaseEvent(event_id=f"reversal:{body.message_id}", occurred_at=now, body=reversal))


def unnamed(order: AuthorityOrder, given: Iterable[OrderElement], territory: Iterable[str] = ()) -> Problem | None:
    """What is wrong with a clarification: something is missing, and it names none of that; or nothing waits for it.

    The whole time runs anew from a clarification (Regulation (EU) 2021/784, Art. 3(7) and (8)): what was not said clears
    nothing. territory: names itself.
    """
    if not order.halted:
        cure = "it is carried out as it stands; have it withdrawn, and take down the order that stands instead"
        return Problem("change", OrderChange.CLARIFIED, "the order is neither unclear nor impossible", cure)
    named = (*given, *((OrderElement.TERRITORY,) if territory else ()))
    if order.missing and not set(order.missing) & set(named):
        cure = f"name what came of {', '.join(order.missing)}, or wait for it"
        return Problem("given", ", ".join(named), "names nothing that is missing", cure)
    return None


def by_order(field: str, by: str) -> Refusal:
    """An authority's order is not ours to take back, be it by a second look or an operator."""
    cure = f"note that the order is unclear or withdrawn: order {by.removeprefix(REASON)}"
    return Refusal(code="by_order", text=f"{field}: an authority ordered it; {cure}")


def decisions_ordered(case: Case, asked: CaseEvent) -> tuple[CaseEvent, ...]:
    """The decisions by which orders are carried out, once the matter they are about is open.

    They are recorded with the triage, and wait for nobody: a second person looks afterwards (`FourEyes.AFTER`).
    """
    body = asked.body
    if not isinstance(body, Triaged):
        return ()
    found = {one.area: one for one in body.assessments}
    return tuple(
        _decided(order, found.get(order.area) or found[CATCH_ALL], asked)
        for order in case.authority_orders
        if order.acts and order.decision_id is None and (order.area in found or CATCH_ALL in found)
    )


def _decided(order: AuthorityOrder, found: Assessment, asked: CaseEvent) -> CaseEvent:
    decision = Decision(
        decision_id=f"order-{order.order_id}.{found.evidence_version}",
        digest=f"order:{order.order_id}",
        matter_id=found.matter_id,
        outcome=Outcome.VIOLATION,
        by=order.by,
        automated=False,
        decided_at=asked.occurred_at,
        ground=Ground.LAW,
        rule_id=order.order.value,
        evidence_version=found.evidence_version,
        enforcements=(order.enforcement,),
        second=FourEyes.AFTER,
    )
    event_id = f"decision:{decision.decision_id}"
    return CaseEvent(event_id=event_id, occurred_at=asked.occurred_at, body=DecisionRecorded(decision=decision))


def _given(body: OrderChangeReceived) -> tuple[OrderElement, ...]:
    """What a change names; a territory that came with a clarification need not be named too."""
    located = body.change is OrderChange.CLARIFIED and body.territory and (body.given or body.by_name)
    return tuple(dict.fromkeys((*body.given, OrderElement.TERRITORY))) if located else body.given


def _refuse_change(order: AuthorityOrder | None, body: OrderChangeReceived) -> Refusal | None:
    if order is None:
        return Refusal(code="unknown_order", text=f"order_id: {body.order_id} is not in this case")
    if order.stage is AuthorityOrderStage.WITHDRAWN:
        return Refusal(code="order_closed", text=f"order_id: {body.order_id} was withdrawn; take down a new order")
    done = order.stage in (AuthorityOrderStage.EFFECTED, AuthorityOrderStage.INFORMED)
    if done and body.change in (OrderChange.UNCLEAR, OrderChange.IMPOSSIBLE, OrderChange.CLARIFIED):
        return Refusal(code="order_closed", text=f"change: {body.order_id} was carried out; have it withdrawn")
    if (
        body.change is OrderChange.CLARIFIED
        and body.by_name
        and (problem := unnamed(order, body.given, body.territory))
    ):
        return Refusal(code="wrong_change", text=str(problem))
    if body.change is OrderChange.ANSWERED and (order.order is not OrderKind.ARTICLE_10 or not body.reference):
        return Refusal(
            code="wrong_change", text="change: an order to give information is answered, with a reference; name it"
        )
    told_of = order.stage is AuthorityOrderStage.EFFECTED or (order.followed and order.halted)
    if body.change is OrderChange.INFORMED and not told_of:
        return Refusal(
            code="wrong_change", text="change: the authority is told of an effect, or of a halt; there is neither"
        )
    if body.until and order.order is OrderKind.TCO_REMOVAL and body.until > body.received_at + NON_DISCLOSURE_LONGEST:
        return Refusal(code="wrong_change", text=f"until: {LONGEST_TEXT}")
    return None
