"""How much of what was accepted still waits: what admission is measured by. It is in Postgres, so every gateway sees it."""

from record.pool import Pool, tenant_transaction
from record.queries import load_queries


async def unfinished(pool: Pool, tenant: str, limit: int) -> int:
    """How many of the tenant's messages no run has taken yet, counted no further than limit. Raises RecordUnavailable."""
    async with tenant_transaction(pool, tenant) as connection:
        count: int = await connection.fetchval(load_queries()["unfinished_messages"], tenant, limit)
    return count
