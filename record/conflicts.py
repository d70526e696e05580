"""Declared conflicts: what a reviewer does not judge, beside their own. Kept for good; ended, never deleted."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.impartiality import Parts
from cases.names import SubjectKind, person_key, subject_key
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal
from record.tenants import ensure_reviewer


class About(StrEnum):
    """What a conflict is with."""

    ACCOUNT = "account"  # somebody the reviewer knows, or is at odds with
    COMMUNITY = "community"
    TOPIC = "topic"  # a policy area


class DeclaredConflict(Fact):
    """One of them. name: the platform's id, or the area."""

    conflict_id: str
    reviewer: str
    about: About
    name: str
    declared_at: AwareDatetime
    declared_by: str
    ended_at: AwareDatetime | None = None
    ended_by: str | None = None


async def declare(
    record: Record,
    tenant: str,
    conflict_id: str,
    reviewer: str,
    about: About,
    name: str,
    now: datetime,
    by: str,
    said: str | None = None,
) -> int | None:
    """From now on; how many tasks the reviewer held and holds no more. None where it was declared before.

    said: what is kept instead of the name, where the reviewer is not to learn it.
    """
    keys = await _keys(record, tenant, about, name)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["one_claim_at_a_time"], tenant, reviewer
        )  # what is under way is given back
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, (said or name).encode(), _aad(tenant, conflict_id))
        new = await connection.fetchval(
            record.queries["declare_conflict"], tenant, conflict_id, reviewer, about, keys, sealed, now, by
        )
        freed: int = await connection.fetchval(record.queries["give_back_in_conflict"], tenant, reviewer, now)
    return freed if new else None


async def end(record: Record, tenant: str, conflict_id: str, now: datetime, by: str) -> bool:
    """It is over; False where none of this id was live."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["end_conflict"], tenant, conflict_id, now, by))


async def listed(record: Record, tenant: str, reviewer: str | None) -> list[DeclaredConflict]:
    """What was declared, of one reviewer or of all, newest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["declared_conflicts"], tenant, reviewer)
        sealed = [(row["name"], _aad(tenant, row["conflict_id"])) for row in rows]
        names = await record.keyring.open_all(tenant, sealed, connection)
    return [
        DeclaredConflict.model_validate({**dict(row), "name": name.decode() if name else ""})
        for row, name in zip(rows, names, strict=True)
    ]


async def has_part(
    record: Record, tenant: str, reviewer: str, case_id: str, area: str | None, connection: Connection | None = None
) -> bool:
    """Whether the reviewer is among the people of the case, or declared a conflict with it (P5). connection: in hand."""
    if connection is not None:
        return bool(await connection.fetchval(record.queries["in_conflict"], tenant, reviewer, case_id, area))
    async with tenant_transaction(record.pool, tenant) as own:
        return await has_part(record, tenant, reviewer, case_id, area, own)


async def parts_of(
    record: Record, tenant: str, person: str, case_id: str, connection: Connection | None = None
) -> Parts:
    """What somebody who acts on a whole case has to do with it (P5). connection: in hand."""
    if connection is None:
        async with tenant_transaction(record.pool, tenant) as own:
            return await parts_of(record, tenant, person, case_id, own)
    row = await connection.fetchrow(record.queries["parts_of"], tenant, person, case_id)
    return Parts.model_validate(dict(row or {}))


async def parts_among(record: Record, tenant: str, person: str, case_ids: Sequence[str]) -> int:
    """In how many of these cases the person has a part (P5)."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["parts_among"], tenant, person, list(case_ids)))


async def introduce(record: Record, tenant: str, person: str, accounts: Sequence[str]) -> None:
    """Who somebody is on the platform: their own accounts and addresses. Nothing where none are named."""
    if accounts:
        secret = await record.keyring.subject_secret(tenant)
        keys = [key for one in accounts for key in keys_of_account(secret, one)]
        await ensure_reviewer(record, tenant, person, keys)


def keys_of_account(secret: bytes, account: str) -> list[str]:
    """By which an account is recognised: among the people of cases, and as what one is about."""
    return [person_key(secret, account), subject_key(secret, SubjectKind.ACCOUNT, account)]


async def _keys(record: Record, tenant: str, about: About, name: str) -> Sequence[str]:
    if about is About.TOPIC:
        return [name]
    secret = await record.keyring.subject_secret(tenant)
    return (
        keys_of_account(secret, name) if about is About.ACCOUNT else [subject_key(secret, SubjectKind.COMMUNITY, name)]
    )


def _aad(tenant: str, conflict_id: str) -> str:
    return f"conflict\0{tenant}\0{conflict_id}"
