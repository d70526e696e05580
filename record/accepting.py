"""One message into the inbox of its stream. Public are `record.inbox.accept` and `take`; this is how they write.

Sealing needs a key before the row is written. Where it was needed moments ago it is at hand; for a case or a person never
seen, a fresh one is tried in the same statement; only where another process was first is its key fetched.
"""

from typing import Final

import asyncpg

from cases.errors import Conflict, KeyDestroyed, UnknownSomething
from cases.names import SubjectKind
from record.errors import Crossed, RecordUnavailable, StaleKey
from record.parsing import Incoming
from record.pool import Connection, connected, is_part_of_another, tenant_transaction
from record.record import Record
from record.sealing import DataKey, seal

_TRIES: Final = 3  # a cached key may turn out destroyed, and be so again


async def accepted(
    record: Record,
    tenant: str,
    case_id: str,
    stream_id: str,
    kind: SubjectKind | None,
    subject_id: str | None,
    came: Incoming,
) -> asyncpg.Record:
    """The message's receipt: outcome, number, received_at, ring. kind: opens the case where it is not there.

    Raises Conflict, UnknownSomething (no such stream, and no kind to open it), KeyDestroyed, RecordUnavailable.
    """
    if is_part_of_another(record.pool, tenant):
        return await _within(record, tenant, case_id, stream_id, kind, subject_id, came)
    keyring, person_scope = record.keyring, f"{case_id}#{came.person}"
    for attempt in range(_TRIES):
        key = keyring.cached(tenant, case_id)
        person_key = keyring.cached(tenant, person_scope) if came.person else None
        at_hand = key is not None and (person_key is not None or not came.person)
        try:
            if key and at_hand and not attempt:
                return await _at_hand(record, tenant, case_id, stream_id, subject_id, came, key, person_key)
            if kind is not None and stream_id == case_id and not attempt:
                key, person_key, row = await _open(record, tenant, case_id, kind, subject_id, came, key, person_key)
            else:
                key, person_key, row = await _fetch(record, tenant, case_id, stream_id, kind, subject_id, came)
        except Crossed:  # whoever was let through is done when this begins again
            if attempt == _TRIES - 1:
                raise
            continue
        except StaleKey:
            keyring.forget({one.key_id for one in (key, person_key) if one})
            continue
        except UnknownSomething:
            if kind is None or attempt:  # else the codec needed the key before anything came in
                raise
            continue
        if row["outcome"] != "other_key":
            keyring.remember(tenant, case_id, key)
            if person_key:
                keyring.remember(tenant, person_scope, person_key)
            return row
    raise KeyDestroyed


async def _within(
    record: Record,
    tenant: str,
    case_id: str,
    stream_id: str,
    kind: SubjectKind | None,
    subject_id: str | None,
    came: Incoming,
) -> asyncpg.Record:
    """As a part of the transaction that is open, on its connection: what ends it ends all of it, to begin again.

    No key is remembered: whether it will have been made is not known yet.
    """
    keyring = record.keyring
    try:
        _, _, row = await _fetch(record, tenant, case_id, stream_id, kind, subject_id, came)
    except StaleKey:
        if stale := keyring.cached(tenant, case_id):
            keyring.forget({stale.key_id})
        raise RecordUnavailable("a key was destroyed meanwhile; nothing of this is kept, begin again") from None
    return row


async def _at_hand(
    record: Record,
    tenant: str,
    case_id: str,
    stream_id: str,
    subject_id: str | None,
    came: Incoming,
    key: DataKey,
    person_key: DataKey | None,
) -> asyncpg.Record:
    """One statement with keys that are known."""
    async with connected(record.pool) as connection:
        row = await _insert(
            record, connection, "accept_message", (), tenant, case_id, stream_id, subject_id, came, key, person_key
        )
    if row["outcome"] == "conflict":
        raise Conflict
    return row


async def ensure_case(
    record: Record, connection: Connection, tenant: str, case_id: str, kind: SubjectKind | None, person: str
) -> tuple[DataKey, DataKey | None]:
    """The keys of a case and a person in it, and with a kind the case itself: made where missing."""
    keyring = record.keyring
    if kind is None:
        key = await keyring.case_key(tenant, case_id, connection)
        return key, await keyring.person_data_key(connection, tenant, case_id, person) if person else None
    key_id, wrapped, version, at = keyring.candidate(tenant)
    person_key_id, person_wrapped, _, _ = keyring.candidate(tenant)
    rows = await connection.fetch(
        record.queries["ensure_case"],
        *(tenant, case_id, kind, key_id, wrapped, version, person, person_key_id, person_wrapped, at),
    )
    return keyring.unwrapped(rows[0]), keyring.unwrapped(rows[1]) if person else None


async def _open(
    record: Record,
    tenant: str,
    case_id: str,
    kind: SubjectKind,
    subject_id: str | None,
    came: Incoming,
    key: DataKey | None,
    person_key: DataKey | None,
) -> tuple[DataKey, DataKey | None, asyncpg.Record]:
    """One statement for whatever is seen for the first time."""
    keyring = record.keyring
    key = key or keyring.fresh(tenant)
    person_key = (person_key or keyring.fresh(tenant)) if came.person else None
    wrapped = keyring.wrapped(person_key) if person_key else None
    opening = (tenant, case_id, kind, keyring.wrapped(key), keyring.kek_version, wrapped, came.received_at)
    async with connected(record.pool) as connection:
        row = await _insert(
            record, connection, "open_and_accept", opening, tenant, case_id, case_id, subject_id, came, key, person_key
        )
    return key, person_key, row


async def _fetch(
    record: Record,
    tenant: str,
    case_id: str,
    stream_id: str,
    kind: SubjectKind | None,
    subject_id: str | None,
    came: Incoming,
) -> tuple[DataKey, DataKey | None, asyncpg.Record]:
    """With the keys there are, in one transaction with the message."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key, person_key = await ensure_case(record, connection, tenant, case_id, kind, came.person)
        row = await _insert(
            record, connection, "accept_message", (), tenant, case_id, stream_id, subject_id, came, key, person_key
        )
        if row["outcome"] == "conflict":
            raise Conflict  # and so no case was opened
    return key, person_key, row


async def _insert(
    record: Record,
    connection: Connection,
    query: str,
    opening: tuple[object, ...],
    tenant: str,
    case_id: str,
    stream_id: str,
    subject_id: str | None,
    came: Incoming,
    key: DataKey,
    person_key: DataKey | None,
) -> asyncpg.Record:
    row = await connection.fetchrow(
        record.queries[query],
        *(opening or (tenant, stream_id)),
        seal(key, subject_id.encode(), subject_aad(case_id)) if subject_id else None,
        key.key_id,
        person_key.key_id if person_key else None,
        *(came.kind, came.channel, came.message_id, came.digest),
        *sealed_parts(case_id, stream_id, came, key, person_key),
        came.received_at,
    )
    assert row is not None
    return row


def sealed_parts(
    case_id: str, stream_id: str, came: Incoming, key: DataKey, person_key: DataKey | None
) -> tuple[bytes, bytes | None, str, str, str | None, str, bytes | None, bool]:
    """Content, personal part, person, key of the address, role, area, contact, contactable."""
    personal = contact = None
    if person_key and came.personal is not None:
        personal = seal(person_key, came.personal, personal_aad(stream_id, came.message_id))
    if person_key and came.contact is not None:
        contact = seal(person_key, came.contact, contact_aad(case_id, came.person))
    content = seal(key, came.content, content_aad(stream_id, came.message_id))
    return content, personal, came.person, came.address_key, came.role, came.area, contact, came.contactable


def content_aad(stream_id: str, message_id: str) -> str:
    """Where a message's content belongs."""
    return f"inbox\0{stream_id}\0{message_id}"


def personal_aad(stream_id: str, message_id: str) -> str:
    """Where a message's personal part belongs."""
    return f"inbox personal\0{stream_id}\0{message_id}"


def contact_aad(case_id: str, person: str) -> str:
    """Where a contact belongs."""
    return f"contact\0{case_id}\0{person}"


def subject_aad(case_id: str) -> str:
    """Where a case's subject belongs."""
    return f"subject\0{case_id}"
