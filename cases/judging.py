"""What the case decides of its own: whether a message may stand, and which events follow from one that came in."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from cases.appeals import AppealRefusal, AppealStage, Role, refuse_appeal
from cases.authority_orders import is_by_order
from cases.case import Case
from cases.copying import campaign_source, decide_copy, derived_id, reverse_copy, take_over
from cases.deadlines import STATUTORY, ClockKind, Tick
from cases.decisions import (
    MATTER_OUTCOMES,
    RESTRICTING,
    Decision,
    EnforcementRequest,
    FourEyes,
    Outcome,
    Sample,
    refuse_enforcement,
    wants_before,
)
from cases.digests import canonical_json
from cases.durations import parse_duration
from cases.errors import UnknownSomething
from cases.events import (
    AppealClosed,
    AppealOpened,
    AppealRefused,
    CaseEvent,
    ClockBreached,
    ClockExtended,
    ClockWarned,
    DecisionProposed,
    DecisionRecorded,
    DecisionReversed,
    EventBody,
    MeasureExpired,
    SecondLookTaken,
)
from cases.judging_orders import by_order, change_order
from cases.ladder_decisions import drop_step
from cases.matters import Matter
from cases.messages import DecisionMessage
from cases.misuse import suspends_unwarned
from cases.names import SubjectKind, kind_of
from cases.received import (
    AppealAnswered,
    AppealReceived,
    CopyDecided,
    CopyReversed,
    DecisionAsk,
    DecisionReceived,
    ExtensionReceived,
    OrderChangeReceived,
    ReversalReceived,
    SplitOff,
    StepFell,
)
from cases.refusals import Refusal, refused

HEARING_WITHIN = parse_duration("P14D")  # "timely" in DSA Art. 20(4); our own target


def decision_digest(message: DecisionMessage) -> str:
    """Which decision this is, whoever's token it came with."""
    return sha256(canonical_json(message.model_copy(update={"token": None}))).hexdigest()


def known_decision(case: Case, ask: DecisionAsk) -> bool:
    """Whether this very decision was recorded or proposed before: it gets its first answer again."""
    return any(d.decision_id == ask.decision_id and d.digest == ask.digest for d in (*case.decisions, *case.proposals))


def refuse_decision(case: Case, ask: DecisionAsk) -> Refusal | None:
    """Why this decision cannot be recorded; None where it can, or already was with equal content."""
    if known_decision(case, ask):
        return None
    if any(one.decision_id == ask.decision_id for one in (*case.decisions, *case.proposals)):
        return Refusal(
            code="conflict", text=f"decision_id: {ask.decision_id} came before with other content; use a new id"
        )
    if ask.objection:
        return Refusal(code="not_proven", text=ask.objection)
    try:
        matter = case.matter(ask.matter)
    except UnknownSomething:
        names = ", ".join(one.matter_id for one in case.matters if one.open) or "none"
        return Refusal(code="unknown_matter", text=f"matter: {ask.matter} is not in this case; open matters: {names}")
    if ask.seconds:
        return _refuse_second(case, ask, matter)
    if not matter.open:
        return Refusal(
            code="already_decided",
            text=f"matter: {ask.matter} was decided by {matter.decision_id}; appeal or reverse that decision",
        )
    if matter.proposed_id:
        return Refusal(
            code="awaits_second",
            text=f"matter: {matter.proposed_id} waits for a second person; send seconds with its id",
        )
    return _refuse_form(case, ask, matter)


def _refuse_form(case: Case, ask: DecisionAsk, matter: Matter) -> Refusal | None:
    if ask.outcome not in MATTER_OUTCOMES:
        return Refusal(code="wrong_outcome", text=f"outcome: {ask.outcome} is an appeal's; give a matter's outcome")
    if matter.terms.outcomes and ask.outcome not in matter.terms.outcomes:
        offered = ", ".join(matter.terms.outcomes)
        return Refusal(
            code="wrong_outcome", text=f"outcome: {ask.outcome} is not one of {matter.area}; it has {offered}"
        )
    if ask.rationale_id is None:
        return Refusal(code="missing", text="rationale_id: missing; store the rationale at a door and name it here")
    if ask.outcome in RESTRICTING and (ask.ground is None or ask.rule_id is None):
        return Refusal(code="missing", text="ground and rule_id: a violation names the law or rule it rests on")
    if ask.ground is not None and ask.ground is not matter.terms.ground:
        rests = f"decisions on {matter.area} rest on {matter.terms.ground}, whose words the pack has"
        return Refusal(code="wrong_ground", text=f"ground: {ask.ground} is not this area's; {rests}")
    if problem := _sample_problem(case, ask, matter):
        return Refusal(code="missing", text=f"sample_violations: {problem}")
    if ask.outcome not in RESTRICTING and ask.enforcements:
        return Refusal(code="wrong_list", text=f"enforcements: {ask.outcome} restricts nothing; leave the list out")
    if problem := suspends_unwarned(case, _enforcements(ask, matter)):
        return Refusal(code="not_warned", text=problem)
    return _refuse_targets(case, ask.enforcements or ())


def _sample_problem(case: Case, ask: DecisionAsk, matter: Matter) -> str | None:
    """A campaign is decided on a sample: the decision says what was found in it."""
    size = _sampled(case, matter)[1]
    if kind_of(case.case_id) is not SubjectKind.CAMPAIGN or ask.outcome not in RESTRICTING:
        return None
    if ask.sample_violations is None or not 0 < ask.sample_violations <= size:
        return f"say in how many of the {size} sampled members you found it, at least one"
    return None


def _sampled(case: Case, matter: Matter) -> tuple[int, int]:
    """How many members there were when the judged version was captured, and how many of them were drawn."""
    version = next((one for one in case.evidence if one.version == matter.evidence_version), None)
    return (version.members or 0, version.sample or 0) if version else (0, 0)


def _refuse_targets(case: Case, enforcements: Iterable[EnforcementRequest]) -> Refusal | None:
    subject = kind_of(case.case_id)
    problem = next(filter(None, (refuse_enforcement(wanted, subject) for wanted in enforcements)), None)
    return Refusal(code="wrong_target", text=f"enforcements: {problem}") if problem else None


def _refuse_second(case: Case, ask: DecisionAsk, matter: Matter) -> Refusal | None:
    proposal = next((p for p in case.proposals if p.decision_id == ask.seconds), None)
    decided = next((d for d in case.decisions if d.decision_id == ask.seconds), None)
    awaited = proposal if matter.proposed_id == ask.seconds else decided
    if awaited is None or awaited.second is FourEyes.NONE or awaited.second_by or awaited.reversed:
        return Refusal(code="nothing_to_second", text=f"seconds: {ask.seconds} waits for no second person")
    if is_by_order(awaited.by) and ask.outcome is not awaited.outcome:
        return by_order("outcome", awaited.by)
    if awaited.by == ask.reviewer:
        return Refusal(code="same_person", text="reviewer: a second look is another person's; let a colleague claim it")
    return None


def consequences(case: Case, event: CaseEvent, now: datetime) -> tuple[CaseEvent, ...]:
    """The events that follow from one that came in, already folded. None for most."""
    judge = _JUDGES.get(type(event.body))
    return judge(case, event.body, now) if judge else ()


def unjudged(events: Iterable[CaseEvent]) -> tuple[CaseEvent, ...]:
    """The messages of a stream that were read, and whose run died before it judged them. Judging one twice is harmless."""
    stream = tuple(events)
    ids = {event.event_id for event in stream}
    return tuple(event for event in stream if type(event.body) in _JUDGES and not ids & _verdicts(event))


def _verdicts(event: CaseEvent) -> set[str]:
    """The ids of which one is there once the message was judged."""
    body = event.body
    match body:
        case DecisionReceived():
            ids = {f"{kind}:{body.ask.decision_id}" for kind in ("decision", "proposal", "second")}
        case AppealReceived():
            ids = {f"appeal:{body.appeal_id}:{verdict}" for verdict in ("opened", "refused")}
        case AppealAnswered():
            ids = {f"appeal:{body.appeal_id}:closed"}
        case CopyDecided():
            ids = {f"decision:{derived_id(body.source)}"}
        case StepFell():
            ids = {f"reversal:{body.crossing_id}-fell"}
        case SplitOff():
            ids = {f"decision:{derived_id(campaign_source(body))}"}
        case CopyReversed():
            ids = {f"reversal:{derived_id(body.source)}-{body.reversal_id}"[:128]}
        case ReversalReceived():
            ids = {f"reversal:{body.message_id}"}
        case _:
            ids = {f"extended:{event.event_id}"}
    return {*ids, f"refused:{event.event_id}"}


def tick_events(case: Case, tick: Tick, now: datetime) -> tuple[CaseEvent, ...]:
    """The event of a clock that is due: a warning, a breach, or a measure's end."""
    clock = next(one for one in case.clocks if one.clock_id == tick.clock_id)
    if tick.percent < 100:
        warned = ClockWarned(clock_id=clock.clock_id, percent=tick.percent)
        return (_event(f"clock:{clock.clock_id}:{tick.percent}:{clock.due_at:%Y%m%dT%H%M%SZ}", now, warned),)
    if clock.kind == "expiry":
        return (_event(f"expired:{clock.subject}", now, MeasureExpired(measure_id=clock.subject)),)
    breach = ClockBreached(clock_id=clock.clock_id)
    return (_event(f"clock:{clock.clock_id}:breach:{clock.due_at:%Y%m%dT%H%M%SZ}", now, breach),)


def _decide(case: Case, body: DecisionReceived, now: datetime) -> tuple[CaseEvent, ...]:
    ask = body.ask
    if known_decision(case, ask):
        return ()
    if refusal := refuse_decision(case, ask):
        return (refused(body.number, "decide", refusal, body.received_at, ask.decision_id),)
    matter = case.matter(ask.matter)
    if ask.seconds:
        return _second(case, ask, now)
    wanted = _enforcements(ask, matter)
    second = wants_before(wanted, matter.terms.four_eyes, kind_of(case.case_id))
    decision = _decision(ask, matter, wanted, second, now)
    if ask.sample_violations is not None:
        members, size = _sampled(case, matter)
        decision = decision.evolve(sample=Sample(members=members, size=size, violations=ask.sample_violations))
    if decision.second is FourEyes.BEFORE:
        return (_event(f"proposal:{ask.decision_id}", now, DecisionProposed(decision=decision)),)
    return (_recorded(decision),)


def _second(case: Case, ask: DecisionAsk, now: datetime) -> tuple[CaseEvent, ...]:
    """The second person's word: on a proposal it makes or unmakes the decision; on a decision it confirms or reverses it."""
    seconded = ask.seconds or ""
    proposal = next((p for p in case.proposals if p.decision_id == seconded), None)
    decided = next((d for d in case.decisions if d.decision_id == seconded), None)
    first = decided or proposal
    agrees = first is not None and ask.outcome is first.outcome
    look = _event(
        f"second:{ask.decision_id}", now, SecondLookTaken(decision_id=seconded, by=ask.reviewer, agrees=agrees)
    )
    if decided is None and proposal is not None and agrees:
        return (look, _recorded(proposal.evolve(second_by=ask.reviewer, decided_at=now)))
    if decided is not None and not agrees:
        reversal = DecisionReversed(
            reversal_id=ask.decision_id, decision_id=seconded, by=f"reviewer:{ask.reviewer}", reason_id=ask.rationale_id
        )
        return (look, _event(f"reversal:{ask.decision_id}", now, reversal))
    return (look,)


def _enforcements(ask: DecisionAsk, matter: Matter) -> tuple[EnforcementRequest, ...]:
    if ask.outcome not in RESTRICTING:
        return ()
    return matter.terms.enforcements if ask.enforcements is None else ask.enforcements


def _decision(
    ask: DecisionAsk, matter: Matter, wanted: tuple[EnforcementRequest, ...], second: FourEyes, now: datetime
) -> Decision:
    restricting = ask.outcome in RESTRICTING
    return Decision(
        decision_id=ask.decision_id,
        digest=ask.digest,
        matter_id=matter.matter_id,
        outcome=ask.outcome,
        by=ask.reviewer,
        automated=False,
        decided_at=now,
        ground=ask.ground,
        rule_id=ask.rule_id,
        evidence_version=matter.evidence_version,
        enforcements=wanted,
        rationale_id=ask.rationale_id,
        strike=restricting and matter.terms.strike,
        second=second if restricting else FourEyes.NONE,
        copies=ask.copies,
        sources=matter.sources,
    )


def _recorded(decision: Decision) -> CaseEvent:
    event_id = f"decision:{decision.decision_id}"
    return _event(event_id, decision.decided_at, DecisionRecorded(decision=decision))


def _appeal(case: Case, body: AppealReceived, now: datetime) -> tuple[CaseEvent, ...]:
    decision = next((d for d in case.decisions if d.decision_id == body.decision_id), None)
    reason = refuse_appeal(
        decision_known=decision is not None,
        decision_reversed=decision is not None and decision.reversed,
        informed_at=body.informed_at,
        received_at=body.received_at,
        same_before=[a for a in case.appeals if (a.decision_id, a.appellant) == (body.decision_id, body.appellant)],
    )
    if reason is AppealRefusal.ALREADY_HEARD and any(a.appeal_id == body.appeal_id for a in case.appeals):
        return ()
    if reason or body.role is None:
        refusal = AppealRefused(
            appeal_id=body.appeal_id,
            decision_id=body.decision_id,
            appellant=body.appellant,
            reason=reason or AppealRefusal.NOT_INFORMED,
        )
        return (_event(f"appeal:{body.appeal_id}:refused", now, refusal),)
    opened = AppealOpened(
        appeal_id=body.appeal_id,
        decision_id=body.decision_id,
        appellant=body.appellant,
        role=body.role,
        due_at=now + HEARING_WITHIN,
    )
    return (_event(f"appeal:{body.appeal_id}:opened", now, opened),)


def _appeal_answered(case: Case, body: AppealAnswered, now: datetime) -> tuple[CaseEvent, ...]:
    appeal = next((a for a in case.appeals if a.appeal_id == body.appeal_id), None)
    if appeal is None or appeal.stage is not AppealStage.OPENED:
        return ()
    closed = AppealClosed(appeal_id=body.appeal_id, outcome=body.outcome, by=body.by)
    events: tuple[CaseEvent, ...] = (_event(f"appeal:{body.appeal_id}:closed", now, closed),)
    if body.outcome is not Outcome.REVERSED:
        return events
    first = case.decision(appeal.decision_id)
    reversal = DecisionReversed(
        reversal_id=f"appeal-{body.appeal_id}", decision_id=first.decision_id, by=f"appeal:{body.appeal_id}"
    )
    events = (*events, _event(f"reversal:appeal-{body.appeal_id}", now, reversal))
    if appeal.role is Role.REPORTER and first.outcome is not Outcome.VIOLATION:
        return (*events, _imposed(case, first, body, now))
    return events


def _imposed(case: Case, first: Decision, body: AppealAnswered, now: datetime) -> CaseEvent:
    """A complaint against inaction was right (Art. 20(1)): what the matter's terms say is done now."""
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
    return _recorded(_decision(ask, matter, matter.terms.enforcements, FourEyes.NONE, now))


def _reverse(case: Case, body: ReversalReceived, now: datetime) -> tuple[CaseEvent, ...]:
    if refusal := refuse_reversal(case, body.decision_id, body.keep):
        return (refused(body.number, "reverse", refusal, body.received_at, body.message_id),)
    reversal = DecisionReversed(
        reversal_id=body.message_id,
        decision_id=body.decision_id,
        keep=body.keep,
        by=f"operator:{body.operator}",
        reason_id=body.reason_id,
    )
    return (_event(f"reversal:{body.message_id}", now, reversal),)


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


def _extend(case: Case, body: ExtensionReceived, now: datetime) -> tuple[CaseEvent, ...]:
    if refusal := refuse_extension(case, body.clock_id, body.due_at):
        return (refused(body.number, "extend_deadline", refusal, body.received_at, None),)
    extended = ClockExtended(
        clock_id=body.clock_id, due_at=body.due_at, reason_id=body.reason_id, operator=body.operator
    )
    return (_event(f"extended:inbox:{body.number}", now, extended),)


def refuse_extension(case: Case, clock_id: str, due_at: datetime) -> Refusal | None:
    """Why this clock cannot be given longer; None where it can. Nothing is shortened, and no measure prolonged."""
    clock = next((one for one in case.clocks if one.clock_id == clock_id), None)
    if clock is None:
        names = ", ".join(one.clock_id for one in case.clocks) or "none"
        return Refusal(code="unknown_clock", text=f"clock_id: {clock_id[:80]} does not run here; clocks: {names}")
    if clock.kind in {ClockKind.EXPIRY, *STATUTORY}:
        return Refusal(code="not_extendable", text=f"clock_id: {clock_id} is set by a decision or a law; it stays")
    if due_at <= clock.due_at:
        return Refusal(code="not_later", text=f"due_at: give a time after {clock.due_at.isoformat()}")
    return None


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)


_JUDGES: dict[type, Callable[[Case, Any, datetime], tuple[CaseEvent, ...]]] = {
    DecisionReceived: _decide,
    AppealReceived: _appeal,
    AppealAnswered: _appeal_answered,
    ReversalReceived: _reverse,
    ExtensionReceived: _extend,
    OrderChangeReceived: change_order,
    CopyDecided: decide_copy,
    SplitOff: take_over,
    CopyReversed: reverse_copy,
    StepFell: drop_step,
}
