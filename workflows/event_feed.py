"""The feed of events to one subscriber: turn after turn, for as long as the installation names it."""

from datetime import timedelta
from typing import Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import stubs
    from cases.names import EVENT_FEED_WORKFLOW, SUBSCRIBERS_TASK_QUEUE
    from workflows.timeouts import FOR_EVER

TURN_ATTEMPT: Final = timedelta(minutes=15)  # a turn is ten, and ends with the message that is under way
SILENCE: Final = timedelta(minutes=1)  # without a message answered or a look at what waits: the worker is gone
TURNS_A_RUN: Final = 50  # six events each


@workflow.defn(name=EVENT_FEED_WORKFLOW)
class EventFeedWorkflow:
    """Whoever looks at it sees whether the subscriber answers: a turn that fails is tried again until it does."""

    @workflow.run
    async def run(self, request: stubs.DeliverEvents) -> None:
        """Send until the installation names the subscriber no more."""
        workflow.set_current_details(
            f"Sends events of **{request.tenant}** to **{request.subscriber}** as they are recorded. If the pending activity "
            "shows a failure, that service does not answer as it should; nothing is lost meanwhile."
        )
        for _ in range(TURNS_A_RUN):
            turn = await workflow.execute_activity(
                stubs.deliver_events,
                request,
                task_queue=SUBSCRIBERS_TASK_QUEUE,
                start_to_close_timeout=TURN_ATTEMPT,
                heartbeat_timeout=SILENCE,
                retry_policy=FOR_EVER,
                summary=f"send events to {request.subscriber}",
            )
            if turn.over:
                return
        workflow.continue_as_new(request)
