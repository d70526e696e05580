"""The register of reviewers: skills, certifications, hours, how much at once. Who is in none may take anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg
from pydantic import AwareDatetime, TypeAdapter

from cases.exposure import Look, strain
from cases.facts import Fact
from cases.reviewers import ReviewerProfile, Standing
from cases.severity import Severity
from record.pool import Connection, tenant_transaction
from record.record import Record

LONGEST_DAY: Final = timedelta(hours=25)  # when clocks go back
_LOOKS: Final = TypeAdapter(tuple[Look, ...])


class Registered(Fact):
    """A reviewer in the register. held: tasks they hold now."""

    reviewer: str
    profile: ReviewerProfile
    held: int
    changed_at: AwareDatetime
    changed_by: str


async def standing(record: Record, connection: Connection, tenant: str, reviewer: str, now: datetime) -> Standing:
    """A reviewer, as far as claims go. Where a tenant registered nobody, there is no register to hold to.

    connection: in a transaction of the tenant's, or in none: the question names the tenant itself.
    """
    elsewhere = record.serving.get((tenant, reviewer), ())
    row = await connection.fetchrow(
        record.queries["reviewer_standing"], tenant, reviewer, now, *_looks_that_matter(record, now), elsewhere
    )
    assert row is not None
    return _standing(record, row, now)


async def standings(record: Record, tenant: str, people: Sequence[str], now: datetime) -> dict[str, Standing]:
    """The same of several."""
    elsewhere = [(name, other) for name in people for other in record.serving.get((tenant, name), ())]
    arguments = (*_looks_that_matter(record, now), [name for name, _ in elsewhere], [other for _, other in elsewhere])
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["reviewer_standings"], tenant, list(people), now, *arguments)
    return {row["reviewer"]: _standing(record, row, now) for row in rows}


async def register(
    record: Record, tenant: str, reviewer: str, profile: ReviewerProfile, now: datetime, by: str
) -> None:
    """What the register says of a reviewer from now on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["register_reviewer"], tenant, reviewer, profile.model_dump_json(), now, by
        )


async def unregister(record: Record, tenant: str, reviewer: str, now: datetime, by: str) -> bool:
    """A reviewer leaves, and holds nothing any more; False where they were not in it. With the last one the register ends."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["one_claim_at_a_time"], tenant, reviewer
        )  # what is under way is given back
        left = bool(await connection.fetchval(record.queries["unregister_reviewer"], tenant, reviewer, now, by))
        if left:
            await connection.execute(record.queries["give_all_back"], tenant, reviewer, now)
    return left


async def registered(record: Record, tenant: str, now: datetime) -> list[Registered]:
    """The register."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["registered_reviewers"], tenant, now)
    return [
        Registered(
            reviewer=row["reviewer_id"],
            profile=ReviewerProfile.model_validate_json(row["profile"]),
            held=row["held"],
            changed_at=row["changed_at"],
            changed_by=row["changed_by"],
        )
        for row in rows
    ]


def _looks_that_matter(record: Record, now: datetime) -> tuple[datetime, list[int], datetime]:
    """From when on looks count; of which severities; and from when on the others do, which weigh nothing."""
    rules = record.wellbeing
    weigh = [int(severity) for severity in Severity if rules.weights.of(severity).units]
    return now - LONGEST_DAY - rules.remembered, weigh, now - rules.remembered


def _standing(record: Record, row: asyncpg.Record, now: datetime) -> Standing:
    profile = ReviewerProfile.model_validate_json(row["profile"]) if row["registered"] else None
    began = (profile or ReviewerProfile()).day_of(now)
    return Standing(
        registered=profile is not None or not row["kept"],
        profile=profile,
        held=row["held"],
        claimed_today=row["claimed_today"],
        opted_out=tuple(row["opted_out"] or ()),
        strain=strain(record.wellbeing, _LOOKS.validate_json(row["looks"] or "[]"), now, began),
    )
