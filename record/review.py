"""Who looks at what. A claim is a lease in Postgres: one per task, for a time; nobody judges their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
from pydantic import AwareDatetime

from cases.errors import UnknownSomething
from cases.facts import Fact
from cases.projection import TaskKind
from record.errors import ClaimRefused
from record.pool import Connection, tenant_transaction
from record.record import Record


class QueuedTask(Fact):
    """An open question to a person. stream_id: the case or appeal it is in; task_id is unique within that."""

    stream_id: str
    case_id: str
    task_id: str
    kind: TaskKind
    subject: str
    queue: str
    severity: int
    tier: int
    due_at: AwareDatetime
    evidence_version: int | None
    evidence_digest: str
    leased_until: AwareDatetime | None


class Claim(Fact):
    """A task is this reviewer's until then."""

    task: QueuedTask
    lease_id: str
    expires_at: AwareDatetime


async def claim(
    record: Record,
    tenant: str,
    reviewer: str,
    queue: str | None,
    task_id: str | None,
    now: datetime,
    lease_seconds: int,
    stream_id: str | None = None,
) -> Claim | None:
    """The most urgent task this reviewer may take (of this queue), or the one named by stream and task id; None: no task.

    Whoever holds the named task already gets the same lease again.
    Raises ClaimRefused and UnknownSomething for a named task, RecordUnavailable.
    """
    until = now + timedelta(seconds=lease_seconds)
    async with tenant_transaction(record.pool, tenant) as connection:
        if task_id is not None:
            return await _claim_named(record, connection, tenant, reviewer, stream_id, task_id, now, until)
        row = await connection.fetchrow(record.queries["next_task"], tenant, reviewer, queue, now)
        return await _lease(record, connection, tenant, reviewer, row, now, until) if row else None


async def renew(
    record: Record, tenant: str, lease_id: str, reviewer: str, now: datetime, lease_seconds: int
) -> datetime:
    """The lease, longer: until when. Raises UnknownSomething for one that is over or another's."""
    until = now + timedelta(seconds=lease_seconds)
    async with tenant_transaction(record.pool, tenant) as connection:
        if not await connection.fetchval(record.queries["renew_lease"], tenant, lease_id, reviewer, now, until):
            raise UnknownSomething("no such lease of yours, or it is over; claim the task again")
    return until


async def release(record: Record, tenant: str, lease_id: str, reviewer: str, now: datetime) -> bool:
    """Give a task back; False where there was nothing to give back. Repeatable."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["release_lease"], tenant, lease_id, reviewer, now))


async def queued(
    record: Record, tenant: str, now: datetime, queue: str | None = None, limit: int = 100
) -> list[QueuedTask]:
    """Open tasks, most urgent first, leased ones too."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["open_tasks"], tenant, queue, limit, now)
    return [_task(row) for row in rows]


async def tasks_of(record: Record, tenant: str, stream_id: str, now: datetime) -> list[QueuedTask]:
    """Open tasks of one case or appeal."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["open_tasks_of_stream"], tenant, stream_id, now)
    return [_task(row) for row in rows]


async def _claim_named(
    record: Record,
    connection: Connection,
    tenant: str,
    reviewer: str,
    stream_id: str | None,
    task_id: str,
    now: datetime,
    until: datetime,
) -> Claim:
    rows = await connection.fetch(record.queries["named_task"], tenant, reviewer, stream_id, task_id)
    if not rows:
        raise UnknownSomething(f"no open task {task_id[:80]!r}; see the queue for what is open")
    if len(rows) > 1:
        raise UnknownSomething(f"several cases have an open task {task_id[:80]!r}; name the case as well")
    (row,) = rows
    _refuse(row)
    if row["leased_until"] is not None and row["leased_until"] > now:
        lease = await connection.fetchrow(
            record.queries["lease_of_reviewer"], tenant, row["stream_id"], task_id, reviewer, now
        )
        if lease is None:
            ends = row["leased_until"]
            raise ClaimRefused("leased", f"the task is claimed until {ends.isoformat()}; take another", ends)
        return Claim(task=_task(row), lease_id=lease["lease_id"], expires_at=lease["expires_at"])
    return await _lease(record, connection, tenant, reviewer, row, now, until)


async def without_part(record: Record, tenant: str, case_ids: Sequence[str], reviewer: str | None) -> dict[str, bool]:
    """Of these cases, those in which the reviewer has no part (P5); with each, whether its evidence is recorded."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["without_part"], tenant, list(case_ids), reviewer)
    return {row["case_id"]: row["captured"] for row in rows}


async def own_keys(record: Record, tenant: str, reviewer: str) -> frozenset[str]:
    """The person keys of a reviewer's own accounts on the platform; none for a rule or an unknown reviewer."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetchval(record.queries["reviewer_keys"], tenant, reviewer)
    return frozenset(found or ())


def _refuse(row: asyncpg.Record) -> None:
    if row["is_excluded"]:
        raise ClaimRefused("excluded", "a second look is another person's; let a colleague claim it")
    if row["in_conflict"]:
        raise ClaimRefused("conflict_of_interest", "you have a part in this case; nobody judges their own")
    if row["decided_before"]:
        raise ClaimRefused("decided_before", "you judged in this case before; let a colleague claim it")


async def _lease(
    record: Record,
    connection: Connection,
    tenant: str,
    reviewer: str,
    row: asyncpg.Record,
    now: datetime,
    until: datetime,
) -> Claim:
    lease_id = f"lease-{uuid4().hex}"
    await connection.execute(record.queries["end_old_lease"], tenant, row["stream_id"], row["task_id"], now)
    await connection.execute(
        record.queries["lease_task"], tenant, row["stream_id"], row["task_id"], lease_id, reviewer, now, until
    )
    return Claim(task=_task(row).evolve(leased_until=until), lease_id=lease_id, expires_at=until)


def _task(row: asyncpg.Record) -> QueuedTask:
    return QueuedTask.model_validate({name: row[name] for name in QueuedTask.model_fields})
