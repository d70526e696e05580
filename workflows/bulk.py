"""One bulk, from its selection to its undo: pages at a set rate, a wait for the second person, bounded in history."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.bulk import BulkStart
    from cases.names import BULK_WORKFLOW, CASES_TASK_QUEUE
    from workflows.paging import Pages


@workflow.defn(name=BULK_WORKFLOW)
class BulkWorkflow:
    """Whatever is the bulk's turn, page by page, until it is over. The record says what that is; a ring says: look."""

    @workflow.init
    def __init__(self, start: BulkStart) -> None:
        self._pages = Pages(start.after)
        self._acts = start.acts
        self._label = "begun"

    @workflow.run
    async def run(self, start: BulkStart) -> None:
        """Select, wait to be approved, carry out; where it is undone later, another run does that."""
        summary = f"a page of bulk {start.bulk_id}"
        last = await self._pages.carry_out(stubs.carry_out_bulk_page, start, CASES_TASK_QUEUE, summary, self._seen)
        if last is None:
            workflow.continue_as_new(start.evolve(acts=self._acts, after=self._pages.after))

    def _seen(self, page: processes.BulkPage) -> None:
        self._acts += page.acts
        if page.label:
            self._label = page.label
        workflow.set_current_details(f"**{self._label}** — {self._acts} cases told by this workflow.")

    @workflow.signal(description="Look again: the bulk was approved, paused, resumed, cancelled or is to be undone.")
    def ring(self, *_: Any) -> None:
        """The doorbell."""
        self._pages.rung = True

    @workflow.query(description="Where the bulk stands.")
    def progress(self) -> dict[str, Any]:
        """How far this workflow came; the record has the rest."""
        return {"label": self._label, "acts": self._acts}
