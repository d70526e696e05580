"""What leads and people on call look at: load and times, never keystrokes, never one person's numbers."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Final

from pydantic import AwareDatetime

from api.answers import Task
from api.care_messages import LoadAnswer
from api.intake import Clock
from api.operator_answers import StuckAnswer
from api.reading import Reading
from api.tasks import task_of
from cases.decisions import Outcome
from cases.events import AppealClosed, SecondLookTaken
from cases.facts import Fact
from record import desk, views
from record.record import Record
from record.views import Deadline, QueueLength, Stages

AHEAD_HOURS: Final = 24
LOOKED_BACK: Final = timedelta(days=7)
ON_CALL_SHOWN: Final = 100
TOO_FEW: Final = 5  # verdicts below which no share is said: it would be one person's
UP_TO: Final = ((3_600, "1 h"), (4 * 3_600, "4 h"), (12 * 3_600, "12 h"), (86_400, "1 day"), (3 * 86_400, "3 days"))


class Bar(Fact):
    """One bar of a plot. late: the part of it that is over its time."""

    label: str
    value: int
    late: int = 0


class Agreement(Fact):
    """Of so many second looks or appeals, how many agreed with the first decision."""

    what: str
    of: int
    agreed: int

    @property
    def told(self) -> str:
        """In words; too few to say where a share would tell of one person."""
        return f"{self.agreed} of {self.of}" if self.of >= TOO_FEW else f"too few to say (under {TOO_FEW})"


class Board(Fact):
    """The lead's page. answered: tasks of the last seven days by how long they stood open."""

    now: AwareDatetime
    stages: Stages
    queues: tuple[QueueLength, ...]
    due: tuple[Bar, ...]
    answered: tuple[Bar, ...]
    in_time: int
    agreement: tuple[Agreement, ...]


class OnCall(Fact):
    """What runs out first. tasks: by time left; clocks: the nearest deadline of each case; stuck: orders that wait."""

    now: AwareDatetime
    tasks: tuple[Task, ...]
    clocks: tuple[Deadline, ...]
    stuck: StuckAnswer


class Boards:
    """Doors of leads and people on call."""

    def __init__(self, record: Record, reading: Reading, clock: Clock) -> None:
        self._record, self._reading, self._clock = record, reading, clock

    async def lead(self, tenant: str) -> Board:
        """Load, what is due, how long answers took, and whether people agree."""
        now = self._clock()
        answered = await desk.answered(self._record, tenant, now - LOOKED_BACK)
        by_hour = await desk.due_by_hour(self._record, tenant, now, AHEAD_HOURS)
        return Board(
            now=now,
            stages=await views.stages(self._record, tenant),
            queues=tuple(await views.queue_lengths(self._record, tenant, now)),
            due=_by_hours_left(by_hour),
            answered=_by_time(answered),
            in_time=sum(one.in_time for one in answered),
            agreement=await self._agreement(tenant),
        )

    async def on_call(self, tenant: str) -> OnCall:
        """What runs out first."""
        now = self._clock()
        tasks = await desk.soonest(self._record, tenant, now, ON_CALL_SHOWN)
        return OnCall(
            now=now,
            tasks=tuple(task_of(task) for task in tasks),
            clocks=tuple(await views.deadlines(self._record, tenant, ON_CALL_SHOWN)),
            stuck=await self._reading.stuck(tenant),
        )

    async def held(self, tenant: str, reviewer: str) -> tuple[Task, ...]:
        """What this reviewer holds now."""
        return tuple(task_of(task) for task in await desk.held(self._record, tenant, reviewer, self._clock()))

    async def _agreement(self, tenant: str) -> tuple[Agreement, ...]:
        kinds = ("second_look_taken", "appeal_closed")
        found = await desk.recent_events(self._record, tenant, kinds, self._clock() - LOOKED_BACK)
        looks = [event.body.agrees for event in found if isinstance(event.body, SecondLookTaken)]
        closed = [event.body.outcome is Outcome.UPHELD for event in found if isinstance(event.body, AppealClosed)]
        return (
            Agreement(what="Second looks that agreed", of=len(looks), agreed=sum(looks)),
            Agreement(what="Appeals in which the decision stood", of=len(closed), agreed=sum(closed)),
        )


def carried_of(load: LoadAnswer) -> tuple[Bar, ...]:
    """Units by person today, as bars; hatched is what lies after the last pause."""
    return tuple(Bar(label=one.reviewer, value=one.units, late=min(one.since_break, one.units)) for one in load.people)


def load_of(board: Board) -> tuple[Bar, ...]:
    """Open tasks by queue, as bars."""
    return tuple(Bar(label=one.queue, value=one.open, late=one.overdue) for one in board.queues)


def _by_hours_left(by_hour: dict[int, int]) -> tuple[Bar, ...]:
    late = by_hour.get(-1, 0)
    bounds = (0, 1, 2, 4, 8, AHEAD_HOURS)
    spans = (
        Bar(label=f"{until} h", value=sum(by_hour.get(hour, 0) for hour in range(since, until)))
        for since, until in pairwise(bounds)
    )
    return (Bar(label="late", value=late, late=late), *spans)


def _by_time(answered: list[desk.Answered]) -> tuple[Bar, ...]:
    total: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for one in answered:
        label = next((label for bound, label in UP_TO if one.seconds <= bound), "longer")
        total[label] += 1
        late[label] += not one.in_time
    labels = [label for _, label in UP_TO] + ["longer"]
    return tuple(Bar(label=label, value=total[label], late=late[label]) for label in labels)
