"""What the case decides of its own: whether a message may stand, and which events follow from one that came in."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from cases.authority_orders import is_by_order
from cases.brakes import stance
from cases.bulk import BulkActReceived
from cases.case import Case
from cases.confining import refuse_confinement, wanted_of
from cases.copying import campaign_source, decide_copy, derived_id, reverse_copy, split_id, take_over
from cases.deadlines import NOT_OURS_TO_EXTEND, ClockKind, Tick, late_seconds
from cases.deciding import decision_of, recorded
from cases.decisions import (
    MATTER_OUTCOMES,
    RESTRICTING,
    EnforcementRequest,
    FourEyes,
    Sample,
    refuse_enforcement,
    wants_before,
)
from cases.destruction import when_due
from cases.digests import canonical_json
from cases.errors import UnknownSomething
from cases.events import (
    CaseEvent,
    ClockBreached,
    ClockExtended,
    ClockWarned,
    DecisionProposed,
    DecisionReversed,
    EventBody,
    MeasureExpired,
    SecondLookTaken,
)
from cases.folding import fold_all
from cases.interventions import InterventionReceived
from cases.judging_appeals import answer_appeal, open_appeal
from cases.judging_bulk import bulk_event_id, take_part
from cases.judging_destruction import refuse_destruction
from cases.judging_interventions import intervene, intervention_event_id
from cases.judging_orders import by_order, change_order
from cases.judging_reversals import drop_with_source, fallen_id, lifting_holds, reverse
from cases.judging_withdrawals import (
    effect_at,
    grace_end,
    refuse_withdrawal,
    taken_back,
    withdraw,
    withdrawal_event_id,
)
from cases.ladder_decisions import drop_step
from cases.matters import Matter
from cases.messages import DecisionMessage
from cases.misuse import suspends_unwarned
from cases.names import SubjectKind, kind_of
from cases.person_caps import over_cap_and_severe
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
    SourceFell,
    SplitOff,
    StepFell,
)
from cases.refusals import Refusal, refused
from cases.responsibility import held_responsible, looks_at, refuse_responsible
from cases.withdrawals import DecisionEntered, WithdrawalReceived


def decision_digest(message: DecisionMessage) -> str:
    """Which decision this is, whoever's token it came with."""
    return sha256(canonical_json(message.model_copy(update={"token": None}))).hexdigest()


def known_decision(case: Case, ask: DecisionAsk) -> bool:
    """Whether this very decision was recorded or proposed before: it gets its first answer again."""
    return any(one.decision_id == ask.decision_id and one.digest == ask.digest for one in case.asked)


def refuse_decision(case: Case, ask: DecisionAsk, at: datetime) -> Refusal | None:
    """Why this decision cannot be recorded; None where it can, or already was with equal content. at: when it came in."""
    if known_decision(case, ask):
        return None
    if any(one.decision_id == ask.decision_id for one in case.asked):
        return Refusal(
            code="conflict", text=f"decision_id: {ask.decision_id} came before with other content; use a new id"
        )
    if ask.objection and not over_cap_and_severe(case, ask):
        return Refusal(code=ask.objection_code, text=ask.objection)
    try:
        matter = case.matter(ask.matter)
    except UnknownSomething:
        names = ", ".join(one.matter_id for one in case.matters if one.open) or "none"
        return Refusal(code="unknown_matter", text=f"matter: {ask.matter} is not in this case; open matters: {names}")
    if ask.seconds:
        return _refuse_second(case, ask, matter)
    if ask.replaces:
        return _refuse_replacement(case, ask, matter, at) or _refuse_form(case, ask, matter, at)
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
    if matter.entered_id:
        return Refusal(
            code="in_grace",
            text=f"matter: {matter.entered_id} takes effect in a moment; who decided may send replaces with its id",
        )
    return _refuse_form(case, ask, matter, at)


def _refuse_replacement(case: Case, ask: DecisionAsk, matter: Matter, at: datetime) -> Refusal | None:
    first = next((one for one in case.asked if one.decision_id == ask.replaces), None)
    if first is not None and first.matter_id != matter.matter_id:
        return Refusal(code="wrong_matter", text=f"replaces: {ask.replaces} is of {first.matter_id}; decide that one")
    refusal = refuse_withdrawal(case, ask.replaces or "", ask.reviewer, at)
    return refusal and refusal.evolve(text=refusal.text.replace("decision_id:", "replaces:", 1))


def _refuse_form(case: Case, ask: DecisionAsk, matter: Matter, at: datetime) -> Refusal | None:
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
    if refusal := refuse_destruction(case, ask.enforcements or (), at) or refuse_confinement(case, ask, matter):
        return refusal
    if ask.outcome not in RESTRICTING and ask.enforcements:
        return Refusal(code="wrong_list", text=f"enforcements: {ask.outcome} restricts nothing; leave the list out")
    if problem := suspends_unwarned(case, wanted_of(ask, matter)):
        return Refusal(code="not_warned", text=problem)
    return _refuse_targets(case, ask.enforcements or ()) or refuse_responsible(case, ask, matter)


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
    return lifting_holds(case, judge(case, event.body, now)) if judge else ()


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
            ids = {f"{kind}:{body.ask.decision_id}" for kind in ("decision", "proposal", "second", "entered")}
        case AppealReceived():
            ids = {f"appeal:{body.appeal_id}:{verdict}" for verdict in ("opened", "refused")}
        case AppealAnswered():
            ids = {f"appeal:{body.appeal_id}:closed"}
        case CopyDecided():
            ids = {f"decision:{derived_id(body.source)}"}
        case StepFell():
            ids = {f"reversal:{body.crossing_id}-fell"}
        case SplitOff():
            ids = {f"decision:{split_id(campaign_source(body))}"}
        case CopyReversed():
            ids = {f"reversal:{derived_id(body.source)}-{body.reversal_id}"[:128]}
        case SourceFell():
            ids = {f"reversal:{fallen_id(body.source)}"}
        case ReversalReceived():
            ids = {f"reversal:{body.message_id}"}
        case WithdrawalReceived():
            ids = {withdrawal_event_id(body.message_id)}
        case InterventionReceived():
            ids = {intervention_event_id(body.message_id)}
        case BulkActReceived():
            ids = {bulk_event_id(body.message_id)}
        case _:
            ids = {f"extended:{event.event_id}"}
    return {*ids, f"refused:{event.event_id}"}


def tick_events(case: Case, tick: Tick, now: datetime) -> tuple[CaseEvent, ...]:
    """The event of a clock that is due: a warning, a breach, an end, or the effect of what nobody took back."""
    clock = next(one for one in case.clocks if one.clock_id == tick.clock_id)
    if tick.percent < 100:
        warned = ClockWarned(clock_id=clock.clock_id, percent=tick.percent)
        return (_event(f"clock:{clock.clock_id}:{tick.percent}:{clock.due_at:%Y%m%dT%H%M%SZ}", now, warned),)
    if clock.kind is ClockKind.GRACE:
        entered = next(one for one in case.entered if one.decision_id == clock.subject)
        return (recorded(entered.evolve(decided_at=now)),)
    if clock.kind is ClockKind.EXPIRY:
        return (_event(f"expired:{clock.subject}", now, MeasureExpired(measure_id=clock.subject)),)
    if clock.kind is ClockKind.DESTRUCTION:
        return (_event(f"destruction:{clock.subject}:{clock.due_at:%Y%m%dT%H%M%SZ}", now, when_due(case, clock, now)),)
    breach = ClockBreached(clock_id=clock.clock_id, late_seconds=late_seconds(clock, now))
    return (_event(f"clock:{clock.clock_id}:breach:{clock.due_at:%Y%m%dT%H%M%SZ}", now, breach),)


def _decide(case: Case, body: DecisionReceived, now: datetime) -> tuple[CaseEvent, ...]:
    ask = body.ask
    if known_decision(case, ask):
        return ()
    if refusal := refuse_decision(case, ask, body.received_at):
        return (refused(body.number, "decide", refusal, body.received_at, ask.decision_id),)
    matter = case.matter(ask.matter)
    if ask.seconds:
        return _second(case, ask, now)
    if ask.replaces:
        gone = taken_back(case, ask.replaces, ask.decision_id, ask.rationale_id, now, ask.decision_id)
        case = fold_all(case, gone)
        return (*gone, *_decided(case, ask, case.matter(ask.matter), now))
    return _decided(case, ask, matter, now)


def _decided(case: Case, ask: DecisionAsk, matter: Matter, now: datetime) -> tuple[CaseEvent, ...]:
    wanted = wanted_of(ask, matter)
    people = held_responsible(ask, matter)
    terms = matter.terms
    eyes = stance(terms.four_eyes, guarded=terms.guarded, protected=ask.protected, named=ask.named)
    eyes = FourEyes.BEFORE if ask.wide else eyes
    second = looks_at(wants_before(wanted, eyes, kind_of(case.case_id)), people, eyes)
    decision = decision_of(ask, matter, wanted, second, now).evolve(responsible=people)
    if ask.sample_violations is not None:
        members, size = _sampled(case, matter)
        decision = decision.evolve(sample=Sample(members=members, size=size, violations=ask.sample_violations))
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN and ask.outcome in RESTRICTING:
        decision = decision.evolve(copies=True)  # it is brought to its members' own cases
    if decision.second is FourEyes.BEFORE:
        return (_event(f"proposal:{ask.decision_id}", now, DecisionProposed(decision=decision)),)
    if effect := effect_at(case, matter, now):
        entered = DecisionEntered(decision=decision.evolve(changeable_until=effect))
        return (_event(f"entered:{ask.decision_id}", now, entered),)
    return (recorded(decision.evolve(changeable_until=grace_end(case, matter, now))),)


def _second(case: Case, ask: DecisionAsk, now: datetime) -> tuple[CaseEvent, ...]:
    """The second person's word: on a proposal it makes or unmakes the decision; on a decision it confirms or reverses it."""
    seconded = ask.seconds or ""
    proposal = next((p for p in case.proposals if p.decision_id == seconded), None)
    decided = next((d for d in case.decisions if d.decision_id == seconded), None)
    first = decided or proposal
    agrees = first is not None and ask.outcome is first.outcome
    taken = SecondLookTaken(
        decision_id=seconded, by=ask.reviewer, agrees=agrees, outcome=ask.outcome, reason_id=ask.rationale_id
    )
    look = _event(f"second:{ask.decision_id}", now, taken)
    if decided is None and proposal is not None and agrees:
        return (look, recorded(proposal.evolve(second_by=ask.reviewer, decided_at=now)))
    if decided is not None and not agrees:
        reversal = DecisionReversed(
            reversal_id=ask.decision_id, decision_id=seconded, by=f"reviewer:{ask.reviewer}", reason_id=ask.rationale_id
        )
        return (look, _event(f"reversal:{ask.decision_id}", now, reversal))
    return (look,)


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
    if clock.kind in NOT_OURS_TO_EXTEND:
        return Refusal(code="not_extendable", text=f"clock_id: {clock_id} is set by a decision or a law; it stays")
    if due_at <= clock.due_at:
        return Refusal(code="not_later", text=f"due_at: give a time after {clock.due_at.isoformat()}")
    return None


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)


_JUDGES: dict[type, Callable[[Case, Any, datetime], tuple[CaseEvent, ...]]] = {
    DecisionReceived: _decide,
    AppealReceived: open_appeal,
    AppealAnswered: answer_appeal,
    ReversalReceived: reverse,
    SourceFell: drop_with_source,
    ExtensionReceived: _extend,
    OrderChangeReceived: change_order,
    InterventionReceived: intervene,
    WithdrawalReceived: withdraw,
    BulkActReceived: take_part,
    CopyDecided: decide_copy,
    SplitOff: take_over,
    CopyReversed: reverse_copy,
    StepFell: drop_step,
}
