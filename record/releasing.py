"""Reports that were set aside are processed when their reporter's suspension has ended, was lifted, or was reversed."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from cases.errors import KeyDestroyed
from cases.standing import StandingMessage
from record.inbox import Acceptance, accept
from record.pool import tenant_transaction
from record.record import Record
from record.standing import REINSTATED

CASES_LIMIT: Final = 200  # in one sweep; the next takes the rest
PEOPLE_LIMIT: Final = 1_000  # in one message


async def release(record: Record, tenant: str, now: datetime) -> list[Acceptance]:
    """Ask every case for the processing of such reports, once; what was accepted, to be rung for.

    Raises RecordUnavailable.
    """
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["reports_released"], tenant, now, CASES_LIMIT)
    released = []
    for row in rows:
        case_id, people = row["case_id"], tuple(sorted(row["people"]))[:PEOPLE_LIMIT]
        named = sha256("\0".join((case_id, str(row["through"]), *people)).encode()).hexdigest()[:32]
        message = StandingMessage(message_id=f"released-{named}", people=people, by="suspension:ended")
        try:
            accepted = await accept(
                record, tenant, case_id, None, None, REINSTATED, message.message_id, message, None, now
            )
        except KeyDestroyed:  # the case was erased: there is nothing to process
            continue
        released.append(accepted)
    return released
