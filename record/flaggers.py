"""The register of trusted flaggers, and what it says of messages, in the transaction that takes them."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

import asyncpg

from cases.errors import Conflict, UnknownSomething
from cases.facts import Fact
from cases.flaggers import Flagger, FlaggerChange, FlaggerStatus, not_trusted
from cases.legal_requests import NOTICE, Element, counts_as, missing_of_notice
from cases.messages import ReportSource
from cases.names import tenant_of
from record.happenings import UNREADABLE, Row
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

IdentityKind = Literal["token", "person"]
Identity = tuple[IdentityKind, str]
"""What a body is recognised by: a token's name, or the key of an account or address."""

_BY_WORD: Final = frozenset({"report", NOTICE})  # kinds of messages that rest on somebody's word


class Standing(FlaggerChange):
    """A change as operators see it."""

    by: str
    reason: str


class Registered(Fact):
    """A body as it is listed. judged, upheld: matters of its notices that people decided, and for how many it was right."""

    flagger: Flagger
    name: str
    coordinator: str
    identities: tuple[str, ...]
    history: tuple[Standing, ...]
    judged: int
    upheld: int


async def add(
    record: Record, tenant: str, flagger: Flagger, name: str, coordinator: str, identities: Collection[Identity],
    by: str, reason: str,
) -> bool:  # fmt: skip
    """Enter a body; False where it is there with the same. Raises Conflict: other content, or another body's identity."""
    at = flagger.registered_at
    kinds, values = [kind for kind, _ in identities], [value for _, value in identities]
    async with tenant_transaction(record.pool, tenant) as connection:
        new = await connection.fetchval(
            record.queries["register_flagger"],
            *(tenant, flagger.flagger_id, name, coordinator, sorted(flagger.areas), at),
            *(flagger.designated_at, flagger.designated_until),
        )
        if not new:
            await _refuse_other(record, connection, tenant, flagger, name, coordinator, identities)
            return False
        got = await connection.fetch(record.queries["identify_flagger"], tenant, flagger.flagger_id, kinds, values, at)
        if len(got) < len(identities):
            raise Conflict("what this body would be recognised by is another's; see: dueprocess flaggers list")
        await _change(record, connection, tenant, flagger.flagger_id, 1, FlaggerStatus.ACTIVE, at, by, reason)
    return True


async def change(
    record: Record, tenant: str, flagger_id: str, status: FlaggerStatus, at: datetime, by: str, reason: str
) -> bool:
    """From now on it stands so; False where it did already. Raises UnknownSomething, and Conflict for one that has ended."""
    async with tenant_transaction(record.pool, tenant) as connection:
        latest = await connection.fetchrow(record.queries["flagger_status"], tenant, flagger_id)
        if latest is None:
            raise UnknownSomething(f"no trusted flagger {flagger_id[:64]!r}; see: dueprocess flaggers list")
        if latest["status"] == status:
            return False
        if latest["status"] == FlaggerStatus.ENDED:
            raise Conflict(f"{flagger_id} has ended; a body that is designated anew is added anew, under another id")
        await _change(record, connection, tenant, flagger_id, latest["number"] + 1, status, at, by, reason)
    return True


async def listed(record: Record, tenant: str) -> list[Registered]:
    """Every body that is or was on the register, with its history."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["flaggers"], tenant, None)
        changes = await _changes(record, connection, tenant, [row["flagger_id"] for row in rows])
        sealed = [(one["reason"], _aad(tenant, one["flagger_id"], one["number"])) for one in changes]
        reasons = await record.keyring.open_all(tenant, sealed, connection)
    history: dict[str, list[Standing]] = {}
    for one, reason in zip(changes, reasons, strict=True):
        standing = Standing.model_validate({**dict(one), "reason": (reason or b"").decode()})
        history.setdefault(one["flagger_id"], []).append(standing)
    return [
        Registered(
            flagger=_flagger(row, changes), history=tuple(history[row["flagger_id"]]), judged=row["judged"],
            upheld=row["upheld"], name=row["name"], coordinator=row["coordinator"], identities=tuple(row["identities"]),
        )
        for row in rows
    ]  # fmt: skip


async def recognised(record: Record, tenant: str, identities: Sequence[Identity]) -> Flagger | None:
    """The body that one of these is of, whatever its status; of the first of them where they are of several."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await _recognised(record, connection, tenant, identities)
    return next((found[one] for one in identities if one in found), None)


async def judged(record: Record, connection: Connection, case_id: str, rows: Sequence[Row]) -> list[Row]:
    """These messages with the source that each counts as. A trusted flagger is named by the door, or by the person.

    What claims to be a trusted flagger's and is not, as of when it came in, is an ordinary notice; why is in `not_trusted`.
    """
    claims = [row for row in rows if _said(row, "source") == ReportSource.TRUSTED_FLAGGER]
    if not claims:
        return [_with_source(row, None) for row in rows]
    tenant = tenant_of(case_id)
    named = {str(row.content["flagger"]) for row in claims if row.content and "flagger" in row.content}
    people: list[Identity] = [("person", row.person) for row in claims if row.person and _said(row, "flagger") is None]
    by_person = await _recognised(record, connection, tenant, people)
    by_id = await _bodies(record, connection, tenant, named)
    return [
        _with_source(row, by_id.get(str(_said(row, "flagger"))) or by_person.get(("person", row.person)))
        for row in rows
    ]


def _with_source(row: Row, flagger: Flagger | None) -> Row:
    """A report or notice with the source it counts as."""
    content = row.content
    if row.kind not in _BY_WORD or content is None or "refused" in content:
        return row
    with suppress(*UNREADABLE):  # met again where it is parked
        claimed, area = ReportSource(content["source"]), content["area"]
        why = not_trusted(flagger, area, row.received_at) if claimed is ReportSource.TRUSTED_FLAGGER else None
        missing = missing_of_notice(map(Element, content.get("given", ())), area)
        source = counts_as(claimed, missing, trusted=why is None)
        judgement = {"flagger": flagger.flagger_id if flagger else None, "not_trusted": why}
        return replace(row, content={**content, "source": source.value, **judgement})
    return row


async def _recognised(
    record: Record, connection: Connection, tenant: str, identities: Sequence[Identity]
) -> dict[Identity, Flagger]:
    if not identities:
        return {}
    kinds, values = [kind for kind, _ in identities], [value for _, value in identities]
    found = await connection.fetch(record.queries["flaggers_of"], tenant, kinds, values)
    bodies = await _bodies(record, connection, tenant, {row["flagger_id"] for row in found})
    return {(row["kind"], row["value"]): bodies[row["flagger_id"]] for row in found}


async def _bodies(record: Record, connection: Connection, tenant: str, ids: Collection[str]) -> dict[str, Flagger]:
    if not ids:
        return {}
    rows = await connection.fetch(record.queries["flaggers"], tenant, sorted(ids))
    changes = await _changes(record, connection, tenant, ids)
    return {row["flagger_id"]: _flagger(row, changes) for row in rows}


async def _changes(record: Record, connection: Connection, tenant: str, ids: Collection[str]) -> list[asyncpg.Record]:
    return list(await connection.fetch(record.queries["flagger_changes"], tenant, sorted(ids)))


async def _change(
    record: Record, connection: Connection, tenant: str, flagger_id: str, number: int, status: FlaggerStatus,
    at: datetime, by: str, reason: str,
) -> None:  # fmt: skip
    key = await record.keyring.tenant_key(tenant, connection)
    sealed = seal(key, reason.encode(), _aad(tenant, flagger_id, number))
    done = await connection.fetchval(
        record.queries["change_flagger"], tenant, flagger_id, number, status.value, at, by, sealed
    )
    if not done:
        raise Conflict(f"{flagger_id} was changed by somebody else just now; look at it, then ask again")


async def _refuse_other(
    record: Record, connection: Connection, tenant: str, flagger: Flagger, name: str, coordinator: str,
    identities: Collection[Identity],
) -> None:  # fmt: skip
    """Raises Conflict unless what is there is the same. A start that was not said is the time of the first entry."""
    (row,) = await connection.fetch(record.queries["flaggers"], tenant, [flagger.flagger_id])
    there = _flagger(row, ())
    said = flagger.designated_at != flagger.registered_at
    same = (
        (row["name"], row["coordinator"], there.areas) == (name, coordinator, tuple(sorted(flagger.areas)))
        and there.designated_until == flagger.designated_until
        and there.designated_at == (flagger.designated_at if said else there.registered_at)
        and {f"{kind}:{value}" for kind, value in identities} >= set(row["identities"])
    )
    if not same:
        raise Conflict(f"{flagger.flagger_id} is on the register with other content; end it and use another id")


def _flagger(row: asyncpg.Record, changes: Iterable[asyncpg.Record]) -> Flagger:
    own = tuple(FlaggerChange.model_validate(dict(one)) for one in changes if one["flagger_id"] == row["flagger_id"])
    return Flagger.model_validate({**dict(row), "changes": own})


def _said(row: Row, field: str) -> object:
    return (row.content or {}).get(field)


def _aad(tenant: str, flagger_id: str, number: int) -> str:
    return f"flagger\0{tenant}\0{flagger_id}\0{number}"
