"""What the doors take: `python -m benchmarks.intake`, or `make bench-intake`. It starts a stack of its own.

Rates are compared within one run, block by block, while the worker stands still (a stopped process): doors, Postgres and
Temporal share the machine with this client either way. --storm N sends N reports about one subject at 100 a second with
everything running (0: none); --json prints one object. Times are printed, and judged by people.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from temporalio.client import Client

from benchmarks import budgets
from benchmarks.effects import percentile
from benchmarks.lives import Stage, gathered, open_stage
from benchmarks.processes import processor_seconds
from benchmarks.stack import NEIGHBOUR, Running, data_folder, forget_environment, running
from benchmarks.storm import Storm, measure_storm
from benchmarks.wire import CONNECTIONS, Wire, send_all

ROUNDS: Final = 3
SINGLES: Final = 600  # messages of a block
BATCH: Final = 1_000
BATCHES: Final = 3  # of a block
RAW_AT_ONCE: Final = 32
OPEN_LOOP_SECONDS: Final = 15.0
STORM: Final = 10_000
STORM_PER_SECOND: Final = 100.0
NO_QUOTA: Final[Mapping[str, Any]] = {
    **{f"quota_{whose}_{unit}": 1e6 for whose in ("token", "source", "tenant") for unit in ("requests", "items")},
    "quota_unfinished": 10_000_000,
}


@dataclass
class Rates:
    """Messages a second, block by block; milliseconds: of a processor for each message, by process, of all blocks."""

    per_second: list[float] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Of the blocks."""
        return statistics.median(self.per_second)


@dataclass
class IntakeResults:
    """rates: by way in. receipts: seconds to the receipt at half of the single door's rate, evenly spaced."""

    rates: dict[str, Rates] = field(default_factory=dict)
    load_per_second: float = 0.0
    receipts: list[float] = field(default_factory=list)
    storm: Storm | None = None

    def ratio(self, one: str, other: str) -> float:
        """Of two ways in."""
        return self.rates[one].median / self.rates[other].median


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake", description="What the doors take.")
    parser.add_argument("--json", action="store_true", help="print one JSON object, progress goes to standard error")
    parser.add_argument("--storm", type=int, default=STORM, metavar="N", help=f"reports of the storm (default {STORM})")
    asked = parser.parse_args()
    forget_environment()
    results = asyncio.run(_measure(asked.storm))
    print(json.dumps(asdict(results), indent=1, default=str) if asked.json else "\n".join(lines(results)))


async def _measure(storm: int) -> IntakeResults:
    results = IntakeResults()
    async with data_folder() as folder, _stage(folder) as (stack, stage):
        _say("rates, the worker standing still")
        os.kill(stack.pids()["worker"], signal.SIGSTOP)
        try:
            await _measure_rates(stack, stage, results)
        finally:
            os.kill(stack.pids()["worker"], signal.SIGCONT)
    if storm:
        async with (
            data_folder() as folder,
            _stage(folder) as (stack, stage),
            open_stage(stack.here, "intake-neighbour", NEIGHBOUR) as neighbour,
        ):
            _say(f"{storm} reports about one subject, some {storm / STORM_PER_SECOND:.0f} s")
            results.storm = await measure_storm(stage, neighbour, storm, STORM_PER_SECOND)
    return results


@asynccontextmanager
async def _stage(folder: Any) -> AsyncIterator[tuple[Running, Stage]]:
    async with (
        running(folder, tenants=("demo", NEIGHBOUR), **NO_QUOTA) as stack,
        open_stage(stack.here, "intake") as stage,
    ):
        yield stack, stage


async def _measure_rates(stack: Running, stage: Stage, results: IntakeResults) -> None:
    doors = _Doors(stage)
    await doors.single("warm", distinct=True)
    await _raw(stage.temporal, "warm")
    for number in range(ROUNDS):
        name = str(number)
        blocks = {
            "raw signal-with-start": (_raw(stage.temporal, name), SINGLES),
            "single, a subject each": (doors.single(f"each-{name}", distinct=True), SINGLES),
            "single, one subject": (doors.single(f"one-{name}", distinct=False), SINGLES),
            "batch, a subject each": (doors.batch(f"batch-each-{name}", distinct=True), BATCH * BATCHES),
            "batch, one subject": (doors.batch(f"batch-one-{name}", distinct=False), BATCH * BATCHES),
        }
        for way, (block, messages) in blocks.items():
            before = processor_seconds(stack.pids())
            results.rates.setdefault(way, Rates()).per_second.append(messages / await block)
            _add(results.rates[way], before, processor_seconds(stack.pids()), messages * ROUNDS)
            await asyncio.sleep(1.0)  # rings still under way are not the next block's
    results.load_per_second = results.rates["single, a subject each"].median / 2
    _say(f"receipts at {results.load_per_second:.0f} a second")
    results.receipts = await doors.evenly(results.load_per_second)


def _add(rates: Rates, before: dict[str, float] | None, after: dict[str, float] | None, messages: int) -> None:
    for name in (before or {}).keys() & (after or {}).keys():
        spent = 1000 * (after or {})[name] - 1000 * (before or {})[name]
        rates.milliseconds[name] = rates.milliseconds.get(name, 0.0) + spent / messages


class _Doors:
    """The doors of the gateway. Every message is new, each by another person."""

    def __init__(self, stage: Stage) -> None:
        self._url, self._token = stage.here.settings.gateway_url, stage.here.token(stage.here.tenant, "service")
        self._run = stage.run

    def _wire(self, connections: int = CONNECTIONS) -> Wire:
        return Wire(self._url, self._token, connections)

    async def single(self, block: str, *, distinct: bool) -> float:
        """Seconds for a block of single reports."""
        bodies = [json.dumps(self._report(block, number, distinct)).encode() for number in range(SINGLES)]
        async with self._wire() as wire:
            return await send_all(wire, "/v1/reports", bodies, 202)

    async def batch(self, block: str, *, distinct: bool) -> float:
        """Seconds for a block of batches, one after the other."""
        clock = asyncio.get_running_loop().time
        seconds = 0.0
        for batch in range(BATCHES):
            items = [{"report": self._report(f"{block}-{batch}", number, distinct)} for number in range(BATCH)]
            body = json.dumps({"items": items}).encode()
            async with self._wire(1) as wire:
                began = clock()
                status, answer = await wire.post("/v1/batches", body)
                seconds += clock() - began
            assert (status, json.loads(answer)["accepted"]) == (200, BATCH)
        return seconds

    async def evenly(self, per_second: float) -> list[float]:
        """Seconds to each receipt, sent evenly whatever the answers take."""
        clock = asyncio.get_running_loop().time
        async with self._wire() as wire:
            began = clock() + 1.0  # when all of them wait for their turn, or the first would pay for the setting up

            async def one(number: int) -> float:
                due = began + number / per_second
                await asyncio.sleep(due - clock())
                body = json.dumps(self._report("even", number, distinct=True)).encode()
                status, _ = await wire.post("/v1/reports", body)
                assert status == 202
                return clock() - due

            return list(await asyncio.gather(*map(one, range(int(per_second * OPEN_LOOP_SECONDS)))))

    def _report(self, block: str, number: int, distinct: bool) -> dict[str, Any]:
        name = f"{self._run}-{block}-{number}"
        person = {"account_id": f"{name}-person", "address": f"{name}@example.invalid"}
        subject = {"kind": "content", "id": name if distinct else f"{self._run}-{block}"}
        return {
            "message_id": name,
            "subject": subject,
            "area": "spam",
            "reporter": person,
            "reason": "Synthetic words.",
        }


async def _raw(client: Client, block: str) -> float:
    """Seconds for a block of bare signal-with-start, a workflow each, which nobody works on."""
    clock = asyncio.get_running_loop().time

    async def one(number: int) -> None:
        await client.start_workflow(
            "Nobody", id=f"raw-{block}-{number}", task_queue="nobody", start_signal="ring", start_signal_args=[{}]
        )

    began = clock()
    await gathered((one(number) for number in range(SINGLES)), RAW_AT_ONCE)
    return clock() - began


def lines(results: IntakeResults) -> Iterator[str]:
    """For people."""
    for way, rates in results.rates.items():
        spent = ", ".join(f"{name} {value:.2f}" for name, value in rates.milliseconds.items() if value >= 0.005)
        spread = f"{min(rates.per_second):.0f} to {max(rates.per_second):.0f}"
        yield f"{way:26}{rates.median:8.0f} a second ({spread}); processor ms each: {spent}"
    single, raw = "single, a subject each", "raw signal-with-start"
    yield f"Single door to raw signal-with-start: {results.ratio(single, raw):.2f} (budget {budgets.INTAKE_RATIO})"
    for kind in ("a subject each", "one subject"):
        ratio = results.ratio(f"batch, {kind}", f"single, {kind}")
        yield f"Batch door to single door, {kind}: {ratio:.1f} (budget {budgets.BATCH_RATIO})"
    p50, p99 = (1000 * percentile(results.receipts, share) for share in (0.5, 0.99))
    yield (
        f"Receipts at {results.load_per_second:.0f} a second, half of the single door's rate ({len(results.receipts)} of "
        f"them): p50 {p50:.0f} ms, p99 {p99:.0f} ms (budget {1000 * budgets.RECEIPT_P99_SECONDS:.0f})"
    )
    if storm := results.storm:
        yield from storm.lines()


def _say(step: str) -> None:
    print(f"... {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
