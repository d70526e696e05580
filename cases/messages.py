"""What comes in at the doors, one model a message. One JSON object each, so that any SDK and the Web UI can send it.

Text that people wrote (a reason, a rationale, grounds, a snapshot) is taken only at the doors that seal it. What travels
through Temporal names it by id: `DecisionMessage`, `ExtensionMessage` and `ReversalMessage` have no field for free text.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from cases.decisions import EnforcementRequest, Ground, Outcome, Responsible, SourceDecision
from cases.durations import Duration
from cases.errors import BadInput, IdentityError, Problem
from cases.excerpts import Excerpt
from cases.facts import Message
from cases.names import SubjectKind, canonical_subject_id
from cases.reporting import ReporterContext
from cases.shown import ShownAs

CLOCK_SKEW: Final = timedelta(minutes=5)  # how far ahead a sender's clock may run
TEXT_LIMIT: Final = 5_000  # characters of a reason, rationale or grounds
RESPONSIBLE_LIMIT: Final = 51  # people of a community that one decision may name: an owner, moderators, participants
SNAPSHOT_LIMIT: Final = 100_000  # characters of reported content


def canonical(subject_id: str) -> str:
    """A platform's own id in the form it is kept in. Raises ValueError, for validators."""
    try:
        return canonical_subject_id(subject_id)
    except IdentityError as error:
        raise ValueError(str(error)) from None


def _unsaid(value: object) -> bool:
    return value is None


MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
AreaName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Contestable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT)]


class Subject(Message):
    """What is reported: the platform's kind and id."""

    kind: SubjectKind
    id: Annotated[str, AfterValidator(canonical)]


class Person(Message):
    """Who reports or appeals: the platform's account, or a mail address, or both. Sealed before it is stored."""

    account_id: Annotated[str, AfterValidator(canonical)] | None = None
    address: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"

    @model_validator(mode="after")
    def _someone(self) -> "Person":
        if not self.account_id and not self.address:
            raise ValueError("a person is named by account_id or address")
        return self

    @property
    def reference(self) -> str:
        """What the person is recognised by."""
        return self.account_id or self.address or ""


class ReportSource(StrEnum):
    """On whose word a report rests."""

    NOTICE = "notice"  # a notice under DSA Art. 16
    TRUSTED_FLAGGER = "trusted_flagger"  # DSA Art. 22
    OTHER = "other"  # a report on the terms only


class NoticeElements(Message):
    """What makes a report a notice under DSA Art. 16(2), beside its reason and its reporter's address; see NoticeMessage."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    location: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = None
    good_faith: bool = False


class ReportMessage(Message):
    """Someone tells us about a subject. A person may report their own account or image.

    context: what the platform knows of the reporter's account; it tells people from a crowd that acts together.
    source: what the sender says it is. A notice counts as one only with its elements, a trusted flagger's only where the
    register has its sender. otherwise: what it is where the sender is not on the register; without, it is refused.
    What came to this model later is left out of the digest where it was not sent, as before there was such a field.
    """

    message_id: MessageId
    subject: Subject
    area: AreaName
    source: ReportSource = ReportSource.NOTICE
    otherwise: Annotated[Literal["notice"] | None, Field(exclude_if=_unsaid)] = None
    notice: Annotated[NoticeElements | None, Field(exclude_if=_unsaid)] = None
    reporter: Person | None = None
    context: ReporterContext | None = None
    reason: Text | None = None
    snapshot: Annotated[str, StringConstraints(min_length=1, max_length=SNAPSHOT_LIMIT)] | None = None
    reported_at: AwareDatetime | None = None


class Detector(Message):
    """The machine that speaks."""

    vendor: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]


class SignalMessage(Message):
    """A machine's indication: classifier, hash match, rule. scores: label to probability, 0 to 1."""

    message_id: MessageId
    subject: Subject
    detector: Detector
    scores: Annotated[dict[AreaName, Score], Field(min_length=1, max_length=64)]
    area: AreaName | None = None
    detected_at: AwareDatetime | None = None


class AppealMessage(Message):
    """A person who was told of a decision asks us to look again (DSA Art. 20). appeal id = message id.

    decision_id: the decision, or the hold (`hold:spam/1`) or reversal that they were told of.
    """

    message_id: MessageId
    subject: Subject
    decision_id: Contestable
    appellant: Person
    grounds: Text | None = None


class DecisionMessage(Message):
    """A reviewer's decision on a matter. Ids, enums and numbers only: the rationale is stored first and named here.

    token: proves the claim (absent only by raw signal where the tenant allows it; then `reviewer` names who decides).
    enforcements: None means the rule's default list. seconds: the decision id this second look confirms or refuses.
    copies: whether it is applied to exact copies too. sample_violations: of a campaign, in how many of the sample it was
    found. derived_from: decisions of other cases that it rests on, and falls with. responsible: of a community, whose
    accounts are decided with it. replaces: the reviewer's own decision, still in its grace, whose place it takes.
    excerpts: the pieces of the content that were judged; territory, duration: how far and how long its measures go.
    shown: what the reviewer saw beside the evidence, as the door that showed it says. What
    came to this model later is left out of the digest where they say nothing, as before there were the fields.
    """

    decision_id: MessageId
    matter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}/\d{1,6}$|^appeal$")]
    outcome: Outcome
    ground: Ground | None = None
    rule_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")] | None = None
    rationale_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(max_length=16)] | None = None
    reviewer: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    token: Annotated[str, StringConstraints(max_length=2_048)] | None = None
    seconds: MessageId | None = None
    copies: Annotated[bool, Field(exclude_if=lambda copies: not copies)] = False
    sample_violations: Annotated[int, Field(ge=0, le=1_000)] | None = Field(
        None, exclude_if=lambda found: found is None
    )
    derived_from: Annotated[
        tuple[SourceDecision, ...], Field(max_length=16, exclude_if=lambda sources: not sources)
    ] = ()
    responsible: Annotated[
        tuple[Responsible, ...], Field(max_length=RESPONSIBLE_LIMIT, exclude_if=lambda people: not people)
    ] = ()
    replaces: Annotated[MessageId | None, Field(exclude_if=_unsaid)] = None
    excerpts: Annotated[tuple[Excerpt, ...], Field(max_length=32, exclude_if=lambda excerpts: not excerpts)] = ()
    territory: Annotated[tuple[Country, ...], Field(max_length=64, exclude_if=lambda territory: not territory)] = ()
    duration: Annotated[Duration | None, Field(exclude_if=_unsaid)] = None
    shown: Annotated[ShownAs | None, Field(exclude_if=_unsaid)] = None


class ExtensionMessage(Message):
    """A clock is given longer. reason_id: a stored text."""

    message_id: MessageId
    clock_id: Annotated[str, StringConstraints(max_length=256)]
    due_at: AwareDatetime
    reason_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")]
    operator: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class ReversalMessage(Message):
    """An operator takes a decision back, wholly or but for the measures kept."""

    message_id: MessageId
    decision_id: MessageId
    keep: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    reason_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")]
    operator: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class AuthorityReportMessage(Message):
    """A person filed the report owed to an authority, by the authority's own portal. reference: the authority's number."""

    message_id: MessageId
    subject: Subject
    matter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}/\d{1,6}$")]
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
    operator: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Accepted(Message):
    """An update's answer: the message is durable and will be recorded. It says nothing of an effect."""

    message_id: str
    status: Literal["accepted", "known"] = "accepted"


def refuse_future(field: str, at: datetime | None, now: datetime) -> None:
    """Raises BadInput where the sender's time lies ahead of ours by more than five minutes."""
    if at is not None and at > now + CLOCK_SKEW:
        raise BadInput([Problem(field, at.isoformat(), "lies in the future", "send the time when it happened, in UTC")])
