"""Vendors in the record: switches, what was spent on them, and the tasks they call back about."""

import json
from datetime import UTC, date, datetime

import asyncpg
from pydantic import AwareDatetime

from cases.consultations import Consultation
from cases.facts import Fact
from cases.vendor_forms import RawWord
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


class SwitchedOff(Fact):
    """A vendor that is not to be asked."""

    vendor: str
    by: str
    reason: str
    at: AwareDatetime


class Day(Fact):
    """What a vendor was used for on one UTC day. failed: calls without a word; micros: millionths of the currency."""

    vendor: str
    calls: int = 0
    micros: int = 0
    failed: int = 0


class Task(Fact):
    """A task at a vendor, as far as it is known: who asked, what was called back, whether the case was told."""

    vendor: str
    task_id: str
    case_id: str | None = None
    consultation: Consultation | None = None
    asked_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    cost_micros: int | None = None
    word: RawWord | None = None
    called_at: AwareDatetime | None = None
    brought_at: AwareDatetime | None = None


async def switch_off(
    record: Record, tenant: str, vendor: str, switch_id: str, by: str, reason: str, at: datetime
) -> bool:
    """Ask it no more, from the next call on; False where it was off already."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), _aad(tenant, vendor, switch_id))
        query = record.queries["switch_vendor_off"]
        return bool(await connection.fetchval(query, tenant, vendor, switch_id, by, sealed, at))


async def switch_on(record: Record, tenant: str, vendor: str, by: str, at: datetime) -> bool:
    """Let it be asked again; False where it was not off."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["switch_vendor_on"], tenant, vendor, by, at))


async def switched_off(record: Record, tenant: str) -> list[SwitchedOff]:
    """What is off now, and why."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["switched_off_vendors"], tenant)
        sealed = [(row["reason"], _aad(tenant, row["vendor"], row["switch_id"])) for row in rows]
        reasons = await record.keyring.open_all(tenant, sealed, connection)
    return [
        SwitchedOff(vendor=row["vendor"], by=row["off_by"], reason=(reason or b"").decode(), at=row["off_at"])
        for row, reason in zip(rows, reasons, strict=True)
    ]


async def spend(
    record: Record, tenant: str, vendor: str, calls: int, micros: int, most_calls: int, most_micros: int, at: datetime
) -> bool:
    """Count calls that are about to be made; False, and nothing counted, where the day has no room for them."""
    query, day = record.queries["spend_on_vendor"], _day(at)
    async with tenant_transaction(record.pool, tenant) as connection:
        spent = await connection.fetchval(query, tenant, vendor, day, calls, micros, most_calls, most_micros)
    return spent is not None


async def gave_no_word(record: Record, tenant: str, vendor: str, at: datetime) -> None:
    """Count a call that came to nothing."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["vendor_gave_no_word"], tenant, vendor, _day(at))


async def day_of(record: Record, tenant: str, at: datetime) -> list[Day]:
    """What every vendor was used for on this day."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["vendor_day"], tenant, _day(at))
    return [Day.model_validate(dict(row)) for row in rows]


async def note_task(
    record: Record,
    tenant: str,
    vendor: str,
    task_id: str,
    case_id: str,
    consultation: Consultation,
    asked_at: datetime,
    due_at: datetime,
    cost_micros: int,
) -> Task:
    """Keep who asked. The callback may have been faster: then it stands in what comes back."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(
            record.queries["note_vendor_task"],
            *(tenant, vendor, task_id, case_id, consultation.model_dump_json(), asked_at, due_at, cost_micros),
        )
    return _task(row)


async def note_callback(record: Record, tenant: str, vendor: str, task_id: str, word: RawWord, at: datetime) -> Task:
    """Keep what was called back, whoever asked for it. Who asked stands in what comes back, where that is known yet."""
    async with tenant_transaction(record.pool, tenant) as connection:
        query = record.queries["note_vendor_callback"]
        row = await connection.fetchrow(query, tenant, vendor, task_id, word.model_dump_json(), at)
    return _task(row)


async def task(record: Record, tenant: str, vendor: str, task_id: str) -> Task | None:
    """One task, if it is known."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["vendor_task"], tenant, vendor, task_id)
    return None if row is None else _task(row)


async def brought(record: Record, tenant: str, vendor: str, task_id: str, at: datetime) -> None:
    """Its word is in the case's inbox."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["vendor_task_brought"], tenant, vendor, task_id, at)


async def unclaimed(record: Record, tenant: str, before: datetime) -> int:
    """How many callbacks are about tasks that nobody asked for."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found: int = await connection.fetchval(record.queries["unclaimed_vendor_tasks"], tenant, before)
    return found


def _task(row: asyncpg.Record | None) -> Task:
    assert row is not None
    held = dict(row)
    for name in ("consultation", "word"):
        held[name] = None if held[name] is None else json.loads(held[name])
    return Task.model_validate(held)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _aad(tenant: str, vendor: str, switch_id: str) -> str:
    return f"vendor switch\0{tenant}\0{vendor}\0{switch_id}"
