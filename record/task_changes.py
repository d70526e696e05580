"""What people do to a task besides deciding it, in one transaction with the row that says who, when and why."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import AwareDatetime

from cases.digests import canonical_json
from cases.errors import Conflict, UnknownSomething
from cases.facts import Fact
from cases.queues import UNKNOWN
from cases.reviewers import ReviewerProfile, why_not_given
from cases.severity import Severity
from cases.task_changes import Action, TaskStanding, refuse_change
from record import reviewers
from record.errors import ClaimRefused
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.review import refuse, refuse_part


class TaskChange(Fact):
    """One change, by its id. reason_id: a sealed text of the case; until: of a snooze; tier: of an escalation."""

    change_id: str
    stream_id: str
    task_id: str
    action: Action
    by: str
    reason_id: str | None = None
    until: AwareDatetime | None = None
    to_queue: str | None = None
    to_reviewer: str | None = None
    tier: int | None = None

    @property
    def digest(self) -> str:
        """Of everything that it says."""
        return sha256(canonical_json(self)).hexdigest()


class KeptChange(Fact):
    """A change as it was kept."""

    change_id: str
    action: Action
    by: str
    at: AwareDatetime
    reason_id: str | None = None
    until: AwareDatetime | None = None
    to_queue: str | None = None
    to_reviewer: str | None = None
    tier: int | None = None


async def change(record: Record, tenant: str, wanted: TaskChange, now: datetime, *, operator: bool) -> bool:
    """Do it; False where it was done before under this id.

    Raises ClaimRefused with a code, Conflict for another change of this id, UnknownSomething for a task that is not open.
    """
    async with tenant_transaction(record.pool, tenant) as connection:
        named = (tenant, wanted.stream_id, wanted.task_id)
        task = await connection.fetchrow(record.queries["task_to_change"], *named)
        known = await connection.fetchval(record.queries["task_change"], tenant, wanted.change_id)
        if known is not None:
            if known != wanted.digest:
                raise Conflict
            return False
        if task is None:
            raise UnknownSomething(f"no open task {wanted.task_id[:80]!r} in this case; see the queue for what is open")
        skipped = (
            await _skipped_today(record, connection, tenant, wanted.by, now) if wanted.action is Action.SKIP else 0
        )
        holder = await connection.fetchval(record.queries["holder_of_task"], *named, now)
        refusal = refuse_change(
            TaskStanding(
                severity=Severity(task["severity"]), due_at=task["due_at"], holder=holder, skips=task["skips"]
            ),
            wanted.action,
            record.queues.get(task["queue"], UNKNOWN),
            wanted.by,
            now,
            operator=operator,
            until=wanted.until,
            skipped_today=skipped,
        )
        if refusal:
            raise ClaimRefused(refusal.code, refusal.text)
        if wanted.to_reviewer:
            await _may_be_given(record, connection, tenant, wanted, task, now)
        await _apply(record, connection, tenant, wanted, task, now)
    return True


async def changes_of(record: Record, tenant: str, stream_id: str, task_id: str) -> list[KeptChange]:
    """What was done to a task, oldest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["changes_of_task"], tenant, stream_id, task_id)
    return [KeptChange.model_validate(dict(row)) for row in rows]


async def keep_change(record: Record, connection: Connection, tenant: str, made: TaskChange, now: datetime) -> None:
    """The row that says it."""
    await connection.execute(
        record.queries["put_task_change"],
        *(tenant, made.change_id, made.stream_id, made.task_id, made.action, made.by, now, made.reason_id),
        *(made.until, made.to_queue, made.to_reviewer, made.tier, made.digest),
    )


async def _may_be_given(
    record: Record, connection: Connection, tenant: str, wanted: TaskChange, task: Any, now: datetime
) -> None:
    """Raises ClaimRefused where the person could not take it: it would lie with them for nothing."""
    person = wanted.to_reviewer or ""
    row = await connection.fetchrow(record.queries["part_in_case"], tenant, person, wanted.stream_id, wanted.task_id)
    if row:
        refuse_part(row)
    standing = await reviewers.standing(record, connection, tenant, person, now)
    if not standing.registered:
        raise ClaimRefused("not_registered", "to_reviewer is not in the register of reviewers")
    name = wanted.to_queue or task["queue"]
    rules = record.queues.get(name, UNKNOWN)
    refuse(why_not_given(standing, rules, name, task["area"], task["language"], task["tier"], now))


async def _skipped_today(record: Record, connection: Connection, tenant: str, who: str, now: datetime) -> int:
    """By the day where they live."""
    standing = await reviewers.standing(record, connection, tenant, who, now)
    began = (standing.profile or ReviewerProfile()).day_of(now)
    skipped: int = await connection.fetchval(record.queries["done_since"], tenant, who, Action.SKIP, began)
    return skipped


async def _apply(
    record: Record, connection: Connection, tenant: str, wanted: TaskChange, task: Any, now: datetime
) -> None:
    passed_over = list(task["skipped_by"])
    if wanted.action is Action.SKIP:
        passed_over.append(wanted.by)
    if wanted.action is Action.REASSIGN:
        passed_over = [] if wanted.to_queue else [one for one in passed_over if one != wanted.to_reviewer]
    free = wanted.action is not Action.BOOST
    keeps = wanted.action in (
        Action.SNOOZE,
        Action.BOOST,
    )  # who hands it on, passes it over or gives it back, keeps it not
    await connection.execute(
        record.queries["change_task"],
        *(tenant, wanted.stream_id, wanted.task_id, wanted.to_queue),
        task["assigned_to"] if keeps else wanted.to_reviewer,
        task["snoozed_until"] if free and wanted.until is None else wanted.until,
        task["boosted_at"] or now if wanted.action is Action.BOOST else task["boosted_at"],
        *(passed_over, free),
    )
    if free:
        await connection.execute(record.queries["end_old_lease"], tenant, wanted.stream_id, wanted.task_id, now)
    await keep_change(record, connection, tenant, wanted, now)
