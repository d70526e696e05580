"""One filing: a statement lodged with a public database, retried as long as it takes, its answer brought to the case."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import FILING_WORKFLOW, TRANSPARENCY_TASK_QUEUE
    from workflows.recording import on_record
    from workflows.timeouts import FOR_EVER, OUTSIDE_ATTEMPT


@workflow.defn(name=FILING_WORKFLOW)
class FilingWorkflow:
    """A statement of reasons on its way to the EU database (DSA Art. 24(5): without undue delay)."""

    @workflow.run
    async def run(self, start: stubs.FileStatement) -> None:
        """Submit, then tell the case."""
        filing_id = start.filing.filing_id
        workflow.set_current_details(f"**FILING** — statement `{filing_id}` of case `{start.case_id}`.")
        answer = await workflow.execute_activity(
            stubs.submit_statement,
            start,
            task_queue=TRANSPARENCY_TASK_QUEUE,
            start_to_close_timeout=OUTSIDE_ATTEMPT,
            retry_policy=FOR_EVER,
            summary="submit the statement of reasons",
        )
        news = stubs.CaseNews(
            case_id=start.case_id,
            kind="filing_answered",
            message_id=f"filing-answered-{filing_id}",
            payload={"filing_id": filing_id, "accepted": answer.accepted, "reference": answer.reference},
        )
        await on_record(stubs.bring_news, news, "bring the answer to the case")
