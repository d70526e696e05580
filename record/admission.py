"""How much of what was accepted still waits: what admission is measured by. It is in Postgres, so every gateway sees it."""

from cases.facts import Fact
from record.pool import Pool, tenant_transaction
from record.queries import load_queries


class Unfinished(Fact):
    """messages: of a tenant, that no run has taken yet. streams: those of streams with many of them."""

    messages: int
    streams: dict[str, int] = {}


async def unfinished(pool: Pool, tenant: str, limit: int, many: int) -> Unfinished:
    """What waits, counted no further than limit, and by stream where so many of it wait. Raises RecordUnavailable."""
    async with tenant_transaction(pool, tenant) as connection:
        rows = await connection.fetch(load_queries()["unfinished_messages"], tenant, limit, many)
    counts = {row["stream_id"]: row["messages"] for row in rows}
    return Unfinished(messages=counts.pop(None), streams=counts)
