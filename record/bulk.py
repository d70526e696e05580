"""Bulks in the record: what was asked and by whom, their members, how far each came. What an act does stands in its case."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import asyncpg
from pydantic import AwareDatetime, TypeAdapter

from cases.brakes import Brake, Scope, Used, over
from cases.bulk import MOST_MEMBERS, UNDO, BulkAct, BulkPlan, BulkTarget, member_id
from cases.caps import Caps
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


class SampledMember(Fact):
    """One member of the sample shown with a preview."""

    case_id: str
    target: str
    area: str
    reach: int
    measures: int
    appeals: int
    child_safety: bool
    protected: bool


class Member(Fact):
    """One member to be told."""

    member_id: str
    case_id: str
    target: str
    area: str
    account: str | None


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


async def candidates(record: Record, tenant: str, bulk: BulkRow, after: str, limit: int) -> list[str]:
    """Cases that the selection may fit, in order."""
    wanted, act = bulk.plan.selection, bulk.plan.act
    rule = wanted.decider.removeprefix("rule:") if wanted.decider and wanted.decider.startswith("rule:") else None
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(
            record.queries["bulk_candidates"],
            *(tenant, after, limit, list(wanted.cases) or None, list(wanted.areas) or None),
            *(wanted.since, wanted.until, None if rule else wanted.decider, rule),
            act in (BulkAct.RELEASE, BulkAct.DECIDE),
            bulk.proposed_at,
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
        await refuse(record, tenant, bulk_id, now, f"selects over {MOST_MEMBERS} members; narrow the selection")
    elif not counted.members:
        await refuse(record, tenant, bulk_id, now, "selects nothing that anything can be done to")
    else:
        await _execute(record, tenant, "bulk_previewed", bulk_id)


async def refuse(record: Record, tenant: str, bulk_id: str, now: datetime, why: str) -> None:
    """Nothing will be done."""
    await _execute(record, tenant, "bulk_refused", bulk_id, now, why)


async def own_cases(record: Record, tenant: str, bulk_id: str, person: str) -> int:
    """In how many of its cases this person has a part."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["own_bulk_members"], tenant, bulk_id, person))


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


async def next_members(record: Record, tenant: str, bulk: BulkRow, limit: int) -> list[Member]:
    """Who is to be told next: whom a page that died had told is not among them."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["next_bulk_members"], tenant, bulk.bulk_id, bulk.undoing, limit)
    return [Member.model_validate(dict(one)) for one in found]


async def note_member(
    record: Record, tenant: str, bulk: BulkRow, member: str, state: Literal["asked", "refused"]
) -> None:
    """A member was told, or cannot be."""
    await _execute(record, tenant, "note_bulk_member", bulk.bulk_id, member, bulk.undoing, state)


async def settle(record: Record, tenant: str, bulk: BulkRow) -> tuple[int, int]:
    """Note what the cases made of it; how many are still to be told, and how many have not answered."""
    async with tenant_transaction(record.pool, tenant) as connection:
        suffix = UNDO if bulk.undoing else ""
        if not bulk.undoing:
            await connection.execute(record.queries["told_bulk_members"], tenant, bulk.bulk_id)
        await connection.execute(record.queries["settle_bulk"], tenant, bulk.bulk_id, bulk.undoing, suffix)
        waits = await connection.fetchrow(record.queries["bulk_waits"], tenant, bulk.bulk_id, bulk.undoing)
    assert waits is not None
    return waits["planned"], waits["asked"]


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


async def over_cap(record: Record, tenant: str, account: str | None, caps: Caps, at: datetime) -> Brake | None:
    """Count one more restriction of this hour, as automation's are counted; the cap that it would exceed, or None."""
    scopes = [Scope.TENANT, *([Scope.ACCOUNT] if account else [])]
    names = ["", *([account] if account else [])]
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["count_acts"], tenant, scopes, names, hour, hour.replace(hour=0))
        used = {Scope(one["scope"]): Used(hour=one["hour_acts"], day=one["day_acts"]) for one in found}
        brake = over(caps, used)
        if brake:
            await connection.execute(record.queries["uncount_acts"], tenant, scopes, names, hour)
    return brake


async def _execute(record: Record, tenant: str, query: str, *arguments: object) -> None:
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries[query], tenant, *arguments)


def _row(found: asyncpg.Record) -> BulkRow:
    values: dict[str, Any] = dict(found)
    return BulkRow.model_validate({**values, "plan": _PLAN.validate_json(values["plan"])})


def _aad(tenant: str, bulk_id: str, what: str) -> str:
    return f"bulk {what}\0{tenant}\0{bulk_id}"
