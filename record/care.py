"""What people looked at, what they do not want to see, and whether anybody is left for what is severe."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.presentation import Level
from cases.queues import UNKNOWN
from cases.reviewers import Standing, why_not
from cases.sights import Sight
from record import probes, reviewers
from record.pool import tenant_transaction
from record.record import Record
from record.review import QueuedTask

AT_WORK: Final = timedelta(hours=12)  # where no register is kept: whoever took a task since then is at work
WARNING: Final = "warning"


class Seen(Fact):
    """How far somebody looked under a claim. acknowledged: they read the warning; sights: of attachments, by their place."""

    levels: tuple[Level, ...] = ()
    acknowledged: bool = False
    sights: Mapping[int, tuple[Sight, ...]] = {}


class Waiting(Fact):
    """Open tasks that are severe, or page, in nobody's hands: so many of one kind, the first due then."""

    queue: str
    severity: int
    area: str | None
    language: str | None
    tier: int
    tasks: int
    due_at: AwareDatetime


class Despite(Fact):
    """A claim in spite of limits."""

    reviewer: str
    stream_id: str
    task_id: str
    claimed_at: AwareDatetime


async def seen(record: Record, tenant: str, lease_id: str) -> Seen:
    """How far was looked under this claim."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["reveals_of_lease"], tenant, lease_id)
    steps = {row["level"] for row in rows if not row["place"]}
    places = sorted({row["place"] for row in rows if row["place"]})
    sights = {place: tuple(Sight(row["level"]) for row in rows if row["place"] == place) for place in places}
    return Seen(levels=tuple(level for level in Level if level in steps), acknowledged=WARNING in steps, sights=sights)


async def look(
    record: Record,
    tenant: str,
    lease_id: str,
    reviewer: str,
    task: QueuedTask,
    version: int | None,
    level: Level | Sight,
    now: datetime,
    *,
    warned: bool = False,
    place: int = 0,
) -> None:
    """Keep that somebody looked so closely, once per claim. warned: they read a warning first. place: of an attachment."""
    async with tenant_transaction(record.pool, tenant) as connection:
        if probes.is_probe(task.stream_id, task.case_id):
            await probes.knows(record, connection, tenant, task.case_id, reviewer)
        for step in (*((WARNING,) if warned else ()), level.value):
            await connection.execute(
                record.queries["put_reveal"],
                *(
                    tenant,
                    lease_id,
                    step,
                    reviewer,
                    task.stream_id,
                    task.task_id,
                    task.severity,
                    task.area,
                    version,
                    now,
                    place,
                ),
            )


async def opt_out(record: Record, tenant: str, reviewer: str, areas: Sequence[str], now: datetime) -> None:
    """These areas, and no others, are not shown to this reviewer from now on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["put_opt_outs"], tenant, reviewer, sorted(set(areas)), now)


async def people(record: Record, tenant: str, now: datetime) -> dict[str, Standing]:
    """Who may be expected to take tasks, each with where they stand."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["people_at_work"], tenant, now - AT_WORK)
    return await reviewers.standings(record, tenant, [row["reviewer"] for row in rows], now)


async def unstaffed(record: Record, tenant: str, now: datetime) -> tuple[Waiting, ...]:
    """What is severe, waits, and nobody known here may take now: limits, hours and opt-outs of all of them together."""
    paging = [name for name, rules in record.queues.items() if rules.pages]
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["severe_waiting"], tenant, paging, now)
    if not rows:
        return ()
    at_work = tuple((await people(record, tenant, now)).values())
    waiting = tuple(Waiting.model_validate(dict(row)) for row in rows)
    return tuple(one for one in waiting if all(_barred(record, one, person, now) for person in at_work))


async def taken_despite_limits(record: Record, tenant: str, since: datetime) -> list[Despite]:
    """Claims in spite of limits, the newest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["taken_despite_limits"], tenant, since)
    return [Despite.model_validate(dict(row)) for row in rows]


def _barred(record: Record, waiting: Waiting, person: Standing, now: datetime) -> bool:
    rules = record.queues.get(waiting.queue, UNKNOWN)
    return bool(
        why_not(
            *(person, rules, waiting.queue, waiting.area, waiting.language, waiting.tier, now),
            severity=waiting.severity,
        )
    )
