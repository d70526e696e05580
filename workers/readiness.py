"""Whether the tables are as this version's code expects them: asked once, when a process starts that cannot work without."""

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
