"""What time does to open tasks: the next tier gets what is overdue, and a person is called where somebody may be in danger."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime

from cases.errors import UnknownSomething
from cases.facts import Fact
from cases.impartiality import CONFLICT, PART
from cases.queues import UNKNOWN, tier_due
from cases.task_changes import Action
from record import conflicts
from record.care import unstaffed
from record.errors import ClaimRefused
from record.pool import tenant_transaction
from record.record import Record
from record.task_changes import TaskChange, keep_change

AT_ONCE: Final = 500  # tasks escalated in one transaction
PAGES_AT_ONCE: Final = 50
TRY_AGAIN: Final = timedelta(seconds=30)  # after a pager that did not take it
UNANSWERED: Final = timedelta(minutes=5)  # then it is sent again, one level up
ANSWERED: Final = timedelta(minutes=15)  # for so long somebody's word counts who has not claimed the task
CLOCK: Final = "clock"


class Page(Fact):
    """A call to a person. level: how often it went unanswered, and one; attempts: how often it was tried."""

    page_id: str
    stream_id: str
    task_id: str
    queue: str
    severity: int
    due_at: AwareDatetime
    opened_at: AwareDatetime
    attempts: int
    level: int
    sent_at: AwareDatetime | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None


class LegalClock(Fact):
    """The nearest law's clock of a case."""

    case_id: str
    stage: str
    category: str | None
    queue: str | None
    legal_clock: str
    legal_source: str
    legal_due_at: AwareDatetime


class DueTask(Fact):
    """An open task by its due time."""

    stream_id: str
    task_id: str
    queue: str
    severity: int
    tier: int
    opened_at: AwareDatetime
    due_at: AwareDatetime
    claimed: bool | None


async def escalate(record: Record, tenant: str, now: datetime) -> int:
    """Give overdue tasks to the next tier, each kept as a change by the clock; how many there were.

    Whoever was away meanwhile does not matter: the tier follows from due time and now, and the change says when it was made.
    """
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["overdue_tasks"], tenant, now, AT_ONCE)
        for row in rows:
            tier, after = tier_due(record.queues.get(row["queue"], UNKNOWN), row["due_at"], now)
            await connection.execute(
                record.queries["escalate_task"], tenant, row["stream_id"], row["task_id"], tier, after
            )
            made = TaskChange(
                change_id=f"escalate:{row['stream_id']}:{row['task_id']}:{row['due_at']:%Y%m%dT%H%M%S%f}:{tier}",
                stream_id=row["stream_id"],
                task_id=row["task_id"],
                action=Action.ESCALATE,
                by=CLOCK,
                tier=tier,
            )
            if not await connection.fetchval(record.queries["task_change"], tenant, made.change_id):
                await keep_change(record, connection, tenant, made, now)
    return len(rows)


async def take_pages(record: Record, tenant: str, now: datetime) -> list[Page]:
    """Open and end pages as tasks do, and take those to send now. What is severe and nobody may take now pages, too (P12)."""
    paging = [name for name, rules in record.queues.items() if rules.pages]
    alone = sorted({one.queue for one in await unstaffed(record, tenant, now)})
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["end_pages"], tenant, now)
        await connection.execute(record.queries["open_pages"], tenant, paging, now, alone)
        rows = await connection.fetch(
            record.queries["take_pages"],
            *(tenant, now, now + TRY_AGAIN, PAGES_AT_ONCE, now + UNANSWERED, now - ANSWERED, UNANSWERED),
        )
    return sorted((Page.model_validate(dict(row)) for row in rows), key=lambda page: (page.severity, page.opened_at))


async def unanswered(record: Record, tenant: str) -> tuple[int, datetime | None]:
    """How many calls nobody answers for, and when the oldest of them was opened."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["unanswered_pages"], tenant)
    return (row["pages"], row["oldest"]) if row else (0, None)


async def page_sent(record: Record, tenant: str, page_id: str, now: datetime) -> None:
    """The pager took it."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["page_sent"], tenant, page_id, now, now + UNANSWERED)


async def acknowledge(record: Record, tenant: str, page_id: str, by: str, now: datetime) -> tuple[str, datetime]:
    """Somebody answers for a call or an alarm: who did first, and when.

    Raises UnknownSomething where it is none, or over; ClaimRefused for who has a part in the case: their word would still a
    call about themselves (P5).
    """
    query = "acknowledge_alarm" if page_id.startswith("alarm-") else "acknowledge_page"
    async with tenant_transaction(record.pool, tenant) as connection:
        case_id = await connection.fetchval(record.queries["case_of_page"], tenant, page_id)
        if case_id and await conflicts.has_part(record, tenant, by, case_id, None, connection):
            raise ClaimRefused(CONFLICT, f"page_id: {PART}; whoever is called next answers for it")
        row = await connection.fetchrow(record.queries[query], tenant, page_id, now, by)
    if row is None:
        raise UnknownSomething("no such call, or what it is about is over; see: dueprocess oncall")
    return row["acknowledged_by"], row["acknowledged_at"]


async def pages(record: Record, tenant: str, limit: int) -> list[Page]:
    """Pages that have not ended."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["open_page_rows"], tenant, limit)
    return [Page.model_validate(dict(row)) for row in rows]


async def legal_clocks(record: Record, tenant: str, limit: int) -> list[LegalClock]:
    """Law's clocks, the least time left first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["legal_clocks"], tenant, limit)
    return [LegalClock.model_validate(dict(row)) for row in rows]


async def due_tasks(record: Record, tenant: str, now: datetime, limit: int) -> list[DueTask]:
    """Open tasks, the least time left first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["tasks_by_due_time"], tenant, limit, now)
    return [DueTask.model_validate(dict(row)) for row in rows]
