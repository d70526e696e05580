"""One order of a campaign, carried out member by member: pages at a set rate, paused and resumed, bounded in history."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import BATCH_WORKFLOW, PLATFORM_TASK_QUEUE
    from workflows.recording import on_record
    from workflows.timeouts import FOR_EVER

PAGE_ATTEMPT: Final = timedelta(hours=1)  # 500 orders at the slowest rate that settings allow
PAGE_SILENCE: Final = timedelta(minutes=1)  # without an order confirmed: the worker is gone
LOOK_AGAIN: Final = timedelta(seconds=5)  # for an earlier batch on the same target to end
PAUSED_LOOK: Final = timedelta(hours=1)  # whoever resumes rings; this is for the ring that was lost
PAGES_A_RUN: Final = 50  # some seven events each


@workflow.defn(name=BATCH_WORKFLOW)
class BatchWorkflow:
    """Pages until nobody is left, then word to the campaign's case. Which members are done stands in the record."""

    @workflow.init
    def __init__(self, start: stubs.BatchStart) -> None:
        self._start = start
        self._rung = False
        self._state = "begun"
        self._orders = start.orders
        self._after = start.after

    @workflow.run
    async def run(self, start: stubs.BatchStart) -> None:
        """Carry out, wait where that is asked, tell the case."""
        for _ in range(PAGES_A_RUN):
            start = start.evolve(after=self._after)
            page = await workflow.execute_activity(
                stubs.carry_out_page,
                start,
                task_queue=PLATFORM_TASK_QUEUE,
                start_to_close_timeout=PAGE_ATTEMPT,
                heartbeat_timeout=PAGE_SILENCE,
                retry_policy=FOR_EVER,
                summary=f"a page of {start.order.order_id}",
            )
            self._state, self._orders = page.state, self._orders + page.orders
            self._after = page.after
            workflow.set_current_details(
                f"**{self._state.upper()}** — {self._orders} orders of `{start.order.order_id}`."
            )
            if page.state in ("done", "stopped"):
                await self._tell(page)
                return
            if page.state in ("paused", "waiting"):
                await self._wait(PAUSED_LOOK if page.state == "paused" else LOOK_AGAIN)
        workflow.continue_as_new(start.evolve(orders=self._orders, after=self._after))

    async def _wait(self, longest: timedelta) -> None:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self._rung, timeout=longest)
        self._rung = False

    async def _tell(self, page: stubs.BatchPage) -> None:
        news = stubs.CaseNews(
            case_id=self._start.case_id,
            kind="batch_done",
            message_id=f"batch-done-{workflow.info().workflow_id.rpartition('/')[2]}",
            payload={
                "order_id": self._start.order.order_id,
                "confirmed": page.confirmed,
                "void": page.void,
                "stopped": page.state == "stopped",
            },
        )
        await on_record(stubs.bring_news, news, "bring word to the campaign's case")

    @workflow.signal(description="Look again: the campaign was paused or resumed.")
    def ring(self, *_: Any) -> None:
        """The doorbell."""
        self._rung = True

    @workflow.query(description="How far the batch came.")
    def progress(self) -> dict[str, Any]:
        """State and orders of this batch; the record has the rest."""
        return {"state": self._state, "orders": self._orders, "order_id": self._start.order.order_id}
