"""A worker that is killed with SIGKILL between what it did and hearing of it, and a case whose run survives that quickly."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.service import RPCError

from tests.integration.kit import Installation, until

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def a_doomed_worker(here: Installation, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that dies at this point, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUEPROCESS_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.dying_worker", point),
        cwd=ROOT,
        env={**environment, **here.variables},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def begin(here: Installation, post: str = "post-1", author: str = "author") -> str:
    """A reported case. Its run is started anew with a short task timeout: else every kill costs ten seconds of waiting."""
    here.world.post(post, author=author)
    stream = (await here.report(post)).case_id

    async def rung() -> bool:
        try:
            return bool(await here.handle(stream).describe())
        except RPCError:
            return False

    await until(rung)
    await here.handle(stream).terminate("started anew below")
    await here.means.client.start_workflow(
        "CaseWorkflow",
        id=stream,
        task_queue="cases",
        task_timeout=timedelta(seconds=2),
        start_signal="ring",
        start_signal_args=[{"number": 1}],
    )
    return stream
