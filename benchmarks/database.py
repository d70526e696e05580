"""What a case asks of Postgres: statements and transactions, by pg_stat_statements; transactions alone where it is missing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
from temporalio.client import Client

from benchmarks import lives
from benchmarks.lives import Stage
from record.queries import Queries, load_queries
from workers.postgres_server import APP_ROLE, DATABASE

CASES: Final = 10
_SETTLE_SECONDS: Final = 2.0  # a backend publishes its counters at most once a second; a sweep that runs is over


@dataclass(frozen=True)
class Statements:
    """For one automatic case, its filing included. None: this Postgres has no pg_stat_statements.

    statements: without BEGIN, COMMIT and ROLLBACK; naming: those of them that only name the tenant.
    """

    transactions: float
    statements: float | None = None
    naming: float | None = None
    milliseconds: float | None = None


async def measure_statements(stage: Stage, superuser_dsn: str) -> Statements:
    """Over a few automatic cases, one after another."""
    queries = load_queries(Path(__file__).parent)
    connection = await asyncpg.connect(superuser_dsn)
    try:
        counted = await _counting(connection, queries)
        posts = await stage.posts("statements", lives.PITCH, CASES + 1)
        await _live(stage, posts[:1])  # keys, plans and connections are there from the second case on
        async with _sweeps_resting(stage.temporal):
            await asyncio.sleep(_SETTLE_SECONDS)
            before = await connection.fetchval(queries["transactions_so_far"], DATABASE)
            if counted:
                await connection.execute(queries["forget_statements"])
            await _live(stage, posts[1:])
            if counted:
                return _of_a_case(await connection.fetchrow(queries["statements_of_role"], APP_ROLE, CASES))
            await asyncio.sleep(_SETTLE_SECONDS)
            after = await connection.fetchval(queries["transactions_so_far"], DATABASE)
            return Statements((after - before) / CASES)
    finally:
        await connection.close()


@asynccontextmanager
async def _sweeps_resting(temporal: Client) -> AsyncIterator[None]:
    """A sweep beside would count: the hourly one of drift alone is five hundred transactions."""
    handles = [temporal.get_schedule_handle(one.id) async for one in await temporal.list_schedules()]
    try:
        for handle in handles:
            await handle.pause(note="statements of a case are being counted")
        yield
    finally:
        for handle in handles:
            await handle.unpause()


async def _live(stage: Stage, posts: list[str]) -> None:
    for post in posts:
        await stage.completed((await lives.automatic(stage, post)).case_id)


async def _counting(connection: Any, queries: Queries) -> bool:
    try:
        await connection.execute(queries["count_statements"])
        await connection.execute(queries["forget_statements"])
    except asyncpg.PostgresError:
        return False
    return True


def _of_a_case(row: Any) -> Statements:
    values = {name: float(row[name]) / CASES for name in ("transactions", "statements", "naming", "milliseconds")}
    return Statements(**values)
