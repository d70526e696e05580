"""Review tasks as the doors show them, and who holds which."""

from datetime import datetime

from api.answers import Task
from record.pool import tenant_transaction
from record.record import Record
from record.review import QueuedTask


def task_of(queued: QueuedTask) -> Task:
    """The task, ids and numbers only."""
    return Task(
        stream=queued.stream_id,
        task_id=queued.task_id,
        kind=queued.kind,
        subject=queued.subject,
        queue=queued.queue,
        severity=queued.severity,
        tier=queued.tier,
        due_at=queued.due_at,
        evidence_version=queued.evidence_version,
        claimed=queued.leased_until is not None,
        claimed_until=queued.leased_until,
        area=queued.area,
        language=queued.language,
        jurisdiction=queued.jurisdiction,
        assigned_to=queued.assigned_to,
        snoozed_until=queued.snoozed_until,
        boosted=queued.boosted_at is not None,
    )


async def case_of_stream(record: Record, tenant: str, stream_id: str) -> str | None:
    """The case that a stream belongs to: itself, or the one that is appealed. None where the tenant has no such stream."""
    async with tenant_transaction(record.pool, tenant) as connection:
        case_id: str | None = await connection.fetchval(record.queries["case_of_stream"], tenant, stream_id)
    return case_id


async def holds(record: Record, tenant: str, task: QueuedTask, reviewer: str, now: datetime) -> bool:
    """Whether this reviewer has a live claim on the task."""
    return await lease_of(record, tenant, task.stream_id, task.task_id, reviewer, now) is not None


async def lease_of(
    record: Record, tenant: str, stream_id: str, task_id: str, reviewer: str, now: datetime
) -> str | None:
    """The id of this reviewer's live claim on a task; None where there is none."""
    async with tenant_transaction(record.pool, tenant) as connection:
        lease = await connection.fetchrow(
            record.queries["lease_of_reviewer"], tenant, stream_id, task_id, reviewer, now
        )
    return None if lease is None else str(lease["lease_id"])
