"""A campaign's statements: one for each target on which its decision took effect, kept, sent and answered by the hundred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.campaigns import member_filing
from cases.decisions import FiledBefore
from cases.names import tenant_of
from record.campaigns import Member, members_of
from record.filings import filing_aad
from record.locking import locked_case
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


@dataclass(frozen=True)
class MemberFiling:
    """A statement that is owed. order_id: the campaign's order; restricted_at: when the platform confirmed the restriction,
    confirmed_at: when it confirmed what is stated. earlier: statements this one supersedes. payload: as kept, None before.
    """

    member: Member
    order_id: str
    restricted_at: datetime
    confirmed_at: datetime
    first_seen: datetime
    earlier: tuple[str, ...]
    payload: bytes | None
    last_error: str | None


async def owed(
    record: Record, case_id: str, orders: Sequence[str], cause: str, superseded: Sequence[str], limit: int
) -> list[MemberFiling]:
    """Targets whose statement has no answer, at most so many; what the database refused comes last. Raises KeyDestroyed."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["statements_owed"], tenant, case_id, list(orders), cause, list(superseded), limit
        )
        members = await members_of(record, connection, case_id, rows)
        kept = [(row["payload"], filing_aad(case_id, member_filing(case_id, cause, row["target_key"]))) for row in rows]
        known = [one for one in kept if one[0] is not None]
        opened = iter(await record.keyring.open_all(tenant, known, connection))
    return [
        MemberFiling(
            member=member,
            payload=None if row["payload"] is None else next(opened),
            earlier=tuple(row["earlier"]),
            **{key: row[key] for key in ("order_id", "restricted_at", "confirmed_at", "first_seen", "last_error")},
        )
        for row, member in zip(rows, members, strict=True)
    ]


async def owe(record: Record, case_id: str, cause: str, payloads: Mapping[str, bytes], at: datetime) -> set[str]:
    """Keep these statements before they are sent, by target; what was kept first stays. Which targets are left: who split
    off a moment ago is left to their own case.
    """
    if not payloads:
        return set()
    targets = {member_filing(case_id, cause, target): target for target in payloads}
    async with locked_case(record, case_id) as (connection, key):
        sealed = [
            seal(key, body, filing_aad(case_id, own)) for own, body in zip(targets, payloads.values(), strict=True)
        ]
        causes = [f"{cause}@{target}" for target in payloads]
        rows = await connection.fetch(
            record.queries["owe_filings"],
            *(tenant_of(case_id), case_id, at, list(targets), causes, sealed, list(payloads)),
        )
    return {targets[row["filing_id"]] for row in rows}


async def note_attempts(
    record: Record, tenant: str, filings: Sequence[str], error: str | None, *, more: int = 0
) -> None:
    """These were sent so many times more; error: what went wrong, or why they wait, without content."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_filing_attempts"], tenant, list(filings), error, more)


async def note_answered(
    record: Record,
    tenant: str,
    filings: Mapping[str, str | None],
    at: datetime,
    *,
    accepted: bool,
    error_code: str | None = None,
) -> None:
    """The database answered, with its own id of each where it says one. The first answer stands."""
    state = "accepted" if accepted else "refused"
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["note_filings_answered"],
            *(tenant, list(filings), list(filings.values()), state, error_code, at),
        )


async def accepted(record: Record, case_id: str, cause: str) -> int:
    """How many statements of this cause the database has."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["filings_accepted"], tenant, case_id, cause))


async def filed_before(record: Record, case_id: str, cause: str, target_key: str) -> FiledBefore | None:
    """What a campaign has filed, or is about to file, of this target; None where nothing was owed yet."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["filing_of_member"], tenant, case_id, f"{cause}@{target_key}")
    return FiledBefore(filing_id=row["filing_id"], reference=row["uuid"]) if row else None
