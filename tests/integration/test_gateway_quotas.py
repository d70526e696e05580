"""Quotas at the doors: what is over them is refused with 429 before it is accepted, and counted; duties go on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.admission import AdmissionLimits
from api.quotas import QuotaLimits
from record import inbox
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway

URGENT = AdmissionLimits(unfinished=20, reserved=0.5, urgent_areas=frozenset({"self_harm"}))
RATES = QuotaLimits(tenant_requests=1, burst_seconds=20, reserved=0.25, source_requests=1)


def a_report(number: int, area: str = "spam", **changes: Any) -> dict[str, Any]:
    return {**REPORT, "message_id": f"m-{area}-{number}", "area": area, **changes}


@pytest.fixture
async def full(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres, admission=URGENT) as one:
        yield one


@pytest.fixture
async def slow(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres, quotas=RATES) as one:
        yield one


async def test_unfinished_work_bounds_ordinary_messages_and_a_duty_comes_through(full: Gateway):
    answers = [await full.post("/v1/reports", a_report(number)) for number in range(15)]
    refused = await full.post("/v1/reports", a_report(99))
    urgent = [(await full.post("/v1/reports", a_report(n, "self_harm"))).status_code for n in range(11)]

    assert [answer.status_code for answer in answers] == [202] * 10 + [429] * 5
    (problem,) = refused.json()["errors"]
    assert (refused.headers["retry-after"], refused.json()["code"]) == ("5", "quota_unfinished")
    assert (problem["field"], problem["value"], bool(problem["cure"])) == ("tenant_unfinished", "10", True)
    assert urgent == [202] * 10 + [429], "a flood of urgent ones is bounded, too"
    events, _ = await inbox.take(full.record, answers[0].json()["case_id"], (), START)
    assert len(events) == 20, "what was refused was not accepted, what was accepted is there"


async def test_another_tenant_is_not_asked_to_wait(full: Gateway):
    for number in range(12):
        await full.post("/v1/reports", a_report(number))

    assert (await full.post("/v1/reports", a_report(1), "other-service")).status_code == 202


async def test_a_batch_over_the_quota_is_refused_whole(full: Gateway):
    items = [{"report": a_report(number)} for number in range(11)]
    refused = await full.post("/v1/batches", {"items": items})
    mixed = [{"report": a_report(number, "self_harm")} for number in range(10)] + [{"report": a_report(1)}]

    assert refused.status_code == 429
    assert (await full.post("/v1/batches", {"items": mixed})).status_code == 429
    assert (await full.post("/v1/batches", {"items": mixed[:10]})).json()["accepted"] == 10


async def test_requests_a_second_are_counted_by_tenant_and_people_work_on(slow: Gateway):
    statuses = [(await slow.post("/v1/reports", a_report(number))).status_code for number in range(20)]

    assert statuses.count(202) == 15
    assert (await slow.get("/v1/queue", "rev-1")).status_code == 200
    refused = await slow.post("/v1/reports", a_report(50))
    assert refused.json()["code"] in ("quota_tenant", "quota_source")
    assert int(refused.headers["retry-after"]) >= 1


async def test_who_guesses_tokens_is_told_to_wait(slow: Gateway):
    statuses = [(await slow.get("/v1/queue", f"guess-{number}")).status_code for number in range(20)]

    assert statuses == [401] * 15 + [429] * 5
