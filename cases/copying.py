"""One decision for all exact copies: what the case of a copy makes of it, and of its reversal. Each copy stays its own case.

A decision that says so is brought to the case of every exact copy as an inbox row. There it is a decision of its own, under
the same rule, which names its source; with its own statement, its own window to appeal, and its own reversal. What a person
has decided there already stands.
"""

from datetime import datetime
from hashlib import sha256

from pydantic import AwareDatetime

from cases.case import Case
from cases.decisions import RESTRICTING, Decision, Outcome, SourceDecision
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed, EventBody, MatterAdopted
from cases.facts import Message
from cases.matters import Matter, matter_id
from cases.messages import MessageId
from cases.received import CopyDecided, CopyReversed, MessageRefused, SplitOff


class CopyDecidedMessage(Message):
    """Brought by an activity: this case is about an exact copy of what was decided. version: the copy, as captured here."""

    message_id: MessageId
    version: int
    decision: Decision
    matter: Matter
    source: SourceDecision


class CopyReversedMessage(Message):
    """Brought by an activity: the decision that this case took over was taken back. keep: the numbers of measures kept."""

    message_id: MessageId
    source: SourceDecision
    reversal_id: str
    keep: tuple[str, ...] = ()
    by: str


def derived_id(source: SourceDecision) -> str:
    """The id of the decision in a copy's case: one source, one decision, whatever reruns."""
    named = f"{source.case_id}\0{source.decision_id}".encode()
    return f"copy-{sha256(named).hexdigest()[:32]}"


def split_id(source: SourceDecision) -> str:
    """The id of the decision in a split member's case; another than of one that closed its matter as a duplicate."""
    return derived_id(source).replace("copy-", "split-", 1)


def decide_copy(case: Case, body: CopyDecided, now: datetime) -> tuple[CaseEvent, ...]:
    """The decision of the copy's own case; a note where it cannot stand here."""
    decision_id = derived_id(body.source)
    if any(one.decision_id == decision_id for one in case.decisions):
        return ()
    if not any(one.version == body.version for one in case.evidence):
        return (_refused(body, "no_evidence", "version: this case has not captured what the decision is about"),)
    known = next((m for m in case.matters if m.matter_id == matter_id(body.matter.area, body.version)), None)
    if known is None and body.decision.outcome not in RESTRICTING:
        return ()  # nobody asked here, and nothing is to be done
    if known and not known.open:
        return (_refused(body, "already_decided", f"matter: was decided by {known.decision_id}, which stands"),)
    if known and known.proposed_id:
        return (_refused(body, "awaits_second", f"matter: {known.proposed_id} waits for a second person"),)
    return _taken_over(case, body, decision_id, now)


def _taken_over(case: Case, body: CopyDecided, decision_id: str, now: datetime) -> tuple[CaseEvent, ...]:
    known = next((m for m in case.matters if m.matter_id == matter_id(body.matter.area, body.version)), None)
    matter = known or _adopted(body, now)
    decision = body.decision.evolve(
        decision_id=decision_id,
        digest=f"copy of {body.decision.digest}",
        matter_id=matter.matter_id,
        evidence_version=body.version,
        decided_at=now,
        copies=False,
        copy_of=body.source,
        rationale_id=None,
        sample=None,
        second="none",
        reversed=False,
        strike=body.decision.outcome in RESTRICTING and matter.terms.strike and body.decision.strike,
        order_ids=(),
        measure_ids=(),
    )
    recorded = _event(f"decision:{decision_id}", now, DecisionRecorded(decision=decision))
    if known:
        return (recorded,)
    return (_event(f"matter:{matter.matter_id}", now, MatterAdopted(matter=matter)), recorded)


def reverse_copy(case: Case, body: CopyReversed, now: datetime) -> tuple[CaseEvent, ...]:
    """What was taken over is taken back. Where it never stood here, or was taken back already, nothing follows."""
    decision_id = derived_id(body.source)
    decision = next((one for one in case.decisions if one.decision_id == decision_id), None)
    if decision is None or decision.reversed:
        return ()
    reversal = DecisionReversed(
        reversal_id=f"{decision_id}-{body.reversal_id}"[:128],
        decision_id=decision_id,
        keep=tuple(one for one in decision.measure_ids if one.rpartition("/")[2] in body.keep),
        by=body.by,
        reopens=decision.outcome is Outcome.DUPLICATE and not body.keep,
    )
    return (_event(f"reversal:{reversal.reversal_id}", now, reversal),)


def as_duplicate(decision: Decision) -> Decision:
    """What a campaign's decision is to a member's own open matter: its measures are the campaign's, and so is the finding."""
    return decision.evolve(outcome=Outcome.DUPLICATE, enforcements=(), strike=False)


def campaign_source(body: SplitOff) -> SourceDecision:
    """The campaign's decision that a split member took over."""
    return SourceDecision(case_id=body.campaign, decision_id=body.decision.decision_id)


def take_over(case: Case, body: SplitOff, now: datetime) -> tuple[CaseEvent, ...]:
    """What the campaign imposed on this member is its own case's from now on: the same measures, its own appeal.

    Its version is the one this case captures first, where it has none yet: the campaign had looked at a sample. Nothing that
    was decided here stands in the way: the measure lies on the platform, and somebody must be able to take it back.
    """
    latest, source = case.latest_evidence, campaign_source(body)
    decision_id = split_id(source)
    if any(one.decision_id == decision_id for one in case.decisions):
        return ()
    split = CopyDecided(
        number=body.number,
        version=latest.version if latest else 1,
        decision=body.decision,
        matter=body.matter,
        source=source,
        received_at=body.received_at,
    )
    return _taken_over(case, split, decision_id, now)


def measure_numbers(keep: tuple[str, ...]) -> tuple[str, ...]:
    """Which measures of a decision's list these ids are, for another decision with the same list."""
    return tuple(one.rpartition("/")[2] for one in keep)


def _adopted(body: CopyDecided, now: datetime) -> Matter:
    """The matter under the terms of the source: nobody had alleged it here."""
    return body.matter.evolve(
        matter_id=matter_id(body.matter.area, body.version),
        evidence_version=body.version,
        stage="assessing",
        stage_since=now,
        hold_order=None,
        decision_id=None,
        proposed_id=None,
    )


def _refused(body: CopyDecided, code: str, problem: str) -> CaseEvent:
    refused = MessageRefused(
        message_kind="copy_decided", code=code, problem=problem, number=body.number, received_at=body.received_at
    )
    return _event(f"refused:inbox:{body.number}", body.received_at, refused)


def _event(event_id: str, at: AwareDatetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
