"""How much of what was accepted still waits: what admission is measured by. It is in Postgres, so every gateway sees it."""

from record.pool import tenant_transaction
from record.record import Record


async def unfinished(record: Record, tenant: str, limit: int) -> int:
    """How many of the tenant's messages no run has taken yet, counted no further than limit. Raises RecordUnavailable."""
    async with tenant_transaction(record.pool, tenant) as connection:
        count: int = await connection.fetchval(record.queries["unfinished_messages"], tenant, limit)
    return count
