"""The record's side of `dueprocess reconcile`, as plain rows. Nothing here judges; comparing is done where both sides are."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.measures import Measure, effective
from cases.names import SubjectKind
from record.measures import target_aad
from record.pool import tenant_transaction
from record.record import Record


class InboxEntry(Fact):
    """One acknowledged message. event: whether the stream has its event."""

    stream_id: str
    number: int
    kind: str
    received_at: AwareDatetime
    consumed: bool
    event: bool


class Orphan(Fact):
    """An event of a message that is not in the inbox."""

    stream_id: str
    event_id: str


class OrderEntry(Fact):
    """One order as the table has it."""

    case_id: str
    order_id: str
    platform_order_id: str
    target_key: str
    target_version: int
    stage: Literal["issued", "confirmed", "void", "skipped"]
    confirmed_version: int | None


class TargetEntry(Fact):
    """One target. version: the newest confirmed; measures: what should be in force now, named as the platform names it.

    by_hand: somebody did what was ordered last without us, and no order after it was confirmed.
    """

    target_key: str
    kind: SubjectKind
    platform_id: str | None
    cases: tuple[str, ...]
    version: int
    open_orders: int
    by_hand: bool = False
    measures: tuple[Measure, ...]


class MailEntry(Fact):
    """One person's mail."""

    case_id: str
    notice_id: str
    message_id: str
    state: str


class FilingEntry(Fact):
    """One statement; filing_id is its identifier (puid) in the database too."""

    case_id: str
    filing_id: str
    state: str
    uuid: str | None


async def inbox_entries(record: Record, tenant: str) -> list[InboxEntry]:
    """Every message that was acknowledged, by stream and number."""
    return [InboxEntry.model_validate(row) for row in await _rows(record, tenant, "inbox_entries")]


async def orphans(record: Record, tenant: str) -> list[Orphan]:
    """Events of messages that are not there."""
    return [Orphan.model_validate(row) for row in await _rows(record, tenant, "orphans")]


async def streams(record: Record, tenant: str) -> list[tuple[str, str]]:
    """Every stream with its case."""
    return [(str(row["stream_id"]), str(row["case_id"])) for row in await _rows(record, tenant, "all_streams")]


async def orders(record: Record, tenant: str) -> list[OrderEntry]:
    """Every order that was issued."""
    return [OrderEntry.model_validate(row) for row in await _rows(record, tenant, "all_orders")]


async def targets(record: Record, tenant: str, at: datetime) -> list[TargetEntry]:
    """Every target that was ever ordered about. platform_id: None if the tenant's key was destroyed."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["all_targets"], tenant)
        measures = await connection.fetch(record.queries["measures_not_revoked"], tenant)
        sealed = [(row["platform_id"], target_aad(tenant, row["target_key"])) for row in rows]
        names = await record.keyring.open_all(tenant, sealed, connection)
    on: dict[str, list[Measure]] = {}
    for one in measures:
        on.setdefault(one["target_key"], []).append(Measure.model_validate(dict(one)))
    return [
        TargetEntry(
            target_key=row["target_key"],
            kind=row["kind"],
            platform_id=name.decode() if name is not None else None,
            cases=tuple(row["cases"]),
            version=row["version"],
            open_orders=row["open_orders"],
            by_hand=row["by_hand"],
            measures=effective(on.get(row["target_key"], []), (), at),
        )
        for row, name in zip(rows, names, strict=True)
    ]


async def mails(record: Record, tenant: str) -> list[MailEntry]:
    """Every mail that is or was owed."""
    return [MailEntry.model_validate(row) for row in await _rows(record, tenant, "all_mails")]


async def filings(record: Record, tenant: str) -> list[FilingEntry]:
    """Every statement that is or was owed."""
    return [FilingEntry.model_validate(row) for row in await _rows(record, tenant, "all_filings")]


async def _rows(record: Record, tenant: str, query: str) -> list[dict[str, object]]:
    async with tenant_transaction(record.pool, tenant) as connection:
        return [dict(row) for row in await connection.fetch(record.queries[query], tenant)]
