"""What authorities ordered, the newest first; and what their orders say, opened to write to those who are told of them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.errors import KeyDestroyed, UnknownSomething
from cases.names import tenant_of
from record.accepting import content_aad
from record.pool import tenant_transaction
from record.record import Record


@dataclass(frozen=True)
class OrderTaken:
    """An order as the inbox has it, without its words. read: the case has it."""

    case_id: str
    number: int
    order_id: str
    authority: str
    received_at: datetime
    read: bool


async def orders_taken(record: Record, tenant: str, limit: int, after: str | None = None) -> list[OrderTaken]:
    """The newest first. after: what came before this order. Raises UnknownSomething where that is none."""
    async with tenant_transaction(record.pool, tenant) as connection:
        since = await connection.fetchval(record.queries["authority_order_taken"], tenant, after) if after else None
        if after and since is None:
            raise UnknownSomething(f"after: no authority's order {after} came in; give one that the list named")
        rows = await connection.fetch(record.queries["authority_orders_taken"], tenant, limit, since, after)
    return [
        OrderTaken(
            case_id=row["stream_id"],
            number=row["number"],
            order_id=row["message_id"],
            authority=row["person"],
            received_at=row["received_at"],
            read=row["consumed_at"] is not None,
        )
        for row in rows
    ]


async def order_texts(record: Record, case_id: str, order_id: str) -> dict[str, Any]:
    """The order as it was taken down; nothing where it came by a raw signal, which has no words. Raises KeyDestroyed."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["message_content"], tenant, case_id, order_id)
        if row is None:
            return {}
        sealed = [(row["content"], content_aad(case_id, order_id))]
        (plain,) = await record.keyring.open_all(tenant, sealed, connection)
    if plain is None:
        raise KeyDestroyed
    content: dict[str, Any] = json.loads(plain)
    return content
