"""What people ask and are answered about queues besides claiming and deciding: changes to a task, the register, who is due."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, StringConstraints, model_validator

from api.requests import CaseName, TaskName
from cases.facts import Fact, Message
from cases.messages import MessageId, Text
from cases.reviewers import ReviewerProfile

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
ReviewerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$")]


class TaskChangeRequest(Message):
    """Snooze a task `until` a time, boost it, reassign it `to_queue` or `to_reviewer`, skip or return the one you hold.

    reason: kept, sealed with the case's key. Sending the same message_id again does nothing twice.
    """

    message_id: MessageId
    stream: CaseName
    task_id: TaskName
    action: Literal["snooze", "boost", "reassign", "skip", "return"]
    reason: Text
    until: AwareDatetime | None = None
    to_queue: QueueName | None = None
    to_reviewer: ReviewerName | None = None

    @model_validator(mode="after")
    def _what_it_needs(self) -> Self:
        if (self.action == "snooze") != (self.until is not None):
            raise ValueError("until goes with snooze, and snooze with until")
        if (self.action == "reassign") != bool(self.to_queue or self.to_reviewer):
            raise ValueError("to_queue or to_reviewer goes with reassign, and reassign with one of them")
        return self


class TaskChanged(Fact):
    """It was done. known: it had been, under this message_id."""

    stream: str
    task_id: str
    action: str
    status: Literal["accepted", "known"]


class KeptTaskChange(Fact):
    """What was done to a task. by: a person, or `clock` for what a deadline did; reason_id: a sealed text of the case."""

    change_id: str
    action: str
    by: str
    at: AwareDatetime
    reason_id: str | None = None
    until: AwareDatetime | None = None
    to_queue: str | None = None
    to_reviewer: str | None = None
    tier: int | None = None


class TaskChangesAnswer(Fact):
    """What was done to a task besides deciding it, oldest first."""

    changes: tuple[KeptTaskChange, ...]


class RegisterRequest(Message):
    """What the register of reviewers says of one from now on: all of it, what is left out is the default."""

    reviewer: ReviewerName
    profile: ReviewerProfile


class UnregisterRequest(Message):
    """A reviewer leaves the register. Where nobody is left in it, every reviewer may take anything."""

    reviewer: ReviewerName


class RegisteredReviewer(Fact):
    """One of the register. held: tasks they hold now."""

    reviewer: str
    profile: ReviewerProfile
    held: int
    changed_at: AwareDatetime
    changed_by: str


class RegisterAnswer(Fact):
    """The register of reviewers. Empty: none is kept."""

    reviewers: tuple[RegisteredReviewer, ...]


class QueueLine(Fact):
    """A queue: what is open in it, what of that is overdue, and whether it is open at this hour."""

    queue: str
    open: int
    overdue: int
    open_now: bool
    specialist: bool
    pages: bool
    tiers: tuple[str, ...] = ()


class QueuesAnswer(Fact):
    """Every queue of the pack, and every other that has open tasks."""

    queues: tuple[QueueLine, ...]


class OnCallClock(Fact):
    """The nearest law's clock of a case. source: the article; seconds_left: below nought once it was missed."""

    case_id: str
    stage: str
    category: str | None
    queue: str | None
    clock: str
    source: str
    due_at: AwareDatetime
    seconds_left: int


class OnCallTask(Fact):
    """An open task by its due time. elapsed: per cent of its time that is over; a warning at 50 and 80, a breach at 100."""

    stream: str
    task_id: str
    queue: str
    severity: int
    tier: int
    due_at: AwareDatetime
    seconds_left: int
    elapsed: int
    claimed: bool


class OnCallPage(Fact):
    """A call whose task is open. level: how often it went unanswered, and one; sent_at: none = nobody was reached."""

    page_id: str
    stream: str
    task_id: str
    queue: str
    severity: int
    due_at: AwareDatetime
    opened_at: AwareDatetime
    level: int
    sent_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None


class OnCallAlarm(Fact):
    """What began and is not over: a `drift` of a detector or rule, a release that did not start. told: numbers, versions."""

    alarm_id: str
    kind: str
    about: str
    told: dict[str, Any]
    since: AwareDatetime
    sent_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None


class OnCallAnswer(Fact):
    """What whoever is on call looks at: law's clocks and tasks, the least time left first, calls that are open, alarms."""

    at: AwareDatetime
    clocks: tuple[OnCallClock, ...]
    tasks: tuple[OnCallTask, ...]
    pages: tuple[OnCallPage, ...]
    alarms: tuple[OnCallAlarm, ...] = ()


class PageRequest(Message):
    """I answer for this call, or this alarm."""

    page_id: Annotated[str, StringConstraints(pattern=r"^(page-[0-9a-f-]{36}|alarm-[0-9a-f]{32})$")]


class PageAcknowledged(Fact):
    """Who answered first, and when. Nobody is called for it any more."""

    page_id: str
    by: str
    at: AwareDatetime
