"""Orders that were given up, and are in force since by a later order on their target: their cases hear of it."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from cases.errors import KeyDestroyed
from cases.interventions import OrderOvertakenMessage
from record import measures
from record.inbox import Acceptance, accept
from record.pool import tenant_transaction
from record.record import Record

ORDERS_LIMIT: Final = 200  # in one sweep; the next takes the rest


async def tell_overtaken(record: Record, tenant: str, now: datetime) -> list[Acceptance]:
    """Each order's case hears once; what was accepted, to be rung for. Raises RecordUnavailable."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["orders_overtaken"], tenant, ORDERS_LIMIT)
    told = []
    for row in rows:
        case_id, order_id, version = row["case_id"], row["order_id"], row["target_version"]
        name = f"overtaken-{sha256(order_id.encode()).hexdigest()[:32]}"
        message = OrderOvertakenMessage(message_id=name, order_id=order_id, target_version=version)
        try:
            async with record.together(tenant):
                await measures.note_confirmed(record, case_id, order_id, now, version, "superseded")
                accepted = await accept(
                    record, tenant, case_id, None, None, "order_overtaken", name, message, None, now
                )
        except KeyDestroyed:  # the case was erased: nobody waits for it
            continue
        told.append(accepted)
    return told
