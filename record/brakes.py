"""Stops and pauses, what automation did and what became of it, protected accounts. What follows is pure (`cases.brakes`)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import asyncpg
from pydantic import AwareDatetime

from cases.brakes import Brake, Counted, Scope, Stop, Used, over, stopped
from cases.caps import Caps
from cases.facts import Fact
from cases.names import SubjectKind, subject_key, tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

WEEK = timedelta(days=7)
Protection = Literal["journalist", "official", "staff", "minor", "other"]


class Act(Fact):
    """What a rule is about to do on a matter. account: target key of whom it befalls; decision_id: of a decision by rule.

    exempt: nothing holds it back. severe: volume alone does not (P12). protected: the account is, so that nothing automatic may
    befall it.
    """

    case_id: str
    matter_id: str
    what: Literal["hold", "automatic"]
    rule_id: str
    area: str
    account: str | None = None
    decision_id: str | None = None
    exempt: bool = False
    severe: bool = False
    protected: bool = False

    def goes_on(self, brake: Brake) -> bool:
        """Whether it is done all the same, and pages."""
        return self.exempt or (self.severe and brake.reason == "cap")


class StopRow(Stop):
    """A live stop, as operators see it."""

    stop_id: str
    stopped_by: str
    reason: str


class BrakedRow(Fact):
    """How often a rule was held back, or paged, for one reason."""

    reason: str
    rule_id: str
    area: str
    acts: int
    latest: AwareDatetime


class RuleActs(Fact):
    """How often a rule acted alone in this hour and this UTC day."""

    rule_id: str
    hour: int
    day: int


class ProtectedAccount(Fact):
    """An account that nothing automatic may befall. source: on whose word."""

    account_id: str
    reason: Protection
    source: str
    added_by: str
    added_at: AwareDatetime
    expires_at: AwareDatetime | None


async def stops(record: Record, tenant: str) -> tuple[Stop, ...]:
    """What is stopped or paused now."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["live_stops"], tenant)
    return tuple(map(_stop, rows))


async def stop_rows(record: Record, tenant: str) -> list[StopRow]:
    """The same with reasons, for operators."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["live_stops"], tenant)
        sealed = [(row["reason"], _aad("stop", tenant, row["stop_id"])) for row in rows]
        reasons = await record.keyring.open_all(tenant, sealed, connection)
    return [
        StopRow.model_validate({**dict(row), "reason": (reason or b"").decode()})
        for row, reason in zip(rows, reasons, strict=True)
    ]


async def put_stop(
    record: Record,
    tenant: str,
    stop_id: str,
    scope: Scope,
    name: str,
    cause: Literal["operator", "corridor"],
    by: str,
    reason: str,
    at: datetime,
) -> bool:
    """Stop; False where it is stopped for this cause already."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), _aad("stop", tenant, stop_id))
        return bool(
            await connection.fetchval(record.queries["put_stop"], tenant, stop_id, scope, name, cause, by, sealed, at)
        )


async def resume(record: Record, tenant: str, scope: Scope, name: str, by: str, reason: str, at: datetime) -> int:
    """End every live stop and pause of this scope and name; how many there were."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), _aad("resume", tenant, f"{scope}:{name}"))
        rows = await connection.fetch(record.queries["resume"], tenant, scope, name, by, sealed, at)
    return len(rows)


async def reserve(record: Record, act: Act, caps: Caps, at: datetime) -> Brake | None:
    """Count the act and see whether it may be: what holds it back, or what an act that goes on pages for; or None.

    Stops are read in the transaction that counts: none that was put before is overlooked. Asked again of an act that was let,
    it is let and not counted again, unless it was stopped since: what was recorded stands whatever is said now, and what died
    unrecorded hears of the stop.
    """
    tenant, hour, day = tenant_of(act.case_id), _hour(at), _day(at)
    scopes = [Scope.RULE, Scope.TENANT, *([Scope.ACCOUNT] if act.account else [])]
    names = [act.rule_id, "", *([act.account] if act.account else [])]
    async with tenant_transaction(record.pool, tenant) as connection:
        before = await connection.fetchrow(record.queries["automatic_act"], tenant, act.case_id, act.matter_id)
        brake = None if act.exempt else await _halted(record, connection, tenant, act)
        if before is not None and before["braked"] is None:
            return brake
        counts = brake is None
        if counts:
            rows = await connection.fetch(record.queries["count_acts"], tenant, scopes, names, hour, day)
            used = {Scope(row["scope"]): Used(hour=row["hour_acts"], day=row["day_acts"]) for row in rows}
            brake = over(caps, used)
        let = brake is None or act.goes_on(brake)
        noted = await _note(record, connection, tenant, act, brake, at)
        if counts and not (let and noted):  # nothing came about, or another attempt counted it in this moment
            await connection.execute(record.queries["uncount_acts"], tenant, scopes, names, hour, day)
    return brake if noted else None


async def _halted(record: Record, connection: Connection, tenant: str, act: Act) -> Brake | None:
    rows = await connection.fetch(record.queries["live_stops"], tenant)
    return stopped(map(_stop, rows), act.area, act.rule_id) or (Brake(reason="protected") if act.protected else None)


async def _note(
    record: Record, connection: Connection, tenant: str, act: Act, brake: Brake | None, at: datetime
) -> bool:
    """Whether it was noted: nothing is, where another attempt was let in this moment."""
    pages = brake is not None and act.goes_on(brake)
    return bool(
        await connection.fetchval(
            record.queries["note_act"],
            *(tenant, act.case_id, act.matter_id, act.what, act.rule_id, act.area, act.decision_id, at),
            brake.reason if brake and not pages else None,
            pages,
        )
    )


async def note_taken_back(
    record: Record, case_id: str, decisions: Sequence[str], matters: Sequence[str], at: datetime
) -> list[str]:
    """These decisions were reversed, and in these matters a person found no violation: which rules had acted there."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["note_taken_back"], tenant, case_id, list(decisions), list(matters), at
        )
    return sorted({row["rule_id"] for row in rows})


async def counted(record: Record, tenant: str, rule_id: str, at: datetime) -> Counted:
    """What became of a rule's acts in seven days, or since a person last let it go on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["counted_of_rule"], tenant, rule_id, at - WEEK, _hour(at))
    assert row is not None
    return Counted.model_validate(dict(row))


async def braked_rows(record: Record, tenant: str, since: datetime) -> list[BrakedRow]:
    """What was held back or paged since then."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["braked_acts"], tenant, since)
    return [BrakedRow.model_validate(dict(row)) for row in rows]


async def rule_acts(record: Record, tenant: str, at: datetime) -> list[RuleActs]:
    """How often each rule acted alone today."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["acts_by_rule"], tenant, _hour(at), _day(at))
    return [RuleActs(rule_id=row["rule_id"], hour=row["hour"] or 0, day=row["day"] or 0) for row in rows]


async def protect(
    record: Record,
    tenant: str,
    account_id: str,
    reason: Protection,
    source: str,
    by: str,
    at: datetime,
    expires_at: datetime | None,
) -> None:
    """Protect an account from now on under these terms, whatever they were before."""
    account = subject_key(await record.keyring.subject_secret(tenant), SubjectKind.ACCOUNT, account_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        name, word = (
            seal(key, account_id.encode(), _aad("protected", tenant, account)),
            seal(key, source.encode(), _aad("protected source", tenant, account)),
        )
        await connection.execute(record.queries["lock_protection"], tenant, account)
        await connection.execute(record.queries["unprotect_account"], tenant, account, by, at)
        await connection.execute(
            record.queries["protect_account"], tenant, account, reason, name, word, by, at, expires_at
        )


async def unprotect(record: Record, tenant: str, account_id: str, by: str, at: datetime) -> bool:
    """Protect it no more; False where it was not."""
    account = subject_key(await record.keyring.subject_secret(tenant), SubjectKind.ACCOUNT, account_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["unprotect_account"], tenant, account, by, at))


async def protection_of(record: Record, tenant: str, account: str, at: datetime) -> Protection | None:
    """Why an account (its target key) is protected now; None where it is not."""
    async with tenant_transaction(record.pool, tenant) as connection:
        reason: Protection | None = await connection.fetchval(record.queries["protection_of"], tenant, account, at)
    return reason


async def protected(record: Record, tenant: str, at: datetime) -> list[ProtectedAccount]:
    """Who is protected now."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["protected_accounts"], tenant, at)
        names = [(row["platform_id"], _aad("protected", tenant, row["account"])) for row in rows]
        words = [(row["source"], _aad("protected source", tenant, row["account"])) for row in rows]
        opened = await record.keyring.open_all(tenant, [*names, *words], connection)
    plain = [(one or b"").decode() for one in opened]
    return [
        ProtectedAccount.model_validate({**dict(row), "account_id": name, "source": word})
        for row, name, word in zip(rows, plain[: len(rows)], plain[len(rows) :], strict=True)
    ]


def _stop(row: asyncpg.Record) -> Stop:
    return Stop.model_validate({name: row[name] for name in ("scope", "name", "cause", "at")})


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _aad(what: str, tenant: str, name: str) -> str:
    return f"{what}\0{tenant}\0{name}"
