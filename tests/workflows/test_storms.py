"""A storm on one case, in skipped time: its mail is taken in bites, and no run grows long, whatever is stuck meanwhile."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.testing import WorkflowEnvironment

from tests.builders import HIDE, an_assessment
from tests.fakes import FakeWorld, eventually
from tests.workflows.test_case_lives import Stage, a_stage
from workflows import effects, pace, timeouts

ROLL_EVENTS = 100  # instead of a thousand: what is shown is the same, in less time
BOUND = ROLL_EVENTS + 300  # what the minute adds in which things in flight may end
BITE = timedelta(seconds=3)
SELDOM = RetryPolicy(initial_interval=timedelta(seconds=40), backoff_coefficient=1.0)  # an attempt takes real time


@pytest.fixture
async def world() -> FakeWorld:
    return FakeWorld(assess=lambda request: (an_assessment(hold=(HIDE,)),))


@pytest.fixture
async def stage(temporal_client: Client, world: FakeWorld, monkeypatch: Any) -> AsyncIterator[Stage]:
    monkeypatch.setattr(timeouts, "ROLL_EVENTS", ROLL_EVENTS)
    monkeypatch.setattr(effects, "FOR_EVER", SELDOM)
    async with a_stage(temporal_client, world) as running:
        yield running


async def runs_of(stage: Stage, first_run_id: str) -> list[Any]:
    """The histories of a chain of runs, oldest first."""
    histories, run_id = [], first_run_id
    while run_id:
        events = (await stage.client.get_workflow_handle(stage.case_id, run_id=run_id).fetch_history()).events
        histories.append(events)
        run_id = events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return histories


async def stormed(
    stage: Stage, world: FakeWorld, env: WorkflowEnvironment, handle: WorkflowHandle[Any, Any], bites: int
) -> int:
    """Reports that come faster than they are taken; how many. The door rings as it does: once until they are taken."""
    for _ in range(bites):
        await stage.report(times=3)
        await env.fast_forward(handle, BITE)
        await eventually(lambda: all(row.taken for row in world.inbox[stage.case_id]))
    return 3 * bites


async def test_a_long_storm_beside_a_stuck_order_rolls_and_no_run_grows_long(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.platform_down = False
    handle = await stage.report()
    run_id = handle.first_execution_run_id
    assert run_id
    await eventually(lambda: bool(world.bodies(stage.case_id, "evidence_captured")))
    await eventually(lambda: len(world.orders) == 1)
    world.platform_down = True
    await stage.decide()
    await eventually(lambda: world.calls.get("enforce", 0) >= 2)
    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_stuck")) == 1)

    reports = 1 + await stormed(stage, world, temporal_env, handle, 36)
    world.platform_down = False
    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_confirmed")) == 2)

    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: "statement" in _told(world))

    histories = await runs_of(stage, run_id)
    assert len(histories) >= 2
    assert max(map(len, histories)) < BOUND
    assert len(world.bodies(stage.case_id, "report_received")) == reports
    assert len(world.bodies(stage.case_id, "order_stuck")) == 1, "a fresh run knows that it is stuck"
    sent = [order.order.order_id for order in world.orders]
    # An attempt that was called off with its run may have arrived: the same order again, which changes nothing there.
    assert list(dict.fromkeys(sent)) == ["hold:harassment/1:subject", "d-1:subject"]
    assert _told(world).count("statement") == 1


def _told(world: FakeWorld) -> list[str]:
    return [notice.kind for telling in world.told for notice in telling.notices]


async def _taken(stage: Stage, world: FakeWorld, seconds: float) -> bool:
    """Whether all rows are taken in this time."""
    try:
        await eventually(lambda: all(row.taken for row in world.inbox[stage.case_id]), seconds=seconds)
    except TimeoutError:
        return False
    return True


async def _pauses(handle: WorkflowHandle[Any, Any]) -> int:
    """How many pauses of a storm the newest run has begun, by what its timers say of themselves."""
    history = await handle.fetch_history()
    timers = [one for one in history.events if one.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    return len([one for one in timers if b"a storm" in one.user_metadata.summary.data])


async def test_in_a_storm_mail_is_taken_no_sooner_than_a_pause_after_the_last_time(
    stage: Stage, world: FakeWorld, monkeypatch: Any
):
    monkeypatch.setattr(timeouts, "ROLL_EVENTS", 10 * ROLL_EVENTS)  # a run that begins afresh takes what is there
    monkeypatch.setattr(pace, "STORM_WITHIN", timedelta(hours=1))  # both longer than a machine may dawdle
    monkeypatch.setattr(pace, "STORM_PAUSE", timedelta(minutes=1))
    handle = await stage.report()
    await eventually(lambda: bool(world.bodies(stage.case_id, "receipts_sent")))
    for _ in range(2 * timeouts.STORM_TAKINGS):
        await stage.report()
        while not await _taken(stage, world, 1.0) and not await _pauses(handle):
            pass  # a stalled machine is no storm: only the run's own timer says that it waits
        if await _pauses(handle):
            break
    for _ in range(5):
        await stage.report()
    assert not await _taken(stage, world, 1.0), "rows gather"
    await stage.decide()  # what was sent to the run itself does not wait, and takes the rows with it
    await eventually(lambda: all(row.taken for row in world.inbox[stage.case_id]))
    assert 1 <= await _pauses(handle) <= 2  # one that began beside the decision, too


async def test_an_operator_rolls_a_case_whose_order_is_stuck(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.platform_down = False
    handle = await stage.report()
    run_id = handle.first_execution_run_id
    assert run_id
    await eventually(lambda: len(world.orders) == 1)
    world.platform_down = True
    await stage.decide()
    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_stuck")) == 1)

    await handle.signal("roll")
    await temporal_env.fast_forward(handle, timedelta(minutes=2))

    histories = await runs_of(stage, run_id)
    assert len(histories) == 2
    world.platform_down = False
    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_confirmed")) == 2)
