"""Counting what three lives cost: automatic, reviewed, and an appeal on top; what filings add is listed by itself.

Each life is lived twice. First its filings are held back (the simulated database is down) until everybody is told, so
that the case's own events are the beginning of its history. Then nothing is held back, and what it costs more is theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio.api.history.v1 import HistoryEvent

from benchmarks import lives
from benchmarks.budgets import APPEAL, AUTOMATIC, REVIEWED, Budget
from benchmarks.counting import Cost, cost_of, is_local_activity, kind_of
from benchmarks.lives import PATIENCE_SECONDS, Stage, has
from cases.names import filing_workflow_id

_UNDER_WAY = frozenset({"workflow_task_scheduled", "workflow_task_started", "workflow_execution_signaled"})


@dataclass(frozen=True)
class LifeCost:
    """case: first signal to notices confirmed, the run's end included, filings not. whole: all workflows of a life."""

    name: str
    budget: Budget
    case: Cost
    whole: Cost

    @property
    def filings(self) -> Cost:
        """What its filings add, their own workflows included."""
        return self.whole - self.case

    @property
    def within(self) -> bool:
        """Whether the budget holds."""
        return self.case.events <= self.budget.events and self.case.actions <= self.budget.actions


async def count_lives(stage: Stage) -> list[LifeCost]:
    """One life of each kind; the appeal is what comes on top of a reviewed case that was settled."""
    held = await _Lives(stage).live(_without_filings)
    free = await _Lives(stage).live(_with_filings)
    names = (("automatic", AUTOMATIC), ("reviewed", REVIEWED), ("appeal on top", APPEAL))
    return [LifeCost(*name, case, whole) for name, case, whole in zip(names, held, free, strict=True)]


@dataclass(frozen=True)
class _Lived:
    """Everybody is told. appeal: its workflow id, if there was one. filed_before: filings of earlier lives of the case."""

    case_id: str
    appeal: str | None = None
    filed_before: frozenset[str] = frozenset()


Life = Callable[[], Awaitable[_Lived]]


class _Lives:
    """One of each, on posts of their own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._post, self._case_id = "", ""

    async def live(self, counted: Callable[[Stage, Life], Awaitable[Cost]]) -> list[Cost]:
        """All three, each counted so."""
        return [await counted(self._stage, life) for life in (self._automatic, self._reviewed, self._appealed)]

    async def _automatic(self) -> _Lived:
        (post,) = await self._stage.posts("automatic", lives.PITCH, 1)
        receipt = await lives.automatic(self._stage, post)
        await self._stage.case_when(receipt.case_id, has("told:statement:", "told:outcome_reporter:"))
        return _Lived(receipt.case_id)

    async def _reviewed(self) -> _Lived:
        (self._post,) = await self._stage.posts("reviewed", lives.INSULT, 1)
        self._case_id = (await lives.reviewed(self._stage, self._post, f"{self._post}-decision")).case_id
        await self._stage.case_when(self._case_id, has("told:statement:", "told:outcome_reporter:"))
        return _Lived(self._case_id)

    async def _appealed(self) -> _Lived:
        stage, before = self._stage, frozenset(await _filings(self._stage, self._case_id))
        appeal = await lives.appealed(stage, self._post, self._case_id, f"{self._post}-decision")
        await stage.completed(appeal)
        await stage.case_when(self._case_id, has("told:reversal_author:", "told:reversal_reporter:"))
        return _Lived(self._case_id, appeal, before)


async def _without_filings(stage: Stage, life: Life) -> Cost:
    database = stage.here.settings.transparency_url
    await stage.fault(database, down=True)
    try:
        lived = await life()
        told, transitions = await _when_idle(stage, lived.case_id)
    finally:
        await stage.fault(database)
    await stage.completed(lived.case_id)
    end = (await stage.handle(lived.case_id).fetch_history()).events[-1]
    own = [one for one in told if not is_local_activity(one, "start_filing")]
    return cost_of([*own, end], transitions) + await _cost(stage, lived.appeal)


async def _with_filings(stage: Stage, life: Life) -> Cost:
    lived = await life()
    await stage.completed(lived.case_id)
    filed = [one for one in await _filings(stage, lived.case_id) if one not in lived.filed_before]
    return sum([await _cost(stage, one) for one in (lived.appeal, *filed)], await _cost(stage, lived.case_id))


async def _filings(stage: Stage, case_id: str) -> list[str]:
    """Workflow ids of the case's answered filings."""
    case = await stage.auditor.case(case_id)
    answered = [one.body["filing_id"] for one in case.events if one.kind == "filing_answered"]
    return [filing_workflow_id(stage.here.tenant, one) for one in answered]


async def _cost(stage: Stage, workflow_id: str | None) -> Cost:
    """Of its newest run; nothing for none."""
    if workflow_id is None:
        return Cost()
    history = await stage.handle(workflow_id).fetch_history()
    return cost_of(history.events, await _transitions(stage, workflow_id))


async def _transitions(stage: Stage, workflow_id: str) -> int:
    described = (await stage.handle(workflow_id).describe()).raw_description
    return described.workflow_execution_info.state_transition_count


async def _when_idle(stage: Stage, workflow_id: str) -> tuple[list[HistoryEvent], int]:
    """History and transitions once the run only waits: no workflow task and no activity under way."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            events = list((await stage.handle(workflow_id).fetch_history()).events)
            described = (await stage.handle(workflow_id).describe()).raw_description
            if kind_of(events[-1]) not in _UNDER_WAY and not described.pending_activities:
                return events, described.workflow_execution_info.state_transition_count
            await asyncio.sleep(0.05)
