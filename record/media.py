"""Bytes of attachments: sealed under the case's key, named by a keyed hash of their digest, destroyed with the key.

Whoever needs a version's pictures asks `of_version` which there are, and `read` for the bytes of one.
"""

import asyncio
import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from cases.digests import evidence_digest
from cases.errors import KeyDestroyed, UnknownSomething
from cases.media import Medium, Missing, attached
from cases.names import tenant_of
from record import evidence
from record.locking import locked_case
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


async def keep(
    record: Record,
    case_id: str,
    medium: Medium,
    content: bytes | None,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Seal what was fetched, or why it was not. Bytes that are there stay: they are named by their digest.

    next_try_at: when it is asked for again, or a picture read, unless that was done before.
    Raises ValueError for bytes that do not have the digest, UnknownSomething (no such case), RecordUnavailable.
    """
    if content is not None and sha256(content).hexdigest() != medium.sha256:
        raise ValueError("these bytes are not the ones that the evidence names")
    tenant, name = tenant_of(case_id), await name_of(record, case_id, medium.sha256)
    async with locked_case(record, case_id) as (connection, key):
        await connection.execute(
            record.queries["keep_medium"],
            *(tenant, case_id, name),
            seal(key, medium.model_dump_json().encode(), _aad("facts", case_id, name)),
            content and await asyncio.to_thread(seal, key, content, _aad("content", case_id, name)),  # up to 16 MB
            *(medium.missing, now, next_try_at),
        )


async def known(record: Record, case_id: str, media: Iterable[Medium]) -> tuple[Medium, ...]:
    """The same attachments with what is known of each: its own type and size, or why its bytes are missing.

    Of what was never asked for, as of what was erased, nothing is known: missing as `away`.
    """
    listed = tuple(media)
    names = {one.sha256: await name_of(record, case_id, one.sha256) for one in listed if one.sha256}
    found = await _facts(record, case_id, names.values()) if names else {}
    return tuple(_joined(one, found.get(names.get(one.sha256, ""))) for one in listed)


async def of_version(record: Record, case_id: str, version: int) -> tuple[Medium, ...]:
    """The attachments of one captured version, in their order. Raises UnknownSomething, KeyDestroyed."""
    snapshot = json.loads(await evidence.read(record, case_id, version))
    return await known(record, case_id, attached(snapshot.get("attachments") or ()))


async def read(record: Record, case_id: str, medium: Medium) -> bytes:
    """The bytes as they were captured. Raises UnknownSomething where there are none, KeyDestroyed, SealBroken."""
    tenant, name = tenant_of(case_id), await name_of(record, case_id, medium.sha256)
    async with tenant_transaction(record.pool, tenant) as connection:
        sealed = await connection.fetchval(record.queries["medium"], tenant, case_id, name)
        if sealed is None:
            raise UnknownSomething(f"{case_id} has no bytes of its attachment {medium.place}")
        (content,) = await record.keyring.open_all(tenant, [(sealed, _aad("content", case_id, name))], connection)
    if content is None:
        raise KeyDestroyed
    assert evidence_digest(content) == f"sha256:{medium.sha256}"
    return content


async def _facts(record: Record, case_id: str, names: Iterable[str]) -> dict[str | None, Medium]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["media_facts"], tenant, case_id, list(names))
        sealed = [(row["facts"], _aad("facts", case_id, row["media_key"])) for row in rows]
        opened = await record.keyring.open_all(tenant, sealed, connection)
    return {
        row["media_key"]: Medium.model_validate_json(one).evolve(tried_at=row["captured_at"])
        for row, one in zip(rows, opened, strict=True)
        if one is not None
    }


def _joined(said: Medium, kept: Medium | None) -> Medium:
    if kept is None:
        return said if said.missing else said.evolve(missing=Missing.AWAY)
    return kept.evolve(place=said.place)


async def names_of(record: Record, case_id: str, digests: Iterable[str]) -> frozenset[str]:
    """Of several, as `name_of`."""
    return frozenset([await name_of(record, case_id, one) for one in digests])


async def name_of(record: Record, case_id: str, digest: str) -> str:
    """Under what an attachment's row is kept: from the digest alone, nobody can look whether a picture was captured."""
    secret = await record.keyring.subject_secret(tenant_of(case_id))
    return hmac.new(secret, b"medium\0" + digest.encode(), sha256).hexdigest()


def _aad(part: str, case_id: str, name: str) -> str:
    return f"medium {part}\0{case_id}\0{name}"
