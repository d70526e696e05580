"""An account's strikes over all its cases, and the steps they reached. Counting is pure (`cases.ladder`); here it is kept."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, TypeAdapter

from cases.decisions import SourceDecision
from cases.facts import Fact
from cases.ladder import Climb, Counting, Crossing, Span, Step, StrikeMark, climb, counted, counting_at, forgiven
from record.pool import Connection, tenant_transaction
from record.record import Record

_SPANS: TypeAdapter[tuple[Span, ...]] = TypeAdapter(tuple[Span, ...])


class AreaLadder(Fact):
    """How an area's strikes count, and what they lead to."""

    counting: Counting
    steps: tuple[Step, ...]


class Unbrought(Fact):
    """A step that the account's own case has yet to hear of. fall_source: it fell since, for this decision's sake."""

    account: str
    crossing: Crossing
    fall_source: SourceDecision | None
    brought_at: AwareDatetime | None


async def climbed(record: Record, tenant: str, account: str, ladders: Mapping[str, AreaLadder], at: datetime) -> None:
    """Count an account's strikes anew, and note what steps were reached and what steps fell. Repeatable.

    Raises RecordUnavailable.
    """
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["lock_account_strikes"], tenant, account)
        marks = await _marks(record, connection, tenant, account)
        spans = await _suspensions(record, connection, tenant, account)
        rows = await connection.fetch(record.queries["standing_crossings"], tenant, account)
        standing = [Crossing.model_validate_json(row["crossing"]) for row in rows]
        for area in sorted(ladders.keys() | {one.area for one in standing}):
            ladder = ladders.get(area, AreaLadder(counting=Counting(), steps=()))
            own = [one for one in standing if one.area == area]
            found = climb(account, area, ladder.steps, marks.get(area, ()), ladder.counting, spans, own, at)
            await _keep(record, connection, tenant, account, found, at)


async def counting(record: Record, tenant: str, account: str, rules: Mapping[str, Counting], at: datetime) -> int:
    """How many strikes count against an account (its target key) now, in all. rules: by area; in others they count plainly."""
    async with tenant_transaction(record.pool, tenant) as connection:
        marks = await _marks(record, connection, tenant, account)
        spans = await _suspensions(record, connection, tenant, account) if marks else ()
    return sum(
        len(counting_at(counted([one for one in own if one.active], rules.get(area, Counting()), spans), at))
        for area, own in marks.items()
    )


async def is_forgiven(
    record: Record, tenant: str, account: str, area: str, counting: Counting, source: SourceDecision
) -> bool:
    """Whether the strike that this decision left on the account is a first one, which does not count."""
    async with tenant_transaction(record.pool, tenant) as connection:
        marks = await _marks(record, connection, tenant, account)
        spans = await _suspensions(record, connection, tenant, account)
    return forgiven(source, marks.get(area, ()), counting, spans)


async def unbrought(
    record: Record, tenant: str, account: str | None = None, before: datetime | None = None
) -> list[Unbrought]:
    """Steps, and falls of steps, that an account's own case has not heard of: of one account, or those from before."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["crossings_to_bring"], tenant, account, before)
    return [
        Unbrought(
            account=row["account"],
            crossing=Crossing.model_validate_json(row["crossing"]),
            fall_source=SourceDecision.model_validate_json(row["fall_source"]) if row["fall_source"] else None,
            brought_at=row["brought_at"],
        )
        for row in rows
    ]


async def note_brought(record: Record, tenant: str, crossing_id: str, at: datetime, *, fall: bool) -> None:
    """The account's own case has it in its inbox; fall: and that it fell."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_brought"], tenant, crossing_id, at, fall)


async def _keep(record: Record, connection: Connection, tenant: str, account: str, found: Climb, at: datetime) -> None:
    for one in found.crossed:
        await connection.execute(
            record.queries["note_crossing"], tenant, one.crossing_id, account, one.area, one.model_dump_json(), at
        )
    for crossing_id, source in found.fallen:
        await connection.execute(record.queries["note_fall"], tenant, crossing_id, source.model_dump_json(), at)


async def _marks(
    record: Record, connection: Connection, tenant: str, account: str
) -> dict[str, tuple[StrikeMark, ...]]:
    marks: dict[str, tuple[StrikeMark, ...]] = {}
    for row in await connection.fetch(record.queries["strikes_of_account"], tenant, account):
        marks[row["area"]] = (*marks.get(row["area"], ()), StrikeMark.model_validate(dict(row)))
    return marks


async def _suspensions(record: Record, connection: Connection, tenant: str, account: str) -> tuple[Span, ...]:
    rows = await connection.fetch(record.queries["suspensions_of_account"], tenant, account)
    return _SPANS.validate_python([dict(row) for row in rows])
