"""What was acknowledged and left unread: a ring was lost, and the sweeper rings again."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact
from record.pool import tenant_transaction
from record.record import Record

PATIENCE: Final = timedelta(seconds=10)


class UnreadStream(Fact):
    """A stream with messages that nobody took. oldest: when the first of them was received."""

    stream_id: str
    unread: int
    oldest: AwareDatetime


async def unread_streams(
    record: Record, tenant: str, now: datetime, patience: timedelta = PATIENCE, limit: int = 1_000
) -> list[UnreadStream]:
    """Streams with messages unread for longer than the patience, those waiting longest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["unread_streams"], tenant, now - patience, limit)
    return [UnreadStream.model_validate(dict(row)) for row in rows]
