"""A policy area of the pack: what an allegation can be about, and how its matters go."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cases.decisions import EnforcementRequest, FourEyes, Ground, Outcome
from cases.durations import Duration
from cases.facts import Message
from cases.ladder import Counting
from cases.latitude import Bounds, Grace
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.pack_words import Name, ShortWords, Url, Words
from cases.severity import NamedSeverity
from cases.telling import Stance

OWN_LISTS: Final = {
    SubjectKind.ACCOUNT: "account_enforcements",
    SubjectKind.COMMUNITY: "community_enforcements",
    SubjectKind.TRANSACTION: "transaction_enforcements",
}
"""The key of an area that lists what a violation brings on these subjects."""


class OnExpiry(StrEnum):
    """What happens when a hold has lasted as long as the pack allows and nobody has decided."""

    KEEP = "keep"
    ESCALATE = "escalate"
    RELEASE = "release"


class Hold(Message):
    """How a subject is held: by `measure`, an account by `account`, a transaction by `transaction`, a community by
    `community` or else by `measure`. longest: with `release`, when it ends by itself.
    """

    measure: MeasureKind
    account: MeasureKind = MeasureKind.LIMIT
    community: MeasureKind | None = None
    transaction: MeasureKind = MeasureKind.HOLD
    on_expiry: OnExpiry = OnExpiry.ESCALATE
    longest: Duration | None = None


class StrikeRule(Message):
    """The mark that a violation leaves on the author's account, and how such marks count.

    decays_after: so long without a new one takes the oldest off. freezes_while_suspended: their time stands still then.
    first_offence: whether a mark counts that no other stood beside when it was left.
    """

    expires_after: Duration
    decays_after: Duration | None = None
    freezes_while_suspended: bool = False
    first_offence: Literal["counts", "forgiven"] = "counts"

    @property
    def counting(self) -> Counting:
        """The same, as the ladder reads it."""
        return Counting(
            freezes=self.freezes_while_suspended,
            decays_after=self.decays_after,
            first_forgiven=self.first_offence == "forgiven",
        )


class StanceRule(Message):
    """How open to be with one audience, on whose word, and for how long; none = for good."""

    stance: Stance
    source: ShortWords
    expires_after: Duration | None = None

    @model_validator(mode="after")
    def _a_delay_ends(self) -> Self:
        if self.stance is Stance.DELAY_UNTIL and self.expires_after is None:
            raise ValueError("delay_until needs expires_after, such as P30D")
        return self


class TellingRules(Message):
    author: StanceRule
    reporters: StanceRule


class GroundText(Message):
    """What a decision of this area rests on, as the statement of reasons says it."""

    kind: Ground
    name: ShortWords
    url: Url
    explanation: Words


class TransparencyMapping(Message):
    """The EU database's category and keywords. file: whether statements of this area are filed at all."""

    category: str
    keywords: tuple[str, ...] = ()
    file: bool = True


class Resource(Message):
    """Help a person can turn to. country: two letters, or EU, or none = anywhere."""

    name: ShortWords
    contact: ShortWords
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class Area(Message):
    """A policy area: what an allegation can be about, and how its matters go.

    outcomes: what a reviewer is offered, the usual one first. enforcements: what a violation brings unless the reviewer
    says otherwise; account_enforcements and the like: the same where the case is about an account, a community or a
    transaction (the last two: `enforcements` where there are none). four_eyes: when a second person looks. grace: left out,
    `USUAL_GRACE` below severity S1, and none above. retry_for: how long an order that is stuck is tried before an operator must
    see to it; left out: for ever. destroy_after: what was removed is destroyed then, or once it may be; left out: never.
    """

    title: ShortWords
    severity: NamedSeverity
    queue: Name
    review_within: Duration
    review_source: ShortWords
    hold: Hold | None = None
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    enforcements: tuple[EnforcementRequest, ...] = ()
    account_enforcements: tuple[EnforcementRequest, ...] = ()
    community_enforcements: tuple[EnforcementRequest, ...] = ()
    transaction_enforcements: tuple[EnforcementRequest, ...] = ()
    strike: StrikeRule | None = None
    four_eyes: FourEyes = FourEyes.NONE
    grace: Grace | None = None
    bounds: Bounds = Bounds()
    retry_for: Duration | None = None
    destroy_after: Duration | None = None
    ground: GroundText
    telling: TellingRules
    transparency: TransparencyMapping
    resources: tuple[Resource, ...] = ()

    def enforcements_on(self, subject: SubjectKind) -> tuple[EnforcementRequest, ...]:
        """What a violation brings in a case about this kind of subject."""
        own: tuple[EnforcementRequest, ...] = getattr(self, OWN_LISTS.get(subject, "enforcements"))
        return own if own or subject is SubjectKind.ACCOUNT else self.enforcements

    def hold_on(self, subject: SubjectKind) -> MeasureKind | None:
        """What holds a subject of this kind; None where the area holds nothing."""
        if self.hold is None:
            return None
        own = {
            SubjectKind.ACCOUNT: self.hold.account,
            SubjectKind.COMMUNITY: self.hold.community,
            SubjectKind.TRANSACTION: self.hold.transaction,
        }
        return own.get(subject) or self.hold.measure
