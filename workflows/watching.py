"""Watches that schedules run: over open tasks (overdue ones go a tier up, dangerous ones call a person), and over drifts."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import DRIFT_WORKFLOW, NOTICES_TASK_QUEUE, WATCH_WORKFLOW

WITHIN = timedelta(seconds=60)
COUNTED_WITHIN = timedelta(minutes=10)  # after days away, 48 hours of every tenant
SILENCE = timedelta(minutes=1)


@workflow.defn(name=WATCH_WORKFLOW)
class WatchWorkflow:
    """One look. If it cannot, the schedule's next run will; what was due meanwhile is due then."""

    @workflow.run
    async def run(self) -> int:
        """How many pages were sent."""
        return await workflow.execute_activity(
            stubs.watch_tasks,
            task_queue=NOTICES_TASK_QUEUE,
            start_to_close_timeout=WITHIN,
            schedule_to_close_timeout=2 * WITHIN,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary="escalate what is overdue, page where somebody may be in danger",
        )


@workflow.defn(name=DRIFT_WORKFLOW)
class DriftWatchWorkflow:
    """One look at what machines said in the hours that are over. If it cannot, the schedule's next run makes up for it."""

    @workflow.run
    async def run(self) -> int:
        """How many drifts began."""
        return await workflow.execute_activity(
            stubs.watch_drift,
            task_queue=NOTICES_TASK_QUEUE,
            start_to_close_timeout=COUNTED_WITHIN,
            schedule_to_close_timeout=COUNTED_WITHIN,
            heartbeat_timeout=SILENCE,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary="compare detectors and rules with their past",
        )
