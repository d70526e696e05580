"""What was accepted and cannot be processed: kept whole and sealed, shown without content, and closed by a person.

An inbox row that this version cannot read keeps its content where it is; a webhook that makes no message has it here,
under the tenant's key, until it is closed.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal

import asyncpg
from opentelemetry import metrics
from pydantic import AwareDatetime

from cases.errors import KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.names import tenant_of
from record.accepting import content_aad, personal_aad
from record.happenings import Row
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

logger = logging.getLogger("dueprocess.parked")

HOOK: Final = "hook"  # the kind of a webhook that is no message yet
PARKED: Final = "parked"  # the code of the refusal that the case's timeline has instead
UNREADABLE: Final = "unreadable"  # the reason of an inbox row
PARKED_PROBLEM: Final = (
    "message: this version cannot read it, and it is kept; `dueprocess parked` replays or discards it"
)
_counter = metrics.get_meter("dueprocess").create_counter(
    "dueprocess.parked", description="messages that were accepted and could not be processed"
)


class Parked(Fact):
    """One of them, without content. problem: field and cure. stream_id, number: the inbox row that holds it, if one does."""

    parked_id: str
    message_id: str
    kind: str
    source: str
    stream_id: str | None
    number: int | None
    reason: str
    problem: str
    parked_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    closed_as: Literal["replayed", "discarded"] | None = None
    closed_by: str | None = None
    replayed_as: str | None = None
    why: str | None = None


class Kept(Fact):
    """What a parked message holds: a webhook's raw body, or an inbox row's message.

    With it comes what its sender said of themselves, and what the door made of it.
    """

    case_id: str | None = None
    received_at: AwareDatetime
    raw: bytes = b""
    message: dict[str, Any] = {}


async def park_hook(
    record: Record, tenant: str, source: str, message_id: str, reason: str, problem: str, raw: bytes, at: datetime
) -> tuple[str, bool]:
    """Keep a webhook that is no message; its parked id, and whether it was kept before. The commit is the acknowledgement."""
    parked_id = parked_id_of(message_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, raw, _aad(parked_id))
        new = await connection.fetchval(
            record.queries["park"],
            *(tenant, parked_id, message_id, HOOK, source, None, None, reason, problem, sealed, at),
        )
    if new is not None:
        _alarm(reason, parked_id)
    return parked_id, new is None


async def park_row(record: Record, connection: Connection, tenant: str, stream_id: str, row: Row, at: datetime) -> None:
    """Note that an inbox row cannot be read, in the transaction that takes it."""
    parked_id = parked_id_of(row.message_id)
    where = (row.message_id, row.kind, row.channel, stream_id, row.number)
    await connection.execute(record.queries["park"], tenant, parked_id, *where, UNREADABLE, PARKED_PROBLEM, None, at)
    _alarm(UNREADABLE, parked_id)


async def listed(record: Record, tenant: str, limit: int = 100, *, closed: bool = False) -> list[Parked]:
    """What is parked, oldest first. closed: what was replayed or discarded too."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["parked_rows"], tenant, closed, limit)
    return [Parked.model_validate(dict(row)) for row in rows]


async def count(record: Record, tenant: str) -> int:
    """How many wait for a person."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found: int = await connection.fetchval(record.queries["parked_count"], tenant)
    return found


async def get(record: Record, tenant: str, parked_id: str) -> Parked:
    """One of them, with the reason it was discarded for. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await _row(record, connection, tenant, parked_id)
        why = await _opened(record, connection, tenant, [(row["why"], _why_aad(parked_id))])
    return Parked.model_validate({**dict(row), "why": why[0].decode() if why[0] is not None else None})


async def kept(record: Record, tenant: str, parked_id: str) -> Kept:
    """What it holds. Raises UnknownSomething, and KeyDestroyed where it was erased or closed."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await _row(record, connection, tenant, parked_id)
        if row["stream_id"] is None:
            (raw,) = await _opened(record, connection, tenant, [(row["content"], _aad(parked_id))])
            if raw is None:
                raise KeyDestroyed
            return Kept(received_at=row["parked_at"], raw=raw)
        found = await connection.fetchrow(record.queries["inbox_message"], tenant, row["stream_id"], row["number"])
        assert found is not None  # inbox rows are never deleted
        name = (row["stream_id"], found["message_id"])
        sealed = [(found["content"], content_aad(*name)), (found["personal"], personal_aad(*name))]
        content, personal = await _opened(record, connection, tenant, sealed)
    if content is None:
        raise KeyDestroyed
    message = {**json.loads(content), **json.loads(personal or b"{}")}
    return Kept(case_id=found["case_id"], received_at=found["received_at"], message=message)


async def succeed(record: Record, parked: Parked, case_id: str, number: int) -> None:
    """The message came in anew under this inbox number: whoever it was the first report of, reports with that one."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["renumber_reporter"], tenant, case_id, parked.number, number)


async def close(
    record: Record,
    tenant: str,
    parked_id: str,
    closed_as: Literal["replayed", "discarded"],
    by: str,
    at: datetime,
    *,
    replayed_as: str | None = None,
    why: str | None = None,
) -> bool:
    """It was replayed or discarded; a webhook's content goes. False where it was closed before. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await _row(record, connection, tenant, parked_id)
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = None if why is None else seal(key, why.encode(), _why_aad(parked_id))
        closed = await connection.fetchval(
            record.queries["close_parked"], tenant, parked_id, closed_as, by, replayed_as, sealed, at
        )
    return closed is not None


def parked_id_of(message_id: str) -> str:
    """The parked id of a message: the same message is parked once."""
    return f"park-{sha256(message_id.encode()).hexdigest()[:16]}"


def _alarm(reason: str, parked_id: str) -> None:
    """The metric to alarm on, and a line of log; neither has content."""
    _counter.add(1, {"reason": reason})
    logger.error("message parked", extra={"event": "message_parked", "reason": reason, "parked_id": parked_id})


async def _row(record: Record, connection: Connection, tenant: str, parked_id: str) -> asyncpg.Record:
    row = await connection.fetchrow(record.queries["parked_row"], tenant, parked_id)
    if row is None:
        raise UnknownSomething(f"nothing is parked as {parked_id[:40]!r}; see: dueprocess parked list")
    return row


async def _opened(
    record: Record, connection: Connection, tenant: str, sealed: Sequence[tuple[bytes | None, str]]
) -> list[bytes | None]:
    """Each opened; None where there is nothing, or its key was destroyed."""
    there = [(one, aad) for one, aad in sealed if one is not None]
    opened = iter(await record.keyring.open_all(tenant, there, connection))
    return [None if one is None else next(opened) for one, _ in sealed]


def _aad(parked_id: str) -> str:
    return f"parked\0{parked_id}"


def _why_aad(parked_id: str) -> str:
    return f"parked why\0{parked_id}"
