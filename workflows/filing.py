"""One filing: a statement lodged with a public database, retried as long as it takes, its answer brought to the case.

A campaign's is one statement for each target on which its decision took effect: pages of them, until nobody is left.
"""

from typing import Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.names import FILING_WORKFLOW, TRANSPARENCY_TASK_QUEUE, SubjectKind, kind_of
    from workflows.recording import on_record
    from workflows.timeouts import FILING_PAGE_ATTEMPT, FILING_SILENCE, FOR_EVER, OUTSIDE_ATTEMPT

PAGES_A_RUN: Final = 50  # six events each


@workflow.defn(name=FILING_WORKFLOW)
class FilingWorkflow:
    """A statement of reasons on its way to the EU database (DSA Art. 24(5): without undue delay)."""

    @workflow.run
    async def run(self, start: processes.FileStatement) -> None:
        """Submit, then tell the case."""
        filing_id = start.filing.filing_id
        workflow.set_current_details(f"**FILING** — statement `{filing_id}` of case `{start.case_id}`.")
        answer = await self._answered(start)
        news = processes.CaseNews(
            case_id=start.case_id,
            kind="filing_answered",
            message_id=f"filing-answered-{filing_id}",
            payload={"filing_id": filing_id, "accepted": answer.accepted, "reference": answer.reference},
        )
        await on_record(stubs.bring_news, news, "bring the answer to the case")

    async def _answered(self, start: processes.FileStatement) -> processes.FilingAnswer:
        if kind_of(start.case_id) is SubjectKind.CAMPAIGN and workflow.patched("a-statement-each"):
            return processes.FilingAnswer(accepted=await self._every_page(start) > 0)
        return await workflow.execute_activity(
            stubs.submit_statement,
            start,
            task_queue=TRANSPARENCY_TASK_QUEUE,
            start_to_close_timeout=OUTSIDE_ATTEMPT,
            retry_policy=FOR_EVER,
            summary="submit the statement of reasons",
        )

    async def _every_page(self, start: processes.FileStatement) -> int:
        """How many the database has in the end. Which are done stands in the record, so a fresh run just goes on."""
        page = processes.FiledPage(more=True)
        for _ in range(PAGES_A_RUN):
            page = await workflow.execute_activity(
                stubs.file_page,
                start,
                task_queue=TRANSPARENCY_TASK_QUEUE,
                start_to_close_timeout=FILING_PAGE_ATTEMPT,
                heartbeat_timeout=FILING_SILENCE,
                retry_policy=FOR_EVER,
                summary=f"a page of the statements of {start.filing.cause}",
            )
            if not page.more:
                break
        if page.more:
            workflow.continue_as_new(start)
        return page.accepted
