"""A hearing: one appeal's own stream of events, folded. Who may judge it, until when, and what came of it."""

from collections.abc import Iterable
from functools import reduce

from pydantic import AwareDatetime

from cases.appeals import may_hear
from cases.case import CaseStage
from cases.deadlines import Clock, ClockKind
from cases.decisions import APPEAL_OUTCOMES
from cases.events import AppealDecided, CaseEvent, ClockBreached, ClockWarned, HearingOpened
from cases.facts import Fact
from cases.priority import rank
from cases.projection import Projection, ReviewTask, TaskKind
from cases.received import DecisionAsk
from cases.refusals import Refusal
from cases.severity import Severity

TASK_ID = "appeal"


class Hearing(Fact):
    """Everything a run of the appeal's workflow needs to know."""

    appeal_id: str
    sequence: int = 0
    newest_received_at: AwareDatetime | None = None
    opened: HearingOpened | None = None
    clock: Clock | None = None
    decided: DecisionAsk | None = None
    refused: int = 0


def fold_hearing(hearing: Hearing, event: CaseEvent) -> Hearing:
    """The hearing after this event."""
    if event.sequence and event.sequence <= hearing.sequence:
        return hearing
    received = getattr(event.body, "received_at", None)
    return _after(hearing, event).evolve(
        sequence=max(hearing.sequence, event.sequence),
        newest_received_at=max(filter(None, (hearing.newest_received_at, received)), default=None),
    )


def fold_hearings(hearing: Hearing, events: Iterable[CaseEvent]) -> Hearing:
    """The hearing after all of these events."""
    return reduce(fold_hearing, events, hearing)


def refuse_hearing(hearing: Hearing, ask: DecisionAsk) -> Refusal | None:
    """Why this outcome cannot be recorded; None where it can, or already was with equal content."""
    if hearing.decided is not None:
        if (hearing.decided.decision_id, hearing.decided.digest) == (ask.decision_id, ask.digest):
            return None
        return Refusal(
            code="already_decided", text=f"decision_id: the appeal was decided by {hearing.decided.decision_id}"
        )
    if hearing.opened is None:
        return Refusal(code="not_open", text="matter: this appeal is not open yet; try again")
    if ask.objection:
        return Refusal(code=ask.objection_code, text=ask.objection)
    if not may_hear(ask.reviewer, hearing.opened.deciders):
        return Refusal(code="own_decision", text="reviewer: decided the first time; let a colleague claim the appeal")
    if ask.outcome not in APPEAL_OUTCOMES:
        return Refusal(code="wrong_outcome", text=f"outcome: {ask.outcome} is a matter's; give upheld or reversed")
    if ask.rationale_id is None:
        return Refusal(code="missing", text="rationale_id: missing; store the rationale at a door and name it here")
    return None


def project_hearing(hearing: Hearing) -> Projection:
    """The rows beside the appeal's events: one task, while nobody has decided."""
    opened = hearing.opened
    if opened is None or hearing.decided is not None:
        return Projection(stage=CaseStage.SETTLED)
    task = ReviewTask(
        task_id=TASK_ID,
        kind=TaskKind.HEARING,
        subject=opened.decision_id,
        queue=opened.queue,
        severity=opened.severity,
        due_at=opened.due_at,
        tier=2 if hearing.clock and hearing.clock.breached_at else 1,
        evidence_digest=opened.evidence_digest,
        excluded=opened.deciders,
        rank=rank(Severity(opened.severity), hearing.clock.started_at, opened.due_at) if hearing.clock else None,
    )
    return Projection(
        stage=CaseStage.UNDER_APPEAL,
        queue=opened.queue,
        priority=task.priority,
        due_at=opened.due_at,
        tasks=(task,),
    )


def _after(hearing: Hearing, event: CaseEvent) -> Hearing:
    match event.body:
        case HearingOpened():
            return hearing.evolve(opened=event.body, clock=_clock(event, event.body))
        case AppealDecided():
            return hearing.evolve(decided=event.body.ask, clock=None)
        case ClockWarned() if hearing.clock:
            warned = (*hearing.clock.warned, event.body.percent)
            return hearing.evolve(clock=hearing.clock.evolve(warned=warned))
        case ClockBreached() if hearing.clock:
            return hearing.evolve(clock=hearing.clock.evolve(breached_at=event.occurred_at))
    return hearing.evolve(refused=hearing.refused + 1) if event.body.kind == "message_refused" else hearing


def _clock(event: CaseEvent, opened: HearingOpened) -> Clock:
    return Clock(
        clock_id=f"hearing:{opened.appeal_id}",
        kind=ClockKind.HEARING,
        subject=opened.appeal_id,
        source="Regulation (EU) 2022/2065, Article 20(4); own target",
        started_at=event.occurred_at,
        due_at=opened.due_at,
    )
