"""What the processes beside a case begin with, and what comes of their steps: hearings, filings, batches, consultations, bulks.

Like the stubs, nothing here loads the record, a client or a template.
"""

from typing import Any, Literal

from pydantic import AwareDatetime

from cases.appeals import Role
from cases.case import Filing
from cases.consultations import Consultation
from cases.detections import Detection
from cases.facts import Fact
from cases.measures import Order


class HearingStart(Fact):
    """What an appeal's workflow begins with: ids and clocks. deciders: who may not hear it; opened_at: the case's now.

    grace: for how long its outcome waits, so that who found it may take it back; none: it takes effect at once.
    area: of the matter, since nobody hears appeals of what they do not want to be shown.
    """

    case_id: str
    appeal_id: str
    decision_id: str
    appellant: str
    role: Role
    opened_at: AwareDatetime | None = None
    due_at: AwareDatetime
    deciders: tuple[str, ...]
    queue: str
    severity: int
    evidence_digest: str
    grace: str | None = None
    area: str | None = None


class FileStatement(Fact):
    """A statement for the public database. Also the argument of FilingWorkflow."""

    case_id: str
    filing: Filing


class FilingAnswer(Fact):
    """The database's answer."""

    accepted: bool
    reference: str | None = None


class FiledPage(Fact):
    """What came of a page of a campaign's statements. accepted: how many the database has of this cause, once it is over."""

    more: bool
    accepted: int = 0


class BatchStart(Fact):
    """One order of a campaign, for all of its members. Also the argument of BatchWorkflow. stops: what it takes back whole.

    late_until: until when members may join it. after: the last target of the page before; once nobody comes after it, all are
    looked through again from the start. orders: carried out by the runs before this one, for show.
    """

    case_id: str
    order: Order
    stops: tuple[str, ...] = ()
    late_until: AwareDatetime | None = None
    after: str = ""
    orders: int = 0


class BatchPage(Fact):
    """What came of a page. orders: carried out in it; after: its last target; confirmed and void: of the batch, once over."""

    state: Literal["more", "paused", "waiting", "done", "stopped"]
    orders: int = 0
    after: str = ""
    confirmed: int = 0
    void: int = 0


class ConsultationStart(Fact):
    """Also the argument of ConsultationWorkflow. rounds: how often the chain was gone through by the runs before this one."""

    case_id: str
    consultation: Consultation
    asked_at: AwareDatetime
    rounds: int = 0


class AskVendor(Fact):
    """One vendor to ask about a version."""

    case_id: str
    consultation: Consultation
    vendor: str
    now: AwareDatetime


class VendorWord(Fact):
    """What came of asking. answered: results for every label; pending: it will call back, about task_id; passed: it gave no
    word, why says so; moot: nobody needs to know any more.
    """

    state: Literal["answered", "pending", "passed", "moot"]
    results: tuple[Detection, ...] = ()
    task_id: str | None = None
    why: str = ""


class VendorTask(Fact):
    """A task that a vendor was to call back about."""

    case_id: str
    consultation: Consultation
    vendor: str
    task_id: str


class BulkPage(Fact):
    """What came of a page of a bulk. acts: cases told in it; after: the last case of it; label: where the bulk stands."""

    state: Literal["more", "paused", "waiting", "done"]
    acts: int = 0
    after: str = ""
    label: str = ""


class CaseNews(Fact):
    """An outcome for a case's inbox. payload: of the message kind's own form."""

    case_id: str
    kind: Literal["appeal_answered", "filing_answered", "batch_done", "vendor_answered"]
    message_id: str
    payload: dict[str, Any]
