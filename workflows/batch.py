"""One order of a campaign, carried out member by member: pages at a set rate, paused and resumed, bounded in history."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.names import BATCH_WORKFLOW, PLATFORM_TASK_QUEUE
    from workflows.paging import Pages
    from workflows.recording import on_record


@workflow.defn(name=BATCH_WORKFLOW)
class BatchWorkflow:
    """Pages until nobody is left, then word to the campaign's case. Which members are done stands in the record."""

    @workflow.init
    def __init__(self, start: processes.BatchStart) -> None:
        self._start = start
        self._pages = Pages(start.after)
        self._state = "begun"
        self._orders = start.orders

    @workflow.run
    async def run(self, start: processes.BatchStart) -> None:
        """Carry out, wait where that is asked, tell the case."""
        summary = f"a page of {start.order.order_id}"
        last = await self._pages.carry_out(stubs.carry_out_page, start, PLATFORM_TASK_QUEUE, summary, self._seen)
        if last is None:
            workflow.continue_as_new(start.evolve(orders=self._orders, after=self._pages.after))
        await self._tell(last)

    def _seen(self, page: processes.BatchPage) -> None:
        self._state, self._orders = page.state, self._orders + page.orders
        workflow.set_current_details(
            f"**{self._state.upper()}** — {self._orders} orders of `{self._start.order.order_id}`."
        )

    async def _tell(self, page: processes.BatchPage) -> None:
        news = processes.CaseNews(
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
        self._pages.rung = True

    @workflow.query(description="How far the batch came.")
    def progress(self) -> dict[str, Any]:
        """State and orders of this batch; the record has the rest."""
        return {"state": self._state, "orders": self._orders, "order_id": self._start.order.order_id}
