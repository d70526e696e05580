"""What the doors answer. One model each, the same in process, over HTTP and in the typed client. No content, no names."""

from typing import Any, Literal

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.legal_requests import MissingElement


class Receipt(Fact):
    """The message is stored: the commit came before this. known: it was stored before, and this is its first receipt.

    next: what happens next, in a sentence. by: until when, where the law or our own target says so.
    missing: what the law asks for and was not given, each with its article and its cure; effect: what that means.
    """

    case_id: str
    message_id: str
    received_at: AwareDatetime
    known: bool = False
    next: str
    by: AwareDatetime | None = None
    missing: tuple[MissingElement, ...] = ()
    effect: str | None = None


class ResultProblem(Fact):
    """One thing wrong with an item of a batch. value: cut short, empty where it may be someone's text or data."""

    field: str
    value: str
    problem: str
    cure: str


class BatchResult(Fact):
    """What became of one item. accepted and known are receipts: the message is stored. conflict: its id came before with
    other content. refused: errors says which fields, and the cure. Sending a conflict or a refused one again changes nothing.
    effect: what became of the claim to be a trusted flagger's.
    postponed: a quota is used up (code), it is not stored, and the same may be sent again.
    """

    index: int
    outcome: Literal["accepted", "known", "conflict", "refused", "postponed"]
    message_id: str | None = None
    case_id: str | None = None
    received_at: AwareDatetime | None = None
    effect: str | None = None
    code: str | None = None
    errors: tuple[ResultProblem, ...] = ()


class BatchAnswer(Fact):
    """A result for every item, in their order, and how many there are of each. next: what happens with what is stored.

    retry_after_seconds: when those that are postponed may be sent again.
    """

    accepted: int
    known: int
    conflict: int
    refused: int
    postponed: int = 0
    retry_after_seconds: int | None = None
    next: str
    results: tuple[BatchResult, ...] = ()


class Task(Fact):
    """One open question to a person. stream: the case (or appeal) it is in. kind: matter, second_look or hearing."""

    stream: str
    task_id: str
    kind: str
    subject: str
    queue: str
    severity: int
    tier: int
    due_at: AwareDatetime
    evidence_version: int | None = None
    claimed: bool = False
    claimed_until: AwareDatetime | None = None
    area: str | None = None
    language: str | None = None
    jurisdiction: str | None = None
    assigned_to: str | None = None
    snoozed_until: AwareDatetime | None = None
    boosted: bool = False


class Claimed(Fact):
    """A task is this reviewer's until then. token: what a decision must show; it ends with the lease."""

    token: str
    lease_id: str
    expires_at: AwareDatetime
    task: Task
    evidence_digest: str


class DecisionAccepted(Fact):
    """The decision is durable and will be recorded; its effect is an event of the case. known: it came before."""

    decision_id: str
    case_id: str
    status: Literal["accepted", "known"] = "accepted"
    next: str


class ChangeAccepted(Fact):
    """An operator's change is durable and will be recorded. known: it came before."""

    message_id: str
    case_id: str
    status: Literal["accepted", "known"] = "accepted"
    next: str


class TimelineEntry(Fact):
    """One event of a case: ids, kinds and numbers. body has no text, name or address by construction."""

    sequence: int
    event_id: str
    kind: str
    occurred_at: AwareDatetime
    body: dict[str, Any]


class EvidenceContent(Fact):
    """What was captured, for the reviewer who holds the claim. content: the snapshot as it was sealed."""

    version: int
    digest: str
    content: dict[str, Any]


class CopyAnswer(Fact):
    """Another case about the same, or nearly. likeness: content (to the letter), words, wording or picture.

    differing: of 16 values (wording) or of 256 bits (picture).
    """

    case_id: str
    likeness: str
    differing: int = 0


class AccountMatterAnswer(Fact):
    """A matter about the same account, or about another of its contents."""

    case_id: str
    matter_id: str
    open: bool
    violation: bool


class AccountAnswer(Fact):
    """The account behind the case, over all of its cases. matters: the newest hundred; counts as rules see them."""

    open_matters: int
    violations_90d: int
    contents_reported: int
    matters: tuple[AccountMatterAnswer, ...] = ()


class RestingAnswer(Fact):
    """A decision of another case that rests on one of this. fall_brought_at: since when that case knows that it fell."""

    source_decision: str
    case_id: str
    decision_id: str
    fall_brought_at: AwareDatetime | None = None


class CaseAnswer(Fact):
    """A case as the record has it. stage and the rest: of its projection; tasks and events: of the stream asked for.

    stream: the case itself, or one of its appeals. events: its timeline, oldest first. copies: other cases about the same
    or nearly, the likest first, a hundred at most. account: known once there is a matter. resting: decisions elsewhere
    that fall with decisions of this case. campaign: the case of the
    campaign that the subject takes part in, or did before it went its own way.
    """

    case_id: str
    stream: str
    stage: str
    category: str | None = None
    queue: str | None = None
    rule: str | None = None
    jurisdiction: str | None = None
    priority: int | None = None
    due_at: AwareDatetime | None = None
    stuck: bool = False
    legal_hold: bool = False
    tasks: tuple[Task, ...] = ()
    events: tuple[TimelineEntry, ...] = ()
    evidence: EvidenceContent | None = None
    copies: tuple[CopyAnswer, ...] = ()
    account: AccountAnswer | None = None
    resting: tuple[RestingAnswer, ...] = ()
    campaign: str | None = None


class TextStored(Fact):
    """Where a text is: the id that a rationale_id or reason_id names."""

    text_id: str
    case_id: str
    message_id: str


class QueueAnswer(Fact):
    """Open tasks, most urgent first. more: there are others beyond the limit."""

    tasks: tuple[Task, ...]
    more: bool = False


class StagesAnswer(Fact):
    """How many cases are in each stage, what is due next, and how many messages are parked."""

    stages: dict[str, int]
    stuck: int = 0
    parked: int = 0
    nearest_due_at: AwareDatetime | None = None


class HookAnswer(Fact):
    """A webhook is durable. accepted: a signal of a case; known: it came before; parked: it makes no signal, and is kept
    for a person; nothing: the source says that it found nothing, and so nothing was kept."""

    status: Literal["accepted", "known", "parked", "nothing"]
    message_id: str
    case_id: str | None = None
    parked_id: str | None = None
