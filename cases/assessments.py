"""What triage says of a case, as it is kept: the facts, what each area makes of them, and what a rule decides at once."""

from typing import Any, Literal

from cases.consultations import Consultation
from cases.decisions import EnforcementRequest, Ground, Outcome, SourceDecision
from cases.detections import Detection
from cases.facts import Fact
from cases.matters import Terms
from cases.raids import RaidSeen
from cases.restraint import Braked, Shadowed


class AutomaticDecision(Fact):
    """What the rule decides without a person. sampled: one looks at it afterwards."""

    outcome: Outcome
    enforcements: tuple[EnforcementRequest, ...]
    ground: Ground
    sampled: bool = False


class Assessment(Fact):
    """What triage says of one area. hold: what restricts the subject meanwhile; automatic: the rule decides at once.

    sources: of a ladder's step, the decisions whose strikes led to it.
    account_rule: the rule that wants a case about the author's account. rests_on: our own decisions that vouch for a
    picture known again, if a rule decides alone by it: that falls with them.
    """

    matter_id: str
    area: str
    evidence_version: int
    rule_id: str | None
    rule_ids: tuple[str, ...]
    terms: Terms
    hold: tuple[EnforcementRequest, ...] = ()
    automatic: AutomaticDecision | None = None
    sources: tuple[SourceDecision, ...] = ()
    account_rule: str | None = None
    rests_on: tuple[SourceDecision, ...] = ()


class Triaged(Fact):
    """The pack was asked about everything up to this inbox number. facts: what it saw, so that it can be asked again.

    asked: of vendors, from now on.
    """

    kind: Literal["triaged"] = "triaged"
    through: int
    evidence_version: int
    assessments: tuple[Assessment, ...]
    facts: dict[str, Any]
    detections: tuple[Detection, ...] = ()
    braked: tuple[Braked, ...] = ()
    shadowed: tuple[Shadowed, ...] = ()
    raid: RaidSeen | None = None
    asked: tuple[Consultation, ...] = ()
