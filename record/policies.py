"""Released policy packs, what happened to them, and what they were tried on. What is in force is pure (`cases.releases`)."""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, TypeAdapter

from cases.facts import Fact
from cases.matters import PackRef
from cases.releases import PolicyEvent
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal

_EVENT: TypeAdapter[PolicyEvent] = TypeAdapter(PolicyEvent)


class Backtest(Fact):
    """A backtest that was run: over which time, how many cases, by whom."""

    backtest_id: str
    since: AwareDatetime
    until: AwareDatetime
    cases: int
    ran_by: str
    ran_at: AwareDatetime


async def keep_pack(record: Record, tenant: str, pack: PackRef, files: Mapping[str, str], at: datetime) -> None:
    """Keep the pack's files, so that whoever has to judge by it finds it."""
    packed = zlib.compress(json.dumps(files, sort_keys=True).encode())
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, packed, _aad("pack", tenant, pack.digest))
        await connection.execute(
            record.queries["put_policy_pack"], tenant, pack.digest, pack.pack_id, pack.version, sealed, at
        )


async def files_of(record: Record, tenant: str, digest: str) -> dict[str, str] | None:
    """The files of the pack with this digest; None where none was released."""
    async with tenant_transaction(record.pool, tenant) as connection:
        sealed = await connection.fetchval(record.queries["policy_pack"], tenant, digest)
        if sealed is None:
            return None
        (packed,) = await record.keyring.open_all(tenant, [(sealed, _aad("pack", tenant, digest))], connection)
    files: dict[str, str] = json.loads(zlib.decompress(packed or b""))
    return files


async def events(record: Record, tenant: str) -> list[PolicyEvent]:
    """What happened to the tenant's releases, in order."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["policy_events"], tenant)
        sealed = [(row["body"], _aad("policy event", tenant, str(row["number"]))) for row in rows]
        bodies = await record.keyring.open_all(tenant, sealed, connection)
    return [_EVENT.validate_json(body or b"") for body in bodies]


async def append(record: Record, tenant: str, event: PolicyEvent, after: int) -> bool:
    """Append the event after so many; False where somebody was faster, or the release has one of this kind."""
    number = after + 1
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, _EVENT.dump_json(event), _aad("policy event", tenant, str(number)))
        return bool(
            await connection.fetchval(
                record.queries["put_policy_event"],
                *(tenant, number, event.kind, event.release_id, event.by, event.at, sealed),
            )
        )


async def keep_backtest(record: Record, tenant: str, digest: str, backtest: Backtest, report: str) -> None:
    """Keep what a backtest of the pack with this digest came to. report: JSON."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, zlib.compress(report.encode()), _aad("backtest", tenant, backtest.backtest_id))
        await connection.execute(
            record.queries["put_backtest"],
            *(tenant, backtest.backtest_id, digest, backtest.since, backtest.until, backtest.cases),
            *(backtest.ran_by, backtest.ran_at, sealed),
        )


async def backtests(record: Record, tenant: str, digest: str) -> list[Backtest]:
    """Backtests of this very pack that looked at any case, the newest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["backtests_of_pack"], tenant, digest)
    return [Backtest.model_validate(dict(row)) for row in rows]


def _aad(what: str, tenant: str, name: str) -> str:
    return f"{what}\0{tenant}\0{name}"
