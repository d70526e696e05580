"""What cases are compared with: a workflow that only runs regular activities that do nothing. `python -m benchmarks.bare`"""

import asyncio
import signal
import sys
from datetime import timedelta
from typing import Final

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

TASK_QUEUE: Final = "bare"
READY: Final = "ready"


@activity.defn
async def do_nothing(number: int) -> int:
    """A regular activity without work."""
    return number


@workflow.defn
class BareWorkflow:
    """So many regular activities, one after another."""

    @workflow.run
    async def run(self, activities: int) -> None:
        """Run them."""
        for number in range(activities):
            await workflow.execute_activity(do_nothing, number, start_to_close_timeout=timedelta(seconds=30))


async def work(address: str) -> None:
    """Work until SIGTERM, in a process of its own as the cases' worker is."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(address)
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[BareWorkflow], activities=[do_nothing]):
        print(READY, flush=True)
        await stop.wait()
    await asyncio.sleep(0.1)  # a Temporal client's core needs a moment before its loop closes


def main() -> None:
    """Run the worker against the server named on the command line."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(sys.argv[1]))


if __name__ == "__main__":
    main()
