"""Migrations, each applied exactly once, whole, and never edited afterwards.

Files are `NNNN_pre_….sql` (before the new code runs) and `NNNN_post_….sql` (after), applied in order. `-- no-transaction`
in the first line is for statements Postgres runs in no transaction; such a file holds one statement. `:app_role` stands
for the role the workers and doors connect as.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import asyncpg

from record.errors import MigrationError
from record.pool import Connection, Pool, connected, reaching_postgres
from record.queries import load_queries

APP_ROLE: Final = "dueprocess_app"
_FOLDER: Final = Path(__file__).with_name("migrations")
_FILE_NAME: Final = re.compile(r"\d{4}_(pre|post)_[a-z0-9_]+\.sql")
_ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LOCK: Final = 4_701_986_001  # one migrating process at a time; the number is this product's own
_LOCK_TIMEOUT: Final = "5s"  # rather fail and be run again than hold up every reader of a table
_STATEMENT_TIMEOUT: Final = "300s"


@dataclass(frozen=True)
class Migration:
    """One file. phase: pre or post."""

    name: str
    text: str

    @property
    def phase(self) -> str:
        """Before or after the new code runs."""
        return self.name.split("_")[1]

    @property
    def digest(self) -> str:
        """What the file held when it was applied."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def transactional(self) -> bool:
        """Whether the file is applied in a transaction."""
        return not self.text.startswith("-- no-transaction")


async def migrate(
    owner_dsn: str, app_role: str = APP_ROLE, phase: str | None = None, folder: Path = _FOLDER
) -> list[str]:
    """Apply what is pending (of this phase, or of both); the names of what was applied.

    Safe to run from many processes at once. Raises MigrationError for an edited or vanished file, RecordUnavailable.
    """
    if not _ROLE.fullmatch(app_role):
        raise MigrationError(f"app role {app_role!r}: give lower-case letters, digits and underscores")
    applied = []
    async with _migrating(owner_dsn) as connection:
        for migration in await _pending(connection, read_migrations(folder)):
            if phase in (None, migration.phase):
                await _apply(connection, migration, app_role)
                applied.append(migration.name)
    return applied


async def pending(owner_dsn: str, folder: Path = _FOLDER) -> list[str]:
    """The names of what is not applied yet. Raises MigrationError, RecordUnavailable."""
    async with _connected(owner_dsn) as connection:
        return [migration.name for migration in await _pending(connection, read_migrations(folder))]


async def unready(pool: Pool, folder: Path = _FOLDER) -> list[str]:
    """The names of `pre` migrations that this code needs and the tables lack, asked as the app role.

    Before that role could read what was applied it was not migrated to this version: then the newest file is named. Files
    applied by a newer version are no hindrance: it runs beside this one while it is rolled out. Raises RecordUnavailable.
    """
    queries, wanted = load_queries(), [one.name for one in read_migrations(folder) if one.phase == "pre"]
    async with connected(pool) as connection:
        try:
            applied = {row["name"] for row in await connection.fetch(queries["applied_migrations"])}
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            return wanted[-1:]
    return [name for name in wanted if name not in applied]


def read_migrations(folder: Path) -> list[Migration]:
    """The files in order. Raises MigrationError for a misnamed one."""
    names = sorted(file.name for file in folder.glob("*.sql"))
    if wrong := [name for name in names if not _FILE_NAME.fullmatch(name)]:
        raise MigrationError(f"{wrong[0]}: call it NNNN_pre_….sql or NNNN_post_….sql")
    return [Migration(name, (folder / name).read_text(encoding="utf-8")) for name in names]


async def _pending(connection: Connection, migrations: Iterable[Migration]) -> list[Migration]:
    queries = load_queries()
    stands = await connection.fetchval(queries["migrations_table_stands"])
    rows = await connection.fetch(queries["applied_migrations"]) if stands else []
    applied = {row["name"]: row["digest"] for row in rows}
    found = {migration.name: migration for migration in migrations}
    _refuse_changes(applied, found)
    return [migration for name, migration in found.items() if name not in applied]


def _refuse_changes(applied: Mapping[str, str], found: Mapping[str, Migration]) -> None:
    for name, digest in applied.items():
        if name not in found:
            raise MigrationError(f"{name} was applied and is not among the files: this code is older than the data")
        if found[name].digest != digest:
            raise MigrationError(f"{name} was edited after it was applied; restore it and write a new migration")


async def _apply(connection: Connection, migration: Migration, app_role: str) -> None:
    note = load_queries()["note_migration"], migration.name, migration.digest, datetime.now(UTC)
    text = migration.text.replace(":app_role", f'"{app_role}"')
    if not migration.transactional:
        await connection.execute(text)
        await connection.execute(*note)
        return
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(*note)


@asynccontextmanager
async def _migrating(owner_dsn: str) -> AsyncIterator[Connection]:
    queries = load_queries()
    async with _connected(owner_dsn) as connection:
        # Polled: a blocked waiter would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for all older snapshots.
        while not await connection.fetchval(queries["try_migration_lock"], _LOCK):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await connection.execute(queries["create_migrations_table"])
        yield connection  # closing the connection gives the lock back


@asynccontextmanager
async def _connected(owner_dsn: str) -> AsyncIterator[Connection]:
    with reaching_postgres():
        connection = await asyncpg.connect(
            owner_dsn,
            timeout=10,
            server_settings={"lock_timeout": _LOCK_TIMEOUT, "statement_timeout": _STATEMENT_TIMEOUT},
        )
        try:
            yield connection
        finally:
            await connection.close()


def main(arguments: list[str] | None = None) -> int:
    """`python -m record.migrate [--phase pre|post] [--pending]`, with DUEPROCESS_DATABASE_OWNER_DSN in the environment."""
    parser = argparse.ArgumentParser(description="Bring the record's tables to this version.")
    parser.add_argument("--phase", choices=("pre", "post"), help="before or after the new code runs; default both")
    parser.add_argument("--pending", action="store_true", help="only say what is not applied yet")
    chosen = parser.parse_args(arguments)
    dsn = os.environ.get("DUEPROCESS_DATABASE_OWNER_DSN")
    if not dsn:
        sys.stderr.write("DUEPROCESS_DATABASE_OWNER_DSN is not set; give the DSN of the role that owns the tables.\n")
        return 2
    try:
        names = asyncio.run(pending(dsn) if chosen.pending else migrate(dsn, phase=chosen.phase))
    except MigrationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{name}\n" for name in names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
