"""Whether the record has the tables that this version expects, under our KEK: asked once, by a process that starts."""

from collections.abc import Iterable

import asyncpg

from cases.errors import SealBroken, UnknownSomething
from record.errors import RecordUnavailable
from record.migrate import unready
from record.pool import open_pool, tenant_transaction
from record.queries import load_queries
from record.record import Record
from workers.settings import Settings, SettingsError


async def refuse_unmigrated(record: Record) -> None:
    """Raises SettingsError that names what is missing and the cure; RecordUnavailable where Postgres does not answer."""
    missing = await unready(record.pool)
    if missing:
        raise SettingsError(
            f"DUEPROCESS_DATABASE_DSN: the record lacks {', '.join(missing)}, which this version needs: "
            "run python -m record.migrate --phase pre with DUEPROCESS_DATABASE_OWNER_DSN, then start again."
        )


async def refuse_other_kek(record: Record, tenants: Iterable[str]) -> None:
    """Raises SettingsError where the KEK does not open a tenant's secret: whoever worked on could read nothing of it.

    A tenant that is not there yet has none. Raises RecordUnavailable where Postgres does not answer.
    """
    for tenant in tenants:
        try:
            await record.keyring.subject_secret(tenant)
        except UnknownSomething:
            continue
        except SealBroken:
            raise SettingsError(
                f"DUEPROCESS_KEK_FILE: the record's keys of tenant {tenant} were made under another KEK: put that file "
                "back, from where you keep it apart; without it nothing that is sealed can be read."
            ) from None


async def refuse_lost_kek(settings: Settings, *, cluster_stands: bool = False) -> None:
    """Raises SettingsError where the KEK's file is missing and something is sealed: a new key would open nothing of it.

    cluster_stands: whether the embedded PostgreSQL has data, which is never made before its KEK. A database of one's own
    is asked; where it does not answer, or has no tables yet, `refuse_other_kek` has the last word.
    """
    if settings.kek_file.exists() or not (cluster_stands or await _is_sealed(settings)):
        return
    afresh = "dueprocess reset, which deletes every case" if cluster_stands else "another DUEPROCESS_DATABASE_DSN"
    raise SettingsError(
        f"DUEPROCESS_KEK_FILE: {settings.kek_file} is missing, and the record's keys were made under it: put that file "
        "back, from where you keep it apart; without it nothing that is sealed can be read. "
        f"To start afresh instead: {afresh}."
    )


async def _is_sealed(settings: Settings) -> bool:
    dsn = settings.database_dsn.get_secret_value()
    if not dsn:
        return False
    pool, asked = await open_pool(dsn, 1), load_queries()["is_sealed"]
    try:
        for tenant in settings.tenants:
            async with tenant_transaction(pool, tenant) as connection:
                if await connection.fetchval(asked):
                    return True
    except (RecordUnavailable, asyncpg.PostgresError):
        return False
    finally:
        await pool.close()
    return False
