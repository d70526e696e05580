"""What is in force at the platform, folded per target over all cases; and the orders that say so.

Orders of one target are issued one after another under its lock, each with the whole effective state and the next version.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import asyncpg
from pydantic import AwareDatetime, TypeAdapter

from cases.errors import KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.measures import Measure, Order, effective
from cases.names import SubjectKind, subject_key, tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

MEASURES: TypeAdapter[tuple[Measure, ...]] = TypeAdapter(tuple[Measure, ...])


class IssuedOrder(Fact):
    """An order as it goes to the platform. Order and measure ids of a case are its own: two cases may have equal ones.

    platform_order_id: unique over all cases; the order's id and idempotency key on the wire. measures: the target's whole
    effective state, ids made unique likewise. repeated: it was issued before, and this is what it said then. skipped: an
    operator left it out, and it is not to be sent. answered: how the platform answered it before, with which version in force.
    """

    case_id: str
    order_id: str
    platform_order_id: str
    target_kind: SubjectKind
    target_id: str
    target_version: int
    measures: tuple[Measure, ...]
    content_version: str | None
    issued_at: AwareDatetime
    repeated: bool
    skipped: bool = False
    answered: str | None = None
    answered_version: int = 0


class UnconfirmedOrder(Fact):
    """An order that the platform has still to answer. last_error: a code; next_try_at: by the retry policy, if it failed.

    see_to_by: of one that is given up and not tried any more: by when an operator is to step in.
    """

    case_id: str
    order_id: str
    issued_at: AwareDatetime
    attempts: int
    last_attempt_at: AwareDatetime | None
    last_error: str | None
    next_try_at: AwareDatetime | None = None
    see_to_by: AwareDatetime | None = None


async def order(
    record: Record,
    case_id: str,
    order: Order,
    target_kind: SubjectKind,
    target_id: str,
    now: datetime,
) -> IssuedOrder:
    """Issue an order: its measures come into force or go, and the target's state is said anew. One transaction.

    An order that was issued before is given again exactly as it was, whatever came after it: the platform ignores it then.
    One that an operator skipped is issued anew in the round in which it was taken up again.
    Raises RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    secret = await record.keyring.subject_secret(tenant)
    target = subject_key(secret, target_kind, target_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        version = await _lock_target(record, connection, tenant, target, target_kind, target_id)
        row = await connection.fetchrow(record.queries["order"], tenant, case_id, order.order_id)
        skipped = row is not None and row["skipped_at"] is not None
        anew = skipped and row is not None and order.round > row["round"]
        repeated = row is not None and not anew
        if row is None or anew:
            state = await _change(record, connection, case_id, order, target, now)
            named = platform_order_id(case_id, order.order_id, order.round if anew else 0)
            await connection.execute(record.queries["set_target_version"], tenant, target, version + 1)
            row = await connection.fetchrow(
                record.queries["issue_order_anew" if anew else "issue_order"],
                *(tenant, case_id, order.order_id, named, target, version + 1),
                MEASURES.dump_json(state).decode(),
                order.content_version,
                now,
                *([order.round] if anew else []),
            )
    assert row is not None
    return IssuedOrder(
        case_id=case_id,
        order_id=order.order_id,
        platform_order_id=row["platform_order_id"],
        target_kind=target_kind,
        target_id=target_id,
        target_version=row["target_version"],
        measures=MEASURES.validate_json(row["state"]),
        content_version=row["content_version"],
        issued_at=row["issued_at"],
        repeated=repeated,
        skipped=skipped and not anew,
        answered=row["confirmed_how"],
        answered_version=row["confirmed_version"] or 0,
    )


async def newest(record: Record, issued: IssuedOrder) -> IssuedOrder:
    """The newest order of the same target that is not skipped or void; this one, where there is none newer."""
    tenant = tenant_of(issued.case_id)
    secret = await record.keyring.subject_secret(tenant)
    target = subject_key(secret, issued.target_kind, issued.target_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["newest_order"], tenant, target, issued.target_version)
    if row is None:
        return issued
    return issued.evolve(**{**dict(row), "measures": MEASURES.validate_json(row["measures"])})


async def note_attempt(
    record: Record,
    case_id: str,
    order_id: str,
    at: datetime,
    error_code: str | None,
    next_try_at: datetime | None = None,
) -> None:
    """The order was sent; error_code: what went wrong, a code without content; next_try_at: when it is sent again."""
    await _note(record, case_id, "note_attempt", order_id, at, error_code, next_try_at)


async def note_skipped(record: Record, case_id: str, order_id: str, at: datetime, order_round: int) -> None:
    """It is left out: what it imposed is not in force, and what it lifted is. Nothing where it was answered."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["note_skipped"], tenant, case_id, order_id, at, order_round)
        await connection.execute(record.queries["leave_out_skipped"], tenant, case_id, order_id, at)


async def confirmed_version(record: Record, case_id: str, order_id: str) -> int | None:
    """Which version the platform confirmed; None for an order that it did not, or that was done by hand."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        version: int | None = await connection.fetchval(record.queries["confirmed_version"], tenant, case_id, order_id)
    return version


async def note_confirmed(
    record: Record, case_id: str, order_id: str, at: datetime, target_version: int | None, how: str
) -> None:
    """The platform answered with this version in force, or none where it was done by hand. The first confirmation stands.

    One that was skipped meanwhile is in effect after all.
    """
    await _note(record, case_id, "note_confirmed", order_id, at, target_version, how)


async def note_confirmed_together(
    record: Record, case_id: str, answers: Mapping[str, tuple[int, str]], at: datetime
) -> None:
    """The platform answered these orders, each tried once more, with this version in force, and how."""
    versions, how = [one[0] for one in answers.values()], [one[1] for one in answers.values()]
    await _note(record, case_id, "note_confirmed_together", at, list(answers), versions, how)


async def note_voided(record: Record, case_id: str, order_id: str, at: datetime, how: str) -> None:
    """The platform applied nothing, since what stands there is not what was judged: the order's measures are not in force."""
    await _note(record, case_id, "note_voided", order_id, at, how)


async def stuck(record: Record, tenant: str, issued_before: datetime | None = None) -> list[UnconfirmedOrder]:
    """Orders of the tenant that wait for the platform, oldest first; those issued before, where that is given."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["unconfirmed_orders"], tenant, issued_before)
    return [UnconfirmedOrder.model_validate(dict(row)) for row in rows]


async def in_force(
    record: Record, tenant: str, target_kind: SubjectKind, target_id: str, at: datetime
) -> tuple[Measure, ...]:
    """What the record wants to be in force on this target now."""
    target = subject_key(await record.keyring.subject_secret(tenant), target_kind, target_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        return await _effective(record, connection, tenant, target, at)


async def target_id_of(record: Record, tenant: str, target: str) -> tuple[SubjectKind, str]:
    """The platform's kind and id of a target that was ordered about. Raises UnknownSomething, KeyDestroyed."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["target"], tenant, target)
        if row is None:
            raise UnknownSomething(f"no target {target} was ever ordered about")
        (name,) = await record.keyring.open_all(tenant, [(row["platform_id"], target_aad(tenant, target))], connection)
    if name is None:
        raise KeyDestroyed
    return SubjectKind(row["kind"]), name.decode()


def target_aad(tenant: str, target: str) -> str:
    """Where a target's platform id belongs."""
    return f"target\0{tenant}\0{target}"


async def _lock_target(
    record: Record, connection: Connection, tenant: str, target: str, kind: SubjectKind, target_id: str
) -> int:
    version = await connection.fetchval(record.queries["lock_target"], tenant, target)
    if version is None:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, target_id.encode(), target_aad(tenant, target))
        await connection.execute(record.queries["add_target"], tenant, target, kind, sealed)
        version = await connection.fetchval(record.queries["lock_target"], tenant, target)
    return int(version)


async def _change(
    record: Record, connection: Connection, case_id: str, order: Order, target: str, now: datetime
) -> tuple[Measure, ...]:
    tenant = tenant_of(case_id)
    if impose := [measure for measure in order.impose if measure.measure_id not in order.missed]:
        await connection.execute(
            record.queries["impose_measures"],
            *(tenant, case_id, target, order.order_id),
            [measure.measure_id for measure in impose],
            [platform_measure_id(case_id, measure.measure_id) for measure in impose],
            [measure.target for measure in impose],
            [measure.kind for measure in impose],
            [measure.since for measure in impose],
            [measure.until for measure in impose],
            [",".join(measure.reach) for measure in impose],
            [",".join(measure.scope) for measure in impose],
            [",".join(measure.excerpts) for measure in impose],
            [measure.telling for measure in impose],
            [measure.tell_from for measure in impose],
        )
    if order.revoke:
        await connection.execute(
            record.queries["revoke_measures"], tenant, case_id, list(order.revoke), order.order_id, now
        )
    if order.retold:
        await connection.execute(
            record.queries["retell_measures"],
            *(tenant, case_id),
            [measure.measure_id for measure in order.retold],
            [measure.telling for measure in order.retold],
            [measure.tell_from for measure in order.retold],
        )
    return await _effective(record, connection, tenant, target, now)


async def _effective(
    record: Record, connection: Connection, tenant: str, target: str, at: datetime
) -> tuple[Measure, ...]:
    rows: Sequence[asyncpg.Record] = await connection.fetch(record.queries["measures_of_target"], tenant, target)
    measures = [Measure.model_validate(dict(row)) for row in rows]
    return effective(measures, (), at)


async def _note(record: Record, case_id: str, query: str, *arguments: object) -> None:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries[query], tenant, case_id, *arguments)


def platform_order_id(case_id: str, order_id: str, order_round: int) -> str:
    """An order's id and idempotency key at the platform, unique over all cases."""
    name = "\0".join([case_id, order_id, *([str(order_round)] if order_round else [])]).encode()
    return f"ord-{sha256(name).hexdigest()[:32]}"


def platform_measure_id(case_id: str, measure_id: str) -> str:
    """A measure's id at the platform, unique over all cases."""
    return f"{case_id.rpartition('/')[2][:12]}:{measure_id}"
