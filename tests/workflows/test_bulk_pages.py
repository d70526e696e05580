"""A bulk's workflow in skipped time: pages, the wait for a second person, its bounded history. Effects are stood in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import processes
from cases.bulk import BulkStart
from cases.names import CASES_TASK_QUEUE
from tests.fakes import eventually
from workers.sandbox import workflow_runner
from workflows.bulk import BulkWorkflow
from workflows.paging import PAGES_A_RUN


class Told:
    """Answers pages as a test wants them, the last one for ever; keeps what was asked."""

    def __init__(self, *states: str) -> None:
        self.states: list[str] = list(states)
        self.asked: list[BulkStart] = []

    @activity.defn
    async def carry_out_bulk_page(self, request: BulkStart) -> processes.BulkPage:
        self.asked.append(request)
        state: Any = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return processes.BulkPage(state=state, acts=2, after=f"case-{len(self.asked)}", label=state)


@asynccontextmanager
async def working(client: Client, told: Told) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    effects: Sequence[Any] = [told.carry_out_bulk_page]
    async with Worker(
        client,
        task_queue=CASES_TASK_QUEUE,
        workflows=[BulkWorkflow],
        activities=effects,
        workflow_runner=workflow_runner(),
    ):
        start = BulkStart(tenant="demo", bulk_id="b-1")
        yield await client.start_workflow(
            BulkWorkflow.run, start, id=f"bulk/demo/b-{uuid4().hex[:8]}", task_queue=CASES_TASK_QUEUE
        )


async def test_pages_follow_one_another_from_where_the_last_ended(temporal_client: Client):
    told = Told("more", "more", "done")
    async with working(temporal_client, told) as handle:
        await handle.result()
        assert [one.after for one in told.asked] == ["", "case-1", "case-2"]
        assert await handle.query("progress") == {"label": "done", "acts": 6}


async def test_it_waits_for_the_second_person_until_it_is_rung_for(temporal_client: Client):
    told = Told("paused")
    async with working(temporal_client, told) as handle:
        await eventually(lambda: len(told.asked) == 1)
        told.states = ["done"]
        await handle.signal("ring")
        await handle.result()
        assert len(told.asked) == 2


async def test_a_ring_that_was_lost_is_made_good_within_the_hour(
    temporal_client: Client, temporal_env: WorkflowEnvironment
):
    told = Told("paused")
    async with working(temporal_client, told) as handle:
        await eventually(lambda: len(told.asked) == 1)
        told.states = ["done"]
        await temporal_env.fast_forward(handle, timedelta(hours=1, minutes=1))
        await handle.result()
        assert len(told.asked) == 2


async def test_fifty_thousand_members_leave_no_long_history(temporal_client: Client):
    told = Told(*["more"] * (PAGES_A_RUN + 10), "done")
    async with working(temporal_client, told) as handle:
        await handle.result()
        assert len(told.asked) == PAGES_A_RUN + 11
        assert [one.acts for one in told.asked] == [0] * PAGES_A_RUN + [2 * PAGES_A_RUN] * 11
        history = await temporal_client.get_workflow_handle(handle.id).fetch_history()
        assert len(history.events) < 100
