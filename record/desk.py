"""What reviewers' and leads' pages read beyond the queue: an account's past, verdicts on like cases, load and times."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import asyncpg
from pydantic import AwareDatetime

from cases.events import CaseEvent
from cases.facts import Fact
from cases.names import tenant_of
from record.accepting import content_aad, personal_aad
from record.events import open_events
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.review import QueuedTask

HISTORY_LIMIT: Final = 20  # of an account: cases, measures
REPORTS_LIMIT: Final = 20  # the newest that say anything
_WORDS: Final = ("reason", "explanation", "statement", "location")  # of a report, a notice, a request to remove


class AccountCase(Fact):
    """Another case about something this account made."""

    case_id: str
    kind: str
    stage: str
    category: str | None
    opened_at: AwareDatetime


class AccountMeasure(Fact):
    """Something that lay, or lies, on the account."""

    kind: str
    since: AwareDatetime
    until: AwareDatetime | None
    revoked_at: AwareDatetime | None


class AccountStrike(Fact):
    """A strike on the account. active: its decision is confirmed and stands."""

    area: str
    since: AwareDatetime
    expires_at: AwareDatetime
    active: bool


class AccountPast(Fact):
    """What the record knows of an account."""

    strikes: tuple[AccountStrike, ...] = ()
    measures: tuple[AccountMeasure, ...] = ()
    cases: tuple[AccountCase, ...] = ()

    def before(self, at: datetime) -> "AccountPast":
        """The same as it was known then."""
        return AccountPast(
            strikes=tuple(one for one in self.strikes if one.since < at),
            measures=tuple(
                one.evolve(revoked_at=one.revoked_at if one.revoked_at and one.revoked_at < at else None)
                for one in self.measures
                if one.since < at
            ),
            cases=tuple(one for one in self.cases if one.opened_at < at),
        )


class Said(Fact):
    """What somebody who reported it wrote, and of which area."""

    area: str
    words: str


class Answered(Fact):
    """How long a task stood open, and whether it was answered in time."""

    queue: str
    seconds: float
    in_time: bool


async def account_past(record: Record, case_id: str, person: str | None, account: str | None) -> AccountPast:
    """person: the author's key; account: their account as a target of measures. None where nobody knows."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        strikes = await connection.fetch(record.queries["strikes_of_account"], tenant, account) if account else ()
        measures = (
            await _fetch(record, connection, "measures_on_account", tenant, account, HISTORY_LIMIT) if account else ()
        )
        cases = (
            await _fetch(record, connection, "cases_of_author", tenant, person, case_id, HISTORY_LIMIT)
            if person
            else ()
        )
    return AccountPast(
        strikes=tuple(AccountStrike.model_validate(dict(row)) for row in strikes),
        measures=tuple(AccountMeasure.model_validate(dict(row)) for row in measures),
        cases=tuple(AccountCase.model_validate(dict(row)) for row in cases),
    )


async def events_of(
    record: Record, tenant: str, streams: Sequence[str], kinds: Iterable[str], limit: int = 500
) -> dict[str, list[CaseEvent]]:
    """Events of these kinds, by stream; of erased cases none."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["verdict_events"], tenant, list(streams), sorted(kinds), limit)
        return await _by_stream(record, connection, rows)


async def recent_events(
    record: Record, tenant: str, kinds: Iterable[str], since: datetime, limit: int = 500
) -> list[CaseEvent]:
    """The newest events of these kinds."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["recent_events"], tenant, sorted(kinds), since, limit)
        found = await _by_stream(record, connection, rows)
    return [event for events in found.values() for event in events]


async def due_by_hour(record: Record, tenant: str, now: datetime, hours: int) -> dict[int, int]:
    """Open tasks by whole hours left; what is late is at -1."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["open_by_due_hour"], tenant, now, hours)
    return {row["hour"]: row["tasks"] for row in rows}


async def answered(record: Record, tenant: str, since: datetime, limit: int = 5_000) -> list[Answered]:
    """Tasks answered since, the newest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["answered_within"], tenant, since, limit)
    return [Answered.model_validate(dict(row)) for row in rows]


async def soonest(record: Record, tenant: str, now: datetime, limit: int) -> list[QueuedTask]:
    """Open tasks, the least time left first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["soonest_tasks"], tenant, limit, now)
    return [QueuedTask.model_validate(dict(row)) for row in rows]


async def held(record: Record, tenant: str, reviewer: str, now: datetime) -> list[QueuedTask]:
    """Open tasks that this reviewer holds now."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["held_tasks"], tenant, reviewer, now)
    return [QueuedTask.model_validate(dict(row)) for row in rows]


async def grounds_of(record: Record, case_id: str, appeal_id: str) -> str | None:
    """What the person wrote who appealed; None where they wrote nothing, or it was erased."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["appeal_content"], tenant, case_id, appeal_id)
        if row is None:
            return None
        sealed = [(row["content"], content_aad(case_id, appeal_id))]
        if row["personal"]:
            sealed.append((row["personal"], personal_aad(case_id, appeal_id)))
        opened = await record.keyring.open_all(tenant, sealed, connection)
    for one in opened:
        if one is not None and (words := json.loads(one).get("grounds")):
            return str(words)
    return None


async def reports_said(record: Record, case_id: str, before: datetime | None = None) -> tuple[Said, ...]:
    """What people wrote who reported it, the newest first: not who they are, nothing that was erased, each thing once."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["reports_said"], tenant, case_id, before, REPORTS_LIMIT)
        content = await record.keyring.open_all(
            tenant, [(row["content"], content_aad(case_id, row["message_id"])) for row in rows], connection
        )
        named = [row for row in rows if row["personal"]]
        own = await record.keyring.open_all(
            tenant, [(row["personal"], personal_aad(case_id, row["message_id"])) for row in named], connection
        )
    personal = {row["message_id"]: opened for row, opened in zip(named, own, strict=True)}
    found = (_said(came, personal.get(row["message_id"])) for row, came in zip(rows, content, strict=True))
    return tuple(dict.fromkeys(one for one in found if one))


def _said(content: bytes | None, personal: bytes | None) -> Said | None:
    plain, own = (json.loads(one) if one else {} for one in (content, personal))
    words = [str({**plain, **own}[name]) for name in _WORDS if {**plain, **own}.get(name)]
    return Said(area=str(plain.get("area", "")), words="\n".join(words)) if words else None


async def _by_stream(
    record: Record, connection: Connection, rows: Sequence[asyncpg.Record]
) -> dict[str, list[CaseEvent]]:
    grouped: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        grouped[row["stream_id"]].append(row)
    return {stream: await open_events(record, connection, stream, own) for stream, own in grouped.items()}


async def _fetch(record: Record, connection: Connection, query: str, *arguments: object) -> list[asyncpg.Record]:
    return list(await connection.fetch(record.queries[query], *arguments))
