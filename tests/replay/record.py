"""Records the golden histories anew: `python -m tests.replay.record`. Real runs on the real server, effects stood in.

Only after a change that may leave no open case behind: what is recorded here is what running cases look like. Everything
is synthetic and sealed with the published test key; no failure keeps a place in a file system.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.failure.v1 import Failure
from temporalio.client import WorkflowHistory
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadConverter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Worker

from activities import processes
from cases.case import Filing
from cases.names import TRANSPARENCY_TASK_QUEUE
from tests.builders import HIDE, SUSPEND, an_assessment, automatic, terms
from tests.fakes import FakeWorld, an_appeal, eventually
from tests.replay.static_keys import StaticKeys
from tests.workflows.given_up import gives_up, reverse
from tests.workflows.test_case_lives import Stage, a_stage
from workers.codec import CaseCodec, data_converter
from workers.sandbox import guarded_runner
from workers.temporal_server import configuration_arguments, find_binary
from workflows.filing import FilingWorkflow

HISTORIES = Path(__file__).parent / "histories"
Recorded = dict[str, WorkflowHistory]
RAW = {"decision_id": "d-1", "matter": "harassment/1", "rationale_id": "txt-" + "0" * 32, "reviewer": "rev-1"}


class WithoutPlaces(DefaultFailureConverterWithEncodedAttributes):
    """Failures without their stack: it names folders of the machine that recorded."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """Encode the failure, and whatever caused it, without a traceback."""
        cause: BaseException | None = exception
        while cause is not None:
            cause.__traceback__ = None
            cause = cause.__cause__
        super().to_failure(exception, payload_converter, failure)


async def an_automatic_case(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    world.assess = lambda request: (
        an_assessment("spam", automatic=automatic(), terms=terms(queue="spam", statement_exempt=True)),
    )
    handle = await stage.report(times=3, area="spam")
    await handle.result()
    return {"automatic": await handle.fetch_history()}


async def a_held_and_decided_case(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    world.assess = lambda request: (an_assessment(hold=(HIDE,)),)
    handle = await stage.report()
    await stage.reaches("held")
    await stage.report()
    await stage.decide()
    await handle.result()
    return {"held_and_decided": await handle.fetch_history()}


async def an_appealed_case(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await handle.result()
    world.put(stage.case_id, lambda number: an_appeal(number))
    again = await stage.ring()
    stream = "appeal/demo/a-1"
    await eventually(lambda: stream in world.projections)
    hearing = stage.client.get_workflow_handle(stream)
    await stage.decide("d-3", stream, by="rev-2", matter="appeal", outcome="reversed", ground=None, rule_id=None)
    await again.result()
    await hearing.result()
    return {"appealed": await again.fetch_history(), "hearing": await hearing.fetch_history()}


async def a_stuck_order(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    world.platform_down = True
    await stage.decide()
    await eventually(lambda: world.calls.get("enforce", 0) >= 1)
    await env.fast_forward(handle, timedelta(hours=1))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_stuck")) == 1)
    world.platform_down = False
    await env.fast_forward(handle, timedelta(minutes=20))
    await handle.result()
    return {"stuck": await handle.fetch_history()}


async def a_given_up_order_taken_back(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    """Nobody sees to it any more; `waited_behind.json` is the same as it went before orders were dropped."""
    handle = await gives_up(stage, world, env)
    reverse(stage, world)
    world.platform_down = False
    await stage.ring()
    await handle.result()
    return {"dropped": await handle.fetch_history()}


async def a_suspension_that_ends(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    await env.fast_forward(handle, timedelta(hours=25))
    await eventually(lambda: len(world.bodies(stage.case_id, "clock_breached")) == 1)
    wanted = {**RAW, "outcome": "violation", "ground": "terms", "rule_id": "harassment.rule"}
    await handle.signal("decide", {**wanted, "enforcements": [SUSPEND.model_dump(mode="json")]})
    await eventually(lambda: len(world.bodies(stage.case_id, "told")) == 2)
    await env.fast_forward(handle, timedelta(days=7, minutes=1))
    await handle.result()
    return {"late_and_suspended": await handle.fetch_history()}


async def a_rolled_case(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    first = (await handle.describe()).run_id
    await asyncio.sleep(1.1)  # never in a run's first second
    await handle.signal("roll")
    latest = stage.client.get_workflow_handle(stage.case_id)
    async with asyncio.timeout(20):
        while (await latest.describe()).run_id == first:  # noqa: ASYNC110 - the server says so only when asked
            await asyncio.sleep(0.05)
    await stage.reaches("in_review")
    await stage.decide()
    await latest.result()
    before = stage.client.get_workflow_handle(stage.case_id, run_id=first)
    return {"rolled": await before.fetch_history(), "after_the_roll": await latest.fetch_history()}


async def raw_signals(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    await handle.signal("decide", "not an object")
    await handle.signal("decide", args=[])
    await handle.signal("decide", args=[{"decision_id": "d-0"}, {}])
    await eventually(lambda: len(world.bodies(stage.case_id, "message_refused")) == 3)
    await handle.signal("decide", {**RAW, "outcome": "no_violation"})
    await handle.result()
    return {"raw_signals": await handle.fetch_history()}


async def postgres_away(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()
    await stage.reaches("in_review")
    world.record_down = True
    await stage.decide()
    await env.fast_forward(handle, timedelta(minutes=5))
    world.record_down = False
    await env.fast_forward(handle, timedelta(minutes=11))
    await handle.result()
    return {"record_away": await handle.fetch_history()}


async def a_filing(stage: Stage, world: FakeWorld, env: WorkflowEnvironment) -> Recorded:
    handle = await stage.report()  # a case that hears the answer
    await stage.reaches("in_review")
    request = processes.FileStatement(case_id=stage.case_id, filing=Filing(filing_id="f" * 32, cause="d-1"))
    cases = Worker(
        stage.client,
        task_queue="filings",
        workflows=[FilingWorkflow],
        activities=world.activities(),
        workflow_runner=guarded_runner(),
    )
    outside = Worker(stage.client, task_queue=TRANSPARENCY_TASK_QUEUE, activities=world.activities())
    async with cases, outside:
        filing = await stage.client.start_workflow(
            "FilingWorkflow", request, id=f"filing/demo/{'f' * 32}", task_queue="filings"
        )
        await filing.result()
    await stage.decide()
    await handle.result()
    return {"filing": await filing.fetch_history()}


LIVES: tuple[Callable[[Stage, FakeWorld, WorkflowEnvironment], Awaitable[Recorded]], ...] = (
    an_automatic_case,
    a_held_and_decided_case,
    an_appealed_case,
    a_stuck_order,
    a_given_up_order_taken_back,
    a_suspension_that_ends,
    a_rolled_case,
    raw_signals,
    postgres_away,
    a_filing,
)


async def record() -> None:
    """Live every life once, and write what the server keeps of it."""
    converter = replace(data_converter(CaseCodec(StaticKeys())), failure_converter_class=WithoutPlaces)
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(find_binary()),
        dev_server_extra_args=configuration_arguments(),
        dev_server_log_level="error",
        data_converter=converter,
        identity="recorder",
    )
    async with environment:
        for live in LIVES:
            world = FakeWorld()
            async with a_stage(environment.client, world) as stage:
                for name, history in (await live(stage, world, environment)).items():
                    write(name, history)
                    sys.stdout.write(f"{name}: {len(history.events)} events\n")


def write(name: str, history: WorkflowHistory) -> None:
    """One history, with the id it ran under."""
    plain: dict[str, Any] = {"workflow_id": history.workflow_id, **json.loads(history.to_json())}
    (HISTORIES / f"{name}.json").write_text(json.dumps(plain, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(record())
