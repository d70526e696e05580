"""Admission by unfinished work: a tenant whose messages wait unread is asked to wait with more.

What waits is counted in Postgres, so that all gateways see the same. Between two counts, what this one accepted is added.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation
from pydantic import BaseModel

from api.errors import TooMany
from cases.errors import Problem
from cases.messages import SignalMessage

COUNT_EVERY_SECONDS: Final = 0.5
COME_BACK_SECONDS: Final = 5

Count = Callable[[str, int], Awaitable[int]]


@dataclass(frozen=True)
class AdmissionLimits:
    """unfinished: messages of a tenant that no run has taken yet. reserved: the share of them only urgent ones may fill.

    urgent_areas: of child safety and danger (severity S0 and S1).
    """

    unfinished: int = 20_000
    reserved: float = 0.2
    urgent_areas: frozenset[str] = frozenset()

    def room(self, urgent: bool) -> int:
        """How many may be unfinished where one more of this kind comes."""
        return self.unfinished if urgent else int(self.unfinished * (1 - self.reserved))


@dataclass
class _Known:
    """What is known of one tenant. level: counted last, and accepted here since."""

    level: int
    counted_at: float


class Admission:
    """Lets messages in by how many wait. count: a tenant's unfinished messages, counted no further than a limit."""

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

    async def admit(self, tenant: str, items: int = 1, urgent: bool = False) -> None:
        """Let so many in. Raises TooMany where too many wait, RecordUnavailable where that cannot be counted."""
        known = await self._level(tenant)
        room = self._limits.room(urgent)
        if known.level + items > room:
            raise _too_many(tenant, known.level, room)
        known.level += items

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
        level_before = before.level if before else 0
        counted = await self._count(tenant, self._limits.unfinished + 1)
        accepted_meanwhile = (before.level - level_before) if before else 0
        self._known[tenant] = known = _Known(counted + accepted_meanwhile, self._clock())
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
