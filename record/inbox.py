"""The inbox: what came in, whole, once, in order. The commit is the acknowledgement; the Temporal signal only rings.

`accept` is for doors, `take` for the run: it turns what is unread into events, in the transaction that marks it read.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import asyncpg
from pydantic import AwareDatetime, BaseModel

from cases.caps import Cap
from cases.errors import Conflict, KeyDestroyed, UnknownSomething
from cases.events import CaseEvent, EventBody
from cases.facts import Fact
from cases.messages import Person, Subject
from cases.names import SubjectKind, kind_of, tenant_of
from cases.received import MessageRefused
from record import flaggers, standing
from record.accepting import accepted, content_aad, ensure_case, sealed_parts, subject_aad
from record.bench import barred_acts, informed_of, look_up_bench
from record.deciding import Ask, body_or_decision, read_ask
from record.errors import StaleKey
from record.events import open_events, sealed_body
from record.happenings import UNREADABLE, Row, refusal_of
from record.parked import PARKED, PARKED_PROBLEM, park_row
from record.parsing import FREE_TEXT_FLAG, Incoming, RawMessage, incoming, read_raw
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.requests import joined
from record.sealing import DataKey, seal

TAKE_LIMIT: Final = 500
UNCAPPED: Final = Cap()
_TRIES: Final = 3  # a cached key may turn out destroyed, and be so again


class Acceptance(Fact):
    """The receipt: the message is durable. known: it came before. ring: this commit owes the stream a ring."""

    case_id: str
    stream_id: str
    message_id: str
    number: int
    received_at: AwareDatetime
    known: bool
    ring: bool


async def accept(
    record: Record,
    tenant: str,
    case_id: str,
    kind: SubjectKind | None,
    subject_id: str | None,
    message_kind: str,
    message_id: str,
    message: BaseModel,
    person: Person | None,
    received_at: datetime,
    stream_id: str | None = None,
    made: Mapping[str, Any] = MappingProxyType({}),
) -> Acceptance:
    """Keep a validated message for good; the same again gives the first receipt. One transaction.

    message_kind: report, notice, take_it_down, signal, appeal, authority_report, appeal_answered, filing_answered, decide,
    extend_deadline or reverse. kind and subject_id open the case if it is not there; without them it must be. person: who
    reports or appeals. stream_id: an appeal's, if the message is not for the case itself. made: as of `incoming`.
    Raises Conflict (same id, other content), UnknownSomething, RecordUnavailable.
    """
    secret = await record.keyring.subject_secret(tenant)
    came = incoming(secret, message_kind, "door", message_id, message, person, received_at, made)
    stream = stream_id or case_id
    try:
        async with record.turns.turn(tenant, stream):
            row = await accepted(record, tenant, case_id, stream, kind, subject_id, came)
    except Conflict:
        text = f"message_id {message_id} came before with other content; use a new id for a new message"
        raise Conflict(text) from None
    return Acceptance(
        case_id=case_id,
        stream_id=stream,
        message_id=message_id,
        number=row["number"],
        received_at=row["received_at"],
        known=row["outcome"] == "known",
        ring=row["ring"],
    )


async def take(
    record: Record,
    stream_id: str,
    raw: Sequence[RawMessage],
    now: datetime,
    limit: int = TAKE_LIMIT,
    seen: int | None = None,
    cap: Cap = UNCAPPED,
) -> tuple[list[CaseEvent], bool]:
    """Turn unread messages (at most `limit`) into events, exactly once, and whether more are left. One transaction.

    raw: signals and updates the run got itself; they become inbox rows first. now: the run's time.
    seen: sequence of the last event the run has folded; every later one comes back, so that a run whose earlier answer
    was lost still hears of what it took then. None: only what is appended by this call. cap: of what a person may restrict.
    Raises RecordUnavailable, UnknownSomething (an appeal that was never mapped).
    """
    tenant = tenant_of(stream_id)
    for _ in range(_TRIES):
        key = await record.keyring.case_key(tenant, stream_id)
        secret = await record.keyring.subject_secret(tenant)
        read = [read_raw(secret, stream_id, record.areas, one, now) for one in raw]
        try:
            async with tenant_transaction(record.pool, tenant) as connection:
                refused = await _insert_raw(record, connection, key, stream_id, read, now)
                return await _take_unread(record, connection, key, stream_id, refused, now, limit, seen, cap)
        except StaleKey:
            record.keyring.forget({key.key_id})
    raise KeyDestroyed


async def subject_of(record: Record, case_id: str) -> Subject:
    """What the case is about, as the platform names it. Raises UnknownSomething, KeyDestroyed."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["case_subject"], tenant, case_id)
        if row is None:
            raise UnknownSomething(f"no case {case_id} in the record")
        if row["subject"] is None:
            raise KeyDestroyed
        (opened,) = await record.keyring.open_all(tenant, [(row["subject"], subject_aad(case_id))], connection)
    if opened is None:
        raise KeyDestroyed
    return Subject(kind=SubjectKind(row["kind"]), id=opened.decode())


# Taking ------------------------------------------------------------------------------------------------------------


async def _insert_raw(
    record: Record,
    connection: Connection,
    key: DataKey,
    stream_id: str,
    came: list[Incoming],
    now: datetime,
) -> list[CaseEvent]:
    """Raw messages into the inbox, the known ones once; an event for each that came before with other content."""
    if not came:
        return []
    tenant = tenant_of(stream_id)
    case_id = stream_id
    if stream_id.startswith("case/"):
        await ensure_case(record, connection, tenant, stream_id, kind_of(stream_id), "")
    else:
        case_id = await connection.fetchval(record.queries["case_of_stream"], tenant, stream_id)
    people = [one.person for one in came if one.person]
    person_keys = await record.keyring.person_data_keys(connection, tenant, case_id, people) if people else {}
    parts = [sealed_parts(case_id, stream_id, one, key, person_keys.get(one.person)) for one in came]
    rows = await connection.fetch(
        record.queries["accept_messages"],
        *(tenant, stream_id, key.key_id),
        [_sealed_subject(key, stream_id, one) for one in came],
        [person_keys[one.person].key_id if one.person else None for one in came],
        [one.kind for one in came],
        [one.channel for one in came],
        [one.message_id for one in came],
        [one.digest for one in came],
        *map(list, zip(*parts, strict=True)),
        [one.received_at for one in came],
    )
    if any(one.holds_text for one in came):
        await connection.execute(record.queries["raise_flag"], tenant, stream_id, FREE_TEXT_FLAG, now)
    return [_conflict(one) for one, row in zip(came, rows, strict=True) if row["outcome"] == "conflict"]


def _sealed_subject(key: DataKey, stream_id: str, came: Incoming) -> bytes | None:
    if came.subject is None or not stream_id.startswith("case/"):
        return None
    return seal(key, came.subject.id.encode(), subject_aad(stream_id))


def _conflict(came: Incoming) -> CaseEvent:
    body = MessageRefused(
        message_kind=came.kind,
        code="conflict",
        problem="message_id: came before with other content; use a new id for a new message",
        message_id=came.message_id,
        received_at=came.received_at,
    )
    event_id = f"conflict:{came.message_id}:{came.digest.hex()[:16]}"
    return CaseEvent(event_id=event_id, occurred_at=came.received_at, body=body)


async def _take_unread(
    record: Record,
    connection: Connection,
    key: DataKey,
    stream_id: str,
    refused: list[CaseEvent],
    now: datetime,
    limit: int,
    seen: int | None,
    cap: Cap,
) -> tuple[list[CaseEvent], bool]:
    tenant = tenant_of(stream_id)
    found = await connection.fetch(record.queries["unread_messages"], tenant, stream_id, limit)
    opened = await _opened(record, connection, tenant, stream_id, found)
    rows = await joined(record, connection, stream_id, await flaggers.judged(record, connection, stream_id, opened))
    bodies = await _bodies(record, connection, stream_id, rows, now, cap)
    events = refused + [
        CaseEvent(event_id=f"inbox:{row.number}", occurred_at=row.received_at, body=body)
        for row, body in zip(rows, bodies, strict=True)
    ]
    if not events:
        return await _events_after(record, connection, stream_id, seen), False
    stored = await connection.fetch(
        record.queries["record_taken"],
        *(tenant, stream_id, key.key_id, now),
        [row.number for row in rows],
        [event.event_id for event in events],
        [event.body.kind for event in events],
        [event.occurred_at for event in events],
        [sealed_body(key, stream_id, event) for event in events],
        seen,
    )
    more = bool(stored) and stored[0]["more"]
    return await open_events(record, connection, stream_id, stored), more


async def _events_after(record: Record, connection: Connection, stream_id: str, seen: int | None) -> list[CaseEvent]:
    if seen is None:
        return []
    rows = await connection.fetch(record.queries["events_after"], tenant_of(stream_id), stream_id, seen, None)
    return await open_events(record, connection, stream_id, rows)


async def _opened(
    record: Record, connection: Connection, tenant: str, stream_id: str, found: list[asyncpg.Record]
) -> list[Row]:
    sealed = [(row["content"], content_aad(stream_id, row["message_id"])) for row in found]
    opened = await record.keyring.open_all(tenant, sealed, connection)
    return [
        Row(
            number=row["number"],
            message_id=row["message_id"],
            kind=row["kind"],
            channel=row["channel"],
            content=None if plain is None else json.loads(plain),
            person=row["person"],
            received_at=row["received_at"],
            first_of_person=row["first_of_person"],
            contactable=row["contactable"],
        )
        for row, plain in zip(found, opened, strict=True)
    ]


async def _bodies(
    record: Record, connection: Connection, stream_id: str, rows: list[Row], now: datetime, cap: Cap
) -> list[EventBody]:
    """Every row's event body. What only decisions and appeals need is looked up only for them, for all at once.

    A row that this version cannot read is parked: it must neither stop the case nor vanish.
    """
    asks: dict[int, Ask] = {}
    for row in rows:
        with suppress(*UNREADABLE):  # met again below, where it is parked
            if ask := read_ask(record.verifying_keys, row):
                asks[row.number] = ask
    bench = await look_up_bench(record, connection, stream_id, list(asks.values()), cap)
    told = await informed_of(record, connection, stream_id, [row for row in rows if row.kind == "appeal"])
    barred = await barred_acts(record, connection, stream_id, rows)
    bodies: dict[int, EventBody] = {}
    for row in rows:
        try:
            if refusal := barred.get(row.number):
                bodies[row.number] = refusal_of(row, refusal.code, refusal.text)
            elif row.kind not in standing.KINDS:
                ask, informed = asks.get(row.number), told.get(row.number)
                bodies[row.number] = body_or_decision(stream_id, row, ask, bench, informed)
        except UNREADABLE:
            bodies[row.number] = refusal_of(row, PARKED, PARKED_PROBLEM)
            await park_row(record, connection, tenant_of(stream_id), stream_id, row, now)
    bodies |= await standing.settled(record, connection, stream_id, rows, bodies)
    return [bodies[row.number] for row in rows]
