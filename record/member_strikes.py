"""Strikes that a campaign's decision leaves: one on each account, however much of theirs took part. Rows like all strikes."""

from collections.abc import Sequence
from datetime import datetime

from cases.names import tenant_of
from record.pool import tenant_transaction
from record.record import Record


async def strike(
    record: Record,
    case_id: str,
    decision_id: str,
    orders: Sequence[str],
    area: str,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[str]:
    """The next accounts, at most so many, on which these orders took effect; they have their strike now."""
    return await _accounts(record, case_id, "strike_accounts", decision_id, list(orders), area, since, until, limit)


async def unstrike(record: Record, case_id: str, decision_id: str, limit: int) -> list[str]:
    """The next accounts, at most so many, whose strike counts no more, since the decision was taken back."""
    return await _accounts(record, case_id, "unstrike_accounts", decision_id, limit)


async def take_along(record: Record, case_id: str, decision_id: str, member_key: str) -> bool:
    """Whether the strike goes with this member: asked while it takes part still, in the transaction that splits it off."""
    return bool(await _accounts(record, case_id, "take_strike_along", decision_id, member_key))


async def _accounts(record: Record, case_id: str, query: str, *arguments: object) -> list[str]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, case_id, *arguments)
    return sorted(row["account"] for row in rows)
