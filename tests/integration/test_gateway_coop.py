"""Coop's documented requests, unchanged, against our gateway: what is taken, answered and refused, in Coop's own form.

Shapes: tests/coop_payloads.py. Statuses and errors: roostorg/coop, docs/api/report.md, appeal.md, errors.md.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.client import DueprocessClient
from api.http.app import create_app
from api.http.health import Readiness
from api.peers.coop_map import read_coop_maps
from api.peers.osprey_map import read_map
from api.quotas import QuotaLimits
from record import views
from tests.conftest import Database
from tests.coop_payloads import ACTION, APPEAL, APPEAL_DECISION, MAP, REPORT, signed
from tests.integration.gateway_kit import AREAS, Gateway, a_gateway, a_tokens_list
from tests.integration.kit import an_installation, until
from workers.feeding import Fate
from workers.line_source import FileLines
from workers.osprey_feed import BatchDoor, OspreyFeed

KEY = {"x-api-key": "service"}
COOP = "/compat/coop"
HEARD_THERE = MAP.replace("[demo]\n", '[demo]\nappeal_reviewer = "coop-appeals"\n')


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres, coop=read_coop_maps(MAP, AREAS)) as one:
        yield one


async def test_the_documented_report_is_answered_as_documented_and_our_receipt_rides_along(gateway: Gateway):
    first = await gateway.http.post(f"{COOP}/api/v1/report", headers=KEY, json=REPORT)
    again = await gateway.http.post(f"{COOP}/api/v1/report/", headers=KEY, json=REPORT)

    body = first.json()
    assert first.status_code == 201
    assert body["reportId"] == again.json()["reportId"]
    assert (body["receipt"]["known"], again.json()["receipt"]["known"]) == (False, True)
    assert first.headers["dueprocess-case-id"] == body["receipt"]["case_id"]
    assert first.headers["dueprocess-message-id"] == f"coop-{body['reportId']}"
    assert await views.case(gateway.record, "demo", body["receipt"]["case_id"]), "committed before it was answered"


async def test_temporal_away_is_a_report_taken_all_the_same(gateway: Gateway):
    gateway.temporal.down = True

    assert (await gateway.http.post(f"{COOP}/api/v1/report", headers=KEY, json=REPORT)).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "nobody's"}, {"authorization": "Bearer service"}])
async def test_without_a_key_the_answer_is_coops_own(gateway: Gateway, headers: dict[str, str]):
    answer = await gateway.http.post(f"{COOP}/api/v1/report", headers=headers, json=REPORT)

    (error,) = answer.json()["errors"]
    assert answer.status_code == error["status"] == 401
    assert error["title"] == "Invalid API Key"
    assert "X-API-KEY" in error["detail"]
    assert error["type"] == ["/errors/authentication-failed-or-missing"]
    assert error["requestId"] == answer.headers["x-request-id"]


async def test_a_reviewers_key_is_of_another_role(gateway: Gateway):
    answer = await gateway.http.post(f"{COOP}/api/v1/report", headers={"x-api-key": "rev-1"}, json=REPORT)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["type"] == ["/errors/authorization-failed"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (
            "report",
            {**REPORT, "reportedItem": {**REPORT["reportedItem"], "typeId": "never-seen"}},
            "/reportedItem/typeId",
        ),
        ("report", {**REPORT, "reportedAt": "2124-01-15T10:30:00.000Z"}, "/reportedAt"),
        ("report", {key: value for key, value in REPORT.items() if key != "reporter"}, "/reporter"),
        ("report/appeal", APPEAL, "/actionedItem/id"),
        ("report/appeal", {**APPEAL, "actionsTaken": "all"}, "/actionsTaken"),
        ("report", {**REPORT, "reporter": {**REPORT["reporter"], "id": "../x"}}, "/reporter/id"),
    ],
)
async def test_a_refusal_is_of_coops_form_with_pointer_and_cure(
    gateway: Gateway, path: str, body: dict[str, Any], pointer: str
):
    answer = await gateway.http.post(f"{COOP}/api/v1/{path}", headers=KEY, json=body)

    (error,) = answer.json()["errors"]
    assert answer.status_code == error["status"] == 400
    assert error["type"] == ["/errors/invalid-user-input"]
    assert error["pointer"] == pointer
    assert error["detail"]
    assert (await views.stages(gateway.record, "demo")).stages == {}


async def test_what_is_no_json_is_coops_400(gateway: Gateway):
    headers = {**KEY, "content-type": "application/json"}
    answer = await gateway.http.post(f"{COOP}/api/v1/report", headers=headers, content=b"{")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["status"] == 400


async def test_too_much_is_told_with_a_time_to_come_again(postgres: Database):
    async with a_gateway(
        postgres, coop=read_coop_maps(MAP, AREAS), quotas=QuotaLimits(token_items=0.1, burst_seconds=10)
    ) as one:
        answers = [await one.http.post(f"{COOP}/api/v1/report", headers=KEY, json=REPORT) for _ in range(3)]

    assert (answers[0].status_code, answers[-1].status_code) == (201, 429)
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["errors"][0]["status"] == 429


async def test_policies_are_listed_as_coop_lists_them(gateway: Gateway):
    ours = await gateway.http.get(f"{COOP}/api/v1/policies/", headers={"x-api-key": "other-service"})

    assert {"id": "spam", "name": "spam", "parentId": None} in ours.json()["policies"]
    assert all(set(one) == {"id", "name", "parentId"} for one in ours.json()["policies"])


async def test_a_callback_that_coop_did_not_sign_decides_nothing(gateway: Gateway):
    raw, headers = signed(ACTION)
    for changed in ({}, {**headers, "coop-signature": "bm90IHNpZ25lZA=="}, {**headers, "coop-signature": "…".encode()}):
        answer = await gateway.http.post(
            f"{COOP}/callbacks/action", headers={**KEY, "content-type": "application/json", **changed}, content=raw
        )
        assert answer.status_code == 403
    other = await gateway.http.post(
        f"{COOP}/callbacks/action", headers={**headers, "x-api-key": "other-service"}, content=raw
    )
    tampered = await gateway.http.post(f"{COOP}/callbacks/action", headers={**KEY, **headers}, content=raw + b" ")

    assert (other.status_code, tampered.status_code) == (403, 403)
    assert (await views.stages(gateway.record, "demo")).stages == {}


async def test_an_action_of_a_rule_is_kept_as_a_signal_once(gateway: Gateway):
    raw, headers = signed({key: value for key, value in ACTION.items() if key != "actorEmail"})
    answers = [
        (await gateway.http.post(f"{COOP}/callbacks/action", headers={**KEY, **headers}, content=raw)).json()
        for _ in range(2)
    ]

    assert [one["known"] for one in answers] == [False, True]


async def test_an_action_the_table_does_not_have_names_the_cure(gateway: Gateway):
    raw, headers = signed({**ACTION, "action": {"id": "never-seen"}})
    answer = await gateway.http.post(f"{COOP}/callbacks/action", headers={**KEY, **headers}, content=raw)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/action/id")


async def test_an_appeal_heard_in_coop_is_refused_where_nobody_says_who_hears_them(gateway: Gateway):
    raw, headers = signed(APPEAL_DECISION)
    answer = await gateway.http.post(f"{COOP}/callbacks/appeal", headers={**KEY, **headers}, content=raw)

    assert answer.status_code == 409
    assert "appeal_reviewer" in answer.json()["errors"][0]["detail"]


async def test_a_life_through_coops_doors_and_ospreys_file_beside_it(postgres: Database, tmp_path: Path):
    """Report, moderator's decision, appeal, its reversal: Coop's payloads, a real record, real Temporal, a real platform."""
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("reported-item-id")
        app = create_app(lambda: here.doors, a_tokens_list(), Readiness({}), coop=read_coop_maps(HEARD_THERE, AREAS))
        transport = httpx2.ASGITransport(app, client=("127.0.0.1", 40_000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=KEY) as http:

            async def called_back(path: str, payload: dict[str, Any]) -> dict[str, Any]:
                """Delivered as Coop delivers: again after a pause, as long as the answer is no 2xx."""
                raw, headers = signed(payload)

                async def taken() -> dict[str, Any] | None:
                    answer = await http.post(f"{COOP}/callbacks/{path}", headers=headers, content=raw)
                    assert answer.status_code in (200, 503), answer.text
                    return answer.json() if answer.status_code == 200 else None

                return dict(await until(taken))

            report = (await http.post(f"{COOP}/api/v1/report", json=REPORT)).json()
            stream = report["receipt"]["case_id"]
            decided = await called_back("action", ACTION)
            assert decided["case_id"] == stream
            case = await here.settles(stream)
            assert here.world.measures("reported-item-id") == ["remove"]
            assert [(one.by, one.outcome) for one in case.decisions] == [("rev-1", "violation")]
            assert (await called_back("action", ACTION))["status"] == "known"

            appeal = {**APPEAL, "appealedBy": {"typeId": "user", "id": "account-author"}}
            answers = await asyncio.gather(*(http.post(f"{COOP}/api/v1/report/appeal", json=appeal) for _ in range(3)))
            assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 3
            assert {one.headers["dueprocess-message-id"] for one in answers} == {APPEAL["appealId"]}
            await here.reaches(stream, "appeal_opened")
            await called_back("appeal", APPEAL_DECISION)
            await here.reaches(stream, "decision_reversed")
            await here.settles(stream)
            assert here.world.measures("reported-item-id") == []
            assert (await called_back("appeal", APPEAL_DECISION))["status"] == "known"

            unseen = {**ACTION, "actorEmail": "another@example.com", "item": {"id": "post-2", "typeId": "item-type-id"}}
            here.world.post("post-2")
            opened = await called_back("action", unseen)
            (second,) = (await here.settles(opened["case_id"])).decisions
            assert second.outcome == "violation"
            assert second.by.startswith("coop-")
            assert "another" not in second.by

        file = tmp_path / "osprey.ndjson"
        sample = Path(__file__).parents[2] / "docs" / "samples"
        file.write_text("".join((sample / "osprey.ndjson").read_text().splitlines(keepends=True)[:40]))
        async with DueprocessClient("http://gateway", "service", transport=transport) as client:
            tallies = []
            for _ in range(2):
                table = read_map((sample / "osprey-map.toml").read_text())
                feed = OspreyFeed(BatchDoor(client), table, tmp_path / "rejects")
                await feed.run(FileLines(file, follow=False, idle_seconds=None).batches(), lambda _: None)
                tallies.append(feed.tally.signals)
        sent = tallies[0][Fate.TAKEN]
        assert sent > 0
        assert [(one[Fate.TAKEN], one[Fate.KNOWN], one[Fate.REFUSED]) for one in tallies] == [
            (sent, 0, 0),
            (0, sent, 0),
        ]
        assert not (tmp_path / "rejects").exists()
