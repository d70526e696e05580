"""A held case whose decision's order the pack gives up on, since the platform is away."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from cases.decisions import EnforcementRequest
from cases.received import ReversalReceived
from tests.builders import HIDE, an_assessment, terms
from tests.fakes import FakeWorld, eventually
from tests.workflows.test_case_lives import Stage


async def gives_up(
    stage: Stage, world: FakeWorld, env: WorkflowEnvironment, *wanted: EnforcementRequest
) -> WorkflowHandle[Any, Any]:
    """Held and told; then decided, and the order tried for as long as the pack says."""
    asked = {"enforcements": wanted} if wanted else {}
    world.assess = lambda request: (an_assessment(hold=(HIDE,), terms=terms(retry_for="PT10M")),)
    handle = await stage.report()
    await stage.reaches("held")
    await eventually(lambda: bool(world.bodies(stage.case_id, "told")))
    tried = world.calls.get("enforce", 0)
    world.platform_down = True
    await stage.decide(**asked)
    await eventually(lambda: world.calls.get("enforce", 0) > tried)
    await env.fast_forward(handle, timedelta(minutes=15))
    await eventually(lambda: bool(world.bodies(stage.case_id, "order_given_up")))
    return handle


def reverse(stage: Stage, world: FakeWorld, keep: tuple[str, ...] = ()) -> None:
    """An operator takes the decision back."""
    world.put(
        stage.case_id,
        lambda number: ReversalReceived(
            number=number,
            message_id="r-1",
            decision_id="d-1",
            keep=keep,
            reason_id="txt-" + "0" * 32,
            operator="op-1",
            received_at=datetime.now(UTC),
        ),
    )
