"""Which decisions rest on decisions of other cases, so that the fall of one reaches the others."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from cases.decisions import SourceDecision
from cases.facts import Fact
from cases.names import tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record


class Rests(Fact):
    """A decision elsewhere that rests on one of this case. fall_brought_at: since when its case knows that it fell."""

    source_decision: str
    case_id: str
    decision_id: str
    fall_brought_at: AwareDatetime | None


async def note_rests(
    record: Record, case_id: str, decision_id: str, sources: Sequence[SourceDecision], at: datetime
) -> None:
    """Note that a decision of this case rests on these. Repeatable."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["note_rests"],
            *(tenant, case_id, decision_id),
            [one.case_id for one in sources],
            [one.decision_id for one in sources],
            at,
        )


async def resting_on(record: Record, source: SourceDecision) -> list[str]:
    """The cases with decisions that rest on this one."""
    tenant = tenant_of(source.case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["resting_on"], tenant, source.case_id, source.decision_id)
    return [row["case_id"] for row in rows]


async def note_fall_brought(record: Record, source: SourceDecision, case_id: str, at: datetime) -> None:
    """That case has word of the fall in its inbox."""
    tenant = tenant_of(source.case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["note_fall_brought"], tenant, source.case_id, source.decision_id, case_id, at
        )


async def rests_of(record: Record, case_id: str) -> list[Rests]:
    """What rests on the decisions of this case."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["rests_of"], tenant, case_id)
    return [Rests.model_validate(dict(row)) for row in rows]


async def standing(
    record: Record, connection: Connection, tenant: str, wanted: Sequence[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Of these decisions, by case and id, those that the tenant's record has."""
    rows = await connection.fetch(
        record.queries["decisions_there"],
        tenant,
        [case_id for case_id, _ in wanted],
        [f"decision:{decision_id}" for _, decision_id in wanted],
    )
    return frozenset((row["stream_id"], row["event_id"].removeprefix("decision:")) for row in rows)
