"""An hour of an evening, with its burst, by the benchmark's own means: nothing held by two, nothing missed in silence."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from activities.policy_packs import PolicyPacks
from benchmarks.a_day_cases import arrivals
from benchmarks.a_day_floor import BEGAN, OF_REPORTS, Day
from record.tenants import ensure_tenant
from tests.conftest import Database
from tests.integration.record_means import a_record

POLICIES = Path(__file__).parents[2] / "policies"


async def test_an_evening_of_ten_reviewers_misses_nothing_in_silence(postgres: Database):
    pack = PolicyPacks(POLICIES).active("baseline")
    record = replace(await a_record(postgres.owner_dsn, postgres.app_dsn), queues=pack.queues)
    await ensure_tenant(postgres.owner_dsn, "neighbour")
    evening = BEGAN + timedelta(hours=18, minutes=50)
    results = await Day(record, pack, 1, evening, timedelta(minutes=75)).run(cases=300, people=10)
    await record.close()

    assert (results.doubled, results.silent) == (0, [])
    assert results.tasks >= results.cases > 30
    assert results.answered + results.open == results.tasks
    assert {"demo", "neighbour"} == set(results.waits_by_tenant)
    assert results.pages, "somebody was in danger, and a person was called"


def test_the_same_seed_is_the_same_day():
    first, again = (arrivals(Random(7), BEGAN, 50, OF_REPORTS) for _ in range(2))
    assert first == again
