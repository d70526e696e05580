"""The sweeper: rings for what was left unread, when a door died between its commit and its ring. Run by a schedule."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import SWEEPER_WORKFLOW
    from workflows.timeouts import RECORD_ATTEMPT, RECORD_TRIES


@workflow.defn(name=SWEEPER_WORKFLOW)
class SweeperWorkflow:
    """One sweep. If it cannot, the schedule's next run will."""

    @workflow.run
    async def run(self) -> int:
        """How many streams were rung."""
        return await workflow.execute_local_activity(
            stubs.sweep_inboxes,
            start_to_close_timeout=RECORD_ATTEMPT,
            retry_policy=RECORD_TRIES,
            summary="ring for what was left unread",
        )
