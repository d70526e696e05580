"""What a case costs, counted and timed: `python -m benchmarks`, or `make bench`. It starts a stack of its own.

--quick counts only; --effects RATE times only decisions to confirmed effects, at RATE cases a second; --storm N sends N reports
about one subject (0: none); --json prints one object. Exit 1 where a budget of counts is missed: those do not depend on the
machine. Times are printed, and judged by people.
"""

import argparse
import asyncio
import json
import statistics
import sys
from pathlib import Path
from typing import Final

from benchmarks.counts import count_lives
from benchmarks.database import measure_statements
from benchmarks.effects import measure_effects
from benchmarks.lives import open_stage
from benchmarks.processes import proportional_megabytes
from benchmarks.report import Results, lines
from benchmarks.stack import NEIGHBOUR, data_folder, forget_environment, running
from benchmarks.storm import measure_storm
from benchmarks.throughput import measure_throughput

STORM: Final = 10_000
STORM_PER_SECOND: Final = 100.0  # below what the doors take on two cores; over quota would be another measurement
IDLE_SECONDS: Final = 10.0  # after the start, until memory is looked at


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What a case costs, counted and timed.")
    parser.add_argument("--quick", action="store_true", help="counts only: under 40 seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object, progress goes to standard error")
    parser.add_argument("--storm", type=int, default=STORM, metavar="N", help=f"reports of the storm (default {STORM})")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the throughput's blocks in all (default 60)")
    parser.add_argument(
        "--effects", type=float, metavar="RATE", help="only decisions to effects, at RATE cases a second"
    )
    asked = parser.parse_args()
    forget_environment()
    measuring = _only_effects(asked.effects) if asked.effects else _measure(asked.quick, asked.storm, asked.seconds)
    results = asyncio.run(measuring)
    if asked.json:
        print(json.dumps(results.as_json(), indent=1, default=str))
    else:
        print("\n".join(lines(results)))
    sys.exit(0 if all(life.within for life in results.lives) else 1)


async def _measure(quick: bool, storm: int, seconds: float) -> Results:
    results = Results()
    async with data_folder() as folder:
        await _count(folder, results)
    if not quick:
        async with data_folder() as folder:
            await _time(folder, results, storm, seconds)
    return results


async def _only_effects(rate: float) -> Results:
    results = Results()
    async with data_folder() as folder, running(folder) as stack, open_stage(stack.here) as stage:
        _say(f"decisions to confirmed effects, at {rate:g} cases a second")
        results.effects = await measure_effects(stage, rate)
    return results


async def _count(folder: Path, results: Results) -> None:
    _say("starting a stack to count on")
    async with running(folder, count_statements=True) as stack, open_stage(stack.here) as stage:
        _say("counting events, actions and transitions of three lives, with and without their filings")
        results.lives = await count_lives(stage)
        _say("counting what a case asks of Postgres")
        results.statements = await measure_statements(stage, stack.superuser_dsn)


async def _time(folder: Path, results: Results, storm: int, seconds: float) -> None:
    _say("starting a stack to time, cold and warm")
    async with running(folder) as stack:
        results.cold_seconds = stack.start_seconds
    async with (
        running(folder, tenants=("demo", NEIGHBOUR)) as stack,
        open_stage(stack.here) as stage,
        open_stage(stack.here, "neighbour", NEIGHBOUR) as neighbour,
    ):
        results.warm_seconds = stack.start_seconds
        await asyncio.sleep(IDLE_SECONDS)
        results.idle_megabytes = proportional_megabytes(stack.pids())
        _say(f"complete automatic cases and bare workflows, in turn, {seconds:.0f} s")
        results.throughput = await measure_throughput(stage, stack.pids(), seconds)
        _say("decisions to confirmed effects, at half of that")
        results.effects = await measure_effects(stage, statistics.median(results.throughput["filed"].cases) / 2)
        if storm:
            _say(f"{storm} reports about one subject, some {storm / STORM_PER_SECOND:.0f} s")
            results.storm = await measure_storm(stage, neighbour, storm, STORM_PER_SECOND)


def _say(step: str) -> None:
    print(f"... {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
