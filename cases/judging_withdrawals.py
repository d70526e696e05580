"""Whether a reviewer may take their own decision back, and what follows: nothing happened, or all of it is undone."""

from datetime import datetime

from cases.appeals import AppealStage
from cases.case import Case
from cases.deadlines import STATUTORY, Clock, ClockKind
from cases.decisions import Decision
from cases.durations import parse_duration
from cases.events import CaseEvent, DecisionReversed, EventBody
from cases.matters import Matter
from cases.refusals import Refusal, refused
from cases.withdrawals import DecisionWithdrawn, WithdrawalReceived

_LATER = "have an operator reverse it"


def grace_end(case: Case, matter: Matter, now: datetime) -> datetime | None:
    """Until when a decision on this matter may be taken back; None where the pack gives no grace."""
    return now + parse_duration(matter.terms.grace) if matter.terms.grace else None


def effect_at(case: Case, matter: Matter, now: datetime) -> datetime | None:
    """When a decision on this matter takes effect; None for at once. Waiting makes no clock of ours or of a law late,
    nor later (P12).
    """
    end = grace_end(case, matter, now)
    if end is None or not matter.terms.grace_waits:
        return None
    bounds = [clock.due_at for clock in case.clocks if _bounds(clock, matter)]
    at = min([end, *bounds])
    return at if at > now else None


def refuse_withdrawal(case: Case, decision_id: str, reviewer: str, at: datetime) -> Refusal | None:
    """Why this reviewer cannot take this decision back at this instant; None where they can."""
    decision = next((one for one in case.asked if one.decision_id == decision_id), None)
    if decision is None:
        return Refusal(code="unknown_decision", text=f"decision_id: {decision_id} is not in this case")
    if decision.by != reviewer:
        return Refusal(
            code="not_yours", text=f"decision_id: {decision_id} is another's; appeals and operators judge those"
        )
    matter = case.matter(decision.matter_id)
    if decision_id in (matter.entered_id, matter.proposed_id):
        return None  # nothing was done yet
    recorded = next((one for one in case.decisions if one.decision_id == decision_id), None)
    if recorded is None or recorded.reversed or matter.decision_id != decision_id:
        return Refusal(code="already_withdrawn", text=f"decision_id: {decision_id} does not stand any more")
    if recorded.second_by or any(
        one.decision_id == decision_id and one.stage is AppealStage.OPENED for one in case.appeals
    ):
        return Refusal(code="judged_since", text=f"decision_id: somebody else judged {decision_id} since; {_LATER}")
    if recorded.changeable_until is None:
        return Refusal(code="no_grace", text=f"decision_id: {decision_id} has no grace in this pack; {_LATER}")
    if at > recorded.changeable_until:
        ended = recorded.changeable_until.isoformat()
        return Refusal(code="grace_over", text=f"decision_id: the grace of {decision_id} ended at {ended}; {_LATER}")
    return None


def withdraw(case: Case, body: WithdrawalReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """The matter is open again; or why it cannot be."""
    if refusal := refuse_withdrawal(case, body.decision_id, body.reviewer, body.received_at):
        return (refused(body.number, "withdraw", refusal, body.received_at, body.message_id),)
    return taken_back(case, body.decision_id, body.message_id, body.reason_id, now)


def taken_back(
    case: Case, decision_id: str, cause: str, reason_id: str | None, now: datetime, replaced_by: str | None = None
) -> tuple[CaseEvent, ...]:
    """What was done is undone first, where anything was. cause: the id of what asked for it."""
    decision: Decision = next(one for one in case.asked if one.decision_id == decision_id)
    withdrawn = DecisionWithdrawn(decision_id=decision_id, by=decision.by, reason_id=reason_id, replaced_by=replaced_by)
    gone = _event(withdrawal_event_id(cause), now, withdrawn)
    if not any(one.decision_id == decision_id for one in case.decisions):
        return (gone,)
    reversal = DecisionReversed(
        reversal_id=cause, decision_id=decision_id, by=f"reviewer:{decision.by}", reason_id=reason_id
    )
    return (_event(f"reversal:{cause}", now, reversal), gone)


def withdrawal_event_id(cause: str) -> str:
    """The event's id, by the message that asked for it."""
    return f"withdrawn:{cause}"


def _bounds(clock: Clock, matter: Matter) -> bool:
    own = clock.kind is ClockKind.REVIEW and clock.subject == matter.matter_id
    return own or clock.kind in STATUTORY


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
