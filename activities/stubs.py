"""Names and signatures of every activity, for workflows to call. Nothing here loads the record, a client or a template.

The real ones are methods registered under the same names; `tests/unit/test_activity_stubs.py` holds both to one signature.
"""

from typing import Any, Literal

from pydantic import AwareDatetime
from temporalio import activity

from activities.processes import (
    AskVendor,
    BatchPage,
    BatchStart,
    BulkPage,
    CaseNews,
    ConsultationStart,
    FiledPage,
    FileStatement,
    FilingAnswer,
    HearingStart,
    VendorTask,
    VendorWord,
)
from cases.bulk import BulkStart
from cases.case import Case, Spread
from cases.decisions import Decision
from cases.events import CaseEvent
from cases.evidence import EvidenceVersion
from cases.facts import Fact
from cases.matters import Matter
from cases.measures import Order
from cases.projection import Projection
from cases.raids import RaidSeen
from cases.telling import Notice


class RawMessage(Fact):
    """A message as it came to the workflow itself, not yet judged. payload: JSON as sent."""

    kind: str
    channel: Literal["update", "signal"]
    payload: Any = None
    message_id: str | None = None


class TakeMail(Fact):
    """stream: the workflow id. seen: sequence of the last event this run folded; None where it begins and knows nothing.

    Every later event comes back, so that a run whose earlier answer was lost still hears of what it took then.
    """

    stream: str
    now: AwareDatetime
    raw: tuple[RawMessage, ...] = ()
    seen: int | None = None


class Mail(Fact):
    """What came in, in inbox order, neighbouring reports summed up. earlier: what came before, for a run that begins.

    more: there is more than one taking holds.
    """

    events: tuple[CaseEvent, ...] = ()
    earlier: Case | None = None
    more: bool = False


class Append(Fact):
    """Events to record, with the projection that holds after them (an empty list refreshes the projection alone)."""

    stream: str
    now: AwareDatetime
    events: tuple[CaseEvent, ...] = ()
    projection: Projection | None = None


class Stored(Fact):
    """The events as they stand in the record: the first writer won. adopted: some were there before, differ from what was asked
    or were followed by others, so that the rows beside them were not written.
    """

    events: tuple[CaseEvent, ...] = ()
    adopted: bool = False


class CaptureEvidence(Fact):
    """Capture the case's subject as it is now. swept_by: the bulk's message that wants a version of its own of it."""

    case_id: str
    now: AwareDatetime
    swept_by: str | None = None


class AssessCase(Fact):
    """Ask the pack about this case."""

    case: Case
    through: int
    now: AwareDatetime


class Enforcement(Fact):
    """An order to carry out."""

    case_id: str
    order: Order


class Confirmation(Fact):
    """What the platform answered. how: applied, repeated, superseded, deleted_by_author, destroyed, edited, unknown_target,
    read_back, gone (it only lifts, and the platform knows no such target), skipped (by an operator, before it was sent).
    """

    how: str
    target_version: int = 0


class TellPeople(Fact):
    """Notices to send. receipts_through: everyone who reported up to here gets a receipt, unless 0."""

    case_id: str
    notices: tuple[Notice, ...] = ()
    receipts_through: int = 0
    now: AwareDatetime


class Delivery(Fact):
    """How one telling went: how many the mail server took, how many it refused for good."""

    notice_id: str
    sent: int
    undeliverable: int


class DecisionSpread(Fact):
    """A decision of this case, or its reversal, for the cases of its exact copies and of people found responsible with it.

    matter: what it decided. reports, notices: how many had told us of it.
    """

    case_id: str
    decision: Decision
    matter: Matter
    spread: Spread
    reports: int = 0
    notices: int = 0


class SpreadAnswer(Fact):
    """How many cases it was brought to. left: cases that are left to others, since the reviewer has a part in them."""

    cases: int
    left: int = 0


class AccountCaseWanted(Fact):
    """A rule wants a case about the account behind this one."""

    case_id: str
    rule_id: str
    area: str


class AccountCaseAnswer(Fact):
    """Which case it is; None where the account is known no more."""

    account_case: str | None = None


class CampaignWanted(Fact):
    """What this case is about, and what came with it, are a raid."""

    case_id: str
    raid: RaidSeen


class CampaignAnswer(Fact):
    """Which campaign's case it is; None where nothing is left of the content."""

    campaign: str | None = None


@activity.defn
async def take_mail(request: TakeMail) -> Mail:
    """Take every unread inbox row of a stream, this run's own messages first among them."""
    ...


@activity.defn
async def record_events(request: Append) -> Stored:
    """Append to the record; the first writer wins, and all learn what is stored."""
    ...


@activity.defn
async def capture_evidence(request: CaptureEvidence) -> EvidenceVersion:
    """Capture and seal the subject before anything is done about it."""
    ...


@activity.defn
async def assess_case(request: AssessCase) -> Stored:
    """Ask detectors and pack, record what they say."""
    ...


@activity.defn
async def enforce(request: Enforcement) -> Confirmation:
    """Order the target's whole effective state at the platform until it confirms."""
    ...


@activity.defn
async def tell_people(request: TellPeople) -> list[Delivery]:
    """Render and send notices."""
    ...


@activity.defn
async def start_filing(request: FileStatement) -> None:
    """Start the filing's own workflow, once."""
    ...


@activity.defn
async def start_hearing(request: HearingStart) -> None:
    """Start the appeal's own workflow, once."""
    ...


@activity.defn
async def submit_statement(request: FileStatement) -> FilingAnswer:
    """Lodge a statement of reasons with the public database."""
    ...


@activity.defn
async def file_page(request: FileStatement) -> FiledPage:
    """Lodge the next statements of a campaign, one for each target."""
    ...


@activity.defn
async def bring_news(request: CaseNews) -> None:
    """Put an outcome into a case's inbox and ring."""
    ...


@activity.defn
async def spread_decision(request: DecisionSpread) -> SpreadAnswer:
    """Bring a decision, or its reversal, to the cases of its exact copies."""
    ...


@activity.defn
async def open_account_case(request: AccountCaseWanted) -> AccountCaseAnswer:
    """Tell the case of the author's account of this one."""
    ...


@activity.defn
async def join_campaign(request: CampaignWanted) -> CampaignAnswer:
    """Make what came together members of one campaign, and open its case."""
    ...


@activity.defn
async def start_batch(request: BatchStart) -> None:
    """Start the batch's own workflow, once."""
    ...


@activity.defn
async def carry_out_page(request: BatchStart) -> BatchPage:
    """Carry out a campaign's order for the next page of members."""
    ...


@activity.defn
async def start_consultation(request: ConsultationStart) -> None:
    """Start the consultation's own workflow, once."""
    ...


@activity.defn
async def ask_vendor(request: AskVendor) -> VendorWord:
    """Ask one vendor, from its own task queue; brakes, budget and breaker first."""
    ...


@activity.defn
async def called_back(request: VendorTask) -> VendorWord:
    """What a vendor called back about this task: its results, unless the door brought them to the case (`moot`)."""
    ...


@activity.defn
async def carry_out_bulk_page(request: BulkStart) -> BulkPage:
    """Select, carry out or undo the next page of a bulk, whichever is its turn."""
    ...


@activity.defn
async def sweep_inboxes() -> int:
    """Ring for every stream whose inbox was left unread. Returns how many were rung."""
    ...


@activity.defn
async def watch_tasks() -> int:
    """Give overdue tasks to the next tier, and call a person where somebody may be in danger. Returns how many were called."""
    ...


@activity.defn
async def ask_for_late_media() -> int:
    """Ask again for attachments that did not come, read pictures that were not read. Returns how many cases heard of some."""
    ...


@activity.defn
async def watch_drift() -> int:
    """Count what machines said hour by hour, and raise an alarm where it drifts. Returns how many drifts began."""
    ...


class DeliverEvents(Fact):
    """Which subscriber is sent its events."""

    tenant: str
    subscriber: str


class DeliveredEvents(Fact):
    """What one turn sent. over: this installation names no such subscriber any more."""

    events: int = 0
    over: bool = False


@activity.defn
async def deliver_events(request: DeliverEvents) -> DeliveredEvents:
    """Send a subscriber what is recorded, as it is recorded, for the length of a turn."""
    ...
