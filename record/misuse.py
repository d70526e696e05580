"""Who may be misusing reports, by numbers alone; whether they are is a person's decision (DSA Art. 23(2) and (3))."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime

from cases.durations import parse_duration
from cases.facts import Fact
from cases.messages import Person
from record import people
from record.pool import tenant_transaction
from record.record import Record

LIMIT: Final = 500


class ReporterRecord(Fact):
    """What people decided on somebody's reports, in areas where reports may wait. account: as a target of measures, or ''."""

    key: str
    judged: int
    unfounded: int
    areas: tuple[str, ...]
    last_at: AwareDatetime
    account: str
    suspended: bool
    suspended_until: AwareDatetime | None


async def candidates(record: Record, tenant: str, now: datetime) -> list[ReporterRecord]:
    """Those with enough judged reports, and a large enough share of unfounded ones, the most unfounded first; 500 at most."""
    return await _records(record, tenant, now, record.rules.misuse_reports, record.rules.misuse_share, None)


async def records_of(record: Record, tenant: str, keys: Collection[str], now: datetime) -> dict[str, ReporterRecord]:
    """The records of these people; nobody on whose reports nobody decided."""
    found = await _records(record, tenant, now, 1, 0.0, sorted(keys))
    return {one.key: one for one in found}


async def person_of(record: Record, tenant: str, key: str) -> Person | None:
    """Who this is, as they named themselves in their last report that can still be read."""
    async with tenant_transaction(record.pool, tenant) as connection:
        case_id = await connection.fetchval(record.queries["case_of_reporter"], tenant, key)
    found = await people.contacts(record, case_id, [key]) if case_id else []
    return found[0].who if found else None


async def _records(
    record: Record, tenant: str, now: datetime, judged: int, share: float, keys: Collection[str] | None
) -> list[ReporterRecord]:
    since = now - parse_duration(record.rules.misuse_within)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["reporters_misusing"],
            *(tenant, since, sorted(record.waiting), judged, share, None if keys is None else list(keys), now, LIMIT),
        )
    return [ReporterRecord.model_validate(dict(row)) for row in rows]
