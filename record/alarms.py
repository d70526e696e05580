"""Alarms: what whoever is on call hears once when it begins, and once when it is over."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import asyncpg
from pydantic import AwareDatetime

from cases.facts import Fact
from record.pool import Connection, tenant_transaction
from record.record import Record

TRY_AGAIN: Final = timedelta(seconds=30)  # after a pager that did not take it
AT_ONCE: Final = 100


class Alarm(Fact):
    """One alarm. kind: `drift`, `release_not_started`, `over_cap`; about: which; told: numbers and versions.

    since: what began when.
    """

    alarm_id: str
    kind: str
    about: str
    told: Mapping[str, Any]
    since: AwareDatetime
    opened_at: AwareDatetime
    attempts: int
    sent_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None
    ended_at: AwareDatetime | None = None


async def begin(
    record: Record, tenant: str, kind: str, about: str, told: Mapping[str, Any], since: datetime, now: datetime
) -> bool:
    """Raise it; False where it is known already, over or not. It is named by what it is about and since when."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return await begin_within(record, connection, tenant, kind, about, told, since, now)


async def begin_within(
    record: Record,
    connection: Connection,
    tenant: str,
    kind: str,
    about: str,
    told: Mapping[str, Any],
    since: datetime,
    now: datetime,
) -> bool:
    """The same in the caller's transaction."""
    alarm_id = "alarm-" + sha256(f"{kind}\0{about}\0{since.timestamp()}".encode()).hexdigest()[:32]
    given = (alarm_id, kind, about, json.dumps(told), since, now)
    return bool(await connection.fetchval(record.queries["raise_alarm"], tenant, *given))


async def end(record: Record, tenant: str, kind: str, about: Collection[str], now: datetime) -> int:
    """They are over; how many were not before."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return len(await connection.fetch(record.queries["end_alarms"], tenant, kind, list(about), now))


async def end_begun(record: Record, tenant: str, kind: str, begun_by: datetime, now: datetime) -> None:
    """Those of this kind that began by then are over."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["end_alarms_begun"], tenant, kind, begun_by, now)


async def take(record: Record, tenant: str, now: datetime) -> list[Alarm]:
    """Those to tell of now, beginnings and ends."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["take_alarms"], tenant, now, now + TRY_AGAIN, AT_ONCE)
    return sorted((_alarm(row) for row in rows), key=lambda one: (one.kind, one.about))


async def sent(record: Record, tenant: str, told: Sequence[Alarm], now: datetime) -> None:
    """The pager took them."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["alarms_sent"], tenant, [one.alarm_id for one in told], now)


async def since(record: Record, tenant: str, ended_after: datetime, limit: int) -> list[Alarm]:
    """Those that stand, and those that ended after this."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["alarms_since"], tenant, ended_after, limit)
    return [_alarm(row) for row in rows]


def _alarm(row: asyncpg.Record) -> Alarm:
    return Alarm.model_validate({**row, "told": json.loads(row["told"])})
