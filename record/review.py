"""Who looks at what. A claim is a lease in Postgres: one per task, for a time; nobody judges their own."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
from pydantic import AwareDatetime

from cases.errors import UnknownSomething
from cases.facts import Fact
from cases.impartiality import CONFLICT, DECIDED, PART
from cases.projection import TaskKind
from cases.queues import UNKNOWN, Queue
from cases.reviewers import (
    PROTECTIONS,
    ReviewerProfile,
    Standing,
    WhyNot,
    why_full,
    why_less,
    why_no_longer,
    why_not,
    why_not_queue,
    why_nothing,
)
from cases.severity import Severity
from record import reviewers
from record.errors import ClaimedMeanwhile, ClaimRefused
from record.pool import Connection, connected, tenant_transaction
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
    area: str | None = None
    language: str | None = None
    jurisdiction: str | None = None
    rank_at: AwareDatetime | None = None
    assigned_to: str | None = None
    snoozed_until: AwareDatetime | None = None
    boosted_at: AwareDatetime | None = None


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
    despite_limits: bool = False,
) -> Claim | None:
    """The first task this reviewer may take (of this queue), or the one named by stream and task id; None: no task.

    Whoever holds the named task already gets the same lease again. despite_limits: who is called takes a named task where a
    life may be in danger though a break is due, or enough was seen (P12); it is kept with the lease.
    Raises ClaimRefused for a named task, and where nothing at all is this reviewer's to take; UnknownSomething for a named
    task, RecordUnavailable.
    """
    until = now + timedelta(seconds=lease_seconds)
    if task_id is not None:
        async with tenant_transaction(record.pool, tenant) as connection:
            await connection.execute(record.queries["one_claim_at_a_time"], tenant, reviewer)
            standing = await reviewers.standing(record, connection, tenant, reviewer, now)
            return await _claim_named(
                *(record, connection, tenant, reviewer, stream_id, task_id, now, until, standing, despite_limits)
            )
    while True:  # each time over, another claim of the same person was kept
        with suppress(ClaimedMeanwhile):
            return await _first_of(record, tenant, reviewer, queue, now, until)


async def renew(record: Record, tenant: str, lease_id: str, reviewer: str, now: datetime, lease_seconds: int) -> Claim:
    """The lease, longer.

    Raises UnknownSomething for one that is over or another's, ClaimRefused for who may not judge the task any more: it is
    theirs until the lease they have is over.
    """
    until = now + timedelta(seconds=lease_seconds)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["renew_lease"], tenant, lease_id, reviewer, now, until)
        if row is None:
            raise UnknownSomething("no such lease of yours, or it is over; claim the task again")
        task = _task(row)
        part = await connection.fetchrow(record.queries["part_in_case"], tenant, reviewer, task.stream_id, task.task_id)
        assert part is not None
        refuse_part(part)
        standing = await reviewers.standing(record, connection, tenant, reviewer, now)
        refuse(why_no_longer(standing, record.queues.get(task.queue, UNKNOWN), task.queue, now))
    return Claim(task=task, lease_id=lease_id, expires_at=until)


async def release(record: Record, tenant: str, lease_id: str, reviewer: str, now: datetime) -> bool:
    """Give a task back; False where there was nothing to give back. Repeatable."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["release_lease"], tenant, lease_id, reviewer, now))


async def given_up(record: Record, tenant: str, lease_id: str, at: datetime) -> bool:
    """Whether the lease was given back or taken away by then, while its task is open."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetch(record.queries["leases_given_up"], tenant, [lease_id], at))


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
    standing: Standing,
    despite_limits: bool,
) -> Claim:
    rows = await connection.fetch(record.queries["named_task"], tenant, reviewer, stream_id, task_id)
    if not rows:
        raise UnknownSomething(f"no open task {task_id[:80]!r}; see the queue for what is open")
    if len(rows) > 1:
        raise UnknownSomething(f"several cases have an open task {task_id[:80]!r}; name the case as well")
    (row,) = rows
    if row["kind"] == TaskKind.ORDER:
        raise ClaimRefused("not_claimed", "an operator sees to it: dueprocess enforcement retry, skip or by-hand")
    refuse_part(row)
    if row["leased_until"] is not None and row["leased_until"] > now:
        lease = await connection.fetchrow(
            record.queries["lease_of_reviewer"], tenant, row["stream_id"], task_id, reviewer, now
        )
        if lease is None:
            ends = row["leased_until"]
            raise ClaimRefused("leased", f"the task is claimed until {ends.isoformat()}; take another", ends)
        return Claim(task=_task(row), lease_id=lease["lease_id"], expires_at=lease["expires_at"])
    task = _task(row)
    rules = record.queues.get(task.queue, UNKNOWN)
    against = why_not(standing, rules, task.queue, task.area, task.language, task.tier, now, task.severity)
    kept = tuple(
        one for one in against if not (despite_limits and _for_a_life(task, rules) and one.reason in PROTECTIONS)
    )
    refuse(kept)
    if rules.at_once is not None and not _for_a_life(task, rules):
        await connection.execute(record.queries["claims_in_turn"], tenant, task.queue)
        claimed = await connection.fetchval(record.queries["claimed_of_queue"], tenant, task.queue, now)
        refuse(why_full(rules, task.queue, claimed))
    if task.assigned_to not in (None, reviewer) and task.due_at > now:
        raise ClaimRefused("assigned", "it was given to somebody; ask an operator to reassign it", task.due_at)
    return await _lease(record, connection, tenant, reviewer, row, now, until, despite_limits=kept != against)


def _for_a_life(task: QueuedTask, rules: Queue) -> bool:
    return task.severity == Severity.S0 or rules.pages


async def without_part(
    record: Record, tenant: str, case_ids: Sequence[str], reviewer: str | None, *, judged: bool = False
) -> dict[str, bool]:
    """Of these cases, those in which the reviewer has no part (P5); with each, whether its evidence is recorded.

    judged: whether it is one to have judged there, as for taking decisions back.
    """
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["without_part"], tenant, list(case_ids), reviewer, judged)
    return {row["case_id"]: row["captured"] for row in rows}


async def own_keys(record: Record, tenant: str, reviewer: str) -> frozenset[str]:
    """The person keys of a reviewer's own accounts on the platform; none for a rule or an unknown reviewer."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetchval(record.queries["reviewer_keys"], tenant, reviewer)
    return frozenset(found or ())


async def _first_of(
    record: Record, tenant: str, reviewer: str, queue: str | None, now: datetime, until: datetime
) -> Claim | None:
    """Judged and leased. Raises ClaimRefused, ClaimedMeanwhile."""
    async with connected(record.pool) as connection:
        standing = await reviewers.standing(record, connection, tenant, reviewer, now)
        refuse(why_nothing(standing, now))
        if queue is not None:
            refuse(why_not_queue(standing, record.queues.get(queue, UNKNOWN), queue, now))
        taken = await _claim_next(record, connection, tenant, reviewer, queue, now, until, standing)
    if taken is None:
        refuse(why_less(standing.strain))
    return taken


async def _claim_next(
    record: Record,
    connection: Connection,
    tenant: str,
    reviewer: str,
    queue: str | None,
    now: datetime,
    until: datetime,
    standing: Standing,
) -> Claim | None:
    """One statement, one round trip: it sets its tenant itself, as a hundred thousand claims a day ask for."""
    profile = standing.profile or ReviewerProfile()
    named = record.queues
    barred = [name for name, rules in named.items() if why_not_queue(standing, rules, name, now)]
    capped = {name: rules.at_once for name, rules in named.items() if rules.at_once and queue in (None, name)}
    tiered = [name for name, rules in named.items() if rules.tiers] if standing.profile else []
    areas_out = [*profile.opted_out, *standing.opted_out, *standing.strain.areas]
    lease_id = f"lease-{uuid4().hex}"
    row = await connection.fetchrow(
        record.queries["claim_next"],
        *(tenant, reviewer, queue, barred, areas_out, list(profile.languages) or None, profile.tier),
        *(tiered, profile.at_once, sorted(capped), [capped[name] for name in sorted(capped)], lease_id, now, until),
        *(list(standing.strain.severities), standing.held),
    )
    return Claim(task=_task(row, leased_until=until), lease_id=lease_id, expires_at=until) if row else None


def refuse(reasons: Sequence[WhyNot]) -> None:
    """Raises ClaimRefused with the first reason's code and every reason's words."""
    if reasons:
        raise ClaimRefused(reasons[0].reason, "; ".join(one.words for one in reasons), reasons[0].until)


def refuse_part(row: asyncpg.Record) -> None:
    """Raises ClaimRefused for who has a part in the case (P5)."""
    if row["is_excluded"]:
        raise ClaimRefused("excluded", "a second look is another person's; let a colleague claim it")
    if row["in_conflict"]:
        raise ClaimRefused(CONFLICT, f"reviewer: {PART}; let a colleague take it")
    if row["decided_before"]:
        raise ClaimRefused(DECIDED, "you judged in this case before; let a colleague claim it")


async def _lease(
    record: Record,
    connection: Connection,
    tenant: str,
    reviewer: str,
    row: asyncpg.Record,
    now: datetime,
    until: datetime,
    *,
    despite_limits: bool,
) -> Claim:
    lease_id = f"lease-{uuid4().hex}"
    await connection.execute(record.queries["end_old_lease"], tenant, row["stream_id"], row["task_id"], now)
    await connection.execute(
        record.queries["lease_task"],
        *(tenant, row["stream_id"], row["task_id"], lease_id, reviewer, now, until, despite_limits),
    )
    return Claim(task=_task(row, leased_until=until), lease_id=lease_id, expires_at=until)


def _task(row: asyncpg.Record, **changes: datetime) -> QueuedTask:
    return QueuedTask.model_validate({name: row[name] for name in QueuedTask.model_fields} | changes)
