"""Claims, changes and goodbyes at one moment: one order of locks; nothing freed that another took, nor kept by who left."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from benchmarks.claims import FILL, NOON, TENANT
from cases.case import CaseStage
from cases.projection import Projection
from cases.reviewers import ReviewerProfile
from cases.task_changes import Action
from record import conflicts, events, review, reviewers
from record.errors import ClaimRefused
from record.pool import tenant_transaction
from record.record import Record
from record.task_changes import TaskChange, change
from tests.conftest import Database
from tests.integration.record_means import a_record, a_report, case_id_of
from tests.integration.test_queues import TASK
from tests.integration.test_record_lock_order import _so_many_wait as so_many_wait

LOCK_TASK = "SELECT task_id FROM review_tasks WHERE tenant = $1 AND task_id = $2 FOR UPDATE"


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    for number in (1, 2, 3):
        await reviewers.register(one, TENANT, f"rev-{number}", ReviewerProfile(), NOON, "operator")
    yield one
    await one.close()


@pytest.fixture
async def beside(postgres: Database, record: Record) -> AsyncIterator[Record]:
    """Another process."""
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


@pytest.fixture
async def task(postgres: Database, record: Record) -> tuple[str, str]:
    """The only open one: its stream and id."""
    superuser = await asyncpg.connect(postgres.superuser_dsn)
    await superuser.execute(FILL, TENANT, ["general"], NOON, 1)
    await superuser.close()
    (one,) = await review.queued(record, TENANT, NOON)
    return one.stream_id, one.task_id


async def _leaves(record: Record, now: Any = NOON) -> Any:
    return await reviewers.unregister(record, TENANT, "rev-1", now, "operator")


async def _declares(record: Record, now: Any = NOON) -> Any:
    about = conflicts.About.TOPIC
    return await conflicts.declare(record, TENANT, "c-1", "rev-1", about, "harassment", now, "operator")


async def _claims(record: Record, who: str, task: tuple[str, str], now: Any = NOON) -> Any:
    return await review.claim(record, TENANT, who, None, task[1], now, 60, task[0])


async def test_a_task_that_somebody_else_claimed_stays_theirs_when_who_held_it_before_leaves(
    record: Record, beside: Record, task: tuple[str, str]
):
    await _claims(record, "rev-1", task)
    async with record.together(TENANT):  # the lease is over; whoever leaves has a clock a second behind
        await _claims(record, "rev-2", task, NOON + timedelta(seconds=60))
        leaving = asyncio.create_task(_leaves(beside, NOON + timedelta(seconds=59)))
        await so_many_wait(beside, 1)
    await leaving

    assert await review.claim(record, TENANT, "rev-3", None, None, NOON + timedelta(seconds=61), 60) is None


async def test_a_task_that_somebody_else_claimed_stays_theirs_when_who_held_it_before_declares_a_conflict(
    record: Record, beside: Record
):
    await _two_tasks(record)
    task = (await case_id_of(record), "a/1")
    await _claims(record, "rev-1", task)
    async with record.together(TENANT):
        await _claims(record, "rev-2", task, NOON + timedelta(seconds=60))
        declaring = asyncio.create_task(_declares(beside, NOON + timedelta(seconds=59)))
        await so_many_wait(beside, 1)
    assert await declaring == 0

    with pytest.raises(ClaimRefused, match="is claimed until"):
        await _claims(record, "rev-3", task, NOON + timedelta(seconds=61))


async def _two_tasks(record: Record) -> None:
    await a_report(record, "r-1")
    await _project(record, "a/1", "b/1")


async def _project(record: Record, *open_tasks: str) -> None:
    tasks = tuple(TASK.evolve(task_id=name, subject=name) for name in open_tasks)
    projection = Projection(stage=CaseStage.IN_REVIEW, tasks=tasks)
    await events.append(record, await case_id_of(record), (), NOON, projection)


@pytest.mark.parametrize("gives_back", [_leaves, _declares])
async def test_who_gives_back_several_tasks_of_a_case_that_goes_on_waits_for_it_and_neither_is_given_up(
    record: Record, beside: Record, gives_back: Any
):
    await _two_tasks(record)
    case_id = await case_id_of(record)
    for name in ("a/1", "b/1"):
        await _claims(record, "rev-1", (case_id, name))
    async with tenant_transaction(record.pool, TENANT) as connection:
        await connection.execute(LOCK_TASK, TENANT, "a/1")  # somebody is at the first of them
        giving_back = asyncio.create_task(gives_back(beside))
        await so_many_wait(record, 1)
        going_on = asyncio.create_task(_project(beside, "b/1"))
        await so_many_wait(record, 2)
    await asyncio.gather(giving_back, going_on)

    assert [one.task_id for one in await review.tasks_of(record, TENANT, case_id, NOON)] == ["b/1"]


@pytest.mark.parametrize("action", [Action.SNOOZE, Action.RETURN, Action.SKIP])
async def test_who_held_a_task_does_nothing_to_it_once_somebody_else_claimed_it(
    record: Record, beside: Record, task: tuple[str, str], action: Action
):
    until = NOON + timedelta(minutes=5) if action is Action.SNOOZE else None
    wanted = TaskChange(change_id="t-1", stream_id=task[0], task_id=task[1], action=action, by="rev-1", until=until)
    await _claims(record, "rev-1", task)
    async with record.together(TENANT):
        await _claims(record, "rev-2", task, NOON + timedelta(seconds=60))
        asking = asyncio.create_task(change(beside, TENANT, wanted, NOON + timedelta(seconds=59), operator=False))
        await so_many_wait(beside, 1)
    with pytest.raises(ClaimRefused, match="claim it first"):
        await asking

    (still,) = await review.tasks_of(record, TENANT, task[0], NOON + timedelta(seconds=61))
    assert still.leased_until == NOON + timedelta(seconds=120)


@pytest.mark.parametrize("goes", [_leaves, _declares])
async def test_who_leaves_or_declares_a_conflict_while_they_claim_holds_nothing_afterwards(
    record: Record, beside: Record, goes: Any
):
    await _two_tasks(record)
    case_id = await case_id_of(record)
    async with record.together(TENANT):
        await _claims(record, "rev-1", (case_id, "a/1"))
        going = asyncio.create_task(goes(beside))
        await so_many_wait(beside, 1)
    await going

    assert all(one.leased_until is None for one in await review.tasks_of(record, TENANT, case_id, NOON))


async def test_a_claim_that_was_judged_before_its_reviewer_left_gets_nothing(
    record: Record, beside: Record, task: tuple[str, str]
):
    async with record.together(TENANT), tenant_transaction(record.pool, TENANT) as connection:
        await connection.execute(record.queries["one_claim_at_a_time"], TENANT, "rev-1")
        claiming = asyncio.create_task(review.claim(beside, TENANT, "rev-1", None, None, NOON, 60))
        await so_many_wait(beside, 1)
        await _leaves(record)
    with pytest.raises(ClaimRefused, match="register"):
        await claiming
