"""A decision as it is recorded, from what was asked for and the terms of its matter."""

from datetime import datetime

from cases.decisions import RESTRICTING, Decision, EnforcementRequest, FourEyes
from cases.events import CaseEvent, DecisionRecorded
from cases.matters import Matter
from cases.received import DecisionAsk


def decision_of(
    ask: DecisionAsk, matter: Matter, wanted: tuple[EnforcementRequest, ...], second: FourEyes, now: datetime
) -> Decision:
    """The decision asked for, with these enforcements. second: who must look twice, if it restricts."""
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
        derived_from=ask.derived_from,
        excerpts=ask.excerpts,
        shown=ask.shown,
    )


def recorded(decision: Decision) -> CaseEvent:
    """It was decided."""
    event_id = f"decision:{decision.decision_id}"
    return CaseEvent(event_id=event_id, occurred_at=decision.decided_at, body=DecisionRecorded(decision=decision))
