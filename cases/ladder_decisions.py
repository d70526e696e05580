"""What an account's own case makes of a step its strikes have reached, and of a step that falls.

The step comes in as an inbox row. It is assessed like a report: evidence first, then a matter of its own, decided by the
ladder's rule, with a statement, a window to appeal, and the decisions it rests on. Falls one of those, so may this one.
"""

from datetime import datetime
from typing import Final

from pydantic import AwareDatetime

from cases.assessments import Assessment, AutomaticDecision
from cases.case import Case
from cases.causes import LADDER
from cases.decisions import Decision, FourEyes, Outcome, SourceDecision
from cases.enforcement_kinds import KINDS
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed, EventBody
from cases.facts import Message
from cases.ladder import Crossing
from cases.messages import MessageId
from cases.names import SubjectKind
from cases.policy import PolicyPack, StatementDuty, TriageOutcome
from cases.received import StepCrossed, StepFell
from cases.triage import AutomaticFinding, Triage, assessment_of

RULE: Final = "ladder."


class StepCrossedMessage(Message):
    """Brought by an activity: the strikes on this account have reached a step."""

    message_id: MessageId
    crossing: Crossing


class StepFellMessage(Message):
    """Brought by an activity: without a decision that was taken back the step was not reached. source: that decision."""

    message_id: MessageId
    crossing_id: str
    source: SourceDecision


def step_matter_id(crossed: StepCrossed) -> str:
    """The matter of a reached step: `<area>_ladder/<inbox number>`, so that no report's matter is like it."""
    return f"{crossed.crossing.area[:56]}_ladder/{crossed.number}"


def step_rule(crossing: Crossing) -> str:
    """The ladder's rule as decisions name it: `ladder.<area>.<strikes>`."""
    return f"{RULE}{crossing.area}.{crossing.strikes}"


def step_answer(pack: PolicyPack, crossing: Crossing) -> Triage:
    """What the ladder says, in the form in which a pack answers. What takes two people is reviewed."""
    name = pack.area_named(crossing.area)
    area, alone = pack.areas[name], SubjectKind.ACCOUNT not in KINDS[crossing.asked.kind].two_people
    finding = AutomaticFinding(
        rule_id=step_rule(crossing),
        outcome=Outcome.VIOLATION,
        strike=False,
        statement=StatementDuty.OWED,
        facts=area.ground.explanation,
    )
    return Triage(
        area=name,
        outcome=TriageOutcome.AUTOMATIC if alone else TriageOutcome.REVIEW,
        decided_by=step_rule(crossing),
        matched=(),
        unjudged=(),
        severity=area.severity,
        queue=area.queue,
        review_within=area.review_within,
        enforcements=(crossing.asked,),
        hold=None,
        automatic=finding if alone else None,
        also=(),
        facts_digest="",
        pack=pack.ref,
    )


def step_assessment(
    pack: PolicyPack, answer: Triage, crossed: StepCrossed, evidence_version: int, at: datetime
) -> Assessment:
    """The answer as the event `Triaged` keeps it. A step leaves no strike of its own: strikes would breed strikes."""
    plain = assessment_of(pack, answer, evidence_version, at)
    automatic = plain.automatic and AutomaticDecision(
        outcome=Outcome.VIOLATION, enforcements=answer.enforcements, ground=plain.automatic.ground
    )
    return plain.evolve(
        matter_id=step_matter_id(crossed),
        rule_ids=(step_rule(crossed.crossing),),
        terms=plain.terms.evolve(strike=False, outcomes=(), authority_report_within=None),
        automatic=automatic,
        sources=crossed.crossing.sources,
    )


def steps_to_assess(case: Case) -> tuple[StepCrossed, ...]:
    """Reached steps that have no matter yet, and have not fallen meanwhile."""
    known = {matter.matter_id for matter in case.matters}
    return tuple(one for one in case.steps if not one.fallen and step_matter_id(one) not in known)


def drop_step(case: Case, body: StepFell, now: datetime) -> tuple[CaseEvent, ...]:
    """What the step led to is taken back; where nobody has decided yet, there is nothing left to decide."""
    step = next((one for one in case.steps if one.crossing.crossing_id == body.crossing_id), None)
    matter = next((m for m in case.matters if step and m.matter_id == step_matter_id(step)), None)
    if step is None or matter is None:
        return ()
    decision = next((one for one in case.decisions if one.decision_id == matter.decision_id), None)
    if decision is not None and (decision.reversed or decision.outcome is not Outcome.VIOLATION):
        return ()
    if decision is not None:
        reversal_id = f"{body.crossing_id}-fell"
        reversal = DecisionReversed(
            reversal_id=reversal_id, decision_id=decision.decision_id, by=f"{LADDER}{body.crossing_id}"
        )
        return (_event(f"reversal:{reversal_id}", now, reversal),)
    rule_id = step_rule(step.crossing)
    nothing = Decision(
        decision_id=f"rule:{matter.matter_id}".replace("/", "."),
        digest=f"fell:{body.crossing_id}",
        matter_id=matter.matter_id,
        outcome=Outcome.NO_VIOLATION,
        by=f"rule:{rule_id}",
        automated=True,
        decided_at=now,
        rule_id=rule_id,
        evidence_version=matter.evidence_version,
        second=FourEyes.NONE,
        sources=matter.sources,
    )
    return (_event(f"decision:{nothing.decision_id}", now, DecisionRecorded(decision=nothing)),)


def _event(event_id: str, at: AwareDatetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
