"""Events on their way to a tenant's own services: put aside where they are recorded, gone when the subscriber took them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel

from cases.digests import message_digest
from cases.errors import Conflict, UnknownSomething
from cases.facts import Fact
from cases.subscribers import EventMessageData, RefusedEvent, SubscriberState
from record.events import open_across
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal

REPLAYED_AT_ONCE: Final = 200  # streams in one transaction
SHOWN: Final = 100  # refused events


class Outgoing(Fact):
    """One event that waits, opened; its number is its place in the queue."""

    number: int
    recorded_at: AwareDatetime
    data: EventMessageData


class Replayed(Fact):
    """Events put aside once more. after: the last stream looked at, where there are more."""

    events: int
    after: str | None = None


async def enter(record: Record, tenant: str, wanted: Mapping[str, Sequence[str]], at: datetime) -> None:
    """Whoever is named, with the kinds wanted (none: all), is put events aside from now on; nobody else of the tenant's is."""
    async with tenant_transaction(record.pool, tenant) as connection:
        names, kinds = list(wanted), [",".join(sorted(wanted[name])) for name in wanted]
        await connection.execute(record.queries["enter_subscribers"], tenant, names, kinds, at)
        await connection.execute(record.queries["end_subscribers"], tenant, names, at)


async def is_stopped(record: Record, tenant: str, name: str) -> bool:
    """Whether nothing is to be sent for now. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        stopped: bool | None = await connection.fetchval(record.queries["is_subscriber_stopped"], tenant, name)
    if stopped is None:
        raise _unknown(name)
    return stopped


async def waiting(record: Record, tenant: str, name: str, limit: int) -> list[Outgoing]:
    """What is to be sent next, in order; what an erased key sealed is there without its body."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["next_outgoing"], tenant, name, limit)
        events = await open_across(record, connection, tenant, rows)
    return [
        Outgoing(
            number=row["number"],
            recorded_at=row["recorded_at"],
            data=EventMessageData(
                tenant=tenant,
                case_id=row["case_id"],
                stream_id=row["stream_id"],
                sequence=row["sequence"],
                event_id=row["event_id"],
                kind=row["kind"],
                erased=event is None,
                event=event,
            ),
        )
        for row, event in zip(rows, events, strict=True)
    ]


async def note_sent(record: Record, tenant: str, name: str, numbers: Sequence[int], at: datetime) -> None:
    """The subscriber took these."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_events_sent"], tenant, name, list(numbers), at)


async def note_refused(record: Record, tenant: str, name: str, number: int, answer: str, at: datetime) -> None:
    """The subscriber would not have this one: later ones of its stream wait for an operator."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_event_refused"], tenant, name, number, answer, at)


async def note_away(record: Record, tenant: str, name: str, answer: str, at: datetime) -> None:
    """The subscriber does not answer as it should."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_subscriber_away"], tenant, name, answer, at)


async def stop(record: Record, tenant: str, name: str, by: str, at: datetime, answer: str | None = None) -> int:
    """Send it nothing for now; 0 where it was stopped."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return await connection.fetchval(record.queries["stop_subscriber"], tenant, name, by, at, answer) or 0


async def start(record: Record, tenant: str, name: str) -> int:
    """Send it again what waits; 0 where it was not stopped."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return await connection.fetchval(record.queries["start_subscriber"], tenant, name) or 0


async def retry(record: Record, tenant: str, name: str, case_id: str | None) -> int:
    """Try refused events once more, of one case or of all; how many."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["retry_refused"], tenant, name, case_id))


async def skip(record: Record, tenant: str, name: str, case_id: str | None) -> int:
    """Leave refused events out, of one case or of all; how many."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["skip_refused"], tenant, name, case_id))


async def replay_case(record: Record, tenant: str, name: str, case_id: str, since: datetime) -> Replayed:
    """Put aside once more what was recorded of a case and its appeals since then. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        streams = [
            row["stream_id"] for row in await connection.fetch(record.queries["streams_of_case"], tenant, case_id)
        ]
        if not streams:
            raise UnknownSomething(
                f"there is no case {case_id[:80]!r}; `dueprocess case id` says how a subject's is called"
            )
        events = await connection.fetchval(record.queries["replay_events"], tenant, name, streams, since)
    return Replayed(events=events)


async def replay_page(record: Record, tenant: str, name: str, since: datetime, after: str) -> Replayed:
    """The same of a page of all streams, in the order of their names, after this one."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["streams_after"], tenant, after, REPLAYED_AT_ONCE)
        streams = [row["stream_id"] for row in rows]
        events = await connection.fetchval(record.queries["replay_events"], tenant, name, streams, since)
    return Replayed(events=events, after=streams[-1] if len(streams) == REPLAYED_AT_ONCE else None)


async def page_end(record: Record, tenant: str, after: str) -> str | None:
    """Where the page after this stream ends, as `replay_page` says it."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["streams_after"], tenant, after, REPLAYED_AT_ONCE)
    return rows[-1]["stream_id"] if len(rows) == REPLAYED_AT_ONCE else None


async def known_change(record: Record, tenant: str, message_id: str, message: BaseModel) -> int | None:
    """What the change of this id moved, where it came before; None for a new one. Raises Conflict (other content)."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["subscriber_change"], tenant, message_id)
    if row is None:
        return None
    if row["digest"] != await _digest(record, tenant, message):
        raise Conflict(f"message_id {message_id} came before with other content; use a new id for a new message")
    affected: int = row["affected"]
    return affected


async def note_change(
    record: Record,
    tenant: str,
    message_id: str,
    message: BaseModel,
    name: str,
    step: str,
    by: str,
    reason: str,
    at: datetime,
    affected: int,
) -> None:
    """Keep who did it, why, and what it moved; in the transaction that moved it. Raises UnknownSomething."""
    digest = await _digest(record, tenant, message)
    async with tenant_transaction(record.pool, tenant) as connection:
        if not await connection.fetchval(record.queries["is_subscriber"], tenant, name):
            raise _unknown(name)
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), f"subscriber change\0{tenant}\0{message_id}")
        query = record.queries["note_subscriber_change"]
        await connection.execute(query, tenant, message_id, digest, name, step, by, sealed, at, affected)


async def show(record: Record, tenant: str) -> tuple[list[SubscriberState], list[RefusedEvent]]:
    """How every subscriber stands, and what was refused (the first hundred)."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["subscribers_of"], tenant)
        refused = await connection.fetch(record.queries["refused_events"], tenant, SHOWN)
    return (
        [SubscriberState.model_validate(dict(row)) for row in rows],
        [RefusedEvent.model_validate(dict(row)) for row in refused],
    )


async def _digest(record: Record, tenant: str, message: BaseModel) -> bytes:
    secret = await record.keyring.subject_secret(tenant)
    return message_digest(secret, {"kind": type(message).__name__, **message.model_dump(mode="json")})


def _unknown(name: str) -> UnknownSomething:
    return UnknownSomething(f"there is no subscriber {name[:64]!r}; `dueprocess subscriber list` has those there are")
