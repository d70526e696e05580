"""Clocks set by law, on the real server with skipped time: warned of, breached, restarted whole, and seen as stuck."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import WorkflowEnvironment

from cases.authority_orders import OrderChange
from cases.order_messages import AuthorityOrderRequest
from cases.reading_orders import change_received, order_received
from tests.builders import HIDE, an_assessment
from tests.fakes import FakeWorld, eventually
from tests.unit.test_authority_orders import FORM
from tests.unit.test_legal_requests import WHOLE, requested
from tests.workflows.test_case_lives import Stage, stage, world

__all__ = ["stage", "world"]  # fixtures


def an_order(number: int, at: datetime, **changes: Any) -> Any:
    form = AuthorityOrderRequest.model_validate({**FORM, "territory": ("DE",), **changes})
    content = {**form.model_dump(mode="json"), "given": sorted(form.given), "operator": "desk-1"}
    return order_received(content, number, "o-1", "a" * 32, at)


def a_change(number: int, change: OrderChange, at: datetime, **more: Any) -> Any:
    content = {"order_id": "o-1", "change": change, "operator": "desk-1", **more}
    return change_received(content, number, f"c-{number}", at)


async def _warned(world: FakeWorld, stage: Stage, clock_id: str) -> list[int]:
    return [body.percent for body in world.bodies(stage.case_id, "clock_warned") if body.clock_id == clock_id]


async def test_the_hour_of_a_removal_order_is_warned_of_breached_seen_as_stuck_and_still_carried_out(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.platform_down, world.platform_away_for = True, timedelta(minutes=70)
    world.put(stage.case_id, lambda number: an_order(number, datetime.now(UTC), order="tco_removal"))
    handle = await stage.ring()
    await eventually(lambda: bool(world.bodies(stage.case_id, "authority_order_received")))
    await temporal_env.fast_forward(handle, timedelta(minutes=61))
    await eventually(lambda: bool(world.bodies(stage.case_id, "clock_breached")))
    assert await _warned(world, stage, "order_effect:o-1") == [50, 80]
    await eventually(lambda: world.projections[stage.case_id].stuck)
    details = await stage.summary()
    assert "order_effect:o-1" in [one["clock"] for one in details["clocks"]]
    world.platform_down = False
    await temporal_env.fast_forward(handle, timedelta(minutes=20))
    await eventually(lambda: any(one.order.impose for one in world.orders))
    await eventually(lambda: not world.projections[stage.case_id].stuck)


async def test_an_unclear_order_runs_no_clock_and_a_clarification_gives_it_the_whole_hour(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    began = datetime.now(UTC)
    world.put(stage.case_id, lambda number: an_order(number, began, order="tco_removal", signed=False))
    handle = await stage.ring()
    await stage.reaches("in_review")
    await temporal_env.fast_forward(handle, timedelta(hours=2))
    assert not world.bodies(stage.case_id, "clock_breached")
    at = began + timedelta(hours=2, minutes=5)
    world.platform_down = True
    world.put(stage.case_id, lambda number: a_change(number, OrderChange.CLARIFIED, at, given=("signature",)))
    await stage.ring()
    await eventually(lambda: len(world.bodies(stage.case_id, "authority_order_changed")) == 1)
    (clock,) = [one for one in (await stage.summary())["clocks"] if one["clock"] == "order_effect:o-1"]
    assert datetime.fromisoformat(clock["due_at"]) == at + timedelta(hours=1)
    world.platform_down = False


async def test_an_order_is_carried_out_before_anything_could_be_captured(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.capture_down = True
    world.put(stage.case_id, lambda number: an_order(number, datetime.now(UTC), order="tco_removal"))
    handle = await stage.ring()
    await eventually(lambda: bool(world.bodies(stage.case_id, "authority_order_received")))
    await temporal_env.fast_forward(handle, timedelta(minutes=2))
    await eventually(lambda: bool(world.bodies(stage.case_id, "order_confirmed")))
    assert [measure.kind for measure in world.orders[0].order.impose] == ["remove"]
    world.capture_down = False
    await temporal_env.fast_forward(handle, timedelta(minutes=20))
    await eventually(lambda: bool(world.bodies(stage.case_id, "decision_recorded")))


async def test_a_removal_that_is_not_done_in_48_hours_is_warned_of_and_breached(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.assess = lambda request: (an_assessment("intimate_images", hold=(HIDE,)),)
    at = datetime.now(UTC)
    plain: Any = requested(1, WHOLE).body
    world.put(
        stage.case_id,
        lambda number: plain.evolve(number=number, received_at=at, receipt_by=None, remove_by=at + timedelta(hours=48)),
    )
    handle = await stage.ring()
    await stage.reaches("held")
    await temporal_env.fast_forward(handle, timedelta(hours=49))
    await eventually(
        lambda: any(one.clock_id.startswith("take_down") for one in world.bodies(stage.case_id, "clock_breached"))
    )
    assert await _warned(world, stage, "take_down:intimate_images") == [50, 80]
    await eventually(lambda: world.projections[stage.case_id].stuck)
