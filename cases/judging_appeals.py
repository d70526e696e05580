"""What the case decides of appeals: whether one is heard, and what follows from its outcome."""

from datetime import datetime
from typing import Final

from cases.appeals import Appeal, AppealRefusal, AppealStage, Role, refuse_appeal
from cases.brakes import stance
from cases.case import Case
from cases.contested import Contested, contested
from cases.deciding import decision_of, recorded
from cases.decisions import Decision, EnforcementRequest, FourEyes, Outcome, wants_before
from cases.durations import parse_duration
from cases.events import (
    AppealClosed,
    AppealOpened,
    AppealRefused,
    CaseEvent,
    DecisionProposed,
    DecisionReversed,
    EventBody,
    HoldReleased,
)
from cases.matters import Matter
from cases.names import kind_of
from cases.received import AppealAnswered, AppealReceived, DecisionAsk
from cases.reversals import Reversal

BY_APPEAL: Final = "appeal-"  # begins the ids of what follows from an appeal's outcome
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
        reversal_id=f"{BY_APPEAL}{body.appeal_id}",
        decision_id=first.decision_id,
        by=f"appeal:{body.appeal_id}",
        again=first.reversed,
    )
    events = (*events, _event(f"reversal:appeal-{body.appeal_id}", now, reversal))
    if appeal.role is Role.REPORTER and first.outcome is not Outcome.VIOLATION:
        return (*events, _owed(case, first, about.matter, body, now))
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
    wanted = _taken_back(about.decision, about.reversal)  # who decided and who heard it are two people
    return recorded(_found(case, about.decision, wanted, FourEyes.NONE, body, now))


def _taken_back(first: Decision, reversal: Reversal) -> tuple[EnforcementRequest, ...]:
    kept = {int(one.rpartition("/")[2]) for one in reversal.keep}
    return tuple(one for number, one in enumerate(first.enforcements, start=1) if number not in kept)


def _owed(case: Case, first: Decision, matter: Matter, body: AppealAnswered, now: datetime) -> CaseEvent:
    """A complaint against inaction was right (Art. 20(1)): what should have been done is done now.

    Who heard it is the first to ask for it: where that takes two people, another looks, before or afterwards (P5, P12).
    """
    terms, second = matter.terms, FourEyes.NONE
    if body.two_people:
        eyes = stance(terms.four_eyes, guarded=terms.guarded, protected=False, named=False)
        second = wants_before(terms.enforcements, eyes, kind_of(case.case_id))
    decision = _found(case, first, terms.enforcements, second, body, now)
    if decision.second is FourEyes.BEFORE:
        return _event(f"proposal:{decision.decision_id}", now, DecisionProposed(decision=decision))
    return recorded(decision)


def _found(
    case: Case,
    first: Decision,
    wanted: tuple[EnforcementRequest, ...],
    second: FourEyes,
    body: AppealAnswered,
    now: datetime,
) -> Decision:
    """A violation, found by who heard the appeal of this decision."""
    matter = case.matter(first.matter_id)
    ask = DecisionAsk(
        decision_id=f"{BY_APPEAL}{body.appeal_id}",
        digest=f"appeal:{body.appeal_id}",
        matter=matter.matter_id,
        outcome=Outcome.VIOLATION,
        reviewer=body.by,
        channel="update",
        ground=matter.terms.ground,
        rule_id=matter.rule_id,
    )
    return decision_of(ask, matter, wanted, second, now)


def _refused(appeal_id: str, decision_id: str, appellant: str, reason: AppealRefusal, now: datetime) -> CaseEvent:
    refusal = AppealRefused(appeal_id=appeal_id, decision_id=decision_id, appellant=appellant, reason=reason)
    return _event(f"appeal:{appeal_id}:refused", now, refusal)


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
