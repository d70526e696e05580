"""The register of reviewers: skills, certifications, hours, how much at once. Who is in none may take anything."""

from datetime import datetime

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.reviewers import ReviewerProfile, Standing
from record.pool import Connection, tenant_transaction
from record.record import Record


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
    row = await connection.fetchrow(record.queries["reviewer_standing"], tenant, reviewer, now)
    assert row is not None
    if not row["registered"]:
        return Standing(registered=not row["kept"], held=row["held"])
    profile = ReviewerProfile.model_validate_json(row["profile"])
    return Standing(profile=profile, held=row["held"], claimed_today=row["claimed_today"])


async def register(
    record: Record, tenant: str, reviewer: str, profile: ReviewerProfile, now: datetime, by: str
) -> None:
    """What the register says of a reviewer from now on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["register_reviewer"], tenant, reviewer, profile.model_dump_json(), now, by
        )


async def unregister(record: Record, tenant: str, reviewer: str, now: datetime, by: str) -> bool:
    """A reviewer leaves; False where they were not in it. With the last one the register ends."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["unregister_reviewer"], tenant, reviewer, now, by))


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
