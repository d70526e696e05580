"""One case at a time: a transaction that holds the case's lock and its live key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cases.errors import UnknownSomething
from cases.names import tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import DataKey


@asynccontextmanager
async def locked_case(record: Record, case_id: str) -> AsyncIterator[tuple[Connection, DataKey]]:
    """A transaction under the case's lock, and the key that lives while it is held: destroying one takes the same lock.

    Raises UnknownSomething for a case that is not in the record, RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        if await connection.fetchval(record.queries["lock_stream"], tenant, case_id) is None:
            raise UnknownSomething(f"no case {case_id} in the record")
        yield connection, await record.keyring.live_case_key(connection, tenant, case_id)
