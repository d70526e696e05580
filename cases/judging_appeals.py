"""What the case decides of appeals: whether one is heard, and what follows from its outcome."""

from datetime import datetime

from cases.appeals import Appeal, AppealRefusal, AppealStage, Role, refuse_appeal
from cases.case import Case
from cases.contested import Contested, contested
from cases.deciding import decision_of, recorded
from cases.decisions import Decision, EnforcementRequest, FourEyes, Outcome
from cases.durations import parse_duration
from cases.events import (
    AppealClosed,
    AppealOpened,
    AppealRefused,
    CaseEvent,
    DecisionReversed,
    EventBody,
    HoldReleased,
)
from cases.received import AppealAnswered, AppealReceived, DecisionAsk
from cases.reversals import Reversal

HEARING_WITHIN = parse_duration("P14D")  # "timely" in DSA Art. 20(4); our own target


def open_appeal(case: Case, body: AppealReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """The appeal is heard, or its sender is told why not."""
    about = contested(case, body.decision_id)
    reason = refuse_appeal(
        decision_known=about is not None,
        nothing_left=about.refusal(body.role) if about else None,
        informed_at=body.informed_at,
        received_at=body.received_at,
        same_before=[a for a in case.appeals if (a.decision_id, a.appellant) == (body.decision_id, body.appellant)],
    )
    if reason is AppealRefusal.ALREADY_HEARD and any(a.appeal_id == body.appeal_id for a in case.appeals):
        return ()
    if reason or body.role is None:
        refused = reason or AppealRefusal.NOT_INFORMED
        return (_refused(body.appeal_id, body.decision_id, body.appellant, refused, now),)
    opened = AppealOpened(
        appeal_id=body.appeal_id,
        decision_id=body.decision_id,
        appellant=body.appellant,
        role=body.role,
        due_at=now + HEARING_WITHIN,
    )
    return (_event(f"appeal:{body.appeal_id}:opened", now, opened),)


def answer_appeal(case: Case, body: AppealAnswered, now: datetime) -> tuple[CaseEvent, ...]:
    """It came to its outcome; what it was against is taken back where it does not stand."""
    appeal = next((a for a in case.appeals if a.appeal_id == body.appeal_id), None)
    if appeal is None or appeal.stage is not AppealStage.OPENED:
        return ()
    closed = AppealClosed(appeal_id=body.appeal_id, outcome=body.outcome, by=body.by)
    events: tuple[CaseEvent, ...] = (_event(f"appeal:{body.appeal_id}:closed", now, closed),)
    about = contested(case, appeal.decision_id)
    if body.outcome is not Outcome.REVERSED or about is None:
        return events
    if about.hold is not None or about.reversal is not None:
        return (*events, _hold_or_reversal_taken_back(case, appeal, about, body, now))
    assert about.decision is not None
    first = about.decision
    reversal = DecisionReversed(
        reversal_id=f"appeal-{body.appeal_id}",
        decision_id=first.decision_id,
        by=f"appeal:{body.appeal_id}",
        again=first.reversed,
    )
    events = (*events, _event(f"reversal:appeal-{body.appeal_id}", now, reversal))
    if appeal.role is Role.REPORTER and first.outcome is not Outcome.VIOLATION:
        return (*events, _imposed(case, first, about.matter.terms.enforcements, body, now))
    return events


def _hold_or_reversal_taken_back(
    case: Case, appeal: Appeal, about: Contested, body: AppealAnswered, now: datetime
) -> CaseEvent:
    """The hold ends, or what was taken back is imposed again; unless the one or the other was overtaken meanwhile."""
    if nothing_left := about.refusal(appeal.role):
        return _refused(appeal.appeal_id, appeal.decision_id, appeal.appellant, nothing_left, now)
    if about.hold is not None:
        released = HoldReleased(hold=about.hold, by=f"appeal:{body.appeal_id}")
        return _event(f"released:{about.hold}", now, released)
    assert about.decision is not None
    assert about.reversal is not None
    return _imposed(case, about.decision, _taken_back(about.decision, about.reversal), body, now)


def _taken_back(first: Decision, reversal: Reversal) -> tuple[EnforcementRequest, ...]:
    kept = {int(one.rpartition("/")[2]) for one in reversal.keep}
    return tuple(one for number, one in enumerate(first.enforcements, start=1) if number not in kept)


def _imposed(
    case: Case, first: Decision, wanted: tuple[EnforcementRequest, ...], body: AppealAnswered, now: datetime
) -> CaseEvent:
    """A complaint against inaction was right (Art. 20(1)): what should have been done is done now."""
    matter = case.matter(first.matter_id)
    ask = DecisionAsk(
        decision_id=f"appeal-{body.appeal_id}",
        digest=f"appeal:{body.appeal_id}",
        matter=matter.matter_id,
        outcome=Outcome.VIOLATION,
        reviewer=body.by,
        channel="update",
        ground=matter.terms.ground,
        rule_id=matter.rule_id,
    )
    return recorded(decision_of(ask, matter, wanted, FourEyes.NONE, now))


def _refused(appeal_id: str, decision_id: str, appellant: str, reason: AppealRefusal, now: datetime) -> CaseEvent:
    refusal = AppealRefused(appeal_id=appeal_id, decision_id=decision_id, appellant=appellant, reason=reason)
    return _event(f"appeal:{appeal_id}:refused", now, refusal)


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
