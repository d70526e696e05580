"""Sessions of reviewers' pages that ended before their time. A session itself is stored nowhere but in its cookie."""

from datetime import datetime
from hashlib import sha256

from record.pool import tenant_transaction
from record.record import Record


async def end(record: Record, tenant: str, session: str, lapses_at: datetime, now: datetime) -> None:
    """From now on nothing opens with it. lapses_at: when it would have ended by itself."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["end_session"], tenant, _name(session), lapses_at, now)


async def ended(record: Record, tenant: str, session: str) -> bool:
    """Whether somebody signed out of it."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found: bool = await connection.fetchval(record.queries["session_ended"], tenant, _name(session))
    return found


def _name(session: str) -> bytes:
    return sha256(session.encode()).digest()
