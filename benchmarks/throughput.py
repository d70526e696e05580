"""Complete automatic cases per second, as a ratio to a bare workflow's rate; blocks of all kinds in turn, in one run.

A case is complete when its run is over. Two sorts of cases, each beside a bare workflow with as many regular activities:
volume: the same pitch again and again by one author: captured, assessed, removed at the platform, the reporter told by
mail; no statement is owed and so none filed (three activities). filed: one post of an author: besides, the author gets a
statement of reasons, and a workflow of its own files it (four activities, the filing's included).
"""

import asyncio
import os
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from temporalio.client import Client

from benchmarks import lives
from benchmarks.bare import READY, TASK_QUEUE, BareWorkflow
from benchmarks.lives import Stage, gathered
from benchmarks.processes import processor_seconds

ACTIVITIES: Final[Mapping[str, int]] = {"volume": 3, "filed": 4}
AT_ONCE: Final = 32
WARM_UP: Final = 24


@dataclass(frozen=True)
class Throughput:
    """Cases and bare workflows a second, block by block, and how many of each in all.

    *_milliseconds: of a processor, for each case or bare workflow, by process; None where there is no /proc. Unlike the
    rates it hardly depends on what else the machine does.
    """

    cases: tuple[float, ...]
    bare: tuple[float, ...]
    finished_cases: int
    finished_bare: int
    case_milliseconds: Mapping[str, float] | None
    bare_milliseconds: Mapping[str, float] | None

    @property
    def ratio(self) -> float:
        """Cases to bare workflows, of the blocks' medians."""
        return statistics.median(self.cases) / statistics.median(self.bare)

    @property
    def processor_ratio(self) -> float | None:
        """Processor time of a bare workflow to that of a case: what the ratio would be on a machine with nothing else."""
        if self.case_milliseconds is None or self.bare_milliseconds is None:
            return None
        return sum(self.bare_milliseconds.values()) / sum(self.case_milliseconds.values())

    @property
    def ratios(self) -> tuple[float, ...]:
        """Of each pair of neighbouring blocks: how noisy it was."""
        return tuple(case / bare for case, bare in zip(self.cases, self.bare, strict=True))


async def measure_throughput(
    stage: Stage, pids: Mapping[str, int], seconds: float = 60.0, rounds: int = 4
) -> dict[str, Throughput]:
    """Blocks of every kind in turn, so many rounds, sized after the warm-up to take `seconds` in all. pids: of the stack."""
    async with _bare_worker(stage.here.settings.temporal_address) as (client, bare_pid):
        with_bare = {**pids, "bare worker": bare_pid}
        pairs = {
            sort: (_Kind(_cases(stage, sort), pids), _Kind(_bare(stage, client, activities), with_bare))
            for sort, activities in ACTIVITIES.items()
        }
        kinds = [kind for pair in pairs.values() for kind in pair]
        for kind in kinds:
            await kind.block(WARM_UP)
        block = seconds / (rounds * len(kinds))
        sizes = [max(WARM_UP, round(block * await kind.block(WARM_UP))) for kind in kinds]
        for kind in kinds:
            kind.forget()
        for _ in range(rounds):
            for kind, size in zip(kinds, sizes, strict=True):
                await kind.block(size)
    return {
        sort: Throughput(
            tuple(cases.rates), tuple(bare.rates), cases.finished, bare.finished, cases.spent(), bare.spent()
        )
        for sort, (cases, bare) in pairs.items()
    }


Prepared = Callable[[int], Awaitable[list[Awaitable[None]]]]


class _Kind:
    """Blocks of one kind of work: rates, and the processor time of the processes that take part."""

    def __init__(self, prepared: Prepared, pids: Mapping[str, int]) -> None:
        self._prepared, self._pids = prepared, {**pids, "client": os.getpid()}
        self.forget()

    def forget(self) -> None:
        """What was measured so far was the warm-up."""
        self.rates: list[float] = []
        self.finished = 0
        self._seconds: Counter[str] = Counter()

    async def block(self, count: int) -> float:
        """How many a second, AT_ONCE at a time; what is prepared before is not timed."""
        tasks = await self._prepared(count)
        clock = asyncio.get_running_loop().time
        before, began = self._processor(), clock()
        await gathered(tasks, AT_ONCE)
        rate = count / (clock() - began)
        for name, seconds in self._processor().items():
            self._seconds[name] += seconds - before[name]
        self.rates.append(rate)
        self.finished += count
        return rate

    def spent(self) -> dict[str, float] | None:
        """Milliseconds of a processor for each, by process."""
        if not self._seconds:
            return None
        return {name: 1000 * seconds / self.finished for name, seconds in self._seconds.items()}

    def _processor(self) -> dict[str, float]:
        return processor_seconds(self._pids) or {}


def _cases(stage: Stage, sort: str) -> Prepared:
    async def one(post: str) -> None:
        await stage.completed((await lives.automatic(stage, post)).case_id)

    async def prepared(count: int) -> list[Awaitable[None]]:
        author = f"{stage.run}-volume-author" if sort == "volume" else None  # from the third post on it is volume
        return [one(post) for post in await stage.posts(sort, lives.PITCH, count, author)]

    return prepared


def _bare(stage: Stage, client: Client, activities: int) -> Prepared:
    async def one(name: str) -> None:
        await client.execute_workflow(BareWorkflow.run, activities, id=name, task_queue=TASK_QUEUE)

    async def prepared(count: int) -> list[Awaitable[None]]:
        return [one(stage.name("bare")) for _ in range(count)]

    return prepared


@asynccontextmanager
async def _bare_worker(address: str) -> AsyncIterator[tuple[Client, int]]:
    """A client without codec, and the process id of a worker that runs the bare workflow meanwhile."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.bare", address), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), 60)
        assert said.decode().strip() == READY
        yield await Client.connect(address), process.pid
    finally:
        process.terminate()
        await process.wait()
