"""Admission by unfinished work: a tenant whose messages wait unread is asked to wait with more, and so is who reports one
subject of which too many wait already.

What waits is counted in Postgres, so that all gateways see the same. Between two counts, what this one accepted is added.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation
from pydantic import BaseModel

from api.errors import TooMany
from cases.errors import Problem
from cases.messages import SignalMessage
from record.admission import Unfinished

COUNT_EVERY_SECONDS: Final = 0.5
COME_BACK_SECONDS: Final = 5

Count = Callable[[str, int, int], Awaitable[Unfinished]]


@dataclass(frozen=True)
class AdmissionLimits:
    """unfinished: messages of a tenant that no run has taken yet. reserved: the share of them only urgent ones may fill.

    subject: the share of them that ordinary messages about one subject may fill. urgent_areas: of child safety and danger
    (severity S0 and S1).
    """

    unfinished: int = 20_000
    reserved: float = 0.2
    urgent_areas: frozenset[str] = frozenset()
    subject: float = 1.0

    def room(self, urgent: bool) -> int:
        """How many may be unfinished where one more of this kind comes."""
        return self.unfinished if urgent else int(self.unfinished * (1 - self.reserved))

    @property
    def subject_room(self) -> int:
        """How many may be unfinished of one subject where one more comes that is not urgent."""
        return max(1, int(self.unfinished * self.subject))


@dataclass(frozen=True)
class Asking:
    """One message that asks to be let in. stream: the case it is for."""

    stream: str
    urgent: bool


@dataclass
class _Known:
    """What is known of one tenant: counted last, and accepted here since, in all and by stream. A stream of which few wait
    counts as none."""

    level: int
    streams: Counter[str]
    counted_at: float

    def add(self, stream: str) -> None:
        """One more was let in."""
        self.level += 1
        self.streams[stream] += 1


class Admission:
    """Lets messages in by how many wait. count: of a tenant, no further than a limit, and by stream where so many wait."""

    def __init__(
        self, count: Count, limits: AdmissionLimits = AdmissionLimits(), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count, self._limits, self._clock = count, limits, clock
        self._known: dict[str, _Known] = {}
        self._counting: dict[str, asyncio.Task[_Known]] = {}
        metrics.get_meter("dueprocess").create_observable_gauge(
            "dueprocess.unfinished", [self._observe], description="messages accepted and not taken by a run yet"
        )

    def urgent(self, message: BaseModel) -> bool:
        """Whether a report or signal speaks of child safety or danger: a duty that no ordinary flood may delay."""
        named = {getattr(message, "area", None)}
        if isinstance(message, SignalMessage):
            named |= set(message.scores)
        return not named.isdisjoint(self._limits.urgent_areas)

    async def admit(self, tenant: str, stream: str, urgent: bool = False) -> None:
        """Let one message in. Raises TooMany where too many wait, RecordUnavailable where that cannot be counted."""
        (refusal,) = await self.admit_each(tenant, [Asking(stream, urgent)])
        if refusal:
            raise refusal

    async def admit_each(self, tenant: str, asking: Sequence[Asking]) -> list[TooMany | None]:
        """Let in those for whom there is room, urgent ones first: None, or why not, for each in their order.

        Raises RecordUnavailable.
        """
        known = await self._level(tenant)
        refusals: list[TooMany | None] = [None] * len(asking)
        for place, one in sorted(enumerate(asking), key=lambda placed: not placed[1].urgent):
            refusals[place] = self._refusal(tenant, known, one)
            if refusals[place] is None:
                known.add(one.stream)
        return refusals

    def _refusal(self, tenant: str, known: _Known, one: Asking) -> TooMany | None:
        if known.level >= (room := self._limits.room(one.urgent)):
            return _too_many(tenant, known.level, room)
        if not one.urgent and known.streams[one.stream] >= (room := self._limits.subject_room):
            return _too_many_of_subject(known.streams[one.stream], room)
        return None

    async def _level(self, tenant: str) -> _Known:
        """The last count; an older one serves while a newer one is made."""
        known = self._known.get(tenant)
        if known is not None and self._clock() - known.counted_at < COUNT_EVERY_SECONDS:
            return known
        counting = self._begin_counting(tenant)
        return await asyncio.shield(counting) if known is None else known

    def _begin_counting(self, tenant: str) -> asyncio.Task[_Known]:
        task = self._counting.get(tenant)
        if task is None:
            task = self._counting[tenant] = asyncio.create_task(self._counted(tenant))
            task.add_done_callback(lambda done: self._counting_ended(tenant, done))
        return task

    def _counting_ended(self, tenant: str, task: asyncio.Task[_Known]) -> None:
        del self._counting[tenant]
        if not task.cancelled() and task.exception():
            self._known.pop(tenant, None)  # the next message waits for a count, and hears why there is none

    async def _counted(self, tenant: str) -> _Known:
        before = self._known.get(tenant)
        level_before, streams_before = (before.level, before.streams.copy()) if before else (0, Counter())
        counted = await self._count(tenant, self._limits.unfinished + 1, max(1, self._limits.subject_room // 2))
        level, streams = counted.messages, Counter(counted.streams)
        if before:  # what was let in meanwhile
            level += before.level - level_before
            streams += before.streams - streams_before
        self._known[tenant] = known = _Known(level, streams, self._clock())
        return known

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(known.level, {"tenant": tenant}) for tenant, known in self._known.items()]


def _too_many(tenant: str, level: int, room: int) -> TooMany:
    text = f"{level} messages of tenant {tenant} wait to be taken, {room} may"
    cure = f"send again after {COME_BACK_SECONDS} s; operators: dueprocess doctor"
    problem = Problem(
        "tenant_unfinished", str(level), f"is more unfinished work than is let in beside more ({room})", cure
    )
    return TooMany("quota_unfinished", [problem], COME_BACK_SECONDS, text)


def _too_many_of_subject(level: int, room: int) -> TooMany:
    text = f"{level} messages about this subject wait to be taken, {room} may; others are let in"
    cure = f"send again after {COME_BACK_SECONDS} s"
    problem = Problem("subject_unfinished", str(level), f"is more than wait about one subject ({room})", cure)
    return TooMany("quota_subject", [problem], COME_BACK_SECONDS, text)
