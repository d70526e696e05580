"""Attachments whose bytes, or whose reading, did not come in time: when each is tried again, and when no more."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from cases.facts import Fact
from cases.names import tenant_of
from record.media import names_of
from record.pool import tenant_transaction
from record.record import Record

FIRST_WAIT: Final = timedelta(minutes=1)
WAITS: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""After the second try and those that follow; after the last of these nobody asks again but who opens the task."""


class Due(Fact):
    """What is due of one case, by the names its rows are kept under."""

    case_id: str
    names: frozenset[str]


async def next_due(record: Record, tenant: str, now: datetime) -> Due | None:
    """What waits longest, put off at once: whoever dies over it leaves it to the next try."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["next_late_case"], tenant, now, list(WAITS))
    return Due(case_id=rows[0]["case_id"], names=frozenset(row["media_key"] for row in rows)) if rows else None


async def settle(record: Record, case_id: str, names: Iterable[str]) -> None:
    """Wait for these no more. Repeatable."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["settle_late_media"], tenant, case_id, list(names))


async def miss(record: Record, case_id: str, digests: Iterable[str], now: datetime) -> None:
    """An assessment went without these: the case hears when they come, or are read. Repeatable."""
    await _mark(record, case_id, "miss_media", digests, now)


async def want(record: Record, case_id: str, digests: Iterable[str], now: datetime) -> None:
    """Ask for these at once, unless they were asked for within the last minute. Repeatable."""
    await _mark(record, case_id, "want_late_media", digests, now, now - FIRST_WAIT)


async def _mark(record: Record, case_id: str, query: str, digests: Iterable[str], *times: datetime) -> None:
    tenant, names = tenant_of(case_id), list(await names_of(record, case_id, digests))
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries[query], tenant, case_id, names, *times)
