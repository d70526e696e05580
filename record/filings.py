"""Statements owed to public databases, as sent and as answered."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from cases.errors import Conflict, KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.names import tenant_of
from record.locking import locked_case
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


class StoredFiling(Fact):
    """One statement. filing_id is also its identifier (puid) there; uuid: the database's own. payload: as sent."""

    filing_id: str
    case_id: str
    cause: str
    state: Literal["owed", "accepted", "refused"]
    payload: bytes
    uuid: str | None
    attempts: int
    last_error: str | None
    owed_at: AwareDatetime
    answered_at: AwareDatetime | None


async def owe(record: Record, case_id: str, filing_id: str, cause: str, payload: bytes, at: datetime) -> StoredFiling:
    """Keep the statement before it is sent; the one kept first stays, and is what is sent on every attempt.

    Raises Conflict (the id is another case's), UnknownSomething (no such case), RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    async with record.together(tenant):
        async with locked_case(record, case_id) as (connection, key):
            sealed = seal(key, payload, filing_aad(case_id, filing_id))
            await connection.execute(record.queries["owe_filing"], tenant, filing_id, case_id, cause, sealed, at)
        stored = await get(record, tenant, filing_id)
    if stored.case_id != case_id:
        raise Conflict(f"filing {filing_id} is of another case")
    return stored


async def get(record: Record, tenant: str, filing_id: str) -> StoredFiling:
    """Raises UnknownSomething, KeyDestroyed."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["filing"], tenant, filing_id)
        if row is None:
            raise UnknownSomething(f"no filing {filing_id[:80]!r} in the record")
        sealed = [(row["payload"], filing_aad(row["case_id"], filing_id))]
        (payload,) = await record.keyring.open_all(tenant, sealed, connection)
    if payload is None:
        raise KeyDestroyed
    return StoredFiling.model_validate({**dict(row), "filing_id": filing_id, "payload": payload})


async def note_attempt(record: Record, tenant: str, filing_id: str, error_code: str | None) -> None:
    """The statement was sent; error_code: what went wrong, without content."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_filing_attempt"], tenant, filing_id, error_code)


async def note_answered(
    record: Record,
    tenant: str,
    filing_id: str,
    at: datetime,
    *,
    accepted: bool,
    uuid: str | None = None,
    error_code: str | None = None,
) -> None:
    """The database answered for good. The first answer stands."""
    state = "accepted" if accepted else "refused"
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_filing_answered"], tenant, filing_id, state, uuid, error_code, at)


def filing_aad(case_id: str, filing_id: str) -> str:
    """Where a statement belongs."""
    return f"filing\0{case_id}\0{filing_id}"
