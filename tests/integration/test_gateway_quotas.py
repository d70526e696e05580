"""Quotas at the doors: what is over them is refused with 429 before it is accepted, and counted; duties go on."""

from collections.abc import AsyncIterator
from dataclasses import replace
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


async def test_an_urgent_item_of_a_batch_is_let_in_whatever_waits_beside_it(full: Gateway):
    ordinary = [{"report": a_report(number)} for number in range(12)]
    urgent = [{"report": a_report(number, "self_harm")} for number in range(5)]
    answer = (await full.post("/v1/batches", {"items": [*ordinary, *urgent]})).json()
    refused = await full.post("/v1/batches", {"items": ordinary[5:]})

    assert [one["outcome"] for one in answer["results"]] == ["accepted"] * 5 + ["postponed"] * 7 + ["accepted"] * 5
    assert (answer["accepted"], answer["postponed"], answer["retry_after_seconds"]) == (10, 7, 5)
    late = answer["results"][6]
    assert (late["code"], late["errors"][0]["field"]) == ("quota_unfinished", "tenant_unfinished")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5"), (
        "where nothing is let in, all of it waits"
    )


async def test_of_a_batch_faster_than_its_rate_the_urgent_items_are_taken(postgres: Database):
    rates = QuotaLimits(token_items=1, burst_seconds=10, reserved=0.5)
    async with a_gateway(postgres, quotas=rates, admission=replace(URGENT, unfinished=1_000)) as gateway:
        await gateway.post("/v1/batches", {"items": [{"report": a_report(number)} for number in range(5)]})
        items = [{"report": a_report(9)}, {"report": a_report(1, "self_harm")}]
        answer = (await gateway.post("/v1/batches", {"items": items})).json()

    assert [one["outcome"] for one in answer["results"]] == ["postponed", "accepted"]
    assert answer["results"][0]["code"] == "quota_token"


async def test_a_storm_on_one_subject_leaves_the_tenants_quota_to_others(postgres: Database):
    limits = AdmissionLimits(unfinished=40, reserved=0.5, subject=0.1, urgent_areas=frozenset({"self_harm"}))
    async with a_gateway(postgres, admission=limits) as gateway:
        storm = [await gateway.post("/v1/reports", a_report(number)) for number in range(6)]
        other = {"kind": "content", "id": "post-2"}

        assert [one.status_code for one in storm] == [202] * 4 + [429] * 2
        assert storm[-1].json()["code"] == "quota_subject"
        assert (await gateway.post("/v1/reports", a_report(7, subject=other))).status_code == 202
        assert (await gateway.post("/v1/reports", a_report(8, "self_harm"))).status_code == 202


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
