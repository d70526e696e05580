"""Where the live view gets its picture from: rows beside the events, and the supervisor's word on its children."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from api.answers import StagesAnswer
from api.cli.output import due
from cases.case import CaseStage
from record import measures, parked, views
from record.record import Record
from workers.data_folder import ChildState, StackState
from workers.live import ChildLine, Deadline, Look, OpenTasks, Picture, StuckOrder
from workers.processes import is_running

if TYPE_CHECKING:
    from workers.here import Here

STUCK_AFTER: Final = timedelta(seconds=30)  # an order usually takes a tenth of a second
LOOK_SECONDS: Final = 3.0
_DEADLINES: Final = 6


class Feed(Protocol):
    """The feed that runs beside the view."""

    @property
    def words(self) -> str: ...


class Looking:
    """Makes pictures. What cannot be reached is said in the picture; the next look tries again."""

    def __init__(self, here: "Here", state: Callable[[], StackState], feed: Feed, opened: AsyncExitStack) -> None:
        self._here, self._state, self._feed, self._opened = here, state, feed, opened
        self._record: Record | None = None
        self._started_at = here.now()

    @classmethod
    @asynccontextmanager
    async def opened(cls, here: "Here", state: Callable[[], StackState], feed: Feed) -> AsyncIterator[Look]:
        """A way to look; what it opens is closed on leaving."""
        async with AsyncExitStack() as stack:
            yield cls(here, state, feed, stack).look

    async def look(self) -> Picture:
        """The picture as of now."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._look()
        except Exception as error:  # Postgres restarting, a stack just starting: said, and looked again
            note = f"The record does not answer ({type(error).__name__}); looking again."
            return self._frame(note=note)

    async def _look(self) -> Picture:
        if self._record is None:
            means = await self._opened.enter_async_context(self._here.means())
            self._record = means.record
        now = self._here.now()
        picture = self._frame()
        for tenant in self._here.settings.tenants:
            picture = _joined(picture, await look_at(self._record, tenant, now, picture))
        return picture

    def _frame(self, note: str = "") -> Picture:
        from workers.listing import addresses

        return Picture(
            at=self._here.now(),
            started_at=self._started_at,
            children=tuple(child_line(name, child) for name, child in self._state().children.items()),
            addresses=addresses(self._here.settings),
            feeding=self._feed.words,
            note=note,
        )


async def look_at(record: Record, tenant: str, now: datetime, frame: Picture) -> Picture:
    """One tenant's cases in this frame."""
    minute = now - timedelta(minutes=1)
    stages = await views.stages(record, tenant)
    rates = await views.rates(record, tenant, minute, now)
    due_next = await views.deadlines(record, tenant, _DEADLINES)
    queues = await views.queue_lengths(record, tenant, now)
    stuck = await measures.stuck(record, tenant, now - STUCK_AFTER)
    waiting = await parked.count(record, tenant)
    return Picture(
        at=now,
        started_at=frame.started_at,
        stages=stages.stages,
        per_minute=rates.model_dump(),
        deadlines=tuple(Deadline(one.case_id, one.stage, one.due_at) for one in due_next),
        stuck=tuple(
            StuckOrder(one.case_id, one.order_id, one.attempts, one.last_error or "", one.issued_at) for one in stuck
        ),
        parked=waiting,
        queues={one.queue: OpenTasks(one.open, one.overdue) for one in queues},
        children=frame.children,
        addresses=frame.addresses,
        feeding=frame.feeding,
        note=frame.note,
    )


def _joined(one: Picture, other: Picture) -> Picture:
    """Two tenants' pictures as one."""
    names = other.queues.keys() | one.queues.keys()
    none = OpenTasks(0)
    return Picture(
        at=other.at,
        started_at=other.started_at,
        stages={stage: one.stages.get(stage, 0) + other.stages.get(stage, 0) for stage in CaseStage},
        per_minute={name: one.per_minute.get(name, 0) + count for name, count in other.per_minute.items()},
        deadlines=tuple(sorted((*one.deadlines, *other.deadlines), key=lambda deadline: deadline.due_at)[:_DEADLINES]),
        stuck=(*one.stuck, *other.stuck),
        parked=one.parked + other.parked,
        queues={
            name: OpenTasks(
                one.queues.get(name, none).open + other.queues.get(name, none).open,
                one.queues.get(name, none).overdue + other.queues.get(name, none).overdue,
            )
            for name in names
        },
        children=other.children,
        addresses=other.addresses,
        feeding=other.feeding,
        note=other.note,
    )


def child_line(name: str, child: ChildState) -> ChildLine:
    """Whether a child lives, by process id and start time."""
    return ChildLine(name, is_running(child.pid, child.started), child.restarts)


def stages_line(stages: StagesAnswer, now: datetime) -> str:
    """Cases by stage in one line."""
    by_stage = ", ".join(f"{stages.stages[stage]} {stage}" for stage in CaseStage if stages.stages.get(stage))
    stuck = f"; {stages.stuck} stuck" if stages.stuck else ""
    stuck += f"; {stages.parked} parked" if stages.parked else ""
    next_due = f"; next deadline {due(stages.nearest_due_at, now)}" if stages.nearest_due_at else ""
    return f"{sum(stages.stages.values())} cases: {by_stage or 'none yet'}{stuck}{next_due}"
