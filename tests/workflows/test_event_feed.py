"""The feed's workflow: turn after turn, through outages, and over when nobody is to be sent anything."""

from uuid import uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import stubs
from cases.names import SUBSCRIBERS_TASK_QUEUE, event_feed_workflow_id
from workers.sandbox import workflow_runner
from workflows.event_feed import TURNS_A_RUN, EventFeedWorkflow

ASKED = stubs.DeliverEvents(tenant="demo", subscriber="warehouse")


async def fed(temporal: WorkflowEnvironment, turns: int, away: int = 0) -> tuple[int, int]:
    """A feed of so many turns, the first of them tried in vain: how many there were, and the events of its last run."""
    done = 0

    @activity.defn(name="deliver_events")
    async def deliver_events(request: stubs.DeliverEvents) -> stubs.DeliveredEvents:
        nonlocal done, away
        assert request == ASKED
        if away:
            away -= 1
            raise ApplicationError("synthetic: away", type="SubscriberAway")
        done += 1
        return stubs.DeliveredEvents(events=1, over=done == turns)

    async with (
        Worker(temporal.client, task_queue="cases", workflows=[EventFeedWorkflow], workflow_runner=workflow_runner()),
        Worker(temporal.client, task_queue=SUBSCRIBERS_TASK_QUEUE, activities=[deliver_events]),
    ):
        handle = await temporal.client.start_workflow(
            EventFeedWorkflow.run,
            ASKED,
            id=f"{event_feed_workflow_id('demo', 'warehouse')}-{uuid4()}",
            task_queue="cases",
        )
        await handle.result()
        last = (await handle.describe()).history_length
    return done, last


async def test_turn_follows_turn_and_the_history_stays_short(temporal_env: WorkflowEnvironment):
    turns, events = await fed(temporal_env, TURNS_A_RUN + 2)
    assert turns == TURNS_A_RUN + 2
    assert events < 30, "the second run began afresh"


async def test_an_outage_ends_no_feed(temporal_env: WorkflowEnvironment):
    turns, _ = await fed(temporal_env, 2, away=2)
    assert turns == 2
