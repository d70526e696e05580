"""Claims among many: none given to two, the most urgent first, and what is not for a reviewer hides nothing that is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from benchmarks.claims import FILL, NOON, TENANT, measure
from cases.queues import Queue
from cases.reviewers import ReviewerProfile
from record import review, reviewers
from record.errors import ClaimRefused
from record.record import Record
from tests.integration.record_means import a_record


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


@pytest.fixture
async def superuser(postgres) -> AsyncIterator[Any]:
    pool = await asyncpg.create_pool(postgres.superuser_dsn, min_size=1, max_size=4)
    yield pool
    await pool.close()


async def test_no_task_is_given_to_two_however_many_claim(record, superuser):
    results = await measure(record, superuser, tasks=200, claims=300, reviewers=20, rate=200.0, seconds=0.5)

    assert results.doubled == 0
    assert results.claims >= 300


async def test_a_thousand_tasks_for_others_hide_none_for_this_reviewer(record, superuser):
    await superuser.execute(FILL, TENANT, ["danger"], NOON, 1_000)
    await superuser.execute(FILL.replace("'/content/'", "'/account/'"), TENANT, ["general"], NOON, 1)
    record = replace(record, queues={"danger": Queue(description="Synthetic.", specialist=True)})
    await reviewers.register(record, TENANT, "rev-1", ReviewerProfile(), NOON, "operator")

    claimed = await review.claim(record, TENANT, "rev-1", None, None, NOON, 600)
    assert claimed
    assert claimed.task.queue == "general"
    assert await review.claim(record, TENANT, "rev-1", None, None, NOON, 600) is None


async def test_how_much_somebody_took_is_counted_by_the_day_where_they_live(record, superuser):
    await superuser.execute(FILL, TENANT, ["general"], NOON, 5)
    profile = ReviewerProfile(per_day=1, zone="Asia/Tokyo")
    await reviewers.register(record, TENANT, "rev-1", profile, NOON, "operator")
    assert await review.claim(record, TENANT, "rev-1", None, None, NOON, 600)
    with pytest.raises(ClaimRefused, match="your limit"):
        await review.claim(record, TENANT, "rev-1", None, None, NOON + timedelta(hours=2, minutes=59), 600)

    assert await review.claim(record, TENANT, "rev-1", None, None, NOON + timedelta(hours=3), 600)
