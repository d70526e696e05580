"""The sweep for attachments that did not come in time. Run by a schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import LATE_MEDIA_WORKFLOW, PLATFORM_TASK_QUEUE

WITHIN = timedelta(minutes=2)


@workflow.defn(name=LATE_MEDIA_WORKFLOW)
class LateMediaWorkflow:
    """One sweep. If it cannot, the schedule's next run will; what it had taken up is tried again at its next time."""

    @workflow.run
    async def run(self) -> int:
        """How many cases heard that something came."""
        return await workflow.execute_activity(
            stubs.ask_for_late_media,
            task_queue=PLATFORM_TASK_QUEUE,
            start_to_close_timeout=WITHIN,
            schedule_to_close_timeout=2 * WITHIN,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary="ask again for attachments that did not come, read pictures that were not read",
        )
