"""Reversals of decisions whose orders the pack gave up on, in the case's own workflow: no operator is waited for."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from cases.interventions import InterventionReceived
from tests.builders import HIDE, REMOVE, an_assessment, terms
from tests.fakes import FakeWorld, eventually
from tests.workflows.given_up import gives_up, reverse
from tests.workflows.test_case_lives import Stage, stage, world

__all__ = ["stage", "world"]


def told(world: FakeWorld) -> list[str]:
    return [notice.kind for one in world.told for notice in one.notices]


async def test_a_reversal_waits_for_no_order_that_was_given_up(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await gives_up(stage, world, temporal_env)
    before = len(world.orders)
    world.platform_down = False
    reverse(stage, world)
    await stage.ring()
    await handle.result()
    assert [(one.order.impose, one.order.revoke) for one in world.orders[before:]] == [
        ((), ("d-1/1",)),
        ((), ("hold:harassment/1/1",)),
    ]
    assert told(world) == ["statement_provisional", "reversal_reporter", "hold_lifted"]
    assert not world.projections[stage.case_id].tasks
    assert [body.order_id for body in world.bodies(stage.case_id, "order_dropped")] == ["d-1:subject"]


async def test_what_a_partial_reversal_keeps_of_a_given_up_order_is_ordered_without_an_operator(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await gives_up(stage, world, temporal_env, REMOVE, HIDE)
    before = len(world.orders)
    world.platform_down = False
    reverse(stage, world, keep=("d-1/1",))
    await stage.ring()
    await handle.result()
    first = world.orders[before].order
    assert (first.order_id, first.round, first.missed) == ("d-1:subject", 1, ("d-1/2",))
    assert told(world) == ["statement_provisional", "statement", "outcome_reporter"]


async def test_a_hold_falls_with_a_decision_whose_order_an_operator_had_skipped(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.assess = lambda request: (an_assessment(hold=(HIDE,), terms=terms()),)
    handle = await stage.report()
    await stage.reaches("held")
    world.platform_down = True
    await stage.decide()
    await eventually(lambda: world.calls.get("enforce", 0) >= 2)
    await temporal_env.fast_forward(handle, timedelta(minutes=5))
    await eventually(lambda: bool(world.bodies(stage.case_id, "order_stuck")))
    world.platform_down = False
    skip = {"message_id": "i-1", "order_id": "d-1:subject", "step": "skip", "operator": "op-1", "reason_id": "txt-1"}
    at = world.bodies(stage.case_id, "report_received")[0].received_at
    world.put(
        stage.case_id,
        lambda number: InterventionReceived.model_validate({**skip, "number": number, "received_at": at}),
    )
    await stage.ring()
    await handle.result()
    reverse(stage, world)
    handle = await stage.ring()
    await handle.result()
    assert world.orders[-1].order.revoke == ("hold:harassment/1/1",)
    assert told(world)[-2:] == ["hold_lifted", "reversal_reporter"]
