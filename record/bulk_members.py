"""Members of bulks in the record: who is reached, told, counted and heard from; and why a case refused its part."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import asyncpg

from cases.brakes import Brake, Scope, Used, over
from cases.bulk import MOST_MEMBERS, UNDO, BulkAct, BulkTarget, SampledMember, member_id
from cases.caps import Caps
from cases.facts import Fact
from cases.received import MessageRefused
from cases.refusals import Refusal
from record import bulk
from record.bulk import BulkRow
from record.events import open_across
from record.pool import Connection, tenant_transaction
from record.record import Record

JUDGED_AT_ONCE: Final = 1_000
_ERASED: Final = Refusal(code="erased", text="target: the keys of its case were destroyed; nothing is left to act on")


class BulkCounts(Fact):
    """What a bulk reaches, and how far it came. reach: people; stuck: members whose case waits for the platform."""

    members: int = 0
    cases: int = 0
    accounts: int = 0
    reach: int = 0
    measures: int = 0
    open_appeals: int = 0
    already_reversed: int = 0
    protected: int = 0
    child_safety: int = 0
    planned: int = 0
    asked: int = 0
    done: int = 0
    refused: int = 0
    cancelled: int = 0
    to_undo: int = 0
    undone: int = 0
    undo_refused: int = 0
    stuck: int = 0


class Member(Fact):
    """One member to be told."""

    member_id: str
    case_id: str
    target: str
    area: str
    account: str | None


class RefusedMember(Fact):
    """A member whose case refused its part, or undoing it. code, problem: as the case's own event says."""

    member_id: str
    undo: bool
    case_id: str
    target: str
    area: str
    code: str
    problem: str


async def counts(record: Record, tenant: str, bulk_id: str) -> tuple[BulkCounts, dict[str, int]]:
    """What it reaches and how far it came; and how many members are left out, by why."""
    async with tenant_transaction(record.pool, tenant) as connection:
        counted = await connection.fetchrow(record.queries["bulk_counts"], tenant, bulk_id)
        left = await connection.fetch(record.queries["bulk_left_out"], tenant, bulk_id)
    assert counted is not None
    return BulkCounts.model_validate(dict(counted)), {one["left_out"]: one["members"] for one in left}


async def sample(record: Record, tenant: str, bulk_id: str, size: int) -> list[SampledMember]:
    """Members drawn by a digest, so that nobody chooses."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bulk_sample"], tenant, bulk_id, size)
    return [SampledMember.model_validate(dict(one)) for one in found]


async def refused(
    record: Record, tenant: str, bulk_id: str, after: tuple[str, bool], limit: int
) -> tuple[list[RefusedMember], dict[str, int]]:
    """Members whose cases refused, after this one (and whether that was its undo); and how many did in all, by code."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bulk_refusals"], tenant, bulk_id, *after, limit)
        because = await connection.fetch(record.queries["bulk_refused_because"], tenant, bulk_id)
    return [RefusedMember.model_validate(dict(one)) for one in found], {one["code"]: one["members"] for one in because}


async def candidates(record: Record, tenant: str, row: BulkRow, after: str, limit: int) -> list[str]:
    """Cases that the selection may fit, in order."""
    wanted, act = row.plan.selection, row.plan.act
    rule = wanted.decider.removeprefix("rule:") if wanted.decider and wanted.decider.startswith("rule:") else None
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(
            record.queries["bulk_candidates"],
            *(tenant, after, limit, list(wanted.cases) or None, list(wanted.areas) or None),
            *(wanted.since, wanted.until, None if rule else wanted.decider, rule),
            act in (BulkAct.RELEASE, BulkAct.DECIDE),
            row.proposed_at,
        )
    return [one["case_id"] for one in found]


async def add_members(
    record: Record, tenant: str, bulk_id: str, found: Sequence[tuple[str, BulkTarget]], now: datetime
) -> int:
    """Members by their cases, each once; how many there are now."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["add_bulk_members"],
            *(tenant, bulk_id, now),
            [member_id(case_id, one.target) for case_id, one in found],
            [case_id for case_id, _ in found],
            [one.target for _, one in found],
            [one.area for _, one in found],
            [one.account for _, one in found],
            [one.reach for _, one in found],
            [one.measures for _, one in found],
            [one.appeals for _, one in found],
            [one.child_safety for _, one in found],
            [one.left_out for _, one in found],
        )
        return int(await connection.fetchval(record.queries["bulk_members_count"], tenant, bulk_id))


async def previewed(record: Record, tenant: str, bulk_id: str, now: datetime) -> None:
    """The selection is whole: its digest is fixed, or it is refused where nothing is left, or too much."""
    counted, left = await counts(record, tenant, bulk_id)
    found = counted.members + sum(left.values())
    if found > MOST_MEMBERS:
        await bulk.refuse(record, tenant, bulk_id, now, f"selects over {MOST_MEMBERS} members; narrow the selection")
    elif not counted.members:
        await bulk.refuse(record, tenant, bulk_id, now, "selects nothing that anything can be done to")
    else:
        async with tenant_transaction(record.pool, tenant) as connection:
            await connection.execute(record.queries["bulk_previewed"], tenant, bulk_id)


async def own_cases(record: Record, tenant: str, bulk: BulkRow, person: str) -> int:
    """In how many of its cases this person has a part. Nobody takes their own decisions back in bulk."""
    judged = bulk.plan.act is BulkAct.REVERSE
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["own_bulk_members"], tenant, bulk.bulk_id, person, judged))


async def next_members(record: Record, tenant: str, row: BulkRow, limit: int) -> list[Member]:
    """Who is to be told next: whom a page that died had told is not among them."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["next_bulk_members"], tenant, row.bulk_id, row.undoing, limit)
    return [Member.model_validate(dict(one)) for one in found]


async def note_told(record: Record, tenant: str, row: BulkRow, member: str) -> None:
    """A member was told; its case answers."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_bulk_member_told"], tenant, row.bulk_id, member, row.undoing)


async def note_erased(record: Record, tenant: str, row: BulkRow, member: str) -> None:
    """A member cannot be told: its case was erased."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await _note_judged(record, connection, tenant, row, {member: _ERASED})


async def settle(record: Record, tenant: str, row: BulkRow) -> tuple[int, int]:
    """Note what the cases made of it; how many are still to be told, and how many have not answered."""
    async with tenant_transaction(record.pool, tenant) as connection:
        suffix = UNDO if row.undoing else ""
        if not row.undoing:
            await connection.execute(record.queries["told_bulk_members"], tenant, row.bulk_id)
        asked, judged = (tenant, row.bulk_id, row.undoing, suffix, JUDGED_AT_ONCE), JUDGED_AT_ONCE
        while judged == JUDGED_AT_ONCE:
            found = await connection.fetch(record.queries["judged_bulk_members"], *asked)
            await _note_judged(record, connection, tenant, row, await _judged(record, connection, tenant, found))
            judged = len(found)
        waits = await connection.fetchrow(record.queries["bulk_waits"], tenant, row.bulk_id, row.undoing)
    assert waits is not None
    return waits["planned"], waits["asked"]


async def over_cap(
    record: Record, tenant: str, row: BulkRow, member: Member, caps: Caps, at: datetime, *, of_person: bool
) -> Brake | None:
    """Count one more restriction of this hour, as automation's are counted; the cap that it would exceed, or None.

    of_person: it counts towards what its operator may restrict as well.
    A member is counted once: asked again of one that was, whoever counted it died before its case was told.
    """
    counts = [(Scope.TENANT, "")]
    counts += [(Scope.ACCOUNT, member.account)] if member.account else []
    counts += [(Scope.PERSON, row.operator)] if of_person and caps.person.limits else []
    scopes, names = map(list, zip(*counts, strict=True))
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    named = (tenant, row.bulk_id, member.member_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        if not await connection.fetchval(record.queries["count_bulk_member"], *named, at):
            return None
        found = await connection.fetch(record.queries["count_acts"], tenant, scopes, names, hour, hour.replace(hour=0))
        used = {Scope(one["scope"]): Used(hour=one["hour_acts"], day=one["day_acts"]) for one in found}
        brake = over(caps, used)
        if brake:
            await connection.execute(record.queries["uncount_acts"], tenant, scopes, names, hour, hour.replace(hour=0))
            await connection.execute(record.queries["uncount_bulk_member"], *named)
    return brake


async def _judged(
    record: Record, connection: Connection, tenant: str, rows: Sequence[asyncpg.Record]
) -> dict[str, Refusal | None]:
    """What members' cases made of their part: None where it is done, else why not."""
    refusing = [row for row in rows if not row["done"]]
    opened = await open_across(record, connection, tenant, refusing)
    why = {
        row["member_id"]: Refusal(code=event.body.code, text=event.body.problem)
        if event and isinstance(event.body, MessageRefused)
        else _ERASED
        for row, event in zip(refusing, opened, strict=True)
    }
    return {row["member_id"]: why.get(row["member_id"]) for row in rows}


async def _note_judged(
    record: Record, connection: Connection, tenant: str, row: BulkRow, judged: Mapping[str, Refusal | None]
) -> None:
    named = (tenant, row.bulk_id, row.undoing)
    became = ["refused" if why else "done" for why in judged.values()]
    await connection.execute(record.queries["settle_bulk_members"], *named, list(judged), became)
    refusals = {member: why for member, why in judged.items() if why}
    codes, problems = [one.code for one in refusals.values()], [one.text for one in refusals.values()]
    await connection.execute(record.queries["put_bulk_refusals"], *named, list(refusals), codes, problems)
