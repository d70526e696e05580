"""Claims among many: none given to two, the most urgent first, and what is not for a reviewer hides nothing that is."""

import json
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


MEMBERS = """
INSERT INTO campaign_members (tenant, case_id, member_key, kind, named, account_key, person, first_seen, joined_at)
SELECT $1, $2, md5('member' || n), 'content', 'x', md5('account' || n), md5('person' || n), $3, $3
FROM generate_series(1, 10000) AS n
"""
PAGES = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT in_conflict($1, $2, $3, 'spam')"


@pytest.mark.parametrize("part", ["account", "person", "member", "report"])
async def test_a_part_in_a_campaign_of_ten_thousand_is_found_and_none_is_known_without_reading_them_all(
    record, superuser, part: str
):
    case_id = f"case/{TENANT}/campaign/{'0' * 32}"
    own = (await superuser.fetchrow("SELECT md5($1) AS key", f"{part if part != 'report' else 'member'}9000"))["key"]
    async with superuser.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")  # members alone, without their campaign
        await connection.execute(MEMBERS, TENANT, case_id, NOON)
        reported = f"case/{TENANT}/content/{own}"
        await connection.execute(
            "INSERT INTO case_people (tenant, case_id, role, person, area, address_key, contactable, first_number) "
            "VALUES ($1, $2, 'reporter', 'own-key', 'spam', '', true, 1)",
            *(TENANT, reported),
        )
        keys = {"rev-1": ["own-key" if part == "report" else own], "rev-2": ["nobody", "no-account"]}
        for reviewer, known in keys.items():
            await connection.execute("INSERT INTO reviewers VALUES ($1, $2, $3)", TENANT, reviewer, known)
        await connection.execute("SET session_replication_role = origin")
        await connection.execute("ANALYZE")
        has_part = "SELECT in_conflict($1, $2, $3, 'spam')"
        assert await connection.fetchval(has_part, TENANT, "rev-1", case_id)
        assert not await connection.fetchval(has_part, TENANT, "rev-2", case_id)
        ((plan,),) = await connection.fetch(PAGES, TENANT, "rev-2", case_id)
    assert json.loads(plan)[0]["Plan"]["Shared Hit Blocks"] < 100, "the members' rows alone are some 300 pages"
