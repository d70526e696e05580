"""Questions asked together: one transaction of one tenant, whole or not at all, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.errors import IdentityError
from record.pool import tenant_transaction
from record.record import Record
from tests.integration.record_means import NOON, a_record


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, {"demo": False, "other": False}, size=2)
    yield record
    await record.close()


async def _backend(record: Record, tenant: str = "demo") -> tuple[int, str, str]:
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(
            "SELECT pg_backend_pid() AS pid, pg_current_xact_id()::text AS xact, current_setting('dueprocess.tenant') AS t"
        )
    assert row is not None
    return row["pid"], row["xact"], row["t"]


async def test_what_is_asked_together_is_one_transaction_of_that_tenant(record: Record):
    async with record.together("demo"):
        first, second = await _backend(record), await _backend(record)
    assert first == second
    assert first[2] == "demo"
    assert (await _backend(record))[1] != first[1]


async def test_an_error_undoes_all_of_it(record: Record):
    async def half_done() -> None:
        async with record.together("demo"):
            async with tenant_transaction(record.pool, "demo") as connection:
                await connection.execute(record.queries["raise_flag"], "demo", "case/demo/content/x", "together", NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half_done()
    async with tenant_transaction(record.pool, "demo") as connection:
        assert await connection.fetchval("SELECT count(*) FROM case_flags WHERE flag = 'together'") == 0


async def test_another_tenant_and_another_task_are_not_part_of_it(record: Record):
    async with record.together("demo"):
        own = await _backend(record)
        assert (await _backend(record, "other"))[1:] != own[1:]
        assert (await asyncio.create_task(_backend(record)))[0] != own[0]
        assert await _backend(record) == own


async def test_the_tenant_is_forgotten_with_the_transaction(record: Record):
    await _backend(record)
    async with record.pool.acquire() as connection:
        assert not await connection.fetchval("SELECT current_setting('dueprocess.tenant', true)")


async def test_a_name_that_is_no_tenants_never_reaches_postgres(record: Record):
    with pytest.raises(IdentityError):
        async with tenant_transaction(record.pool, "demo'; SELECT 1; --"):
            pass
