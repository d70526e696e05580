"""Orders issued, skipped and confirmed at one moment: targets are locked before orders, and a skip is seen whole."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.measures import Order
from cases.names import SubjectKind, subject_key
from record import measures
from record.measures_together import Asked, order_together
from record.pool import tenant_transaction
from record.record import Record
from tests.conftest import Database
from tests.integration.record_means import NOON, TENANT, a_record, a_report, minutes
from tests.integration.test_record_lock_order import _so_many_wait as so_many_wait
from tests.integration.test_record_measures import imposing, send


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


@pytest.fixture
async def beside(postgres: Database, record: Record) -> AsyncIterator[Record]:
    """Another process."""
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


async def _target(record: Record, account: str = "account-1") -> str:
    return subject_key(await record.keyring.subject_secret(TENANT), SubjectKind.ACCOUNT, account)


async def test_what_is_confirmed_while_it_is_skipped_is_in_force(record: Record, beside: Record):
    case_id = (await a_report(record, "r-1")).case_id
    order = imposing("d-1")
    await send(record, case_id, order)
    async with record.together(TENANT):
        await measures.note_skipped(record, case_id, order.order_id, minutes(1), 1)
        confirming = asyncio.create_task(
            measures.note_confirmed(beside, case_id, order.order_id, minutes(2), 1, "applied")
        )
        await so_many_wait(beside, 1)
    await confirming

    assert len(await measures.in_force(record, TENANT, SubjectKind.ACCOUNT, "account-1", minutes(3))) == 1


async def test_an_order_is_confirmed_while_its_target_is_ordered_about_and_neither_is_given_up(
    record: Record, beside: Record
):
    case_id = (await a_report(record, "r-1")).case_id
    order = imposing("d-1")
    await send(record, case_id, order)
    async with record.together(TENANT), tenant_transaction(record.pool, TENANT) as connection:
        await connection.fetchval(record.queries["lock_target"], TENANT, await _target(record))
        confirming = asyncio.create_task(
            measures.note_confirmed(beside, case_id, order.order_id, minutes(2), 1, "applied")
        )
        await so_many_wait(beside, 1)
        await measures.note_attempt(record, case_id, order.order_id, minutes(1), None)
    await confirming

    assert await measures.confirmed_version(record, case_id, order.order_id) == 1


async def test_orders_confirmed_together_wait_for_their_targets_in_one_order(record: Record, beside: Record):
    case_id = (await a_report(record, "r-1")).case_id
    first, last = sorted([(await _target(record, name), name) for name in ("account-1", "account-2")])
    orders: dict[str, Order] = {name: imposing(f"d-{name}") for name in ("account-1", "account-2")}
    for _, name in (last, first):
        await order_together(record, case_id, [Asked(orders[name], SubjectKind.ACCOUNT, name)], NOON)
    answers = {orders[name].order_id: (1, "applied") for _, name in (last, first)}
    async with tenant_transaction(record.pool, TENANT) as connection:
        await connection.fetchval(record.queries["lock_target"], TENANT, first[0])
        confirming = asyncio.create_task(measures.note_confirmed_together(beside, case_id, answers, minutes(1)))
        await so_many_wait(beside, 1)
        await connection.fetchval(record.queries["lock_target"], TENANT, last[0])
    await confirming

    assert not await measures.stuck(record, TENANT)
