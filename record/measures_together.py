"""Orders of many targets issued at once: what `record.measures.order` does for one, in as few questions for a hundred."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.measures import Measure, Order, effective
from cases.names import SubjectKind, subject_key, tenant_of
from record import measures
from record.measures import MEASURES, IssuedOrder, platform_measure_id, platform_order_id, target_aad
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal


@dataclass(frozen=True)
class Asked:
    """One order, on a target that no other of them is on."""

    order: Order
    kind: SubjectKind
    target_id: str


async def order_together(record: Record, case_id: str, asked: Sequence[Asked], now: datetime) -> list[IssuedOrder]:
    """Issue these orders, in their order; one that was issued before is given again as it was. One transaction.

    Raises RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    secret = await record.keyring.subject_secret(tenant)
    targets = {subject_key(secret, one.kind, one.target_id): one for one in asked}
    async with record.together(tenant), tenant_transaction(record.pool, tenant) as connection:
        versions = await _locked(record, connection, tenant, targets)
        names = [one.order.order_id for one in asked]
        rows = await connection.fetch(record.queries["orders_known"], tenant, case_id, names)
        known = {row["order_id"] for row in rows}
        fresh = {key: one for key, one in targets.items() if one.order.order_id not in known}
        issued = {one.order_id: one for one in await _issued(record, connection, case_id, fresh, versions, now)}
        for one in asked:
            if one.order.order_id in known:
                again = await measures.order(record, case_id, one.order, one.kind, one.target_id, now)
                issued[again.order_id] = again
    return [issued[name] for name in names]


async def _locked(record: Record, connection: Connection, tenant: str, targets: dict[str, Asked]) -> dict[str, int]:
    """Their versions, under their locks."""
    locked = await _versions(record, connection, tenant, targets)
    missing = [key for key in targets if key not in locked]
    if not missing:
        return locked
    key = await record.keyring.tenant_key(tenant, connection)
    sealed = [seal(key, targets[one].target_id.encode(), target_aad(tenant, one)) for one in missing]
    kinds = [targets[one].kind for one in missing]
    await connection.execute(record.queries["add_targets"], tenant, missing, kinds, sealed)
    return await _versions(record, connection, tenant, targets)


async def _versions(record: Record, connection: Connection, tenant: str, targets: dict[str, Asked]) -> dict[str, int]:
    rows = await connection.fetch(record.queries["lock_targets"], tenant, list(targets))
    return {row["target_key"]: row["version"] for row in rows}


async def _issued(
    record: Record,
    connection: Connection,
    case_id: str,
    fresh: dict[str, Asked],
    versions: dict[str, int],
    now: datetime,
) -> list[IssuedOrder]:
    if not fresh:
        return []
    tenant = tenant_of(case_id)
    await _change(record, connection, case_id, fresh, now)
    states: dict[str, list[Measure]] = {key: [] for key in fresh}
    for row in await connection.fetch(record.queries["measures_of_targets"], tenant, list(fresh)):
        states[row["target_key"]].append(Measure.model_validate(dict(row)))
    issued = [
        IssuedOrder(
            case_id=case_id,
            order_id=one.order.order_id,
            platform_order_id=platform_order_id(case_id, one.order.order_id, 0),
            target_kind=one.kind,
            target_id=one.target_id,
            target_version=versions[key] + 1,
            measures=effective(states[key], (), now),
            content_version=one.order.content_version,
            issued_at=now,
            repeated=False,
        )
        for key, one in fresh.items()
    ]
    await connection.execute(
        record.queries["issue_together"],
        *(tenant, case_id, now),
        [one.order_id for one in issued],
        [one.platform_order_id for one in issued],
        list(fresh),
        [one.target_version for one in issued],
        [MEASURES.dump_json(one.measures).decode() for one in issued],
        [one.content_version for one in issued],
    )
    return issued


async def _change(record: Record, connection: Connection, case_id: str, fresh: dict[str, Asked], now: datetime) -> None:
    """What comes into force, and what goes."""
    tenant = tenant_of(case_id)
    imposed = [
        {
            **measure.model_dump(mode="json"),
            "target_key": key,
            "order_id": one.order.order_id,
            "platform_measure_id": platform_measure_id(case_id, measure.measure_id),
        }
        for key, one in fresh.items()
        for measure in one.order.impose
    ]
    if imposed:
        await connection.execute(record.queries["impose_together"], tenant, case_id, json.dumps(imposed))
    revoked = [(measure, one.order.order_id) for one in fresh.values() for measure in one.order.revoke]
    if revoked:
        gone, by = [one[0] for one in revoked], [one[1] for one in revoked]
        await connection.execute(record.queries["revoke_together"], tenant, case_id, now, gone, by)
