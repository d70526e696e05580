"""Whether the record has the tables that this version expects, under our KEK: asked once, by a process that starts."""

from collections.abc import Iterable

from cases.errors import SealBroken, UnknownSomething
from record.migrate import unready
from record.record import Record
from workers.settings import SettingsError


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
