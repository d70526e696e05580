"""A day of forty reviewers and five thousand cases: `python -m benchmarks.a_day`, or `make bench-a-day`.

A discrete-event simulation with a clock of its own over what decides in production: cases are folded by `cases`, tasks wait in
a real Postgres, and are claimed, snoozed, skipped, given back, escalated and paged by the record's own code. Two tenants, three
shifts and a night shift that does not come; breaks and budgets, crashes, appeals heard by others, a burst in the evening. The
same --seed gives the same day. Exit 1 where a task was held by two, or a deadline was missed in silence.

--temporal N sends N cases through an embedded stack as well, each claimed and decided over HTTP. --plot FILE draws the day.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from activities.policy_packs import PolicyPacks
from benchmarks.a_day_floor import Day
from benchmarks.a_day_plot import plot
from benchmarks.a_day_results import DayResults
from benchmarks.a_day_stack import through_temporal
from benchmarks.claims import a_record
from record.tenants import ensure_tenant
from workers.postgres_server import OWNER_ROLE, PostgresServer

POLICIES: Final = Path(__file__).parents[1] / "policies"


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.a_day", description="A day of reviewers.")
    parser.add_argument("--cases", type=int, default=5_000, help="reported on the day (default 5000)")
    parser.add_argument("--reviewers", type=int, default=40, help="in three shifts and a night (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (default 1)")
    parser.add_argument("--temporal", type=int, default=100, metavar="N", help="cases through Temporal (default 100)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where to draw the day, as SVG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    results = asyncio.run(_measured(asked.cases, asked.reviewers, asked.seed))
    if asked.temporal:
        results.temporal = asyncio.run(through_temporal(asked.temporal, asked.seed))
    if asked.plot:
        asked.plot.write_text(plot(results.hours), encoding="utf-8")
    print(json.dumps(asdict(results), indent=1) if asked.json else "\n".join(lines(results)))
    sys.exit(0 if not results.doubled and not results.silent else 1)


async def _measured(cases: int, reviewers: int, seed: int) -> DayResults:
    pack = PolicyPacks(POLICIES).active("baseline")
    with tempfile.TemporaryDirectory(prefix="a-day-") as name:
        folder = Path(name)
        async with a_record(folder, pack.queues, durable=False) as (record, _):
            await ensure_tenant(PostgresServer.at(folder).dsn(OWNER_ROLE), "neighbour")
            return await Day(record, pack, seed).run(cases, reviewers)


def lines(results: DayResults) -> list[str]:
    """As people read it."""
    waits = [
        f"  {queue}: {one['tasks']:.0f} tasks, waited p50 {one['p50']:.1f}, p95 {one['p95']:.1f}, p99 {one['p99']:.1f} minutes"
        for queue, one in sorted(results.waits.items())
    ]
    shares = ", ".join(f"{tenant} {minutes:.1f}" for tenant, minutes in sorted(results.waits_by_tenant.items()))
    return [
        f"{results.tasks} questions of {results.cases} cases: {results.answered} answered, {results.open} open at the end",
        f"utilisation {results.utilisation:.0%} of {results.hours_at_work:.0f} hours at work; {results.breaks} breaks ordered",
        *waits,
        f"mean wait by tenant, minutes: {shares}",
        f"{results.crashes} crashes, {results.snoozed} snoozed, {results.skipped} skipped, {results.returned} given back, "
        f"{results.pages} calls, {results.escalated} given to a higher tier",
        f"deadlines missed {results.missed}, in silence {len(results.silent)}; tasks held by two {results.doubled}",
        *(f"  {one}" for one in results.silent[:20]),
        *(f"through Temporal: {name} {value}" for name, value in results.temporal.items()),
    ]


if __name__ == "__main__":
    main()
