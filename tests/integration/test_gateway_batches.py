"""The batch door over HTTP: a result for each item, and one bad item spoils no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from api.batches import DOOR
from record import inbox, views
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway


def a_report(message_id: str, subject_id: str = "post-1", **changes: Any) -> dict[str, Any]:
    subject = {"kind": "content", "id": subject_id}
    return {"report": {"message_id": message_id, "subject": subject, "area": "harassment", **changes}}


SIGNAL: dict[str, Any] = {
    "signal": {
        "message_id": "s-1",
        "subject": {"kind": "content", "id": "post-2"},
        "detector": {"vendor": "synthetic", "name": "classifier", "version": "1"},
        "scores": {"toxicity": 0.91},
    }
}


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def test_each_item_is_judged_by_itself_and_one_bad_spoils_none(gateway: Gateway):
    await gateway.post("/v1/reports", {**REPORT, "message_id": "known", "reporter": None, "reason": None})
    response = await gateway.post(
        "/v1/batches",
        {
            "items": [
                a_report("m-1"),
                SIGNAL,
                a_report("known"),
                a_report("known", area="spam"),
                a_report("m-2", area="harrasment"),
                a_report("m-3", colour="red"),
                a_report("m-4", reported_at=(START + timedelta(hours=1)).isoformat()),
                {"appeal": {}},
                a_report("m-5", "post-3", reason="words"),
            ]
        },
    )

    answer = response.json()
    assert response.status_code == 200
    assert [one["index"] for one in answer["results"]] == list(range(9))
    assert [one["outcome"] for one in answer["results"]] == [
        *("accepted", "accepted", "known", "conflict"),
        *("refused", "refused", "refused", "refused", "accepted"),
    ]
    assert {name: answer[name] for name in ("accepted", "known", "conflict", "refused")} == {
        "accepted": 3,
        "known": 1,
        "conflict": 1,
        "refused": 4,
    }
    wrong = [one["errors"][0] for one in answer["results"] if one.get("errors")]
    assert [one["field"] for one in wrong] == ["message_id", "area", "colour", "reported_at", "item"]
    assert all(one["cure"] for one in wrong)
    assert answer["results"][0]["received_at"] == "2026-11-22T10:00:00Z"
    assert (await views.stages(gateway.record, "demo")).stages == {"assessing": 3}


async def test_a_thousand_about_one_subject_ring_once_and_are_known_when_sent_again(gateway: Gateway):
    items = [a_report(f"m-{number}", reporter={"account_id": f"a-{number}"}) for number in range(1_000)]
    first = (await gateway.post("/v1/batches", {"items": items})).json()
    again = (await gateway.post("/v1/batches", {"items": items})).json()
    single = (await gateway.post("/v1/reports", items[7]["report"])).json()
    await gateway.doors.aclose()

    assert (first["accepted"], again["known"]) == (1_000, 1_000)
    assert (single["known"], single["received_at"]) == (True, "2026-11-22T10:00:00Z")
    assert len(gateway.temporal.started) == 1
    case_id = first["results"][0]["case_id"]
    events, more = await inbox.take(gateway.record, case_id, (), START)
    assert (len(events), more) == (500, True)


async def test_batches_and_single_reports_at_once_are_each_kept_once(gateway: Gateway):
    items = [a_report(f"m-{number}", f"post-{number % 5}") for number in range(100)]
    sent = [gateway.post("/v1/batches", {"items": items[start : start + 40]}) for start in (0, 20, 40, 60)]
    sent += [gateway.post("/v1/reports", one["report"]) for one in items[::10]]
    answers = await asyncio.gather(*sent)

    assert {answer.status_code for answer in answers} <= {200, 202}
    fresh = sum(answer.json().get("accepted", 0) for answer in answers)
    fresh += sum(answer.json().get("known") is False for answer in answers)
    assert fresh == 100


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"items": []}, 422, "items"),
        ({"items": [{}] * 1_001}, 422, "items"),
        ([], 422, "items"),
        ({"items": [a_report("m-1")], "more": 1}, 422, "items"),
    ],
)
async def test_a_body_that_is_no_batch_is_refused_whole(gateway: Gateway, body: Any, status: int, field: str):
    response = await gateway.post("/v1/batches", body)

    assert response.status_code == status
    assert [(one["field"], bool(one["cure"])) for one in response.json()["errors"]] == [(field, True)]


async def test_where_postgres_is_away_nothing_of_a_batch_was_accepted(gateway: Gateway):
    await gateway.record.close()
    response = await gateway.post("/v1/batches", {"items": [a_report("m-1")]})

    assert (response.status_code, response.headers["retry-after"]) == (503, "2")


async def test_a_batch_is_for_services_and_its_body_has_a_limit_of_its_own(gateway: Gateway):
    large = [a_report(f"m-{number}", snapshot="x" * 90_000) for number in range(20)]

    assert (await gateway.post("/v1/batches", {"items": [a_report("m-1")]}, "rev-1")).status_code == 403
    assert (await gateway.post("/v1/batches", {"items": large})).json()["accepted"] == 20
    assert (await gateway.post("/v1/batches", {"items": large * 6})).status_code == 413
    assert DOOR == "batch"
