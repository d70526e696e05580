"""What follows from what a reviewer sends to an appeal: an outcome at once, one that waits for its grace, or one taken back."""

from collections.abc import Sequence
from datetime import datetime

from cases.events import CaseEvent, EventBody
from cases.hearing_events import AppealDecided
from cases.hearings import Hearing, effect_at, fold_hearings, refuse_hearing, refuse_taking_back
from cases.judging_withdrawals import withdrawal_event_id
from cases.received import DecisionAsk, DecisionReceived
from cases.refusals import refused
from cases.withdrawals import OutcomeEntered, OutcomeWithdrawn, WithdrawalReceived


def heard(hearing: Hearing, event: CaseEvent, now: datetime) -> tuple[CaseEvent, ...]:
    """The events that follow from one that came in, already folded. None for most, and for what was heard before."""
    match event.body:
        case DecisionReceived(ask=ask) as body:
            if refusal := refuse_hearing(hearing, ask, body.received_at):
                return (refused(body.number, "decide", refusal, body.received_at, ask.decision_id),)
            return _found(hearing, ask, now) if _is_new(hearing, ask) else ()
        case WithdrawalReceived() as body:
            if refusal := refuse_taking_back(hearing, body.decision_id, body.reviewer, body.received_at):
                return (refused(body.number, "withdraw", refusal, body.received_at, body.message_id),)
            gone = OutcomeWithdrawn(decision_id=body.decision_id, by=body.reviewer, reason_id=body.reason_id)
            return (_event(withdrawal_event_id(body.message_id), now, gone),)
    return ()


def was_judged(event: CaseEvent, later: Sequence[CaseEvent]) -> bool:
    """Whether a message that is read again, by a run that takes over from one that was lost, has its answer in the record."""
    ids = {f"refused:{event.event_id}"}
    match event.body:
        case DecisionReceived(ask=ask):
            ids |= {f"decision:{ask.decision_id}", f"entered:{ask.decision_id}"}
        case WithdrawalReceived(message_id=message_id):
            ids |= {withdrawal_event_id(message_id)}
    return not ids.isdisjoint(one.event_id for one in later)


def taking_effect(hearing: Hearing, now: datetime) -> tuple[CaseEvent, ...]:
    """The outcome whose grace is over; nothing before."""
    entered = hearing.entered
    return (_decided(entered.ask, now),) if entered and entered.effect_at <= now else ()


def _found(hearing: Hearing, ask: DecisionAsk, now: datetime) -> tuple[CaseEvent, ...]:
    gone: tuple[CaseEvent, ...] = ()
    if ask.replaces:
        body = OutcomeWithdrawn(
            decision_id=ask.replaces, by=ask.reviewer, reason_id=ask.rationale_id, replaced_by=ask.decision_id
        )
        gone = (_event(withdrawal_event_id(ask.decision_id), now, body),)
        hearing = fold_hearings(hearing, gone)
    if at := effect_at(hearing, now):
        return (*gone, _event(f"entered:{ask.decision_id}", now, OutcomeEntered(ask=ask, effect_at=at)))
    return (*gone, _decided(ask, now))


def _is_new(hearing: Hearing, ask: DecisionAsk) -> bool:
    entered = hearing.entered
    return hearing.decided is None and (entered is None or entered.ask.decision_id != ask.decision_id)


def _decided(ask: DecisionAsk, now: datetime) -> CaseEvent:
    return _event(f"decision:{ask.decision_id}", now, AppealDecided(ask=ask))


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
