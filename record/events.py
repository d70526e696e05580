"""The append-only record of every case: first writer wins, sequence and hash chain by Postgres, bodies sealed."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

import asyncpg

from cases.errors import KeyDestroyed
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded, EventBody, SecondLookTaken
from cases.facts import Fact
from cases.hearing_events import AppealDecided
from cases.names import tenant_of
from cases.projection import Projection
from cases.withdrawals import DecisionEntered
from record.errors import StaleKey
from record.pool import Connection, connected, tenant_transaction
from record.record import Record
from record.sealing import DataKey, seal

PAGE: Final = 1_000
_TRIES: Final = 3


class ChainBreak(Fact):
    """Where a stream's record was tampered with. missing: events before this sequence, or at the end, are gone."""

    stream_id: str
    sequence: int
    problem: Literal["missing", "changed"]


async def append(
    record: Record,
    stream_id: str,
    events: Sequence[CaseEvent],
    recorded_at: datetime,
    projection: Projection | None = None,
) -> list[CaseEvent]:
    """Append the events whose ids are new; all of them as stored, in the given order. Retrying is safe.

    An id that is there already keeps its first body, and the caller adopts it. Raises UnknownSomething (no such stream),
    KeyDestroyed, RecordUnavailable.
    """
    stored, _ = await append_and_project(record, stream_id, events, recorded_at, projection)
    return stored


async def append_and_project(
    record: Record,
    stream_id: str,
    events: Sequence[CaseEvent],
    recorded_at: datetime,
    projection: Projection | None,
) -> tuple[list[CaseEvent], bool]:
    """The same, and whether the projection is written: in the same transaction, with events that are new.

    With one that is there already it is not where its body is another than was given, since it was made from the wrong state;
    nor where something was recorded after it, since that may have brought a newer one.
    """
    tenant = tenant_of(stream_id)
    for _ in range(_TRIES):
        key = await record.keyring.case_key(tenant, stream_id)
        try:
            async with connected(record.pool) as connection:
                rows = await connection.fetch(
                    record.queries["append_events"],
                    *(tenant, stream_id, key.key_id, recorded_at),
                    [event.event_id for event in events],
                    [event.body.kind for event in events],
                    [event.occurred_at for event in events],
                    [sealed_body(key, stream_id, event) for event in events],
                    sorted(_deciders(events)),
                    projection_json(projection) if projection else None,
                )
        except StaleKey:
            record.keyring.forget({key.key_id})
            continue
        stored = await _adopted(record, stream_id, events, rows)
        if projection is None or all(row["fresh"] for row in rows):
            return stored, True
        last = max(row["sequence"] for row in rows)
        same = _same(events, stored)
        return stored, same and await _project_late(record, stream_id, projection, recorded_at, last)
    raise KeyDestroyed


async def load(record: Record, stream_id: str, after: int = 0) -> list[CaseEvent]:
    """Every event of the stream after this sequence, in sequence; none for a stream that is not there.

    What a destroyed key sealed is left out: it is gone for good, and the gap in the sequence shows that it was there.
    """
    tenant = tenant_of(stream_id)
    events: list[CaseEvent] = []
    while True:
        async with tenant_transaction(record.pool, tenant) as connection:
            rows = await connection.fetch(record.queries["events_after"], tenant, stream_id, after, PAGE)
            events += await open_events(record, connection, stream_id, rows)
        if len(rows) < PAGE:
            return events
        after = rows[-1]["sequence"]


async def refresh(record: Record, stream_id: str, projection: Projection, at: datetime) -> None:
    """Write the rows beside the events anew, under the stream's lock."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.fetchrow(record.queries["lock_stream"], tenant, stream_id)
        await connection.fetchval(
            record.queries["write_projection"], tenant, stream_id, projection_json(projection), at
        )


async def verify(record: Record, stream_id: str) -> list[ChainBreak]:
    """Where the stream's chain does not hold (the first 100 places); empty if nobody changed it."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["broken_links"], tenant, stream_id)
    return [ChainBreak(stream_id=stream_id, **row) for row in rows]


async def verify_all(record: Record, tenant: str) -> list[ChainBreak]:
    """The same of every stream of a tenant."""
    breaks: list[ChainBreak] = []
    after = ""
    while True:
        async with tenant_transaction(record.pool, tenant) as connection:
            rows = await connection.fetch(record.queries["streams_after"], tenant, after, PAGE)
        for row in rows:
            breaks += await verify(record, row["stream_id"])
        if len(rows) < PAGE:
            return breaks
        after = rows[-1]["stream_id"]


def sealed_body(key: DataKey, stream_id: str, event: CaseEvent) -> bytes:
    """The event's body as it is stored; it opens only as this event of this stream."""
    return seal(key, event.body.model_dump_json().encode(), _aad(stream_id, event.event_id))


async def open_events(
    record: Record, connection: Connection | None, stream_id: str, rows: Sequence[asyncpg.Record]
) -> list[CaseEvent]:
    """Stored rows as events, but for those whose key was destroyed."""
    sealed = [(row["body"], _aad(stream_id, row["event_id"])) for row in rows]
    bodies = await record.keyring.open_all(tenant_of(stream_id), sealed, connection)
    return [_event(row, body) for row, body in zip(rows, bodies, strict=True) if body is not None]


async def open_across(
    record: Record, connection: Connection, tenant: str, rows: Sequence[asyncpg.Record]
) -> list[CaseEvent | None]:
    """Stored rows of several streams as events, each row with its stream_id; None where the key was destroyed."""
    sealed = [(row["body"], _aad(row["stream_id"], row["event_id"])) for row in rows]
    bodies = await record.keyring.open_all(tenant, sealed, connection)
    return [None if body is None else _event(row, body) for row, body in zip(rows, bodies, strict=True)]


def projection_json(projection: Projection) -> str:
    """The projection as the database function reads it."""
    return projection.model_dump_json()


async def _adopted(
    record: Record, stream_id: str, events: Sequence[CaseEvent], rows: Sequence[asyncpg.Record]
) -> list[CaseEvent]:
    """What is stored, in the order asked; only what an earlier writer sealed has to be opened."""
    earlier = [row for row in rows if not row["fresh"]]
    opened = {event.event_id: event for event in await open_events(record, None, stream_id, earlier)}
    if len(opened) < len({row["event_id"] for row in earlier}):
        raise KeyDestroyed("an event of this id was recorded before, and its key was destroyed")
    return [
        event.evolve(sequence=row["sequence"]) if row["fresh"] else opened[row["event_id"]]
        for event, row in zip(events, rows, strict=True)
    ]


def _same(events: Iterable[CaseEvent], stored: Iterable[CaseEvent]) -> bool:
    return all(one.body == other.body for one, other in zip(events, stored, strict=True))


async def _project_late(record: Record, stream_id: str, projection: Projection, at: datetime, sequence: int) -> bool:
    """After an adoption, unless something newer was recorded; whether it was."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        newest = await connection.fetchval(record.queries["lock_stream"], tenant, stream_id)
        if newest == sequence:
            await connection.fetchval(
                record.queries["write_projection"], tenant, stream_id, projection_json(projection), at
            )
    return bool(newest == sequence)


def _event(row: asyncpg.Record, body: bytes) -> CaseEvent:
    stored = {name: row[name] for name in ("event_id", "occurred_at", "sequence")}
    return CaseEvent.model_validate({**stored, "body": json.loads(body)})


def _deciders(events: Iterable[CaseEvent]) -> set[str]:
    return set().union(*(_judged(event.body) for event in events))


def _judged(body: EventBody) -> set[str]:
    """The people who judged in this event."""
    if isinstance(body, DecisionRecorded):
        decision = body.decision
        return {name for name in (decision.by, decision.second_by) if name and not decision.automated}
    if isinstance(body, AppealDecided):
        return {body.ask.reviewer}
    if isinstance(body, DecisionProposed | DecisionEntered):
        return {body.decision.by}
    return {body.by} if isinstance(body, SecondLookTaken) else set()


def _aad(stream_id: str, event_id: str) -> str:
    return f"event\0{stream_id}\0{event_id}"
