"""Fingerprints of captured versions, and which cases are about the same: exact copies, and near ones by an index."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from cases.evidence import EvidenceVersion
from cases.facts import Fact
from cases.fingerprints import PICTURE_DIFFERS_AT_MOST, WORDING_DIFFERS_AT_MOST, Fingerprint, Likeness, slots
from cases.names import tenant_of
from cases.raids import Crowd, RaidKind
from record.pool import Connection, tenant_transaction
from record.record import Record

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LOOKED_AT: Final = 1_000  # of the likest; who needs a greater number needs no exact one
ANY: Final = frozenset(Likeness)


class Copy(Fact):
    """A case about something alike, as its latest version is. differing: of 16 values (wording) or 256 bits (picture)."""

    case_id: str
    version: int
    likeness: Likeness
    differing: int

    @property
    def exact(self) -> bool:
        """Whether it is the same to the letter."""
        return self.likeness is Likeness.CONTENT


async def note(
    record: Record,
    connection: Connection,
    case_id: str,
    version: int,
    found: Sequence[Fingerprint],
    account: str | None,
    at: datetime,
) -> None:
    """Write a version's fingerprints, in this transaction."""
    parts = [(one, slot) for one in found for slot in slots(one)]
    await connection.execute(
        record.queries["note_fingerprints"],
        *(tenant_of(case_id), case_id, version),
        [one.likeness for one in found],
        [one.place for one in found],
        [one.value for one in found],
        account,
        at,
        [one.likeness for one, _ in parts],
        [one.place for one, _ in parts],
        [slot for _, slot in parts],
    )


async def make_up(record: Record, case_id: str, version: EvidenceVersion, found: Sequence[Fingerprint]) -> None:
    """Write the fingerprints of a version that was kept without them. Repeatable."""
    async with tenant_transaction(record.pool, tenant_of(case_id)) as connection:
        await note(record, connection, case_id, version.version, found, version.author_target, version.captured_at)


async def copies_of(
    record: Record, case_id: str, likenesses: Collection[Likeness] = ANY, limit: int = LOOKED_AT
) -> list[Copy]:
    """Other cases about the same content or nearly so, the likest first; each as its latest captured version is."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["copies_of"],
            *(tenant, case_id, sorted(likenesses), WORDING_DIFFERS_AT_MOST, PICTURE_DIFFERS_AT_MOST, limit),
        )
    return [Copy.model_validate(dict(row)) for row in rows]


class Counted(Fact):
    """How many other cases are about the same or nearly, and what came lately, with the case's own."""

    copies: int
    near_copies: int
    variants: int
    lately: Crowd


async def count_copies(record: Record, case_id: str, since: datetime, variants_since: datetime) -> Counted:
    """The counts alone, whatever their size; lately: captured since then. variants: near copies of the same account's."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        (row,) = await connection.fetch(
            record.queries["count_copies"],
            *(tenant, case_id, sorted(ANY), WORDING_DIFFERS_AT_MOST, PICTURE_DIFFERS_AT_MOST),
            *(since, variants_since),
        )
    return Counted(
        copies=row["copies"],
        near_copies=row["near_copies"],
        variants=row["variants"],
        lately=Crowd(items=row["items"], accounts=row["accounts"]),
    )


class Velocity(Fact):
    """How many contents of one account were captured in the last hour and day, a thousand at most of each."""

    hour: int = 0
    day: int = 0


async def velocity(record: Record, tenant: str, account: str, now: datetime) -> Velocity:
    """How fast an account's content came to us."""
    async with tenant_transaction(record.pool, tenant) as connection:
        (row,) = await connection.fetch(record.queries["count_of_account"], tenant, account, now - HOUR, now - DAY)
    return Velocity.model_validate(dict(row))


async def gathered(record: Record, case_id: str, since: datetime) -> Crowd:
    """What was captured since then in the community where this case's content was said, with itself."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        (row,) = await connection.fetch(record.queries["count_gathered"], tenant, case_id, since)
    return Crowd.model_validate(dict(row))


async def came_along(record: Record, case_id: str, how: RaidKind, since: datetime, limit: int) -> dict[str, datetime]:
    """Cases of what came with this one since then, itself too, and when each was captured; the first come first."""
    tenant = tenant_of(case_id)
    differing = (sorted(ANY), WORDING_DIFFERS_AT_MOST, PICTURE_DIFFERS_AT_MOST) if how is RaidKind.ALIKE else ()
    query = "came_alike" if how is RaidKind.ALIKE else "came_together"
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, case_id, since, limit, *differing)
    return {row["case_id"]: row["captured_at"] for row in rows}


async def repeated(record: Record, case_id: str, since: datetime) -> int:
    """How many other cases, captured since then, are about the same words of the same author."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        return int(await connection.fetchval(record.queries["repeated_by_author"], tenant, case_id, since))


async def note_derived(
    record: Record, source_case: str, source_decision: str, case_ids: Sequence[str], at: datetime
) -> None:
    """Note that a decision is brought to these cases, before it is. Repeatable."""
    tenant = tenant_of(source_case)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(
            record.queries["note_derived"], tenant, source_case, source_decision, list(case_ids), at
        )


async def derived_from(record: Record, source_case: str, source_decision: str) -> list[str]:
    """The cases a decision was brought to."""
    tenant = tenant_of(source_case)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["derived_from"], tenant, source_case, source_decision)
    return [row["case_id"] for row in rows]
