"""Bulks in the record: what was asked and by whom, and whose turn it is. What an act does stands in its case."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import asyncpg
from pydantic import AwareDatetime, TypeAdapter

from cases.bulk import BulkPlan
from cases.errors import Conflict, UnknownSomething
from cases.facts import Fact
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal

LEFT_AFTER: Final = timedelta(minutes=2)  # without a page worked on: its workflow is gone, or stands
Phase = Literal[
    "selecting", "refused", "previewed", "carrying_out", "done", "cancelled", "undo_asked", "undoing", "undone"
]


class BulkRow(Fact):
    """One bulk. phase: whose turn it is; note: what holds it up, or why it was refused; digest: of its preview."""

    bulk_id: str
    plan: BulkPlan
    plan_digest: str
    proposed_by: str
    proposed_at: AwareDatetime
    named_roles: tuple[str, ...]
    phase: Phase
    looked_at: AwareDatetime
    note: str
    digest: str | None
    approved_by: str | None
    approved_at: AwareDatetime | None
    paused_at: AwareDatetime | None
    paused_by: str | None
    cancelled_at: AwareDatetime | None
    cancelled_by: str | None
    ended_at: AwareDatetime | None
    undo_by: str | None
    undo_at: AwareDatetime | None
    undo_approved_by: str | None
    undo_approved_at: AwareDatetime | None

    @property
    def undoing(self) -> bool:
        """Whether it is being undone."""
        return self.phase == "undoing"

    @property
    def operator(self) -> str:
        """Who asked for what is done now."""
        return (self.undo_by if self.undoing else self.proposed_by) or self.proposed_by

    @property
    def approver(self) -> str:
        """The second of the two people who answer for it. An undo that restricts nobody needs none of its own."""
        return (self.undo_approved_by if self.undoing else self.approved_by) or self.approved_by or ""


class WaitingBulk(Fact):
    """A bulk that somebody has to see to."""

    bulk_id: str
    phase: Phase
    paused_at: AwareDatetime | None
    looked_at: AwareDatetime
    note: str


_PLAN: Final = TypeAdapter(BulkPlan)


async def propose(
    record: Record,
    tenant: str,
    bulk_id: str,
    plan: BulkPlan,
    reason: str,
    by: str,
    named_roles: Iterable[str],
    at: datetime,
) -> bool:
    """Keep a bulk that somebody proposes; False where it was proposed before. Raises Conflict for another under its id."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), _aad(tenant, bulk_id, "reason"))
        new = await connection.fetchval(
            record.queries["put_bulk"],
            *(tenant, bulk_id, plan.model_dump_json(), plan.digest, sealed, by, at, sorted(named_roles)),
        )
    if not new:
        before = await row(record, tenant, bulk_id)
        if (before.plan_digest, before.proposed_by) != (plan.digest, by):
            raise Conflict(f"bulk_id {bulk_id} came before with another selection or act; use a new id for a new bulk")
    return bool(new)


async def row(record: Record, tenant: str, bulk_id: str) -> BulkRow:
    """One bulk. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetchrow(record.queries["bulk"], tenant, bulk_id)
    if found is None:
        raise UnknownSomething(f"no bulk {bulk_id[:64]!r} in the record")
    return _row(found)


async def rows(record: Record, tenant: str, limit: int) -> list[BulkRow]:
    """Bulks, the newest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bulk_rows"], tenant, limit)
    return [_row(one) for one in found]


async def reasons(record: Record, tenant: str, bulk_id: str) -> tuple[str, str | None]:
    """Why it is done, and why undone; empty where the key is gone."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetchrow(record.queries["bulk"], tenant, bulk_id)
        if found is None:
            raise UnknownSomething(f"no bulk {bulk_id[:64]!r} in the record")
        sealed = [
            (found[name], _aad(tenant, bulk_id, name)) for name in ("reason", "undo_reason") if found[name] is not None
        ]
        opened = await record.keyring.open_all(tenant, sealed, connection)
    words = [(one or b"").decode() for one in opened]
    return words[0], words[1] if len(words) > 1 else None


async def refuse(record: Record, tenant: str, bulk_id: str, now: datetime, why: str) -> None:
    """Nothing will be done."""
    await _execute(record, tenant, "bulk_refused", bulk_id, now, why)


async def approve(record: Record, tenant: str, bulk: BulkRow, digest: str, by: str, at: datetime) -> bool:
    """The second person's word on the act or on undoing it; False where somebody or something was quicker."""
    query = "approve_bulk_undo" if bulk.phase == "undo_asked" else "approve_bulk"
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries[query], tenant, bulk.bulk_id, digest, by, at))


async def pause(record: Record, tenant: str, bulk_id: str, at: datetime | None, by: str) -> None:
    """It waits, or with None goes on."""
    await _execute(record, tenant, "pause_bulk", bulk_id, at, by)


async def cancel(record: Record, tenant: str, bulk_id: str, at: datetime, by: str) -> None:
    """Whoever was not told yet is left."""
    await _execute(record, tenant, "cancel_bulk", bulk_id, at, by)


async def ask_undo(
    record: Record, tenant: str, bulk_id: str, by: str, at: datetime, reason: str, *, at_once: bool
) -> None:
    """What was done is to be undone: at once, or when a second person agrees."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), _aad(tenant, bulk_id, "undo_reason"))
        await connection.execute(record.queries["ask_bulk_undo"], tenant, bulk_id, by, at, sealed, at_once)


async def end(record: Record, tenant: str, bulk_id: str, at: datetime) -> None:
    """Nothing of it is left to do."""
    await _execute(record, tenant, "end_bulk", bulk_id, at)


async def look(record: Record, tenant: str, bulk_id: str, at: datetime, note: str = "") -> None:
    """It is being worked on; note: what holds it up."""
    await _execute(record, tenant, "look_at_bulk", bulk_id, at, note)


async def left(record: Record, tenant: str, now: datetime) -> list[str]:
    """Under way, and nobody has worked on them for a while."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bulks_left"], tenant, now - LEFT_AFTER)
    return [one["bulk_id"] for one in found]


async def waiting(record: Record, tenant: str, now: datetime) -> list[WaitingBulk]:
    """What somebody has to see to: paused, held up, waiting for a second person, or not worked on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bulks_waiting"], tenant, now - LEFT_AFTER)
    return [WaitingBulk.model_validate(dict(one)) for one in found]


async def _execute(record: Record, tenant: str, query: str, *arguments: object) -> None:
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries[query], tenant, *arguments)


def _row(found: asyncpg.Record) -> BulkRow:
    values: dict[str, Any] = dict(found)
    return BulkRow.model_validate({**values, "plan": _PLAN.validate_json(values["plan"])})


def _aad(tenant: str, bulk_id: str, what: str) -> str:
    return f"bulk {what}\0{tenant}\0{bulk_id}"
