"""Trusted flaggers (DSA Art. 22): only who is on the register goes first, in their areas, while nothing is held against them.

Through the real gateway, on a real record. All bodies are synthetic.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from cases.decisions import Decision, Ground, Outcome
from cases.events import DecisionRecorded
from cases.messages import ReportSource
from cases.received import ReportReceived
from record import inbox, reporting
from record.parsing import RawMessage
from tests.builders import an_event
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, Gateway, a_gateway

BODY: dict[str, Any] = {
    "flagger_id": "hotline",
    "name": "A synthetic hotline",
    "coordinator": "A synthetic coordinator",
    "areas": ["harassment"],
    "tokens": ["service"],
    "accounts": ["account-hotline"],
    "reason": "Synthetic: designated.",
}
CLAIM = {**REPORT, "source": "trusted_flagger"}
UNTRUSTED = "Taken as an ordinary notice"


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as gateway:
        yield gateway


async def registered(gateway: Gateway, **changes: Any) -> None:
    answer = await gateway.post("/v1/trusted-flaggers", {**BODY, **changes}, "operator")
    assert (answer.status_code, answer.json().get("changed")) == (200, True), answer.text
    gateway.clock.forward(timedelta(minutes=1))


async def stands(gateway: Gateway, status: str, code: int = 200) -> None:
    gateway.clock.forward(timedelta(minutes=1))
    wanted = {"flagger_id": "hotline", "status": status, "reason": "Synthetic: a letter of the coordinator."}
    assert (await gateway.post("/v1/trusted-flaggers/changes", wanted, "operator")).status_code == code
    gateway.clock.forward(timedelta(minutes=1))


async def taken(gateway: Gateway, case_id: str, *raw: RawMessage) -> list[ReportReceived]:
    events, _ = await inbox.take(gateway.record, case_id, raw, gateway.clock.now)
    return [event.body for event in events if isinstance(event.body, ReportReceived)]


async def test_nobody_is_a_trusted_flagger_on_their_own_word(gateway: Gateway):
    refused = await gateway.post("/v1/reports", CLAIM)
    otherwise = await gateway.post("/v1/reports", {**CLAIM, "otherwise": "notice"})

    (problem,) = refused.json()["errors"]
    assert (refused.status_code, problem["field"], problem["value"]) == (422, "source", "trusted_flagger")
    assert "dueprocess flaggers add" in problem["cure"]
    assert (otherwise.status_code, otherwise.json()["effect"][: len(UNTRUSTED)]) == (202, UNTRUSTED)
    (body,) = await taken(gateway, otherwise.json()["case_id"])
    assert (body.source, body.flagger, body.not_trusted) == (ReportSource.OTHER, None, "unregistered")


@pytest.mark.parametrize(
    "changes",
    [{"accounts": []}, {"tokens": []}, {"tokens": [], "accounts": [], "addresses": ["hotline@example.invalid"]}],
)
async def test_a_registered_body_is_known_by_its_token_account_or_address(gateway: Gateway, changes: dict[str, Any]):
    await registered(gateway, **changes)
    person = {"account_id": "account-hotline", "address": "hotline@example.invalid"}
    name = "other-account" if "addresses" in changes else "account-hotline"

    answer = await gateway.post("/v1/reports", {**CLAIM, "reporter": {**person, "account_id": name}})

    assert "with priority" in answer.json()["effect"]
    (body,) = await taken(gateway, answer.json()["case_id"])
    assert (body.source, body.flagger, body.not_trusted) == (ReportSource.TRUSTED_FLAGGER, "hotline", None)


async def test_suspended_ended_or_outside_its_areas_it_is_an_ordinary_notice_and_hears_so(gateway: Gateway):
    await registered(gateway)
    first = (await gateway.post("/v1/reports", CLAIM)).json()
    outside = (await gateway.post("/v1/reports", {**CLAIM, "message_id": "m-2", "area": "spam"})).json()
    await stands(gateway, "suspended")
    suspended = (await gateway.post("/v1/reports", {**CLAIM, "message_id": "m-3"})).json()
    again = (await gateway.post("/v1/reports", CLAIM)).json()
    await stands(gateway, "active")
    back = (await gateway.post("/v1/reports", {**CLAIM, "message_id": "m-4"})).json()
    await stands(gateway, "ended")
    ended = (await gateway.post("/v1/reports", {**CLAIM, "message_id": "m-5"})).json()
    await stands(gateway, "active", 409)

    for answer, word in ((outside, "expertise"), (suspended, "suspended"), (ended, "ended")):
        assert answer["effect"].startswith(UNTRUSTED)
        assert word in answer["effect"]
    assert (again, back["effect"]) == ({**first, "known": True}, first["effect"])
    bodies = await taken(gateway, first["case_id"])
    assert [body.not_trusted for body in bodies] == [None, "outside_expertise", "suspended", None, "ended"]
    assert {body.source for body in bodies if body.not_trusted} == {ReportSource.OTHER}


async def test_a_batch_and_a_notice_are_judged_alike(gateway: Gateway):
    unknown = await gateway.post("/v1/batches", {"items": [{"report": CLAIM}]})
    await registered(gateway)
    items = [{"report": CLAIM}, {"report": {**CLAIM, "message_id": "m-2", "area": "spam"}}]
    batch = (await gateway.post("/v1/batches", {"items": items})).json()
    notice = {"message_id": "n-1", "subject": REPORT["subject"], "area": "harassment", "source": "trusted_flagger"}
    receipt = (await gateway.post("/v1/notices", notice)).json()

    assert [one["errors"][0]["field"] for one in unknown.json()["results"]] == ["source"]
    assert ["priority" in one["effect"] for one in batch["results"]] == [True, False]
    assert "with priority" in receipt["effect"]
    bodies = await taken(gateway, receipt["case_id"])
    assert [body.source for body in bodies] == ["trusted_flagger", "other", "trusted_flagger"]
    assert len(bodies[2].missing) == 4


async def test_a_raw_signal_has_no_answer_and_what_became_of_it_is_recorded(gateway: Gateway):
    await registered(gateway)
    case_id = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    raw = [
        RawMessage(
            kind="report",
            channel="signal",
            payload={**CLAIM, "message_id": f"raw-{name}", "reporter": {"account_id": name}, "reason": None},
        )
        for name in ("account-hotline", "account-stranger")
    ]
    for one in raw:
        one.payload.pop("reason")

    bodies = await taken(gateway, case_id, *raw)

    assert [(body.source, body.not_trusted) for body in bodies[1:]] == [
        ("trusted_flagger", None),
        ("other", "unregistered"),
    ]


async def test_the_register_tells_apart_tenants_repeats_and_bodies_and_says_who_did_what_and_why(gateway: Gateway):
    await registered(gateway)
    same = await gateway.post("/v1/trusted-flaggers", BODY, "operator")
    other = await gateway.post("/v1/trusted-flaggers", {**BODY, "name": "Another"}, "operator")
    taken_already = await gateway.post("/v1/trusted-flaggers", {**BODY, "flagger_id": "second"}, "operator")
    assert (same.json()["changed"], other.status_code, taken_already.status_code) == (False, 409, 409)
    unknown = await gateway.post(
        "/v1/trusted-flaggers", {**BODY, "flagger_id": "x", "areas": ["harasment"]}, "operator"
    )
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "areas")
    assert (await gateway.get("/v1/trusted-flaggers", "other-operator")).json()["flaggers"] == []
    assert (await gateway.post("/v1/trusted-flaggers", BODY, "service")).status_code == 403
    assert (await gateway.post("/v1/reports", CLAIM, "other-service")).status_code == 422

    await stands(gateway, "ended")
    await registered(gateway, flagger_id="second")
    (first, second) = (await gateway.get("/v1/trusted-flaggers")).json()["flaggers"]
    assert [(one["status"], one["by"], one["reason"]) for one in first["history"]] == [
        ("active", "operator", "Synthetic: designated."),
        ("ended", "operator", "Synthetic: a letter of the coordinator."),
    ]
    assert (first["recognised_by"], second["recognised_by"][0]) == ([], "token:service")


async def test_the_list_says_for_how_many_notices_a_body_was_right_and_misuse_is_not_its_word(gateway: Gateway):
    await registered(gateway)
    nameless = {name: value for name, value in CLAIM.items() if name != "reporter"}
    case_id = (await gateway.post("/v1/reports", nameless)).json()["case_id"]
    await taken(gateway, case_id)
    for number, outcome in enumerate((Outcome.VIOLATION, Outcome.NO_VIOLATION)):
        decision = Decision(
            decision_id=f"d-{number}", digest="x", automated=False, matter_id="harassment/1", evidence_version=1,
            outcome=outcome, by="rev-1", ground=Ground.TERMS, decided_at=gateway.clock.now,
        )  # fmt: skip
        await reporting.count_outcomes(
            gateway.record, case_id, [an_event(f"decision:d-{number}", DecisionRecorded(decision=decision))]
        )

    (one,) = (await gateway.get("/v1/trusted-flaggers")).json()["flaggers"]
    assert (one["judged"], one["upheld"]) == (2, 1)
    assert (await gateway.get("/v1/reporters/misuse", "operator")).json()["reporters"] == []


@pytest.mark.parametrize("left_out", [None, "name", "location", "good_faith"])
async def test_a_report_is_a_notice_only_with_the_elements_of_article_16(gateway: Gateway, left_out: str | None):
    whole = {"name": "Synthetic Sender", "location": "https://platform.example/posts/1", "good_faith": True}
    notice = {name: value for name, value in whole.items() if name != left_out}

    receipt = (await gateway.post("/v1/reports", {**REPORT, "notice": notice})).json()
    plain = (await gateway.post("/v1/reports", {**REPORT, "message_id": "m-2"})).json()

    missing = [{"name": "sender"}.get(left_out, left_out)] if left_out else []
    assert [one["element"] for one in receipt["missing"]] == missing
    assert plain.get("missing", []) == []
    bodies = await taken(gateway, receipt["case_id"])
    assert [body.source for body in bodies] == ["other" if left_out else "notice", "other"]
