"""What reviewers and operators ask at a door. The doors seal the text and pass ids on; no text reaches Temporal."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from cases.campaigns import MEMBERS_AT_ONCE, CampaignMember
from cases.decisions import EnforcementRequest, Ground, Outcome, SourceDecision
from cases.durations import Duration
from cases.excerpts import Excerpt
from cases.facts import Message
from cases.interventions import OrderName, Reference, Step, refuse_unproven
from cases.messages import (
    RESPONSIBLE_LIMIT,
    AreaName,
    Country,
    MessageId,
    ReportMessage,
    SignalMessage,
    Subject,
    Text,
    canonical,
)
from cases.parts import Part
from cases.standing import PersonKey

BATCH_LIMIT: Final = 1_000  # items of one request
MatterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}/\d{1,6}$|^appeal$")]
CaseName = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
TaskName = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,256}$")]
RuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")]


class ClaimRequest(Message):
    """Take the most urgent task, of one queue or of any; or one named by its case (or appeal) and task id.

    despite_limits: a named task where a life may be in danger, though a break is due or you saw enough; it is recorded.
    """

    queue: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] | None = None
    stream: CaseName | None = None
    task_id: TaskName | None = None
    despite_limits: bool = False


class ResponsiblePerson(Message):
    """Somebody of a community whom its decision finds responsible: the platform's account, and as what they took part.

    enforcements: what is done to the account; left out means the area's list for accounts.
    """

    part: Part
    account_id: Annotated[str, AfterValidator(canonical)]
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(min_length=1, max_length=16)] | None = None


class DecisionRequest(Message):
    """A reviewer's decision on the task that the token names.

    matter and seconds: may be left out, the token's task says both. enforcements: left out means the rule's default list.
    decision_id: chosen by the sender, so that a lost answer can be asked for again. copies: whether every case about an
    exact copy takes the decision over, with a statement and a window to appeal of its own. sample_violations: of a
    campaign, in how many of the sampled members the violation was found. derived_from: decisions of other cases that
    this one rests on (a linked account, a ban evaded); it falls with any of them. responsible: of a community,
    whose accounts are decided with it (owner, moderators, people who wrote), each with a statement and appeal of their own.
    replaces: the reviewer's own decision on this matter, still in its grace, whose place it takes. excerpts: the pieces of
    the content that were judged; territory, duration: how far and how long the measures go, within the pack's bounds.
    translation_id: of the machine translation that the reveal showed, where it showed one.
    """

    decision_id: MessageId
    token: Annotated[str, StringConstraints(min_length=1, max_length=2_048)]
    outcome: Outcome
    rationale: Text
    ground: Ground | None = None
    rule_id: RuleName | None = None
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(max_length=16)] | None = None
    matter: MatterName | None = None
    seconds: MessageId | None = None
    copies: bool = False
    sample_violations: Annotated[int, Field(ge=0, le=1_000)] | None = None
    derived_from: Annotated[tuple[SourceDecision, ...], Field(max_length=16)] = ()
    responsible: Annotated[tuple[ResponsiblePerson, ...], Field(max_length=RESPONSIBLE_LIMIT)] = ()
    replaces: MessageId | None = None
    excerpts: Annotated[tuple[Excerpt, ...], Field(max_length=32)] = ()
    territory: Annotated[tuple[Country, ...], Field(max_length=64)] = ()
    duration: Duration | None = None
    translation_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None


class WithdrawalRequest(Message):
    """A reviewer takes their own decision back, within its grace. reason: kept, where one is given."""

    message_id: MessageId
    case_id: CaseName
    decision_id: MessageId
    reason: Text | None = None


class ExtensionRequest(Message):
    """An operator gives a clock of a case longer, for a reason that is kept."""

    message_id: MessageId
    case_id: CaseName
    clock_id: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    due_at: AwareDatetime
    reason: Text


class ReversalRequest(Message):
    """An operator takes a decision back, wholly or but for the measures kept, for a reason that is kept."""

    message_id: MessageId
    case_id: CaseName
    decision_id: MessageId
    reason: Text
    keep: Annotated[tuple[Annotated[str, StringConstraints(max_length=256)], ...], Field(max_length=16)] = ()


class CampaignRequest(Message):
    """Members of a campaign, a thousand at once; by its name more may be sent. complete: these are the last for now.

    With them its case opens, or, if it is open, hears that more came; a sample is drawn when it opens.
    """

    message_id: MessageId
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    area: AreaName
    members: Annotated[tuple[CampaignMember, ...], Field(min_length=1, max_length=MEMBERS_AT_ONCE)]
    complete: bool = True


class CampaignPause(Message):
    """Pause a campaign's batches, or with `paused` false resume them."""

    case_id: CaseName
    paused: bool


class InterventionRequest(Message):
    """An operator's step on an order that is stuck, for a reason that is kept: retry, skip, by_hand or resume.

    reference: where the proof is kept that it was done by hand.
    """

    message_id: MessageId
    case_id: CaseName
    order_id: OrderName
    step: Step
    reason: Text
    reference: Reference | None = None

    @model_validator(mode="before")
    @classmethod
    def _proven(cls, values: Any) -> Any:
        return refuse_unproven(values)


class TextRequest(Message):
    """A text to be sealed and named by id, for a message that may not carry text: a raw signal, or one from the Web UI."""

    message_id: MessageId
    case_id: CaseName
    text: Text


class AuthorityReportRequest(Message):
    """An operator filed the report owed to an authority, by the authority's own portal. reference: its number there."""

    message_id: MessageId
    subject: Subject
    matter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}/\d{1,6}$")]
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]


class BatchItem(Message):
    """One report or one signal."""

    report: ReportMessage | None = None
    signal: SignalMessage | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "BatchItem":
        if (self.report is None) == (self.signal is None):
            raise ValueError("an item is one report or one signal")
        return self


class BatchRequest(Message):
    """Up to a thousand reports and signals. The door reads every item by itself, so that a bad one spoils no other."""

    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=BATCH_LIMIT)]


class DiscardRequest(Message):
    """An operator gives up a message that was parked, for a reason that is kept."""

    reason: Text


class FlagCleared(Message):
    """An operator did by hand what a flag asks for."""

    stream: CaseName
    flag: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,63}$")]


class ReporterName(Message):
    """A reporter, by the platform's account, a mail address, or the person key that lists of reporters show."""

    account_id: Annotated[str, AfterValidator(canonical)] | None = None
    address: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")] | None = None
    key: PersonKey | None = None

    @model_validator(mode="after")
    def _one(self) -> "ReporterName":
        if sum(value is not None for value in (self.account_id, self.address, self.key)) != 1:
            raise ValueError("a reporter is named by one of account_id, address and key")
        return self


class StandingRequest(Message):
    """An operator takes the weight of these people's reports in open questions, or gives it back, for a reason that is kept."""

    message_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
    reporters: Annotated[tuple[ReporterName, ...], Field(min_length=1, max_length=1_000)]
    reason: Text


class MisuseRequest(Message):
    """An operator has reviewers look whether these people misuse reporting (DSA Art. 23(2)): a task each, nothing else."""

    message_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
    reporters: Annotated[tuple[ReporterName, ...], Field(min_length=1, max_length=100)]


class RevokeLinks(Message):
    """The status links of a case are to open nothing any more: those of one person, by their key in it, or everybody's."""

    case_id: CaseName
    person: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
