"""One tenant never sees another's rows, and the app role cannot rewrite what is recorded."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from cases.errors import UnknownSomething
from record import evidence, views
from record.events import append, load
from record.inbox import take
from record.pool import tenant_transaction, tenants
from record.record import Record
from record.sweeps import unread_streams
from record.tenants import ensure_tenant, tenant_settings
from tests.builders import evidence as captured
from tests.integration.record_means import TENANT, a_person, a_record, a_report, minutes

TENANT_TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'tenants' ORDER BY 1
"""


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, {"demo": False, "other": True})
    for tenant in ("demo", "other"):
        receipt = await a_report(record, f"{tenant}-1", tenant=tenant, person=a_person())
        await take(record, receipt.case_id, [], minutes(1))
        await evidence.keep(record, receipt.case_id, b"synthetic", captured())
        await a_report(record, f"{tenant}-2", tenant=tenant, person=a_person("bo"))
    yield record
    await record.close()


@pytest.fixture
async def app(postgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.app_dsn)
    yield connection
    await connection.close()


async def test_every_tenant_table_forces_row_level_security(app):
    guarded = await app.fetch(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity ORDER BY 1"
    )
    assert [row["name"] for row in guarded] == [row["name"] for row in await app.fetch(TENANT_TABLES)]


async def test_every_tenant_table_has_the_tenant_first_in_its_key(app):
    firsts = await app.fetch(
        "SELECT c.relname AS name, a.attname AS first FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] "
        "WHERE k.contype IN ('p', 'u') AND c.relnamespace = 'public'::regnamespace"
    )
    installation_wide = {"schema_migrations", "installation_keys"}
    assert {row["name"] for row in firsts if row["first"] != "tenant"} == installation_wide


async def test_without_a_tenant_nothing_is_seen(record, app):
    for row in await app.fetch(TENANT_TABLES):
        assert await app.fetchval(f"SELECT count(*) FROM {row['name']}") == 0


async def test_with_a_tenant_only_its_rows_are_seen(record, app):
    async with app.transaction():
        await app.execute("SELECT set_config('dueprocess.tenant', 'demo', true)")
        for table in ("inbox", "case_events", "data_keys", "case_people", "cases", "evidence_versions"):
            assert await app.fetch(f"SELECT DISTINCT tenant FROM {table}") == [("demo",)]
    assert await app.fetchval("SELECT count(*) FROM inbox") == 0  # the setting ends with its transaction


async def test_the_owner_is_bound_as_well(record, postgres):
    owner = await asyncpg.connect(postgres.owner_dsn)
    assert await owner.fetchval("SELECT count(*) FROM case_events") == 0
    await owner.close()


async def test_a_row_of_another_tenant_cannot_be_written(record, app):
    await app.execute("SELECT set_config('dueprocess.tenant', 'demo', false)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await app.execute("INSERT INTO reviewers (tenant, reviewer_id, person_keys) VALUES ('other', 'r', '{}')")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_events SET kind = 'x'",
        "DELETE FROM case_events",
        "TRUNCATE case_events",
        "UPDATE evidence_versions SET content = ''",
        "DELETE FROM evidence_versions",
        "DELETE FROM inbox",
        "UPDATE inbox SET content = ''",
        "UPDATE streams SET case_id = ''",
        "DELETE FROM data_keys",
        "UPDATE data_keys SET case_id = ''",
        "UPDATE orders SET order_id = ''",
        "UPDATE tenants SET tokenless_decisions = true",
        "INSERT INTO tenants VALUES ('mine', 'p', true, '2026-01-01')",
        "ALTER TABLE case_events DISABLE ROW LEVEL SECURITY",
        "DROP TABLE case_events",
        "CREATE TABLE mine (x int)",
    ],
)
async def test_the_app_role_cannot(record, app, statement):
    await app.execute("SELECT set_config('dueprocess.tenant', 'demo', false)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)


async def test_a_connection_goes_back_without_its_tenant(record):
    async with tenant_transaction(record.pool, "demo") as connection:
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 2
    async with record.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 0


async def test_one_tenants_case_id_opens_nothing_for_another(record):
    case_id = (await unread_streams(record, "demo", minutes(60)))[0].stream_id
    assert await views.case(record, "other", case_id) is None
    assert await views.case(record, "demo", case_id) is not None
    with pytest.raises(UnknownSomething):
        await record.keyring.case_key("other", case_id)
    stolen = case_id.replace("/demo/", "/other/")
    assert await load(record, stolen) == []
    with pytest.raises(UnknownSomething):
        await append(record, stolen, [], minutes(1))


async def test_sweeping_goes_tenant_by_tenant(record):
    assert await tenants(record.pool) == ["demo", "other"]
    for tenant in ("demo", "other"):
        (stream,) = await unread_streams(record, tenant, minutes(1))
        assert (stream.stream_id.split("/")[1], stream.unread) == (tenant, 1)
        assert await unread_streams(record, tenant, minutes(0.1)) == []  # six seconds are no delay


async def test_settings_are_the_owners_to_change(record, postgres):
    assert not (await tenant_settings(record, TENANT)).tokenless_decisions
    await ensure_tenant(postgres.owner_dsn, TENANT, pack_id="own", tokenless_decisions=True)
    settings = await tenant_settings(record, TENANT)
    assert (settings.pack_id, settings.tokenless_decisions) == ("own", True)
