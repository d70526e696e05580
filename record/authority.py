"""What authorities' orders say: sealed with the case, opened to write to those who are told of them."""

import json
from typing import Any

from cases.errors import KeyDestroyed
from cases.names import tenant_of
from record.accepting import content_aad
from record.pool import tenant_transaction
from record.record import Record


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
