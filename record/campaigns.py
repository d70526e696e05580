"""Campaigns in the record: members, batches, and who goes their own way. Orders of members are orders like any other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import AwareDatetime

from cases.campaigns import CampaignMember
from cases.errors import CaseError, KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.measures import Order, Target
from cases.names import SubjectKind, person_key, subject_key, tenant_of
from record.accepting import ensure_case
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal


@dataclass(frozen=True)
class Member:
    """One member, opened. target_key: of what an order lies on; id, account: the platform's, never logged. split: it went
    its own way, as far as that was asked.
    """

    target_key: str
    member_key: str
    kind: SubjectKind
    id: str
    account: str | None
    account_key: str | None
    person: str | None
    content_version: str | None
    split: bool = False


class Gate(Fact):
    """Whether a batch may go on. before: an earlier one on the same target has not ended."""

    stopped: bool
    paused: bool
    before: bool


class BatchRow(Fact):
    """How far one order of a campaign came. waiting: ordered, and unconfirmed."""

    order_id: str
    target: str
    workflow_id: str
    begun_at: AwareDatetime
    stopped_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    confirmed: int
    void: int
    waiting: int


class CampaignRow(Fact):
    """How a campaign stands."""

    opened_at: AwareDatetime
    paused_at: AwareDatetime | None
    paused_by: str | None
    members: int
    accounts: int
    sampled: int
    split_off: int
    batches: tuple[BatchRow, ...] = ()


class CampaignClosed(CaseError):
    """The campaign was decided, and its time for late members is over."""


class Joined(Fact):
    """How many are new, and how many take part now. news: the campaign's case is to hear of it."""

    new: int
    members: int
    news: bool


class Known(Fact):
    """A campaign that a subject takes part in. open: others may join it."""

    campaign: str
    open: bool


async def join(record: Record, case_id: str, members: Sequence[CampaignMember], now: datetime) -> Joined:
    """Open the campaign if it is not there, and note who takes part. Each joins once. Raises CampaignClosed."""
    tenant = tenant_of(case_id)
    secret = await record.keyring.subject_secret(tenant)
    async with tenant_transaction(record.pool, tenant) as connection:
        key, _ = await ensure_case(record, connection, tenant, case_id, SubjectKind.CAMPAIGN, "")
        await connection.execute(record.queries["open_campaign"], tenant, case_id, now)
        late_until = await connection.fetchval(record.queries["lock_campaign"], tenant, case_id)
        if late_until is not None and late_until < now:
            raise CampaignClosed
        keys = [subject_key(secret, one.subject.kind, one.subject.id) for one in members]
        named = [json.dumps({"id": one.subject.id, "account": one.account}).encode() for one in members]
        joined = await connection.fetchval(
            record.queries["join_members"],
            *(tenant, case_id, now, keys),
            [one.subject.kind for one in members],
            [seal(key, name, member_aad(case_id, own)) for own, name in zip(keys, named, strict=True)],
            [subject_key(secret, SubjectKind.ACCOUNT, one.account) if one.account else None for one in members],
            [person_key(secret, one.account) if one.account else None for one in members],
            [one.content_version for one in members],
            [min(one.seen_at, now) if one.seen_at else now for one in members],
        )
        grown = await connection.fetchrow(record.queries["grow_campaign"], tenant, case_id, joined)
    assert grown is not None, "it was opened above"
    return Joined(new=joined, members=grown["members"], news=grown["news"])


async def keys_of(record: Record, case_id: str) -> list[str]:
    """Who takes part, by key."""
    rows = await _fetch(record, case_id, "member_keys")
    return [row["member_key"] for row in rows]


async def named(record: Record, case_id: str, keys: Sequence[str]) -> list[Member]:
    """These members."""
    return await _members(record, case_id, "members_named", list(keys))


async def note_sample(record: Record, case_id: str, versions: dict[str, str | None], members: int) -> None:
    """What was drawn of so many, and the platform's tag of each as it was captured."""
    async with record.together(tenant_of(case_id)):
        await _fetch(record, case_id, "note_sample", list(versions), list(versions.values()))
        await _fetch(record, case_id, "note_drawn", members)


async def begin_batch(
    record: Record,
    case_id: str,
    order: Order,
    workflow_id: str,
    stops: Sequence[str],
    late_until: datetime | None,
    now: datetime,
) -> None:
    """An order's batch begins; those it takes back go no further. late_until: until when members may join it. Repeatable."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        batch = (tenant, case_id, order.order_id, order.target, workflow_id, now)
        await connection.execute(record.queries["begin_batch"], *batch)
        await connection.execute(record.queries["stop_batches"], tenant, case_id, list(stops), now)
        if late_until is not None:
            await connection.execute(record.queries["close_campaign"], tenant, case_id, late_until)
        await record.keyring.map_workflow(connection, tenant, workflow_id, case_id)


async def gate(record: Record, case_id: str, order_id: str) -> Gate:
    """Whether the batch may go on. Raises UnknownSomething for one that never began."""
    rows = await _fetch(record, case_id, "batch_gate", order_id)
    if not rows:
        raise UnknownSomething(f"no batch of {case_id} carries out {order_id}")
    return Gate.model_validate(dict(rows[0]))


async def end_batch(record: Record, case_id: str, order_id: str, now: datetime) -> None:
    """Nothing of it is left to do."""
    await _fetch(record, case_id, "end_batch", order_id, now)


async def next_targets(record: Record, case_id: str, order: Order, limit: int, after: str) -> list[Member]:
    """Of whom this order is not confirmed, by key after this one: what a page that died had done is not among them."""
    if order.revoke:
        arguments = (order.order_id, list(order.revoke), order.target, limit, after)
        return await _members(record, case_id, "members_to_free", *arguments)
    query = "accounts_to_restrict" if order.target is Target.AUTHOR else "members_to_restrict"
    return await _members(record, case_id, query, order.order_id, limit, after, order.impose[0].measure_id)


async def take_part(record: Record, case_id: str, members: Sequence[str]) -> set[str]:
    """Which of these do still, under their locks: splitting off waits for the order in hand, or comes before it."""
    rows = await _fetch(record, case_id, "still_members", list(members))
    return {row["member_key"] for row in rows}


async def campaign_of(record: Record, tenant: str, member_key: str) -> str | None:
    """The newest campaign a subject takes part in, or did before it split off; None for none."""
    async with tenant_transaction(record.pool, tenant) as connection:
        case_id: str | None = await connection.fetchval(record.queries["campaign_of_member"], tenant, member_key)
    return case_id


async def open_matters(record: Record, case_id: str, area: str) -> dict[str, int]:
    """Members' own cases with an undecided matter of this area, on whom the campaign's measure lies; and its version."""
    rows = await _fetch(record, case_id, "members_open_matters", area)
    return {row["own_case"]: row["version"] for row in rows}


async def items_of(record: Record, case_id: str, person: str) -> list[Member]:
    """What this person made, of the campaign's members; always in one order."""
    return await _members(record, case_id, "members_of_person", person)


async def one_at_a_time(record: Record, tenant: str) -> None:
    """Until the transaction around ends, nobody else of this tenant opens or joins a campaign by rule."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["lock_raids"], tenant)


async def campaigns_of(record: Record, case_id: str, cases: Sequence[str], now: datetime) -> dict[str, Known]:
    """The newest campaign of each of these cases' subjects; who takes part in none is left out."""
    by_key = {one.rpartition("/")[2]: one for one in cases}
    rows = await _fetch(record, case_id, "campaigns_of_members", list(by_key), now)
    return {by_key[row["member_key"]]: Known(campaign=row["campaign"], open=row["open"]) for row in rows}


async def split(record: Record, case_id: str, member_key: str, now: datetime) -> None:
    """The member goes its own way; what the campaign imposed on it is no longer the campaign's. Repeatable."""
    await _fetch(record, case_id, "split_member", member_key, now)


async def carry_telling_over(
    record: Record, campaign: str, decision_id: str, own: str, own_decision: str, person: str, message_id: str
) -> None:
    """Who was told of the campaign's decision was told of the one that took its place, and is not told twice."""
    notice = f"statement:{own_decision}"
    await _fetch(record, campaign, "carry_telling_over", decision_id, own, own_decision, person, notice, message_id)


async def people_restricted(record: Record, case_id: str, measure_ids: Sequence[str]) -> list[str]:
    """Whom these measures of the campaign reached: each once, however many contents."""
    rows = await _fetch(record, case_id, "people_restricted", list(measure_ids))
    return [row["person"] for row in rows]


async def without_contact(record: Record, case_id: str, people: Sequence[str]) -> set[str]:
    """Of these people, whom the case cannot reach yet."""
    rows = await _fetch(record, case_id, "people_without_contact", list(people))
    return {row["person"] for row in rows}


async def show(record: Record, case_id: str) -> CampaignRow | None:
    """How the campaign stands; None where there is none of this id."""
    rows = await _fetch(record, case_id, "campaign_row")
    if not rows:
        return None
    batches = await _fetch(record, case_id, "campaign_progress")
    return CampaignRow.model_validate({**dict(rows[0]), "batches": [dict(batch) for batch in batches]})


async def pause(record: Record, case_id: str, at: datetime | None, by: str) -> list[str]:
    """Pause the campaign's batches, or with None resume them; which run. Raises UnknownSomething."""
    rows = await _fetch(record, case_id, "pause_campaign", at, by)
    if not rows:
        raise UnknownSomething(f"no campaign {case_id} in the record")
    return list(rows[0]["batches"])


def member_aad(case_id: str, member_key: str) -> str:
    """Where a member's names belong."""
    return f"campaign member\0{case_id}\0{member_key}"


async def _fetch(record: Record, case_id: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows: list[asyncpg.Record] = await connection.fetch(record.queries[query], tenant, case_id, *arguments)
    return rows


async def _members(record: Record, case_id: str, query: str, *arguments: Any) -> list[Member]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, case_id, *arguments)
        return await members_of(record, connection, case_id, rows)


async def members_of(
    record: Record, connection: Connection, case_id: str, rows: Sequence[asyncpg.Record]
) -> list[Member]:
    """Members of this campaign, opened, one for each row. Raises KeyDestroyed."""
    sealed = [(row["named"], member_aad(case_id, row["member_key"])) for row in rows]
    opened = await record.keyring.open_all(tenant_of(case_id), sealed, connection)
    if any(name is None for name in opened):
        raise KeyDestroyed
    names = [json.loads(name or b"{}") for name in opened]
    return [
        Member(
            target_key=row.get("target_key") or row["member_key"],
            member_key=row["member_key"],
            kind=SubjectKind(row["kind"]),
            id=name["id"],
            account=name["account"],
            account_key=row["account_key"],
            person=row["person"],
            content_version=row["content_version"],
            split=row.get("split", False),
        )
        for row, name in zip(rows, names, strict=True)
    ]
