"""What can happen in a case. Past tense, appended once, never edited; a mistake is corrected by another event.

An event's id names its cause (`inbox:17`, `triage:17`, `decision:d-1`, `clock:review:spam/1:breach`), never a run or a
chance, so that whatever reruns finds its earlier outcome. No body has free text, a name or an address.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from cases.appeals import AppealRefusal, Role
from cases.assessments import Triaged
from cases.authority_orders import OrderChange, OrderElement
from cases.bulk import BulkActDone, BulkActReceived
from cases.consultations import VendorAnswered
from cases.decisions import Decision, EnforcementRequest, Outcome
from cases.destruction import DestructionOrdered, DestructionPutOff
from cases.evidence import AttachmentsCame, EvidenceVersion
from cases.facts import Fact
from cases.hearing_events import AppealDecided, HearingOpened
from cases.interventions import InterventionReceived, OrderDropped, OrderGivenUp, OrderIntervened, OrderOvertaken
from cases.matters import Matter
from cases.raids import CampaignFound
from cases.received import (
    AppealAnswered,
    AppealReceived,
    AuthorityOrderReceived,
    AuthorityReportFiled,
    BatchDone,
    CopyDecided,
    CopyReversed,
    DecisionReceived,
    ExtensionReceived,
    FilingAnswered,
    MembersJoined,
    MessageRefused,
    OrderChangeReceived,
    ReportReceived,
    ResponsibilityFound,
    ReversalReceived,
    SignalReceived,
    SourceFell,
    SplitOff,
    StepCrossed,
    StepFell,
    TellingSet,
)
from cases.standing import ReportSetAside, ReportsInvalidated, ReportsReinstated
from cases.withdrawals import (
    DecisionEntered,
    DecisionWithdrawn,
    OutcomeEntered,
    OutcomeWithdrawn,
    WithdrawalReceived,
)


class EvidenceCaptured(Fact):
    """The subject was captured, before any hold or notice."""

    kind: Literal["evidence_captured"] = "evidence_captured"
    evidence: EvidenceVersion


class EvidenceDelayed(Fact):
    """The platform has not given the subject out for a minute; it is asked on, and reporters get their receipts."""

    kind: Literal["evidence_delayed"] = "evidence_delayed"
    cause: str


class OrderConfirmed(Fact):
    """The platform confirmed. how: applied, repeated, superseded, deleted_by_author, destroyed, read_back,
    by_hand; gone, of one that imposes nothing: the platform knows no such target.

    missed: measures whose time was over before it was applied: they never were in force. lifted: of what it lifts, what had
    been in force. Events of before do not say.
    """

    kind: Literal["order_confirmed"] = "order_confirmed"
    order_id: str
    target_version: int
    how: str
    missed: tuple[str, ...] = ()
    lifted: tuple[str, ...] | None = None


class OrderStuck(Fact):
    """An order has gone unconfirmed for too long; it is still retried. error: what the last try met, a code."""

    kind: Literal["order_stuck"] = "order_stuck"
    order_id: str
    error: str | None = None


class OrderVoided(Fact):
    """The precondition failed (the content was edited meanwhile): nothing was applied, the new version is assessed.

    unsaid: nobody hears of a reversal of what was never there either. lifts: what it was to lift is lifted by an order of
    its own; not where it only lifted, of a target that the platform does not know: nothing would ever end that. Events of
    before say that it is.
    """

    kind: Literal["order_voided"] = "order_voided"
    order_id: str
    reason: str
    unsaid: bool = False
    lifts: bool = True


class DecisionProposed(Fact):
    """A decision that takes two people; nothing is done until the second agrees."""

    kind: Literal["decision_proposed"] = "decision_proposed"
    decision: Decision


class DecisionRecorded(Fact):
    """A matter was decided. Its orders, notices, filings and clocks follow from it by the fold."""

    kind: Literal["decision_recorded"] = "decision_recorded"
    decision: Decision


class MatterAdopted(Fact):
    """A matter that nobody alleged here: the case is about an exact copy of what was decided, and takes it over."""

    kind: Literal["matter_adopted"] = "matter_adopted"
    matter: Matter


class CopiesReached(Fact):
    """A decision, or its reversal, was brought to the cases of its exact copies. left: cases the reviewer has a part in."""

    kind: Literal["copies_reached"] = "copies_reached"
    decision_id: str
    reversal_id: str | None = None
    cases: int
    left: int = 0
    late: int = 0


class AccountCaseOpened(Fact):
    """By a rule, the author's account has a case of its own, or its case heard of this one."""

    kind: Literal["account_case_opened"] = "account_case_opened"
    rule_id: str
    area: str
    account_case: str | None


class SecondLookTaken(Fact):
    """The second person looked. outcome, reason_id: what they found and the text that says why; none before these were kept."""

    kind: Literal["second_look_taken"] = "second_look_taken"
    decision_id: str
    by: str
    agrees: bool
    outcome: Outcome | None = None
    reason_id: str | None = None


class Told(Fact):
    """The mail servers took every notice of this telling, or refused them for good."""

    kind: Literal["told"] = "told"
    notice_id: str
    sent: int
    undeliverable: int = 0


class ReceiptsSent(Fact):
    """Everyone who reported up to this inbox number has a receipt (DSA Art. 16(4)) or the outcome itself."""

    kind: Literal["receipts_sent"] = "receipts_sent"
    through: int
    sent: int


class ClockWarned(Fact):
    """Half, or four fifths, of a clock's time is gone."""

    kind: Literal["clock_warned"] = "clock_warned"
    clock_id: str
    percent: int


class ClockBreached(Fact):
    """A clock ended with its act still owed. late_seconds: after its end, when this was noticed: no worker ran meanwhile."""

    kind: Literal["clock_breached"] = "clock_breached"
    clock_id: str
    late_seconds: int = 0


class ClockExtended(Fact):
    """A clock was given longer, for a reason in the record."""

    kind: Literal["clock_extended"] = "clock_extended"
    clock_id: str
    due_at: AwareDatetime
    reason_id: str
    operator: str


class MeasureExpired(Fact):
    """A measure's time was over; the target's state is ordered anew without it."""

    kind: Literal["measure_expired"] = "measure_expired"
    measure_id: str


class AppealOpened(Fact):
    """An appeal is heard."""

    kind: Literal["appeal_opened"] = "appeal_opened"
    appeal_id: str
    decision_id: str
    appellant: str
    role: Role
    due_at: AwareDatetime


class AppealRefused(Fact):
    """An appeal is not heard; the person is told why."""

    kind: Literal["appeal_refused"] = "appeal_refused"
    appeal_id: str
    decision_id: str
    appellant: str
    reason: AppealRefusal


class AppealClosed(Fact):
    """An appeal came to its outcome; a reversal is an event of its own."""

    kind: Literal["appeal_closed"] = "appeal_closed"
    appeal_id: str
    outcome: Outcome
    by: str


class DecisionReversed(Fact):
    """A decision was taken back, but for the measures kept. by: `appeal:<id>` or `operator:<name>`.

    reopens: the matter is open again, since it was closed as a duplicate only, and nobody has judged it.
    second_by: who approved it, where two people answer for it. idle: what it takes back never was in force, and the rest
    stands: nobody hears of it. again: all was taken back before an appeal came to that: only that side hears the outcome.
    lifts: measures of holds that the decision never came to lift, and that fall with it. Events of before do not say.
    """

    kind: Literal["decision_reversed"] = "decision_reversed"
    reversal_id: str
    decision_id: str
    keep: tuple[str, ...] = ()
    by: str
    second_by: str | None = None
    reason_id: str | None = None
    reopens: bool = False
    idle: bool = False
    again: bool = False
    lifts: tuple[str, ...] | None = None


class HoldReleased(Fact):
    """A hold was lifted because a person found that it does not stand; the question stays. by: `appeal:<id>`, …"""

    kind: Literal["hold_released"] = "hold_released"
    hold: str
    by: str


class HoldRestored(Fact):
    """Lifting a hold was undone: its matter is held again with what then was imposed, for the rest of its time."""

    kind: Literal["hold_restored"] = "hold_restored"
    matter_id: str
    hold: tuple[EnforcementRequest, ...]
    by: str


class AuthorityOrderChanged(Fact):
    """An order stands otherwise now: unclear, impossible, clarified, answered, told, not to be disclosed, withdrawn.

    confirms: whether the authority hears that its withdrawal was carried out; not of one recorded before we said so.
    """

    kind: Literal["authority_order_changed"] = "authority_order_changed"
    order_id: str
    change: OrderChange
    by: str
    given: tuple[OrderElement, ...] = ()
    territory: tuple[str, ...] = ()
    until: AwareDatetime | None = None
    reference: str | None = None
    confirms: bool = False


EventBody = Annotated[
    ReportReceived
    | SignalReceived
    | DecisionReceived
    | ExtensionReceived
    | ReversalReceived
    | AppealReceived
    | AppealAnswered
    | FilingAnswered
    | CopyDecided
    | CopyReversed
    | SplitOff
    | BatchDone
    | MembersJoined
    | VendorAnswered
    | SourceFell
    | AttachmentsCame
    | TellingSet
    | AuthorityReportFiled
    | AuthorityOrderReceived
    | OrderChangeReceived
    | InterventionReceived
    | WithdrawalReceived
    | BulkActReceived
    | BulkActDone
    | AuthorityOrderChanged
    | MessageRefused
    | ReportSetAside
    | ReportsInvalidated
    | ReportsReinstated
    | EvidenceCaptured
    | EvidenceDelayed
    | Triaged
    | OrderConfirmed
    | OrderStuck
    | OrderGivenUp
    | OrderDropped
    | OrderOvertaken
    | OrderIntervened
    | OrderVoided
    | DecisionProposed
    | DecisionEntered
    | DecisionRecorded
    | DecisionWithdrawn
    | MatterAdopted
    | StepCrossed
    | StepFell
    | ResponsibilityFound
    | CopiesReached
    | AccountCaseOpened
    | CampaignFound
    | SecondLookTaken
    | Told
    | ReceiptsSent
    | ClockWarned
    | ClockBreached
    | ClockExtended
    | MeasureExpired
    | DestructionOrdered
    | DestructionPutOff
    | AppealOpened
    | AppealRefused
    | AppealClosed
    | DecisionReversed
    | HoldReleased
    | HoldRestored
    | HearingOpened
    | OutcomeEntered
    | OutcomeWithdrawn
    | AppealDecided,
    Field(discriminator="kind"),
]


class CaseEvent(Fact):
    """One fact of a case. sequence and recorded time come from Postgres, under the case's lock; 0 until stored."""

    event_id: str
    occurred_at: AwareDatetime
    body: EventBody
    sequence: int = 0
