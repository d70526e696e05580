"""What the doors answer operators: campaigns, stuck orders, what is parked, flagged and misused."""

from typing import Literal

from pydantic import AwareDatetime

from cases.facts import Fact


class CampaignJoined(Fact):
    """The members are stored. joined: how many of them are new to the campaign."""

    case_id: str
    message_id: str
    joined: int


class CampaignBatch(Fact):
    """One order of a campaign, member by member. waiting: sent or about to be, and unconfirmed."""

    order_id: str
    target: str
    begun_at: AwareDatetime
    stopped_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    confirmed: int
    void: int
    waiting: int


class CampaignAnswer(Fact):
    """How a campaign stands. sampled: members that were drawn; split_off: those that went their own way."""

    case_id: str
    opened_at: AwareDatetime
    paused_at: AwareDatetime | None = None
    members: int
    accounts: int
    sampled: int
    split_off: int
    batches: tuple[CampaignBatch, ...] = ()


class CampaignPaused(Fact):
    """Whether the campaign is paused now. batches: how many of its batches it concerns."""

    case_id: str
    paused: bool
    batches: int


class StuckOrder(Fact):
    """An order that the platform has not confirmed. last_error: a code; next_try_at: by the retry policy, if it failed.

    see_to_by: of one that is given up and not tried any more: by when an operator is to retry, skip or note it as done.
    """

    order_id: str
    issued_at: AwareDatetime
    attempts: int
    last_attempt_at: AwareDatetime | None = None
    last_error: str | None = None
    next_try_at: AwareDatetime | None = None
    see_to_by: AwareDatetime | None = None


class StuckCase(Fact):
    """A case with an order that the platform has not confirmed for too long. since: when the oldest of them was issued."""

    case_id: str
    category: str | None = None
    priority: int | None = None
    due_at: AwareDatetime | None = None
    since: AwareDatetime | None = None
    orders: tuple[StuckOrder, ...] = ()


class WaitingBulk(Fact):
    """A bulk that somebody has to see to: paused, held up, waiting for a second person, or not worked on since looked_at.

    note: what holds it up.
    """

    bulk_id: str
    phase: str
    paused_at: AwareDatetime | None = None
    looked_at: AwareDatetime
    note: str = ""


class FailingRun(Fact):
    """A run that cannot move: its workflow task fails again and again. cause: Temporal's name of it.

    case_id: None for what is no case's, such as a bulk. since: when the first of these tasks failed, as far as it could be
    told; of a run that took hundreds of signals since, later than that. cure: what to do, and the runbook.
    """

    workflow_id: str
    case_id: str | None = None
    cause: str
    since: AwareDatetime | None = None
    cure: str


class FailingRuns(Fact):
    """Runs that cannot move, those that stood still longest first, a hundred at most. more: how many there are beyond these.

    unsearched: why they could not be looked for, a code: it is not known whether there are any. None where they were.
    """

    runs: tuple[FailingRun, ...] = ()
    more: int = 0
    unsearched: str | None = None


class StuckAnswer(Fact):
    """Every case that is stuck, every bulk that waits for somebody, and runs that cannot move.

    failing: None where nobody looked for such runs.
    """

    cases: tuple[StuckCase, ...]
    bulks: tuple[WaitingBulk, ...] = ()
    failing: FailingRuns | None = None


class ParkedMessage(Fact):
    """Something accepted that could not be processed. reason: a code; problem: field and cure, no content.

    kind: the message's, or `hook`. source: the hook's name, or the door it came by. stream, number: its inbox row, if any.
    """

    parked_id: str
    message_id: str
    kind: str
    source: str
    stream: str | None = None
    number: int | None = None
    reason: str
    problem: str
    parked_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    closed_as: Literal["replayed", "discarded"] | None = None
    closed_by: str | None = None
    replayed_as: str | None = None
    why: str | None = None


class ParkedAnswer(Fact):
    """What is parked, oldest first. more: there are others beyond the limit."""

    parked: tuple[ParkedMessage, ...]
    more: bool = False


class Flag(Fact):
    """Something an operator must do by hand about a case. flag: `history_holds_text`: delete that run in Temporal."""

    stream: str
    flag: str
    raised_at: AwareDatetime


class FlagsAnswer(Fact):
    """Every flag that is up, oldest first."""

    flags: tuple[Flag, ...]


class StandingChanged(Fact):
    """What was sent to be changed. people: how many were named; cases: those in which their reports change what counts."""

    message_id: str
    people: int
    cases: tuple[str, ...]
    next: str


class Misuser(Fact):
    """A reporter whose reports were nearly always unfounded, by numbers alone: a person has to look (DSA Art. 23(3)).

    judged, unfounded: reports on which people decided within the pack's time. case_id: of their account, whether or not
    there is a case. suspended_until: to when their reports are set aside.
    """

    key: str
    judged: int
    unfounded: int
    areas: tuple[str, ...]
    last_at: AwareDatetime
    case_id: str | None = None
    suspended: bool = False
    suspended_until: AwareDatetime | None = None


class MisuseAnswer(Fact):
    """Reporters whom a person should look at, those with the most unfounded reports first."""

    reporters: tuple[Misuser, ...]


class MisuseOpened(Fact):
    """A task for reviewers was opened about each of these accounts. unknown: keys of people of whom no account is known."""

    message_id: str
    cases: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    next: str


class LinksRevoked(Fact):
    """No status link issued up to now opens anything any more. person: whose; None for everybody's in the case."""

    case_id: str
    person: str | None = None
