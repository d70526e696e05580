"""What came in, as events: each the fact of one inbox row, judged or summed up later. No body has free text or a name."""

from typing import Final, Literal

from pydantic import AwareDatetime

from cases.appeals import Role
from cases.authority_orders import OrderChange, OrderElement, OrderKind
from cases.decisions import Decision, EnforcementRequest, Ground, Outcome, Responsible, SourceDecision
from cases.facts import Fact
from cases.flaggers import NotTrusted
from cases.ladder import Crossing
from cases.matters import Matter
from cases.measures import MeasureKind
from cases.messages import ReportSource
from cases.shown import ShownAs
from cases.telling import Telling


class ReportReceived(Fact):
    """A person told us. In the record one event is one report; summed up for the workflow it may stand for many.

    independent: how many of them come from someone new to this area. contactable: how many can be told the outcome.
    number: inbox number of the last; contactable_through: of the last that can be told, where several are summed up.
    request: the form it came by, where the law has one (`notice`, `take_it_down`), and then what of it is missing;
    request_id: under which it can be completed; receipt_by, remove_by: what is owed by when, by that law.
    source: what it counts as; where it says to be a trusted flagger's and is not, not_trusted says why. flagger: whose it is.
    """

    kind: Literal["report_received"] = "report_received"
    number: int
    area: str
    source: ReportSource
    received_at: AwareDatetime
    count: int = 1
    independent: int = 1
    contactable: int = 0
    contactable_through: int | None = None
    request: Literal["notice", "take_it_down"] | None = None
    request_id: str | None = None
    missing: tuple[str, ...] = ()
    receipt_by: AwareDatetime | None = None
    remove_by: AwareDatetime | None = None
    flagger: str | None = None
    not_trusted: NotTrusted | None = None

    @property
    def answer_owed_through(self) -> int:
        """The inbox number up to which somebody is owed an answer; 0 for nobody."""
        if self.contactable_through is not None:
            return self.contactable_through
        return self.number if self.contactable else 0


class SignalReceived(Fact):
    """A machine told us. scores: label to probability."""

    kind: Literal["signal_received"] = "signal_received"
    number: int
    detector: str
    scores: dict[str, float]
    received_at: AwareDatetime
    area: str | None = None


class DecisionAsk(Fact):
    """A decision as a reviewer asked for it; nothing is decided yet. digest: of the message without its token.

    objection: what the door that cannot refuse (a signal) found wrong with the proof or the person, and the refusal's code.
    protected: an account it is about was protected when it came in. named: the reviewer holds the role for protected subjects.
    wide: it reaches more members of a campaign than the reviewer's cap has room for, and takes two people.
    """

    decision_id: str
    digest: str
    matter: str
    outcome: Outcome
    reviewer: str
    channel: Literal["update", "signal"]
    ground: Ground | None = None
    rule_id: str | None = None
    rationale_id: str | None = None
    enforcements: tuple[EnforcementRequest, ...] | None = None
    seconds: str | None = None
    objection: str | None = None
    objection_code: str = "not_proven"
    copies: bool = False
    sample_violations: int | None = None
    derived_from: tuple[SourceDecision, ...] = ()
    responsible: tuple[Responsible, ...] = ()
    replaces: str | None = None
    excerpts: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    duration: str | None = None
    shown: ShownAs | None = None
    protected: bool = False
    named: bool = False
    wide: bool = False


class DecisionReceived(Fact):
    """A reviewer's decision came in; the case judges it next."""

    kind: Literal["decision_received"] = "decision_received"
    number: int
    ask: DecisionAsk
    received_at: AwareDatetime


class ExtensionReceived(Fact):
    """An operator asks for a clock to run longer."""

    kind: Literal["extension_received"] = "extension_received"
    number: int
    clock_id: str
    due_at: AwareDatetime
    reason_id: str
    operator: str
    received_at: AwareDatetime


class ReversalReceived(Fact):
    """An operator asks for a decision to be taken back."""

    kind: Literal["reversal_received"] = "reversal_received"
    number: int
    message_id: str
    decision_id: str
    keep: tuple[str, ...]
    reason_id: str
    operator: str
    received_at: AwareDatetime


class AppealReceived(Fact):
    """A person appeals. role and informed_at: as whom and when this person was told of the decision, if ever."""

    kind: Literal["appeal_received"] = "appeal_received"
    number: int
    appeal_id: str
    decision_id: str
    appellant: str
    role: Role | None
    informed_at: AwareDatetime | None
    received_at: AwareDatetime


class AppealAnswered(Fact):
    """The appeal's own workflow came to its outcome.

    two_people: whether what it finds is looked at by a second person where its area or its measures ask for one; so since that
    is kept, and answers of before are carried out as they were.
    """

    kind: Literal["appeal_answered"] = "appeal_answered"
    number: int
    appeal_id: str
    outcome: Outcome
    by: str
    received_at: AwareDatetime
    two_people: bool = False


class CopyDecided(Fact):
    """What this case is about is an exact copy of what was decided elsewhere. version: the copy; matter: the source's."""

    kind: Literal["copy_decided"] = "copy_decided"
    number: int
    version: int
    decision: Decision
    matter: Matter
    source: SourceDecision
    received_at: AwareDatetime


class CopyReversed(Fact):
    """The decision that this case took over was taken back where it came from. keep: the numbers of measures kept."""

    kind: Literal["copy_reversed"] = "copy_reversed"
    number: int
    source: SourceDecision
    reversal_id: str
    keep: tuple[str, ...] = ()
    by: str
    received_at: AwareDatetime


class TellingSet(Fact):
    """How open we may be with a person of this case; None lifts what was set. The reason is sealed with the message.

    to_platform: what stands is said to the platform anew, since it may tell its author no more, or something again.
    """

    kind: Literal["telling_set"] = "telling_set"
    number: int
    message_id: str
    person: str
    telling: Telling | None
    operator: str
    received_at: AwareDatetime
    to_platform: bool = False


class SourceFell(Fact):
    """A decision elsewhere, on which decisions of this case rest, was taken back."""

    kind: Literal["source_fell"] = "source_fell"
    number: int
    source: SourceDecision
    received_at: AwareDatetime


class ResponsibilityFound(Fact):
    """A decision on a community found this account's owner responsible too. decision, matter: the community's.

    notices, reports: how many had told us of that community. fallen: the decision was taken back since.
    """

    kind: Literal["responsibility_found"] = "responsibility_found"
    number: int
    responsible: Responsible
    decision: Decision
    matter: Matter
    source: SourceDecision
    reports: int = 0
    notices: int = 0
    received_at: AwareDatetime
    fallen: bool = False


class StepCrossed(Fact):
    """The strikes on this account have reached a step of a ladder. fallen: a decision it rests on was taken back since."""

    kind: Literal["step_crossed"] = "step_crossed"
    number: int
    crossing: Crossing
    received_at: AwareDatetime
    fallen: bool = False


class StepFell(Fact):
    """A step that this account's strikes had reached was not reached without a decision that was taken back."""

    kind: Literal["step_fell"] = "step_fell"
    number: int
    crossing_id: str
    source: SourceDecision
    received_at: AwareDatetime


class SplitOff(Fact):
    """What this case is about took part in a campaign and goes its own way. decision, matter: the campaign's."""

    kind: Literal["split_off"] = "split_off"
    number: int
    campaign: str
    decision: Decision
    matter: Matter
    received_at: AwareDatetime


class MembersJoined(Fact):
    """A campaign grew: before its decision to twice what it was when its sample was drawn, after it by any number."""

    kind: Literal["members_joined"] = "members_joined"
    number: int
    members: int
    received_at: AwareDatetime


class BatchDone(Fact):
    """A campaign's order was carried out for every member. stopped: it was taken back before it had reached all."""

    kind: Literal["batch_done"] = "batch_done"
    number: int
    order_id: str
    confirmed: int
    void: int
    stopped: bool
    received_at: AwareDatetime


class FilingAnswered(Fact):
    """An authority's database answered a filing. reference: its own id, where it gave one."""

    kind: Literal["filing_answered"] = "filing_answered"
    number: int
    filing_id: str
    accepted: bool
    received_at: AwareDatetime
    reference: str | None = None
    problem: str | None = None


class AuthorityReportFiled(Fact):
    """A person filed the report owed to an authority."""

    kind: Literal["authority_report_filed"] = "authority_report_filed"
    number: int
    matter_id: str
    reference: str
    operator: str
    received_at: AwareDatetime


class MessageRefused(Fact):
    """A message broke a rule: recorded, answered with nothing, harmless. problem: which rule and the cure, no content."""

    kind: Literal["message_refused"] = "message_refused"
    message_kind: str
    code: str
    problem: str
    number: int | None = None
    message_id: str | None = None
    received_at: AwareDatetime


REFUSALS_KEPT: Final = 3  # so that whoever looks reads why theirs was; all of them are counted


class AuthorityOrderReceived(Fact):
    """An authority ordered. missing: what it lacks; started_at: from when its time runs. authority: its contact's key.

    followed: as of `AuthorityOrder`; not of one recorded before we did so.
    """

    kind: Literal["authority_order_received"] = "authority_order_received"
    number: int
    order_id: str
    order: OrderKind
    area: str
    reference: str
    missing: tuple[OrderElement, ...]
    measure: MeasureKind
    territory: tuple[str, ...] = ()
    started_at: AwareDatetime
    effect_by: AwareDatetime
    authority: str | None = None
    tell_after: AwareDatetime | None = None
    scrutiny_until: AwareDatetime | None = None
    operator: str | None = None
    text_id: str | None = None
    received_at: AwareDatetime
    followed: bool = False


class OrderChangeReceived(Fact):
    """The desk says what happened to an order; the case judges it next.

    by_name: a clarification brings what it names, and nothing else; one recorded before we looked brought all there was.
    """

    kind: Literal["order_change_received"] = "order_change_received"
    number: int
    message_id: str
    order_id: str
    change: OrderChange
    operator: str
    given: tuple[OrderElement, ...] = ()
    territory: tuple[str, ...] = ()
    until: AwareDatetime | None = None
    reference: str | None = None
    received_at: AwareDatetime
    by_name: bool = False
