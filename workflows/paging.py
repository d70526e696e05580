"""Pages of work done one after another, at the rate their activity keeps: waiting where asked, bounded in history."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from cases.facts import Fact
    from workflows.timeouts import FOR_EVER

PAGE_ATTEMPT: Final = timedelta(hours=1)  # 500 acts at the slowest rate that settings allow
PAGE_SILENCE: Final = timedelta(minutes=1)  # without an act done: the worker is gone
LOOK_AGAIN: Final = timedelta(seconds=5)  # for what is waited for to end
PAUSED_LOOK: Final = timedelta(hours=1)  # whoever resumes rings; this is for the ring that was lost
PAGES_A_RUN: Final = 50  # some seven events each


class Page(Protocol):
    """What every page answers. state: more, paused, waiting, or how it ended; after: the last one of the page."""

    @property
    def state(self) -> str: ...

    @property
    def after(self) -> str: ...


Start = TypeVar("Start", bound=Fact)
Answer = TypeVar("Answer", bound=Page)


class Pages:
    """How far the pages came. Which ones are done stands in the record; here are a cursor and a bell."""

    def __init__(self, after: str) -> None:
        self.after = after
        self.rung = False

    async def carry_out(
        self,
        page: Callable[[Start], Awaitable[Answer]],
        start: Start,
        task_queue: str,
        summary: str,
        seen: Callable[[Answer], None],
    ) -> Answer | None:
        """The page that ended it; None where the run has had as many as it may, and is to continue as new.

        page: the activity, whose start has a field `after`. seen: told of every page.
        """
        for _ in range(PAGES_A_RUN):
            start = start.evolve(after=self.after)
            answer: Answer = await workflow.execute_activity(
                page,
                start,
                task_queue=task_queue,
                start_to_close_timeout=PAGE_ATTEMPT,
                heartbeat_timeout=PAGE_SILENCE,
                retry_policy=FOR_EVER,
                summary=summary,
            )
            self.after = answer.after
            seen(answer)
            if answer.state in ("paused", "waiting"):
                await self._wait(PAUSED_LOOK if answer.state == "paused" else LOOK_AGAIN)
            elif answer.state != "more":
                return answer
        return None

    async def _wait(self, longest: timedelta) -> None:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self.rung, timeout=longest)
        self.rung = False
