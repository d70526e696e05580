"""Decisions: what is found, on what ground, what is done about it, and who must look twice."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from cases.durations import Duration, parse_duration
from cases.enforcement_kinds import KINDS, decidable_on, subject_of
from cases.excerpts import Excerpt
from cases.facts import Fact, Message
from cases.measures import MeasureKind, Target
from cases.names import SubjectKind
from cases.parts import Part
from cases.shown import ShownAs


class Outcome(StrEnum):
    """What a decision finds."""

    VIOLATION = "violation"
    NO_VIOLATION = "no_violation"
    SUPPORT = "support"  # someone in danger: resources, no strike, no punitive word
    UNDECIDABLE = "undecidable"
    DUPLICATE = "duplicate"
    NOT_IN_SCOPE = "not_in_scope"
    UPHELD = "upheld"  # of an appeal
    REVERSED = "reversed"  # of an appeal


MATTER_OUTCOMES: Final = frozenset(Outcome) - {Outcome.UPHELD, Outcome.REVERSED}
APPEAL_OUTCOMES: Final = frozenset({Outcome.UPHELD, Outcome.REVERSED})
RESTRICTING: Final = frozenset({Outcome.VIOLATION})


class Ground(StrEnum):
    """What a decision rests on (DSA Art. 17(3)(d) and (e))."""

    LAW = "law"
    TERMS = "terms"


class FourEyes(StrEnum):
    """When a second person looks: never, before the effect, or after it (where waiting would be a harm: P12)."""

    NONE = "none"
    BEFORE = "before"
    AFTER = "after"


class EnforcementRequest(Message):
    """One entry of an enforcement list. duration: ISO 8601, none = until revoked; reach: countries, empty = everywhere.

    scope: the surfaces or features it is confined to, of those its kind knows; empty = all. excerpts: the pieces of the
    content it is confined to; empty = the whole.
    """

    kind: MeasureKind
    target: Target = Target.SUBJECT
    duration: Duration | None = None
    reach: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...], Field(max_length=64)] = ()
    # Left out where empty, so that a message of before has the digest it had.
    scope: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,31}$")], ...],
        Field(max_length=16, exclude_if=lambda scope: not scope),
    ] = ()
    excerpts: Annotated[tuple[Excerpt, ...], Field(max_length=32, exclude_if=lambda excerpts: not excerpts)] = ()

    @field_validator("duration")
    @classmethod
    def _some_time(cls, value: str | None) -> str | None:
        if value is not None and not parse_duration(value):
            raise ValueError("a duration is longer than nothing")
        return value


class Responsible(Message):
    """Of a decision on a community: a person found responsible too, as what, and what is done to their account.

    account: the key of the account, as the captured evidence has it. enforcements: None means the area's list for accounts.
    """

    part: Part
    account: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(min_length=1, max_length=16)] | None = None


class DecisionStage(StrEnum):
    """Where a decision stands."""

    PROPOSED = "proposed"  # waits for the second person
    ORDERED = "ordered"  # recorded; the platform has not confirmed everything
    CONFIRMED = "confirmed"
    TOLD = "told"
    REVERSED = "reversed"


class SourceDecision(Fact):
    """A decision of another case that one here rests on: taken over for an exact copy, or one whose strike counted."""

    case_id: str
    decision_id: str


class Sample(Fact):
    """What a campaign's decision rests on: members drawn and looked at, and in how many of them the violation was found."""

    members: int
    size: int
    violations: int


class FiledBefore(Fact):
    """The statement that a campaign owed of a member, which is its own case's to correct now. reference: the database's id."""

    filing_id: str
    reference: str | None = None


class Decision(Fact):
    """One decision on one matter. Its measures are orders of the case; *final* is computed from windows when asked.

    by: reviewer's id, or `rule:<id>` where no person decided. appealed: an appeal of it was opened. copies: it is to be
    applied to exact copies too. copy_of: the decision it was taken over from. sources: those whose strikes led to it.
    derived_from: decisions of other cases (of a linked account, of one that was banned) that it rests on and falls with.
    responsible: of a decision on a community, whose accounts are decided with it. part: of a decision on such an account,
    as what the person took part. changeable_until: until when who decided may take it back or replace it.
    excerpts: the pieces of the content it is about; empty: all of it. shown: what the reviewer saw beside the evidence.
    filed: its statement, where a campaign owed it before.
    """

    decision_id: str
    digest: str
    matter_id: str
    outcome: Outcome
    by: str
    automated: bool
    decided_at: AwareDatetime
    ground: Ground | None = None
    rule_id: str | None = None
    evidence_version: int
    strike: bool = False
    enforcements: tuple[EnforcementRequest, ...] = ()
    rationale_id: str | None = None
    second: FourEyes = FourEyes.NONE
    second_by: str | None = None
    reversed: bool = False
    order_ids: tuple[str, ...] = ()
    measure_ids: tuple[str, ...] = ()
    copies: bool = False
    copy_of: SourceDecision | None = None
    sources: tuple[SourceDecision, ...] = ()
    sample: Sample | None = None
    derived_from: tuple[SourceDecision, ...] = ()
    responsible: tuple[Responsible, ...] = ()
    part: Part | None = None
    changeable_until: AwareDatetime | None = None
    excerpts: tuple[str, ...] = ()
    shown: ShownAs | None = None
    filed: FiledBefore | None = None

    @property
    def sampled(self) -> Sample | None:
        """The sample, where not all members were looked at."""
        return self.sample if self.sample and self.sample.size < self.sample.members else None


def wants_before(
    wanted: Iterable[EnforcementRequest], area_stance: FourEyes, subject: SubjectKind = SubjectKind.CONTENT
) -> FourEyes:
    """Who must look twice. What its kind says takes two people, takes them first, unless the area says the look follows."""
    if area_stance is FourEyes.AFTER:
        return FourEyes.AFTER
    if any(subject_of(one.target, subject) in KINDS[one.kind].two_people for one in wanted):
        return FourEyes.BEFORE
    return area_stance


def refuse_enforcement(wanted: EnforcementRequest, subject: SubjectKind) -> str | None:
    """What is wrong with this entry in a case about this kind of subject, with its cure; None where it may be ordered."""
    row, on = KINDS[wanted.kind], subject_of(wanted.target, subject)
    if on not in row.lies_on:
        return f"{wanted.kind} cannot lie on the {wanted.target}, {_a(on)}; use one of: {', '.join(decidable_on(on))}"
    if row.follows:
        return f"{wanted.kind} is not decided: it follows {row.follows} where the area has destroy_after; leave it out"
    if wanted.duration and not row.timed:
        return f"{wanted.kind} has no end; leave duration out"
    if wanted.reach and not row.territorial:
        return f"{wanted.kind} holds in every country; leave reach out"
    if wanted.excerpts and not (row.partial and on is SubjectKind.CONTENT):
        return f"{wanted.kind} is of the whole; leave excerpts out"
    if strange := sorted(set(wanted.scope) - row.scopes):
        known = ", ".join(sorted(row.scopes)) or "none: leave scope out"
        return f"{wanted.kind} has no scope {strange[0]}; it has {known}"
    return None


def _a(subject: SubjectKind) -> str:
    return "content" if subject is SubjectKind.CONTENT else f"{'an' if subject[0] in 'aeiou' else 'a'} {subject}"
