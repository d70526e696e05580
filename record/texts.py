"""Texts people wrote about a case (rationales, reasons), sealed; messages and events name them by id."""

import hmac
from datetime import datetime
from hashlib import sha256
from secrets import token_hex

from pydantic import AwareDatetime

from cases.errors import Conflict, KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.names import tenant_of
from record.locking import locked_case
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


class StoredText(Fact):
    """One text. purpose: rationale, extension, reversal, …; by: reviewer or operator."""

    text_id: str
    case_id: str
    purpose: str
    by: str
    at: AwareDatetime
    text: str


async def put(
    record: Record, case_id: str, purpose: str, text: str, by: str, at: datetime, message_id: str | None = None
) -> str:
    """Store a text and name it: `txt-` and 32 hex digits.

    message_id: what the text belongs to; the same again gives the same id, and stores nothing twice.
    Raises Conflict (another text for this message), UnknownSomething (no such case), RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    secret = await record.keyring.subject_secret(tenant)
    name = f"text\0{case_id}\0{purpose}\0{message_id}".encode()
    hexes = token_hex(16) if message_id is None else hmac.new(secret, name, sha256).hexdigest()[:32]
    text_id, digest = f"txt-{hexes}", hmac.new(secret, text.encode(), sha256).digest()
    async with locked_case(record, case_id) as (connection, key):
        sealed = seal(key, text.encode(), _aad(case_id, text_id))
        await connection.execute(record.queries["put_text"], tenant, text_id, case_id, purpose, by, at, digest, sealed)
        row = await connection.fetchrow(record.queries["text"], tenant, text_id)
    if row is None or row["digest"] != digest:
        raise Conflict(f"another text was stored as the {purpose} of {message_id}; use a new id for a new message")
    return text_id


async def get(record: Record, tenant: str, text_id: str) -> StoredText:
    """Raises UnknownSomething, KeyDestroyed."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["text"], tenant, text_id)
        if row is None:
            raise UnknownSomething(f"no text {text_id[:40]!r} in the record")
        sealed = [(row["content"], _aad(row["case_id"], text_id))]
        (text,) = await record.keyring.open_all(tenant, sealed, connection)
    if text is None:
        raise KeyDestroyed
    return StoredText(
        text_id=text_id,
        case_id=row["case_id"],
        purpose=row["purpose"],
        by=row["written_by"],
        at=row["written_at"],
        text=text.decode(),
    )


def _aad(case_id: str, text_id: str) -> str:
    return f"text\0{case_id}\0{text_id}"
