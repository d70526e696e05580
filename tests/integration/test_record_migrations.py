"""Migrations: each exactly once, whole or not at all, never edited; schema.sql is where they lead."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

import record.migrate
from record.errors import MigrationError
from record.migrate import main, migrate, pending, unready
from record.pool import open_pool
from record.queries import load_queries
from workers.readiness import refuse_unmigrated
from workers.settings import SettingsError

FILES = Path(record.migrate.__file__).with_name("migrations")
SCHEMA = FILES.with_name("schema.sql")
CATALOG = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY 1, 2",
    "constraints": "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migrations' ORDER BY 1, 2",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations' ORDER BY 1",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "policies": "SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
    "rights": "SELECT relname, relrowsecurity, relforcerowsecurity, relacl::text, reloptions::text FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations' ORDER BY 1",
    "column_rights": "SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute "
    "WHERE attacl IS NOT NULL AND attrelid::regclass::text NOT LIKE 'pg_%' ORDER BY 1, 2",
}


@pytest.fixture
async def empty(postgres_server) -> AsyncIterator[str]:
    """The owner's DSN of a database nothing was migrated in."""
    administrator = await asyncpg.connect(postgres_server.dsn("postgres", "postgres"))
    await administrator.execute("DROP DATABASE IF EXISTS empty_record WITH (FORCE)")
    await administrator.execute("CREATE DATABASE empty_record TEMPLATE template0 OWNER dueprocess_owner")
    yield postgres_server.dsn("dueprocess_owner", "empty_record")
    await administrator.execute("DROP DATABASE empty_record WITH (FORCE)")
    await administrator.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations of a kind: several statements, a function with semicolons, one outside a transaction."""
    (tmp_path / "0001_pre_one.sql").write_text(
        "CREATE TABLE one (x int); INSERT INTO one VALUES (1);\n"
        "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $fn$ BEGIN RETURN 'a;b'; END $fn$;\n"
        "GRANT SELECT ON one TO :app_role;"
    )
    (tmp_path / "0002_pre_two.sql").write_text(
        "-- no-transaction: built while others write\nCREATE INDEX CONCURRENTLY x ON one (x)"
    )
    (tmp_path / "0003_post_three.sql").write_text("DROP FUNCTION f();")
    return tmp_path


async def catalog(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    connection = await asyncpg.connect(dsn)
    try:
        return {name: [tuple(row) for row in await connection.fetch(query)] for name, query in CATALOG.items()}
    finally:
        await connection.close()


async def test_the_schema_file_is_where_the_migrations_lead(empty, postgres):
    connection = await asyncpg.connect(empty)
    await connection.execute(SCHEMA.read_text().replace(":app_role", "dueprocess_app"))
    await connection.close()
    by_schema, by_migrations = await catalog(empty), await catalog(postgres.owner_dsn)
    for name in CATALOG:
        assert by_schema[name] == by_migrations[name], name
        assert by_schema[name], f"the comparison of {name} sees nothing"


async def test_nothing_is_pending_after_migrating_and_again_changes_nothing(postgres):
    assert await pending(postgres.owner_dsn) == []
    assert await migrate(postgres.owner_dsn) == []


async def test_four_at_once_apply_each_file_exactly_once(empty):
    applied = await asyncio.gather(*(migrate(empty) for _ in range(4)))
    names = [name for one in applied for name in one]
    assert names == sorted(file.name for file in FILES.glob("*.sql"))


async def test_four_at_once_do_not_deadlock_on_a_concurrent_index(empty, folder):
    applied = await asyncio.gather(*(migrate(empty, folder=folder) for _ in range(4)))
    assert sorted(name for one in applied for name in one) == [
        "0001_pre_one.sql",
        "0002_pre_two.sql",
        "0003_post_three.sql",
    ]


async def test_phases_are_applied_apart(empty, folder):
    assert await migrate(empty, phase="pre", folder=folder) == ["0001_pre_one.sql", "0002_pre_two.sql"]
    assert await pending(empty, folder) == ["0003_post_three.sql"]
    assert await migrate(empty, phase="post", folder=folder) == ["0003_post_three.sql"]


async def test_an_edited_file_is_noticed(empty, folder):
    await migrate(empty, folder=folder)
    (folder / "0001_pre_one.sql").write_text("CREATE TABLE one (x bigint);")
    with pytest.raises(MigrationError, match=r"0001_pre_one\.sql was edited after it was applied"):
        await migrate(empty, folder=folder)


async def test_older_code_on_newer_data_is_noticed(empty, folder):
    await migrate(empty, folder=folder)
    (folder / "0003_post_three.sql").unlink()
    with pytest.raises(MigrationError, match="older than the data"):
        await pending(empty, folder)


async def test_a_failing_file_leaves_nothing_behind(empty, folder):
    (folder / "0003_post_three.sql").write_text("CREATE TABLE three (x int); SELECT 1/0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, folder=folder)
    assert await pending(empty, folder) == ["0003_post_three.sql"]
    connection = await asyncpg.connect(empty)
    assert await connection.fetchval("SELECT to_regclass('three')") is None
    await connection.close()


async def test_a_misnamed_file_and_a_strange_role_are_refused(empty, folder):
    with pytest.raises(MigrationError, match="app role"):
        await migrate(empty, app_role='x"; DROP TABLE y', folder=folder)
    (folder / "4_later.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match=r"4_later\.sql: call it"):
        await pending(empty, folder)


async def test_the_app_role_can_be_another(empty, postgres_server):
    administrator = await asyncpg.connect(postgres_server.dsn("postgres", "postgres"))
    await administrator.execute("DROP ROLE IF EXISTS other_app; CREATE ROLE other_app LOGIN")
    await administrator.close()
    await migrate(empty, app_role="other_app")
    other = await asyncpg.connect(postgres_server.dsn("other_app", "empty_record"))
    assert await other.fetch("SELECT * FROM tenants") == []
    await other.close()


async def test_every_query_is_one_that_the_database_understands(postgres):
    app, owner = await asyncpg.connect(postgres.app_dsn), await asyncpg.connect(postgres.owner_dsn)
    for name, query in load_queries().items():
        connection = owner if name in {"ensure_tenant", "create_migrations_table", "note_migration"} else app
        await connection.prepare(query)
    await app.close()
    await owner.close()


def test_the_command_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.delenv("DUEPROCESS_DATABASE_OWNER_DSN", raising=False)
    assert main([]) == 2
    assert "DUEPROCESS_DATABASE_OWNER_DSN" in capsys.readouterr().err


async def test_the_command_lists_what_is_pending(empty, monkeypatch, capsys):
    monkeypatch.setenv("DUEPROCESS_DATABASE_OWNER_DSN", empty)
    assert await asyncio.to_thread(main, ["--pending", "--phase", "pre"]) == 0
    assert "0001_pre_tenants_and_keys.sql" in capsys.readouterr().out


async def test_a_process_learns_as_the_app_role_which_migrations_its_code_lacks(
    empty: str, postgres_server, tmp_path: Path
):
    pool = await open_pool(postgres_server.dsn("dueprocess_app", "empty_record"), 1)
    newest = [file.name for file in sorted(FILES.glob("*_pre_*.sql"))][-1]
    try:
        assert await unready(pool) == [newest], "nothing was ever migrated here"
        await migrate(empty)
        assert await unready(pool) == []
        for file in FILES.glob("*.sql"):
            (tmp_path / file.name).write_text(file.read_text())
        (tmp_path / "9999_pre_more.sql").write_text("SELECT 1;")
        assert await unready(pool, tmp_path) == ["9999_pre_more.sql"]
    finally:
        await pool.close()


async def test_what_starts_without_its_migrations_is_told_the_cure():
    async def lacking(pool: object) -> list[str]:
        return ["0042_pre_more.sql"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workers.readiness.unready", lacking)
        with pytest.raises(SettingsError, match=r"lacks 0042_pre_more.sql.*python -m record.migrate --phase pre"):
            await refuse_unmigrated(SimpleNamespace(pool=None))  # type: ignore[arg-type]  # nothing else of it is asked
