"""What claiming costs at a full queue: `python -m benchmarks.claims`, or `make bench-claims`. It starts a Postgres of its own.

--tasks stay open in eight queues, most of them ordinary. --reviewers claim the next task in three ways: without a pause, each
one after the other, decided at once, until --claims were given out; all at the same instant, as when a shift begins; and at
moments of their own, --rate claims a second over all. All are in a register, and each has up to 400 looks of that day behind
them, by which budget, breaks and rotation are judged at every claim. A task that two were given is a failure, exit code 1.
--json prints one object. How long the disk takes to make a commit durable is printed beside it: a claim cannot be faster.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from benchmarks.effects import percentile
from cases.exposure import Weight, Weights, Wellbeing
from cases.queues import Queue
from record import review
from record.migrate import migrate
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant
from workers.postgres_server import APP_ROLE, DATABASE, OWNER_ROLE, PostgresServer
from workers.processes import spawn

TENANT: Final = "demo"
CONNECTIONS: Final = 10  # of a gateway
LEASE_SECONDS: Final = 1_800
ROUNDS: Final = 40  # in which all claim at the same instant
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT_ONCE: Final = 3  # what one person may hold
SHIFT: Final = 400  # tasks that one person looks at before the next shift's takes the seat
# Every condition is asked and none is ever met: what a day's looks cost, not who rests.
RESTLESS: Final = Wellbeing(
    weights=Weights(S0=Weight(units=10), S1=Weight(units=5)),
    units_per_day=10_000,
    break_after_units=10_000,
    in_a_row=10_000,
)
QUEUES: Final = ("general", "harassment", "spam", "misuse", "specialist", "intimate_images", "child_safety", "votes")
FILL: Final = """
INSERT INTO review_tasks (tenant, stream_id, task_id, case_id, kind, subject, queue, severity, priority, due_at, tier,
  evidence_version, evidence_digest, excluded, opened_at, area, language, band, rank_at, escalates_at)
SELECT $1, s, 'harassment/1', s, 'matter', 'harassment/1', q, v, v + 1, at + interval '1 day', 1, 1, 'sha256:synthetic', '{}',
  at, q, 'en', least(v, 2), at + interval '1 hour' * (n % 24), at + interval '1 day'
FROM (
  SELECT n, 'case/' || $1 || '/content/' || md5(n::text) AS s, ($2::text[])[1 + n % cardinality($2::text[])] AS q,
    (CASE WHEN n % 100 = 0 THEN 0 WHEN n % 20 = 0 THEN 1 ELSE 2 + n % 3 END)::smallint AS v,
    $3::timestamptz - interval '1 second' * (n % 86400) AS at
  FROM generate_series(1, $4::integer) AS n) AS made
"""
# Who reviews: all are in the register, with a limit of what they hold; some are not shown one of the areas.
PEOPLE: Final = """
WITH people AS (
  INSERT INTO reviewers (tenant, reviewer_id, person_keys, registered, profile)
  SELECT $1, name, '{}', true, jsonb_build_object('at_once', $4::integer, 'per_day', 5000) FROM unnest($2::text[]) AS name
  RETURNING reviewer_id)
INSERT INTO opt_outs (tenant, reviewer, areas, changed_at)
SELECT $1, reviewer_id, '{child_safety}', $3 FROM people WHERE reviewer_id LIKE '%0-%' OR reviewer_id LIKE '%5-%'
"""
# It was looked at, masked and clear, earlier that day, and decided: what `write_projection` does to a task that is answered,
# and to its lease.
CLOSE: Final = """
WITH closed AS (
  UPDATE review_tasks SET closed_at = $3, leased_until = NULL WHERE tenant = $1 AND stream_id = $2
  RETURNING stream_id, task_id, severity, area),
seen AS (
  INSERT INTO reveals (tenant, lease_id, level, reviewer, stream_id, task_id, severity, area, evidence_version, at)
  SELECT $1, $4, level, $5, stream_id, task_id, severity, area, 1, $3::timestamptz - interval '2 hours'
  FROM closed, unnest('{warning,masked,clear}'::text[]) AS level)
UPDATE leases SET released_at = $3 WHERE tenant = $1 AND stream_id = $2 AND task_id = 'harassment/1' AND released_at IS NULL
"""


@dataclass
class ClaimResults:
    """What was measured; milliseconds of claims from asking to answer, in the client."""

    tasks: int
    claims: int = 0
    doubled: int = 0
    per_second: float = 0.0
    without_a_pause: dict[str, float] = field(default_factory=dict)
    together: dict[str, float] = field(default_factory=dict)
    evenly: dict[str, float] = field(default_factory=dict)
    disk: dict[str, float] = field(default_factory=dict)
    rows_read_by_a_scan: int = 0
    indexes_used: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description="What claiming costs.")
    parser.add_argument("--tasks", type=int, default=100_000, help="open all the time (default 100000)")
    parser.add_argument("--claims", type=int, default=100_000, help="given out without a pause (default 100000)")
    parser.add_argument("--reviewers", type=int, default=50, help="who claim (default 50)")
    parser.add_argument("--rate", type=float, default=100.0, help="claims a second of the third part (default 100)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the third part (default 30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    results = asyncio.run(_measured(asked.tasks, asked.claims, asked.reviewers, asked.rate, asked.seconds))
    print(json.dumps(asdict(results), indent=1) if asked.json else "\n".join(lines(results)))
    sys.exit(1 if results.doubled else 0)


async def _measured(tasks: int, claims: int, reviewers: int, rate: float, seconds: float) -> ClaimResults:
    with tempfile.TemporaryDirectory(prefix="claims-") as name:
        disk = _spread(_disk(Path(name)))
        async with a_record(Path(name), wellbeing=RESTLESS) as (record, superuser):
            results = await measure(record, superuser, tasks, claims, reviewers, rate, seconds)
    results.disk = disk
    return results


async def measure(
    record: Record, superuser: Any, tasks: int, claims: int, reviewers: int, rate: float, seconds: float
) -> ClaimResults:
    """Fill a record, and claim in three ways. superuser: a pool that sees every tenant's rows."""
    results = ClaimResults(tasks=tasks)
    claiming = Claiming(record, superuser, reviewers)
    await superuser.execute(FILL, TENANT, list(QUEUES), NOON, tasks + claims)
    await superuser.execute(PEOPLE, TENANT, claiming.people(claims + tasks), NOON, AT_ONCE)
    await superuser.execute("VACUUM ANALYZE review_tasks")
    began = time.perf_counter()
    results.without_a_pause = _spread(await claiming.without_a_pause(claims))
    results.per_second = round(len(claiming.given) / (time.perf_counter() - began), 1)
    results.together = _spread(await claiming.together(ROUNDS))
    results.evenly = _spread(await claiming.evenly(rate, seconds))
    counted = Counter(claiming.given)
    results.claims, results.doubled = counted.total(), sum(1 for times in counted.values() if times > 1)
    results.rows_read_by_a_scan, results.indexes_used = await _scans(superuser)
    return results


class Claiming:
    """Reviewers who claim and decide. given: the task of every claim; what was decided is never open again."""

    def __init__(self, record: Record, superuser: Any, reviewers: int) -> None:
        self._record, self._superuser = record, superuser
        self._seats = range(reviewers)
        self._looked: Counter[int] = Counter()
        self._busy: Counter[int] = Counter()  # claims of a seat that are asked for or not decided yet
        self.given: list[str] = []

    def people(self, claims: int) -> list[str]:
        """Everybody of every shift that could be needed."""
        shifts = range(claims // SHIFT + 1)
        return [_person(seat, shift) for seat in self._seats for shift in shifts]

    async def without_a_pause(self, claims: int) -> list[float]:
        """Everybody again and again, until so many were given out. Seconds of each claim."""
        took: list[float] = []

        async def one(seat: int) -> None:
            while len(self.given) < claims and (seconds := await self._claim(seat)) is not None:
                took.append(seconds)

        await asyncio.gather(*map(one, self._seats))
        return took

    async def together(self, rounds: int) -> list[float]:
        """Everybody at the same instant, so many times."""
        took = [await asyncio.gather(*map(self._claim, self._seats)) for _ in range(rounds)]
        return [seconds for one in took for seconds in one if seconds is not None]

    async def evenly(self, rate: float, seconds: float) -> list[float]:
        """Each claim at a random moment, whether earlier ones were answered or not, by somebody who may hold one more."""
        chance, start = random.Random(1), time.perf_counter()

        async def one(moment: float) -> float | None:
            await asyncio.sleep(max(0.0, start + moment - time.perf_counter()))
            may = [seat for seat in self._seats if self._busy[seat] < AT_ONCE]
            return await self._claim(chance.choice(may)) if may else None

        moments = sorted(chance.uniform(0, seconds) for _ in range(int(rate * seconds)))
        return [one for one in await asyncio.gather(*map(one, moments)) if one is not None]

    async def _claim(self, seat: int) -> float | None:
        """Claim the next, look at it and decide it, which is not timed. None where nothing was left."""
        self._busy[seat] += 1
        try:
            return await self._claimed(seat)
        finally:
            self._busy[seat] -= 1

    async def _claimed(self, seat: int) -> float | None:
        name = _person(seat, self._looked[seat] // SHIFT)
        began = time.perf_counter()
        claim = await review.claim(self._record, TENANT, name, None, None, NOON, LEASE_SECONDS)
        took = time.perf_counter() - began
        if claim is None:
            return None
        self.given.append(claim.task.stream_id)
        self._looked[seat] += 1
        await self._superuser.execute(CLOSE, TENANT, claim.task.stream_id, NOON, claim.lease_id, name)
        return took


def _person(seat: int, shift: int) -> str:
    return f"reviewer-{seat}-{shift}"


def _disk(folder: Path) -> list[float]:
    """Seconds for which a page written to this disk keeps a commit waiting."""
    took = []
    with (folder / "page").open("wb") as file:
        for _ in range(200):
            file.write(bytes(8192))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return took


async def _scans(superuser: Any) -> tuple[int, dict[str, int]]:
    """What Postgres itself counted: rows of tasks read by walking the whole table, and how often each index was used."""
    await superuser.execute("SELECT pg_stat_clear_snapshot()")
    scanned = await superuser.fetchval("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'review_tasks'")
    rows = await superuser.fetch(
        "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes "
        "WHERE relname IN ('review_tasks', 'leases') AND idx_scan > 0 ORDER BY 1"
    )
    return scanned, {row["indexrelname"]: row["idx_scan"] for row in rows}


@asynccontextmanager
async def a_record(
    folder: Path, queues: Mapping[str, Queue] | None = None, *, durable: bool = True, wellbeing: Wellbeing | None = None
) -> AsyncIterator[tuple[Record, Any]]:
    """A record in a Postgres of its own, and a pool of its superuser. queues: the pack's; durable: as the embedded one is."""
    server = PostgresServer.at(folder, durable=durable)
    server.initialise()
    process = await spawn(server.child(), folder / "postgres.log", folder)
    try:
        async with asyncio.timeout(60):
            while not await server.is_ready():  # noqa: ASYNC110 - a server says so only when asked
                await asyncio.sleep(0.05)
        await server.create_database()
        await migrate(server.dsn(OWNER_ROLE))
        await ensure_tenant(server.dsn(OWNER_ROLE), TENANT)
        superuser = await asyncpg.create_pool(server.dsn("postgres", DATABASE), min_size=1, max_size=4)
        kek = Kek("1", os.urandom(32))
        record = await open_record(
            server.dsn(APP_ROLE), kek, {}, frozenset(), CONNECTIONS, queues=queues, wellbeing=wellbeing
        )
        yield record, superuser
        await record.close()
        await superuser.close()
    finally:
        process.send_signal(signal.SIGQUIT)
        await process.wait()
        server.forget_sockets()


def _spread(took: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: round(1000 * percentile(took, share), 1) for name, share in shares.items()} if took else {}


def lines(results: ClaimResults) -> list[str]:
    """As people read it."""
    used = ", ".join(f"{name} {times}" for name, times in results.indexes_used.items())
    return [
        f"{results.claims} claims with {results.tasks} open tasks, {results.doubled} given to two",
        f"without a pause: {results.per_second:.0f} a second, milliseconds {results.without_a_pause}",
        f"all at the same instant: milliseconds {results.together}",
        f"at moments of their own: milliseconds {results.evenly}",
        f"the disk's own milliseconds to make a page durable: {results.disk}",
        f"rows read by scanning the table: {results.rows_read_by_a_scan}; index scans: {used}",
    ]


if __name__ == "__main__":
    main()
