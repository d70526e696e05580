"""A hearing: one appeal's own stream of events, folded. Who may judge it, until when, and what came of it."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from pydantic import AwareDatetime

from cases.appeals import may_hear
from cases.case import CaseStage
from cases.deadlines import Clock, ClockKind
from cases.decisions import APPEAL_OUTCOMES
from cases.durations import parse_duration
from cases.events import CaseEvent, ClockBreached, ClockWarned
from cases.facts import Fact
from cases.hearing_events import AppealDecided, HearingOpened
from cases.priority import rank
from cases.projection import Projection, ReviewTask, TaskKind
from cases.received import REFUSALS_KEPT, DecisionAsk, MessageRefused
from cases.refusals import Refusal
from cases.severity import Severity
from cases.withdrawals import OutcomeEntered, OutcomeWithdrawn

TASK_ID = "appeal"


class Hearing(Fact):
    """Everything a run of the appeal's workflow needs to know. entered: an outcome that takes effect when its grace is over.

    withdrawn: ids of outcomes that were taken back; none is used again.
    """

    appeal_id: str
    sequence: int = 0
    newest_received_at: AwareDatetime | None = None
    opened: HearingOpened | None = None
    clock: Clock | None = None
    entered: OutcomeEntered | None = None
    withdrawn: tuple[str, ...] = ()
    decided: DecisionAsk | None = None
    refused: int = 0
    refusals: tuple[MessageRefused, ...] = ()  # the latest few


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


def effect_at(hearing: Hearing, now: datetime) -> datetime | None:
    """When an outcome takes effect; None for at once. Waiting makes no appeal late, nor later (P12)."""
    opened = hearing.opened
    if opened is None or opened.grace is None:
        return None
    at = min(now + parse_duration(opened.grace), opened.due_at)
    return at if at > now else None


def refuse_hearing(hearing: Hearing, ask: DecisionAsk, at: datetime) -> Refusal | None:
    """Why this outcome cannot be recorded; None where it can, or already was with equal content. at: when it came in."""
    standing = hearing.decided or (hearing.entered and hearing.entered.ask)
    if standing and (standing.decision_id, standing.digest) == (ask.decision_id, ask.digest):
        return None
    if hearing.decided is not None:
        return Refusal(
            code="already_decided", text=f"decision_id: the appeal was decided by {hearing.decided.decision_id}"
        )
    if ask.decision_id in hearing.withdrawn:
        return Refusal(code="conflict", text=f"decision_id: {ask.decision_id} was taken back; use a new id")
    if hearing.opened is None:
        return Refusal(code="not_open", text="matter: this appeal is not open yet; try again")
    if ask.objection:
        return Refusal(code=ask.objection_code, text=ask.objection)
    if not may_hear(ask.reviewer, hearing.opened.deciders):
        return Refusal(code="own_decision", text="reviewer: decided the first time; let a colleague claim the appeal")
    if ask.replaces:
        refusal = refuse_taking_back(hearing, ask.replaces, ask.reviewer, at)
        return refusal.evolve(text=refusal.text.replace("decision_id:", "replaces:", 1)) if refusal else _form(ask)
    if hearing.entered is not None:
        entered = hearing.entered.ask.decision_id
        return Refusal(
            code="in_grace",
            text=f"matter: {entered} takes effect in a moment; who decided may send replaces with its id",
        )
    return _form(ask)


def _form(ask: DecisionAsk) -> Refusal | None:
    if ask.outcome not in APPEAL_OUTCOMES:
        return Refusal(code="wrong_outcome", text=f"outcome: {ask.outcome} is a matter's; give upheld or reversed")
    if ask.rationale_id is None:
        return Refusal(code="missing", text="rationale_id: missing; store the rationale at a door and name it here")
    return None


def refuse_taking_back(hearing: Hearing, decision_id: str, reviewer: str, at: datetime) -> Refusal | None:
    """Why this reviewer cannot take this outcome back at this instant; None where they can."""
    later = "what took effect is told; an operator reverses it"
    if hearing.opened is not None and hearing.opened.grace is None:
        return Refusal(code="no_grace", text=f"decision_id: outcomes have no grace in this pack; {later}")
    if hearing.decided is not None:
        return Refusal(code="grace_over", text=f"decision_id: {later}")
    if decision_id in hearing.withdrawn:
        return Refusal(code="already_withdrawn", text=f"decision_id: {decision_id} does not stand any more")
    entered = hearing.entered
    if entered is None or entered.ask.decision_id != decision_id:
        return Refusal(code="unknown_decision", text=f"decision_id: {decision_id} is not in this appeal")
    if entered.ask.reviewer != reviewer:
        return Refusal(code="not_yours", text=f"decision_id: {decision_id} is another's; let them take it back")
    if at > entered.effect_at:
        return Refusal(code="grace_over", text=f"decision_id: {later}")
    return None


def project_hearing(hearing: Hearing) -> Projection:
    """The rows beside the appeal's events: one task, while nobody has decided."""
    opened = hearing.opened
    if opened is None or hearing.decided is not None:
        return Projection(stage=CaseStage.SETTLED)
    if hearing.entered is not None:
        return Projection(stage=CaseStage.UNDER_APPEAL, queue=opened.queue, due_at=hearing.entered.effect_at)
    task = ReviewTask(
        task_id=TASK_ID,
        kind=TaskKind.HEARING,
        subject=opened.decision_id,
        queue=opened.queue,
        severity=opened.severity,
        area=opened.area,
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
        case OutcomeEntered():
            return hearing.evolve(entered=event.body)
        case OutcomeWithdrawn():
            return hearing.evolve(entered=None, withdrawn=(*hearing.withdrawn, event.body.decision_id))
        case AppealDecided():
            return hearing.evolve(decided=event.body.ask, entered=None, clock=None)
        case ClockWarned() if hearing.clock:
            warned = (*hearing.clock.warned, event.body.percent)
            return hearing.evolve(clock=hearing.clock.evolve(warned=warned))
        case ClockBreached() if hearing.clock:
            return hearing.evolve(clock=hearing.clock.evolve(breached_at=event.occurred_at))
        case MessageRefused():
            return hearing.evolve(
                refused=hearing.refused + 1, refusals=(*hearing.refusals, event.body)[-REFUSALS_KEPT:]
            )
    return hearing


def _clock(event: CaseEvent, opened: HearingOpened) -> Clock:
    return Clock(
        clock_id=f"hearing:{opened.appeal_id}",
        kind=ClockKind.HEARING,
        subject=opened.appeal_id,
        source="Regulation (EU) 2022/2065, Article 20(4); own target",
        started_at=event.occurred_at,
        due_at=opened.due_at,
    )
