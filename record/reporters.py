"""What a telling needs to know of reporters beside how to reach them: what they heard before, and when they first wrote."""

from collections.abc import Collection, Sequence

from cases.names import tenant_of
from record.pool import tenant_transaction
from record.record import Record


async def told_of(record: Record, case_id: str, references: Sequence[str], people: Collection[str]) -> frozenset[str]:
    """Which of these people were told of any of these decisions, holds, reversals or appeals, by whatever notice."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["informed_of"], tenant, case_id, list(references), list(people))
    return frozenset(row["person"] for row in rows)


async def first_reports(record: Record, case_id: str, area: str | None, people: Collection[str]) -> dict[str, int]:
    """The inbox number of each one's first report of this area (None: of any); nobody who reported nothing."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["first_reports"], tenant, case_id, area, list(people))
    return {row["person"]: row["first_number"] for row in rows}
