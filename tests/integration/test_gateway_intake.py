"""Reports, signals and appeals over HTTP: what is taken, once, and what is refused with a cure."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from record import inbox, views
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, SUBJECT, Gateway, a_gateway

SIGNAL: dict[str, Any] = {
    "message_id": "s-1",
    "subject": SUBJECT,
    "detector": {"vendor": "synthetic", "name": "classifier", "version": "1"},
    "scores": {"toxicity": 0.91},
    "area": "harassment",
}


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def settled(gateway: Gateway) -> None:
    """The rings under way have rung."""
    await gateway.doors.aclose()


async def test_a_report_is_kept_and_the_case_is_rung(gateway: Gateway):
    response = await gateway.post("/v1/reports", REPORT)
    await settled(gateway)

    receipt = response.json()
    assert response.status_code == 202
    assert receipt["received_at"] == "2026-11-22T10:00:00Z"
    assert receipt["known"] is False
    assert await views.case(gateway.record, "demo", receipt["case_id"])
    (workflow, options) = gateway.temporal.started[0]
    assert (workflow, options["id"], options["task_queue"]) == ("CaseWorkflow", receipt["case_id"], "cases")
    assert options["start_signal_args"] == [{"number": 1}]


async def test_what_is_given_to_temporal_names_neither_subject_nor_person(gateway: Gateway):
    await gateway.post("/v1/reports", REPORT)
    await settled(gateway)

    said = repr(gateway.temporal.started)
    assert not any(word in said for word in ("post-1", "account-9", "example.invalid", "synthetic words"))


async def test_the_same_report_again_gets_the_first_receipt_and_no_second_ring(gateway: Gateway):
    first = (await gateway.post("/v1/reports", REPORT)).json()
    gateway.clock.forward(timedelta(hours=1))
    again = (await gateway.post("/v1/reports", REPORT)).json()
    await settled(gateway)

    assert again == {**first, "known": True}
    assert len(gateway.temporal.started) == 1


async def test_the_same_id_with_other_content_is_a_conflict(gateway: Gateway):
    await gateway.post("/v1/reports", REPORT)
    response = await gateway.post("/v1/reports", {**REPORT, "area": "spam"})

    assert response.status_code == 409
    assert response.json()["code"] == "conflict"
    assert "use a new id" in response.json()["detail"]


async def test_twenty_at_once_of_one_report_are_one(gateway: Gateway):
    responses = await asyncio.gather(*(gateway.post("/v1/reports", REPORT) for _ in range(20)))

    assert {response.status_code for response in responses} == {202}
    assert sorted(response.json()["known"] for response in responses) == [False] + [True] * 19


async def test_a_machines_signal_is_kept(gateway: Gateway):
    assert (await gateway.post("/v1/signals", SIGNAL)).status_code == 202


async def test_a_report_about_oneself_is_taken(gateway: Gateway):
    own = {**REPORT, "subject": {"kind": "account", "id": "account-9"}}

    assert (await gateway.post("/v1/reports", own)).status_code == 202


async def test_an_unknown_area_gets_the_list(gateway: Gateway):
    response = await gateway.post("/v1/reports", {**REPORT, "area": "harrasment"})

    (problem,) = response.json()["errors"]
    assert response.status_code == 422
    assert (problem["field"], problem["value"]) == ("area", "harrasment")
    assert problem["cure"] == "did you mean harassment? known: harassment, self_harm, spam"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/reports", {**REPORT, "reported_at": (START + timedelta(minutes=6)).isoformat()}, "reported_at"),
        ("/v1/signals", {**SIGNAL, "detected_at": (START + timedelta(days=1)).isoformat()}, "detected_at"),
        ("/v1/reports", {**REPORT, "reported_at": "2026-11-22T09:00:00"}, "reported_at"),
        ("/v1/reports", {**REPORT, "reporter": {}}, "reporter"),
        ("/v1/reports", {**REPORT, "colour": "red"}, "colour"),
        ("/v1/reports", {**REPORT, "subject": {"kind": "content", "id": "../../etc"}}, "subject.id"),
        ("/v1/signals", {**SIGNAL, "scores": {}}, "scores"),
        ("/v1/signals", {**SIGNAL, "comment": "free text"}, "comment"),
    ],
)
async def test_bad_input_is_named_with_a_cure_and_changes_nothing(
    gateway: Gateway, path: str, body: dict[str, Any], field: str
):
    response = await gateway.post(path, body)
    await settled(gateway)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [(one["field"], bool(one["cure"])) for one in response.json()["errors"]] == [(field, True)]
    assert (await views.stages(gateway.record, "demo")).stages == {}
    assert gateway.temporal.started == []


async def test_five_minutes_of_a_senders_clock_are_forgiven(gateway: Gateway):
    ahead = (START + timedelta(minutes=4)).isoformat()

    assert (await gateway.post("/v1/reports", {**REPORT, "reported_at": ahead})).status_code == 202


async def test_an_appeal_about_a_known_subject_is_taken_with_its_date(gateway: Gateway):
    await gateway.post("/v1/reports", REPORT)
    response = await gateway.post(
        "/v1/appeals",
        {
            "message_id": "a-1",
            "subject": SUBJECT,
            "decision_id": "d-1",
            "appellant": {"account_id": "author-1"},
            "grounds": "synthetic grounds",
        },
    )

    assert response.status_code == 202
    assert response.json()["by"] == "2026-12-06T10:00:00Z"


async def test_an_appeal_about_what_no_case_is_about_is_refused(gateway: Gateway):
    response = await gateway.post(
        "/v1/appeals",
        {
            "message_id": "a-1",
            "subject": {"kind": "content", "id": "never-seen"},
            "decision_id": "d-1",
            "appellant": {"account_id": "author-1"},
        },
    )

    assert (response.status_code, response.json()["code"]) == (404, "unknown_case")
    assert (await views.stages(gateway.record, "demo")).stages == {}


async def test_temporal_down_is_a_receipt_all_the_same(gateway: Gateway):
    gateway.temporal.down = True
    response = await gateway.post("/v1/reports", REPORT)
    await settled(gateway)

    assert response.status_code == 202
    events, _ = await inbox.take(gateway.record, response.json()["case_id"], (), START)
    assert [event.event_id for event in events] == ["inbox:1"]


async def test_an_authoritys_report_is_an_operators_word(gateway: Gateway):
    await gateway.post("/v1/reports", REPORT)
    filed = {"message_id": "f-1", "subject": SUBJECT, "matter": "harassment/1", "reference": "BKA-17"}

    assert (await gateway.post("/v1/authority-reports", filed)).status_code == 403
    assert (await gateway.post("/v1/authority-reports", filed, "operator")).status_code == 202


async def test_another_tenants_case_of_the_same_subject_is_another(gateway: Gateway):
    ours = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    theirs = (await gateway.post("/v1/reports", REPORT, "other-service")).json()["case_id"]

    assert ours.rpartition("/")[2] != theirs.rpartition("/")[2]
    assert (await gateway.get(f"/v1/cases/{ours}", "other-auditor")).status_code == 404
    assert (await gateway.get(f"/v1/cases/{ours}", "auditor")).status_code == 200


async def test_an_authoritys_order_is_on_the_desks_list_while_no_worker_lives(gateway: Gateway):
    order = {
        "message_id": "o-1",
        "subject": SUBJECT,
        "order": "tco_removal",
        "area": "harassment",
        "reference": "123/26",
        "authority": {"name": "A synthetic authority", "country": "DE"},
        "legal_basis": "Regulation (EU) 2021/784, Article 3",
        "reasons": "Synthetic reasons.",
        "location": "https://platform.example/posts/1",
        "redress": "Synthetic: an objection within a month.",
        "signed": True,
    }
    assert (await gateway.post("/v1/orders", order, "operator")).status_code == 202
    (listed,) = (await gateway.get("/v1/orders", "operator")).json()["orders"]
    assert (listed["state"], listed["read"], listed["mailed"]) == ("owed", False, False)
    assert (listed["clock"], listed["due_at"], listed["seconds_left"]) == ("order_effect", "2026-11-22T11:00:00Z", 3600)
    assert (await gateway.get("/v1/orders", "other-operator")).json()["orders"] == []
