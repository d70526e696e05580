"""Matters: one allegation (policy area × evidence version) each. A case is a collection of them, not one line of stages."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime

from cases.deadlines import Clock
from cases.decisions import EnforcementRequest, FourEyes, Ground, Outcome, SourceDecision
from cases.errors import IllegalTransition
from cases.facts import Fact
from cases.telling import Telling


class MatterStage(StrEnum):
    """Where an allegation stands."""

    ASSESSING = "assessing"
    HELD = "held"
    IN_REVIEW = "in_review"
    DECIDED = "decided"


NEXT: Mapping[MatterStage, frozenset[MatterStage]] = {
    MatterStage.ASSESSING: frozenset({MatterStage.HELD, MatterStage.IN_REVIEW, MatterStage.DECIDED}),
    MatterStage.HELD: frozenset({MatterStage.IN_REVIEW, MatterStage.DECIDED}),
    MatterStage.IN_REVIEW: frozenset({MatterStage.HELD, MatterStage.DECIDED}),  # held late, when more speaks for it
    MatterStage.DECIDED: frozenset({MatterStage.IN_REVIEW}),  # taken back within the grace by who decided it
}


class PackRef(Fact):
    """Which policy pack decided: a matter keeps the one it opened under; a new pack never reaches back."""

    pack_id: str
    version: str
    digest: str


class Terms(Fact):
    """What the pack says about matters of this area, pinned when the matter opened.

    severity: 0 (severest) to 4. review_within, second_look_within, strike_lasts, authority_report_within, retry_for, grace,
    longest, destroy_after: ISO 8601 durations.
    """

    pack: PackRef
    severity: int
    queue: str
    review_within: str
    review_source: str
    ground: Ground
    author: Telling
    reporters: Telling
    four_eyes: FourEyes = FourEyes.NONE
    guarded: bool = False  # two people because the account was protected when the matter opened, not by the area
    second_look_within: str = "P1D"
    outcomes: tuple[Outcome, ...] = ()  # what a reviewer may find; empty: anything
    enforcements: tuple[EnforcementRequest, ...] = ()
    account_enforcements: tuple[EnforcementRequest, ...] = ()  # of a community's: for people found responsible with it
    strike: bool = False
    strike_lasts: str = "P90D"
    statement_exempt: bool = False  # deceptive high-volume commercial content: DSA Art. 17(2)
    file_statements: bool = True
    holds_told: bool = False  # every hold that restricts owes its own statement; matters of before told of some only
    outcome_within: str | None = None  # from the decision to word of it to who sent a notice
    outcome_source: str | None = None
    authority_report_within: str | None = None
    authority_report_source: str | None = None
    corrects: bool = False  # a lifted hold and what an authority was told; matters of before owe it to nobody
    late_members_for: str | None = None  # of a campaign: so long after its decision members join it still
    retry_for: str | None = None  # how long a stuck order is tried before a person must see to it; none: for ever
    grace: str | None = None  # how long a reviewer may take back or replace their own decision; none: not at all
    grace_waits: bool = False  # whether the decision's effect waits as long
    appeals_wait: bool = False  # whether an appeal's outcome does
    longest: str | None = None  # of measures beyond the area's own list; none: as the reviewer says
    territory: tuple[str, ...] = ()  # the countries that a reviewer may confine a measure to; empty: any
    destroy_after: str | None = None  # what was removed is destroyed so long after, at the earliest; none: never
    seconds_timed: bool = False  # a proposal has its own time, second_look_within; matters of before had the review's


class Matter(Fact):
    """One allegation. matter_id is `area/evidence version`; hold_order: the order that holds the subject meanwhile.

    sources: of a ladder's step, the decisions whose strikes led to it. unheld: a person found that it is not to be held.
    entered_id: a decision that takes effect when its grace is over. review: the review's clock while it stands still, since
    review_stopped_at: a second person is asked, or the decision may yet be taken back.
    """

    matter_id: str
    area: str
    evidence_version: int
    stage: MatterStage
    stage_since: AwareDatetime
    rule_id: str | None
    terms: Terms
    hold_order: str | None = None
    decision_id: str | None = None
    proposed_id: str | None = None
    sources: tuple[SourceDecision, ...] = ()
    unheld: bool = False
    entered_id: str | None = None
    review: Clock | None = None
    review_stopped_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        """Whether a decision is still owed."""
        return self.stage is not MatterStage.DECIDED


def matter_id(area: str, evidence_version: int) -> str:
    """`area/version`: which allegation about which version of the subject."""
    return f"{area}/{evidence_version}"


def move(matter: Matter, to: MatterStage, at: AwareDatetime) -> Matter:
    """The matter at its next stage, or IllegalTransition. Staying is not a move."""
    if to not in NEXT[matter.stage]:
        raise IllegalTransition(matter.matter_id, matter.stage, to)
    return matter.evolve(stage=to, stage_since=at)
