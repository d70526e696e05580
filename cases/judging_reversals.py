"""What the case decides of reversals: an operator's, and those that follow because a decision elsewhere fell."""

from datetime import datetime
from hashlib import sha256

from cases.authority_orders import is_by_order
from cases.case import Case
from cases.causes import SOURCE
from cases.changes import revoked
from cases.decisions import SourceDecision
from cases.events import CaseEvent, DecisionReversed
from cases.facts import Message
from cases.holds import hold_causes
from cases.judging_orders import by_order
from cases.measures import OrderStage
from cases.messages import MessageId
from cases.received import ReversalReceived, SourceFell
from cases.refusals import Refusal, refused
from cases.reversals import taken_back


class SourceFellMessage(Message):
    """Brought by an activity: a decision elsewhere, on which decisions of this case rest, was taken back wholly."""

    message_id: MessageId
    source: SourceDecision


def reverse(case: Case, body: ReversalReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """The decision is taken back, but for what is kept; or why it cannot be."""
    if refusal := refuse_reversal(case, body.decision_id, body.keep):
        return (refused(body.number, "reverse", refusal, body.received_at, body.message_id),)
    reversal = DecisionReversed(
        reversal_id=body.message_id,
        decision_id=body.decision_id,
        keep=body.keep,
        by=f"operator:{body.operator}",
        reason_id=body.reason_id,
        idle=bool(body.keep) and _never_in_force(case, body),
    )
    return (_event(reversal, now),)


def _never_in_force(case: Case, body: ReversalReceived) -> bool:
    """Whether all that is not kept was left out by an operator, given up or void: it only will not be taken up again."""
    gone = taken_back(case.decision(body.decision_id), body.keep)
    imposing = (one for one in case.orders if gone & {measure.measure_id for measure in one.impose})
    return all(one.without_effect or one.stage is OrderStage.GIVEN_UP for one in imposing)


def lifting_holds(case: Case, events: tuple[CaseEvent, ...]) -> tuple[CaseEvent, ...]:
    """The same events; a whole reversal names the holds of its matter that still stand: their replacement was left out."""
    return tuple(
        event.evolve(body=event.body.evolve(lifts=() if event.body.keep else _holds_left(case, event.body)))
        if isinstance(event.body, DecisionReversed)
        else event
        for event in events
    )


def _holds_left(case: Case, body: DecisionReversed) -> tuple[str, ...]:
    causes, gone = hold_causes(case, case.decision(body.decision_id).matter_id), revoked(case)
    return tuple(
        measure.measure_id
        for order in case.orders
        if order.cause in causes and order.stage not in (OrderStage.VOID, OrderStage.SKIPPED)
        for measure in order.impose
        if measure.measure_id not in gone
    )


def refuse_reversal(case: Case, decision_id: str, keep: tuple[str, ...]) -> Refusal | None:
    """Why this decision cannot be taken back; None where it can."""
    decision = next((d for d in case.decisions if d.decision_id == decision_id), None)
    if decision is None:
        return Refusal(code="unknown_decision", text=f"decision_id: {decision_id} is not in this case")
    if is_by_order(decision.by):
        return by_order("decision_id", decision.by)
    if decision.reversed:
        return Refusal(code="already_reversed", text=f"decision_id: {decision_id} was taken back before")
    strange = [measure for measure in keep if measure not in decision.measure_ids]
    if strange:
        names = ", ".join(decision.measure_ids) or "none"
        return Refusal(code="unknown_measure", text=f"keep: {strange[0]} is not of this decision; it has {names}")
    return None


def drop_with_source(case: Case, body: SourceFell, now: datetime) -> tuple[CaseEvent, ...]:
    """Every decision that names the fallen one falls with it. What a person took back already stays so."""
    resting = [one for one in case.decisions if body.source in one.derived_from and not one.reversed]
    return tuple(
        _event(
            DecisionReversed(
                reversal_id=fallen_id(body.source) + (f".{number}" if number else ""),
                decision_id=decision.decision_id,
                by=f"{SOURCE}{body.source.decision_id}",
            ),
            now,
        )
        for number, decision in enumerate(resting)
    )


def fallen_id(source: SourceDecision) -> str:
    """The reversal's id: one source, one fall, whatever reruns."""
    named = f"{source.case_id}\0{source.decision_id}".encode()
    return f"fell-{sha256(named).hexdigest()[:32]}"


def _event(reversal: DecisionReversed, at: datetime) -> CaseEvent:
    return CaseEvent(event_id=f"reversal:{reversal.reversal_id}", occurred_at=at, body=reversal)
