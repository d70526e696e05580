"""What detectors and rules said, counted hour by hour, so that a look at what moved reads no case."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from cases.drift_alarms import HourCounts
from cases.events import CaseEvent
from record.events import open_across
from record.pool import tenant_transaction
from record.record import Record

PAGE: Final = 500


async def triaged_within(
    record: Record, tenant: str, since: datetime, until: datetime
) -> AsyncIterator[list[CaseEvent]]:
    """Pages of what was recorded as triaged within this time; what was erased is left out."""
    after: tuple[str, int] = ("", 0)
    while True:
        async with tenant_transaction(record.pool, tenant) as connection:
            rows = await connection.fetch(record.queries["triaged_within"], tenant, since, until, *after, PAGE)
            found = await open_across(record, connection, tenant, rows)
        yield [event for event in found if event is not None]
        if len(rows) < PAGE:
            return
        after = rows[-1]["stream_id"], rows[-1]["sequence"]


async def keep(record: Record, tenant: str, hour: datetime, counts: Sequence[HourCounts]) -> None:
    """Keep an hour's counts. Repeatable: the first ones stand."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["keep_said"],
            *(tenant, hour),
            [one.who for one in counts],
            [one.runs for one in counts],
            [one.passes for one in counts],
            [json.dumps(one.bins) for one in counts],
        )


async def through(record: Record, tenant: str) -> datetime | None:
    """The last hour that was counted; None where none was."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found: datetime | None = await connection.fetchval(record.queries["said_through"], tenant)
    return found


async def hours_since(record: Record, tenant: str, since: datetime) -> list[HourCounts]:
    """Everybody's counts since then."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["said_since"], tenant, since)
    return [HourCounts.model_validate(dict(row)) for row in rows]


async def forget(record: Record, tenant: str, before: datetime) -> None:
    """Let go of what nobody looks at any more."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["forget_said"], tenant, before)
