"""What a case's shape costs with nothing in it, beside the bare workflow: `python -m benchmarks.floor`, about a minute.

The same history as an automatic case without a filing (a doorbell that starts it, attributes, five recordings as local
activities, three activities on another queue), every activity empty, no codec, no database. What is left is Temporal
and its SDK: no product of this shape costs less.
"""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Final

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.worker import Worker

from benchmarks.bare import BareWorkflow, do_nothing
from benchmarks.lives import gathered
from benchmarks.processes import processor_seconds
from benchmarks.stack import data_folder, free_ports
from workers.supervisor import Supervisor
from workers.temporal_server import TemporalServer, find_binary

QUEUE: Final = "shape"
OUTSIDE: Final = "shape-outside"
COUNT: Final = 64
ROUNDS: Final = 4  # the first warms up
AT_ONCE: Final = 32
PAYLOAD: Final = "x" * 400  # bytes; about what a case's events weigh
_STAGE: Final = SearchAttributeKey.for_keyword("CaseStage")
_TENANT: Final = SearchAttributeKey.for_keyword("CaseTenant")


@activity.defn
async def give_back(what: str) -> str:
    """An activity without work, with a payload."""
    return what


@workflow.defn(sandboxed=False)
class ShapedWorkflow:
    """Five recordings, three effects, one upsert, in the order of an automatic case."""

    @workflow.run
    async def run(self) -> None:
        """Run them."""
        await _record()
        for _ in range(3):
            await workflow.execute_activity(
                give_back,
                PAYLOAD,
                task_queue=OUTSIDE,
                start_to_close_timeout=timedelta(seconds=30),
                summary="an effect",
            )
            await _record()
        await _record()
        workflow.upsert_search_attributes([_STAGE.value_set("settled")])

    @workflow.signal
    def ring(self, _: int) -> None:
        """The doorbell."""


async def _record() -> None:
    timeout = timedelta(seconds=5)
    await workflow.execute_local_activity(give_back, PAYLOAD, start_to_close_timeout=timeout, summary="record an event")


async def main() -> None:
    """Print milliseconds of a processor for each kind, of the server and of this process, which is worker and client."""
    async with data_folder() as folder:
        folder.mkdir(exist_ok=True)
        port, ui_port = free_ports(2)
        server = TemporalServer(find_binary(), folder / "temporal.sqlite", port, ui_port, "http://127.0.0.1:1").child()
        supervisor = Supervisor(folder, folder, lambda: None)
        try:
            await supervisor.start(server, lambda _: None)
            client = await Client.connect(f"127.0.0.1:{port}")
            pids = {"temporal": supervisor.states["temporal"].pid, "worker": os.getpid()}
            async with (
                Worker(
                    client,
                    task_queue=QUEUE,
                    workflows=[BareWorkflow, ShapedWorkflow],
                    activities=[give_back, do_nothing],
                ),
                Worker(client, task_queue=OUTSIDE, activities=[give_back]),
            ):
                await _measure(client, pids)
        finally:
            await supervisor.stop()
    await asyncio.sleep(0.1)  # a Temporal client's core needs a moment before its loop closes


async def _measure(client: Client, pids: dict[str, int]) -> None:
    spent = {kind: dict.fromkeys(pids, 0.0) for kind in ("bare", "shape")}
    for number in range(ROUNDS):
        for kind, sums in spent.items():
            before = processor_seconds(pids)
            await gathered([_one(client, kind, f"{kind}-{number}-{one}") for one in range(COUNT)], AT_ONCE)
            after = processor_seconds(pids)
            if before is None or after is None:
                sys.exit("no /proc here: processor time cannot be read")
            if number:
                for name in pids:
                    sums[name] += 1000 * (after[name] - before[name]) / COUNT / (ROUNDS - 1)
    for kind, sums in spent.items():
        print(kind, {name: round(value, 1) for name, value in sums.items()}, "sum", round(sum(sums.values()), 1))
    print("ratio", round(sum(spent["bare"].values()) / sum(spent["shape"].values()), 2))


async def _one(client: Client, kind: str, name: str) -> None:
    if kind == "bare":
        await client.execute_workflow(BareWorkflow.run, 3, id=name, task_queue=QUEUE)
        return
    attributes = TypedSearchAttributes([SearchAttributePair(_TENANT, "demo"), SearchAttributePair(_STAGE, "assessing")])
    handle = await client.start_workflow(
        ShapedWorkflow.run,
        id=name,
        task_queue=QUEUE,
        start_signal="ring",
        start_signal_args=[1],
        search_attributes=attributes,
    )
    await handle.result()


if __name__ == "__main__":
    asyncio.run(main())
