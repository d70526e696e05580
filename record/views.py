"""What operators and doors look at: rows beside the events, never a workflow, never content."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.names import tenant_of
from record.events import open_events
from record.pool import tenant_transaction
from record.record import Record


class CaseRow(Fact):
    """A case as its projection has it."""

    case_id: str
    kind: str
    stage: str
    category: str | None
    queue: str | None
    rule: str | None
    jurisdiction: str | None
    priority: int
    due_at: AwareDatetime | None
    stuck: bool
    legal_hold: bool
    opened_at: AwareDatetime
    projected_at: AwareDatetime | None


class Stages(Fact):
    """How many cases are in each stage, how many of them are stuck, and the nearest deadline."""

    stages: dict[str, int]
    stuck: int
    nearest_due_at: AwareDatetime | None


class Deadline(Fact):
    """A case's nearest deadline."""

    case_id: str
    stage: str
    due_at: AwareDatetime


class QueueLength(Fact):
    """The open tasks of one queue."""

    queue: str
    open: int
    overdue: int


class Rates(Fact):
    """What happened in a span of time: messages received, decisions recorded, orders confirmed, mails sent."""

    received: int
    decided: int
    confirmed: int
    told: int


class TimelineEntry(Fact):
    """One event. body: ids, kinds and numbers by construction."""

    sequence: int
    event_id: str
    kind: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    body: dict[str, Any]


class Flag(Fact):
    """Something an operator must do by hand."""

    stream_id: str
    flag: str
    raised_at: AwareDatetime


async def case(record: Record, tenant: str, case_id: str) -> CaseRow | None:
    """The case's row; None where the tenant has no such case."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["case_row"], tenant, case_id)
    return CaseRow.model_validate(dict(row)) if row else None


async def cases(
    record: Record,
    tenant: str,
    stage: str | None = None,
    stuck: bool | None = None,
    limit: int = 100,
    after: str = "",
) -> list[CaseRow]:
    """Cases by id, a page at a time; in this stage, and stuck or not, where that is given."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["case_rows"], tenant, stage, stuck, after, limit)
    return [CaseRow.model_validate(dict(row)) for row in rows]


async def cases_of_workflows(record: Record, tenant: str, workflow_ids: Sequence[str]) -> dict[str, str]:
    """The case that each workflow was started for, by workflow id; without those that are no case's."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["cases_of_workflows"], tenant, list(workflow_ids))
    return {row["workflow_id"]: row["case_id"] for row in rows}


async def stages(record: Record, tenant: str) -> Stages:
    """Cases by stage, at a glance."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["stages"], tenant)
    return Stages(
        stages={row["stage"]: row["cases"] for row in rows},
        stuck=sum(row["stuck"] for row in rows),
        nearest_due_at=min((row["due_at"] for row in rows if row["due_at"]), default=None),
    )


async def deadlines(record: Record, tenant: str, limit: int = 10) -> list[Deadline]:
    """The nearest deadlines."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["deadlines"], tenant, limit)
    return [Deadline.model_validate(dict(row)) for row in rows]


async def queue_lengths(record: Record, tenant: str, now: datetime) -> list[QueueLength]:
    """Open and overdue tasks by queue."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["queue_lengths"], tenant, now)
    return [QueueLength.model_validate(dict(row)) for row in rows]


async def rates(record: Record, tenant: str, since: datetime, until: datetime) -> Rates:
    """What happened from `since` up to, not including, `until`."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["rates"], tenant, since, until)
    assert row is not None
    return Rates.model_validate(dict(row))


async def timeline(record: Record, stream_id: str, after: int = 0, limit: int = 1_000) -> list[TimelineEntry]:
    """A page of a stream's events; those of a destroyed key are left out."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["events_after"], tenant, stream_id, after, limit)
        events = await open_events(record, connection, stream_id, rows)
    recorded = {row["sequence"]: row["recorded_at"] for row in rows}
    return [
        TimelineEntry(
            sequence=event.sequence,
            event_id=event.event_id,
            kind=event.body.kind,
            occurred_at=event.occurred_at,
            recorded_at=recorded[event.sequence],
            body=event.body.model_dump(mode="json"),
        )
        for event in events
    ]


async def flags(record: Record, tenant: str) -> list[Flag]:
    """What operators must do by hand."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["flags"], tenant)
    return [Flag.model_validate(dict(row)) for row in rows]


async def clear_flag(record: Record, stream_id: str, flag: str, at: datetime, by: str | None = None) -> bool:
    """It was done, by this operator. False where no such flag was up."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        cleared = await connection.fetchval(record.queries["clear_flag"], tenant, stream_id, flag, at, by)
    return cleared is not None
