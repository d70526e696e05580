"""Known answers, exercises, and what is drawn to be asked again."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Final

from pydantic import AwareDatetime

from cases.decisions import Outcome
from cases.errors import Conflict, UnknownSomething
from cases.facts import Fact
from cases.names import tenant_of
from cases.probes import Purpose, first_decision
from cases.refusals import Refusal
from record import events, placing
from record.placing import Source
from record.pool import tenant_transaction
from record.record import Record

DRAWN_WITHIN: Final = timedelta(
    hours=6
)  # answers older than that are not drawn: whoever was away draws from the newest
NEVER_AGAIN: Final = frozenset({"restricted", "pages", "not_asked"})  # a known answer of such a case is retired
CLOCK: Final = "clock"  # by whom, where nobody did it
_SALT: Final = b"which answers are asked again"


class Golden(Fact):
    """A matter with a known answer. answers: how often it was asked and answered."""

    golden_id: str
    case_id: str
    matter_id: str
    queue: str
    area: str | None
    outcome: Outcome
    reason_id: str
    added_by: str
    added_at: AwareDatetime
    retired_at: AwareDatetime | None = None
    answers: int = 0


class Exercise(Fact):
    """A set that several people judge, until then."""

    exercise_id: str
    opened_by: str
    opened_at: AwareDatetime
    due_at: AwareDatetime
    digest: str


async def tend(record: Record, tenant: str, now: datetime) -> int:
    """Withdraw what is late, draw double reviews, and put a known answer where one is due; how many were placed."""
    await placing.withdraw(record, tenant, now)
    return await _draw_doubles(record, tenant, now) + await _seed_golden(record, tenant, now)


async def put_golden(record: Record, tenant: str, item: Golden) -> bool:
    """Keep a known answer; False where it is known already. Raises Conflict for another under this id."""
    async with tenant_transaction(record.pool, tenant) as connection:
        new = await connection.fetchval(
            record.queries["put_golden"],
            *(tenant, item.golden_id, item.case_id, item.matter_id, item.queue, item.area, item.outcome),
            *(item.reason_id, item.added_by, item.added_at),
        )
        if new:
            return True
        row = await connection.fetchrow(record.queries["golden_item"], tenant, item.golden_id)
    kept = Golden.model_validate(dict(row)) if row else None
    if kept is None or (kept.case_id, kept.matter_id, kept.outcome) != (item.case_id, item.matter_id, item.outcome):
        raise Conflict(f"another golden item was kept as {item.golden_id}; use a new id")
    return False


async def golden(record: Record, tenant: str, golden_id: str) -> Golden:
    """Raises UnknownSomething, for one that is retired too."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["golden_item"], tenant, golden_id)
    if row is None or row["retired_at"] is not None:
        raise UnknownSomething(f"no golden item {golden_id[:80]!r} in use; see: dueprocess quality golden")
    return Golden.model_validate(dict(row))


async def golden_items(record: Record, tenant: str) -> list[Golden]:
    """Known answers, the oldest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["golden_items"], tenant)
    return [Golden.model_validate(dict(row)) for row in rows]


async def retire(record: Record, tenant: str, golden_id: str, by: str, now: datetime) -> bool:
    """It is asked no more; False where it was not in use."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["retire_golden"], tenant, golden_id, by, now))


async def retire_of(record: Record, case_id: str, by: str, now: datetime) -> None:
    """What is known of this case was judged otherwise since: it is asked no more, until a lead says again what is right."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["retire_golden_of"], tenant, case_id, by, now)


async def open_exercise(
    record: Record, tenant: str, made: Exercise, items: Sequence[Golden], reviewers: Sequence[str], now: datetime
) -> Refusal | None:
    """Put every item to everybody named, or nothing to anybody: why not. One that was opened before stays as it is.

    Raises Conflict for another set under this id.
    """
    wanted = [_of_exercise(made, item, reviewer) for item in items for reviewer in reviewers]
    asked = [await placing.prepare(record, tenant, source, now) for source in wanted]
    async with tenant_transaction(record.pool, tenant) as connection:
        kept = await connection.fetchrow(record.queries["exercise"], tenant, made.exercise_id)
        if kept is not None and kept["digest"] != made.digest:
            raise Conflict(f"another exercise was opened as {made.exercise_id}; use a new id")
        if kept is not None:
            return None
        refusal = next((one.refusal for one in asked if one.refusal), None)
        for item in items:
            refusal = refusal or await placing.nobody_left(record, connection, tenant, item.case_id, reviewers, now)
        if refusal:
            return refusal
        await connection.execute(
            record.queries["put_exercise"],
            *(tenant, made.exercise_id, made.opened_by, made.opened_at, made.due_at, made.digest),
        )
        for one in asked:
            await placing.put(record, connection, tenant, one, now)
    return None


async def exercise(record: Record, tenant: str, exercise_id: str) -> Exercise:
    """Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["exercise"], tenant, exercise_id)
    if row is None:
        raise UnknownSomething(f"no exercise {exercise_id[:80]!r}")
    return Exercise.model_validate(dict(row))


def _of_exercise(made: Exercise, item: Golden, reviewer: str) -> Source:
    return Source(
        purpose=Purpose.EXERCISE,
        case_id=item.case_id,
        matter_id=item.matter_id,
        expected=item.outcome,
        golden_id=item.golden_id,
        exercise_id=made.exercise_id,
        assigned_to=reviewer,
        due_at=made.due_at,
    )


async def _draw_doubles(record: Record, tenant: str, now: datetime) -> int:
    shares = {name: one.double for name, one in record.quality.queues.items() if one.double}
    if not shares:
        return 0
    secret = hmac.new(await record.keyring.subject_secret(tenant), _SALT, sha256).digest()
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["answered_unchecked"],
            *(tenant, now - DRAWN_WITHIN, list(shares), list(shares.values()), secret),
        )
    placed = 0
    for row in rows:
        made = first_decision(await events.load(record, row["case_id"]), row["task_id"])
        source = Source(
            purpose=Purpose.DOUBLE,
            case_id=row["case_id"],
            matter_id=row["task_id"],
            expected=made.decision.outcome if made else None,
            first_by=made.decision.by if made else None,
            decision_id=made.decision.decision_id if made else None,
        )
        placed += isinstance(await placing.place(record, tenant, source, now), str)
    return placed


async def _seed_golden(record: Record, tenant: str, now: datetime) -> int:
    every = {name: ceil(1 / one.golden) for name, one in record.quality.queues.items() if one.golden}
    if not every:
        return 0
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["golden_due"], tenant, list(every), list(every.values()), now)
    placed: set[str] = set()
    for row in rows:
        item = Golden.model_validate(dict(row))
        if item.queue not in placed and await _seeded(record, tenant, item, now):
            placed.add(item.queue)
    return len(placed)


async def _seeded(record: Record, tenant: str, item: Golden, now: datetime) -> bool:
    source = Source(
        purpose=Purpose.GOLDEN,
        case_id=item.case_id,
        matter_id=item.matter_id,
        expected=item.outcome,
        golden_id=item.golden_id,
        not_for=(item.added_by,),
    )
    answer = await placing.place(record, tenant, source, now)
    if isinstance(answer, Refusal) and answer.code in NEVER_AGAIN:
        await retire(record, tenant, item.golden_id, CLOCK, now)
    return isinstance(answer, str)
