"""Stops and pauses, what automation did and what became of it, protected accounts. What follows is pure (`cases.brakes`)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from cases.brakes import Brake, Counted, Scope, Stop, Used, over
from cases.caps import Caps
from cases.facts import Fact
from cases.names import SubjectKind, subject_key, tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

WEEK = timedelta(days=7)
Protection = Literal["journalist", "official", "staff", "minor", "other"]


class Act(Fact):
    """What a rule is about to do on a matter. account: target key of whom it befalls; decision_id: of a decision by rule."""

    case_id: str
    matter_id: str
    what: Literal["hold", "automatic"]
    rule_id: str
    area: str
    account: str | None = None
    decision_id: str | None = None


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
    return tuple(Stop.model_validate({k: row[k] for k in ("scope", "name", "cause", "at")}) for row in rows)


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


async def reserve(
    record: Record, act: Act, brake: Brake | None, caps: Caps, at: datetime, *, exempt: bool
) -> Brake | None:
    """Count the act and see whether it may be: what holds it back, or None. Asked again of an act that was let, it is let.

    brake: what holds it back already. exempt: it is counted, and noted as paged where a cap says no; the answer says so.
    """
    tenant, hour, day = tenant_of(act.case_id), _hour(at), _day(at)
    scopes = [Scope.RULE, Scope.TENANT, *([Scope.ACCOUNT] if act.account else [])]
    names = [act.rule_id, "", *([act.account] if act.account else [])]
    async with tenant_transaction(record.pool, tenant) as connection:
        before = await connection.fetchrow(record.queries["automatic_act"], tenant, act.case_id, act.matter_id)
        if before is not None and before["braked"] is None:
            return None
        if brake is None:
            rows = await connection.fetch(record.queries["count_acts"], tenant, scopes, names, hour, day)
            used = {Scope(row["scope"]): Used(hour=row["hour_acts"], day=row["day_acts"]) for row in rows}
            brake = over(caps, used)
            if brake and not exempt:
                await connection.execute(record.queries["uncount_acts"], tenant, scopes, names, hour)
        await _note(record, connection, tenant, act, brake, at, exempt=exempt)
    return brake


async def _note(
    record: Record, connection: Connection, tenant: str, act: Act, brake: Brake | None, at: datetime, *, exempt: bool
) -> None:
    braked = brake.reason if brake and not exempt else None
    await connection.execute(
        record.queries["note_act"],
        *(tenant, act.case_id, act.matter_id, act.what, act.rule_id, act.area, act.decision_id, at),
        braked,
        brake is not None and exempt,
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


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _aad(what: str, tenant: str, name: str) -> str:
    return f"{what}\0{tenant}\0{name}"
