"""A community's decision and its people: each is found responsible apart, as owner, moderator or participant, or not at all.

What a person did is decided with the community, on the version that was captured; it takes effect as a decision of its own
on that person's account case, which names its source: own statement, own window to appeal, own reversal. Bystanders, who
only belong to it, cannot be named. It comes in as an inbox row and is carried out like a ladder's step: evidence first.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cases.case import Case
from cases.copying import derived_id
from cases.decisions import (
    RESTRICTING,
    Decision,
    EnforcementRequest,
    FourEyes,
    Responsible,
    SourceDecision,
    refuse_enforcement,
    wants_before,
)
from cases.events import CaseEvent, DecisionRecorded, EventBody, MatterAdopted
from cases.facts import Message
from cases.matters import Matter, MatterStage
from cases.messages import MessageId
from cases.names import SubjectKind, kind_of
from cases.received import CopyReversed, DecisionAsk, ResponsibilityFound
from cases.refusals import Refusal

_STRICTEST: Final = (FourEyes.NONE, FourEyes.BEFORE, FourEyes.AFTER)


class ResponsibilityMessage(Message):
    """Brought by an activity: the decision on a community found the owner of this account responsible too."""

    message_id: MessageId
    responsible: Responsible
    decision: Decision
    matter: Matter
    source: SourceDecision
    reports: int = 0
    notices: int = 0


# In the community's case -------------------------------------------------------------------------------------------


def refuse_responsible(case: Case, ask: DecisionAsk, matter: Matter) -> Refusal | None:
    """Why these people cannot be decided with it; None where they can, or nobody is named."""
    if not ask.responsible:
        return None
    if kind_of(case.case_id) is not SubjectKind.COMMUNITY:
        return _refusal("people are named with a decision on a community; decide an account in its own case")
    if ask.outcome not in RESTRICTING:
        return _refusal(f"{ask.outcome} finds nobody responsible; leave the list out")
    captured = next((one for one in case.evidence if one.version == matter.evidence_version), None)
    parts = {one.account: one.part for one in captured.parts} if captured else {}
    seen: set[str] = set()
    for one in ask.responsible:
        if one.account in seen:
            return _refusal(f"account {one.account} is named twice; give each person one part")
        seen.add(one.account)
        if parts.get(one.account) is not one.part:
            part = parts.get(one.account)
            cure = f"it is its {part}" if part else "bystanders are not responsible; leave the account out"
            return _refusal(f"account {one.account} is no {one.part} of the captured version; {cure}")
        if not _asked(one, matter):
            return _refusal(f"{matter.area} has no list for accounts; give enforcements for {one.account}")
        for wanted in _asked(one, matter):
            if problem := refuse_enforcement(wanted, SubjectKind.ACCOUNT):
                return _refusal(problem)
    return None


def held_responsible(ask: DecisionAsk, matter: Matter) -> tuple[Responsible, ...]:
    """The people named, each with what is done to their account."""
    return tuple(one.model_copy(update={"enforcements": _asked(one, matter)}) for one in ask.responsible)


def looks_at(second: FourEyes, people: Iterable[Responsible], stance: FourEyes) -> FourEyes:
    """Who must look twice at the whole: what takes two people for an account, takes them here, where it is decided."""
    wanted = [wants_before(one.enforcements or (), stance, SubjectKind.ACCOUNT) for one in people]
    return max([second, *wanted], key=_STRICTEST.index)


# In the case of the person's account -------------------------------------------------------------------------------


def responsibility_found(case: Case, event: CaseEvent, body: ResponsibilityFound) -> Case:
    """The account is captured first, and then decided with the assessment."""
    return case.evolve(found_responsible=(*case.found_responsible, body), triage_owed_through=body.number)


def source_reversed(case: Case, event: CaseEvent, body: CopyReversed) -> Case:
    """What was not carried out yet is not carried out any more; a decision is taken back by an event of its own."""
    found = tuple(one.evolve(fallen=True) if one.source == body.source else one for one in case.found_responsible)
    return case.evolve(found_responsible=found) if found else case


def decisions_on_responsible(case: Case, evidence_version: int, at: datetime) -> tuple[CaseEvent, ...]:
    """What communities' decisions say of this account, as decisions of this case; each once, none that fell meanwhile."""
    decided = {one.decision_id for one in case.decisions}
    events: list[CaseEvent] = []
    for one in case.found_responsible:
        if not one.fallen and derived_id(one.source) not in decided:
            events += _decided(one, evidence_version, at)
    return tuple(events)


def _decided(found: ResponsibilityFound, evidence_version: int, at: datetime) -> tuple[CaseEvent, CaseEvent]:
    decision_id, wanted = derived_id(found.source), found.responsible.enforcements or ()
    matter = found.matter.evolve(
        matter_id=f"{found.matter.area[:58]}_part/{found.number}",
        evidence_version=evidence_version,
        stage=MatterStage.ASSESSING,
        stage_since=at,
        hold_order=None,
        decision_id=None,
        proposed_id=None,
        sources=(found.source,),
        terms=found.matter.terms.evolve(
            enforcements=wanted, account_enforcements=(), authority_report_within=None, outcome_within=None
        ),
    )
    decision = found.decision.evolve(
        decision_id=decision_id,
        digest=f"part in {found.decision.digest}",
        matter_id=matter.matter_id,
        decided_at=at,
        evidence_version=evidence_version,
        enforcements=wanted,
        strike=matter.terms.strike,
        rationale_id=None,
        second=FourEyes.NONE,
        reversed=False,
        order_ids=(),
        measure_ids=(),
        copies=False,
        copy_of=None,
        derived_from=(),
        responsible=(),
        part=found.responsible.part,
        sources=(found.source,),
    )
    return (
        _event(f"matter:{matter.matter_id}", at, MatterAdopted(matter=matter)),
        _event(f"decision:{decision_id}", at, DecisionRecorded(decision=decision)),
    )


def _asked(one: Responsible, matter: Matter) -> tuple[EnforcementRequest, ...]:
    return matter.terms.account_enforcements if one.enforcements is None else one.enforcements


def _refusal(problem: str) -> Refusal:
    return Refusal(code="not_responsible", text=f"responsible: {problem}")


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
