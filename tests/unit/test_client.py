"""The typed client against a gateway that answers as told."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest

from api.batch_bodies import chunks
from api.client import DueprocessClient, Refused, Unavailable
from api.requests import DecisionRequest
from cases.decisions import Outcome
from cases.messages import ReportMessage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEIPT = {
    "case_id": "case/demo/content/" + "a" * 32,
    "message_id": "m-1",
    "received_at": NOON.isoformat(),
    "next": "…",
}
REPORT = ReportMessage.model_validate(
    {"message_id": "m-1", "subject": {"kind": "content", "id": "post-1"}, "area": "spam"}
)

Answer = Callable[[httpx2.Request], httpx2.Response]


def a_client(answer: Answer, pauses: tuple[float, ...] = (0.0, 0.0)) -> DueprocessClient:
    return DueprocessClient("http://gateway", "token", pauses=pauses, transport=httpx2.MockTransport(answer))


async def test_a_report_gets_its_receipt():
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(202, json=RECEIPT)

    async with a_client(answer) as client:
        receipt = await client.submit_report(REPORT)

    assert receipt.received_at == NOON
    assert seen[0].headers["authorization"] == "Bearer token"
    assert json.loads(seen[0].content)["message_id"] == "m-1"


async def test_an_outage_is_waited_out_with_the_same_message():
    seen: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.content)
        if len(seen) < 3:
            return httpx2.Response(503, json={"code": "unavailable", "detail": "away"}, headers={"retry-after": "0"})
        return httpx2.Response(202, json=RECEIPT)

    async with a_client(answer) as client:
        await client.submit_report(REPORT)

    assert len(seen) == 3
    assert len(set(seen)) == 1


async def test_a_lasting_outage_says_when_to_come_back():
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(503, json={"code": "unavailable", "detail": "away"}, headers={"retry-after": "7"})

    async with a_client(answer, pauses=()) as client:
        with pytest.raises(Unavailable) as caught:
            await client.submit_report(REPORT)

    assert caught.value.retry_after == 7


async def test_a_gateway_that_is_not_there_is_unavailable():
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    async with a_client(answer) as client:
        with pytest.raises(Unavailable, match="is the gateway running"):
            await client.stages()


async def test_a_refusal_carries_its_problems_and_is_not_repeated():
    seen: list[httpx2.Request] = []
    problem = {"field": "area", "value": "spm", "problem": "is not known", "cure": "did you mean spam?"}

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(422, json={"code": "bad_input", "detail": "wrong", "errors": [problem]})

    async with a_client(answer) as client:
        with pytest.raises(Refused, match="did you mean spam") as caught:
            await client.submit_report(REPORT)

    assert (caught.value.code, caught.value.problems[0].field, len(seen)) == ("bad_input", "area", 1)


async def test_no_free_task_is_none():
    async with a_client(lambda request: httpx2.Response(204)) as client:
        assert await client.claim(queue="spam") is None


async def test_an_empty_list_of_enforcements_is_sent_as_such():
    seen: list[dict[str, object]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(json.loads(request.content))
        return httpx2.Response(202, json={"decision_id": "d-1", "case_id": "c", "next": "…"})

    wanted = DecisionRequest(
        decision_id="d-1", token="t", outcome=Outcome.NO_VIOLATION, rationale="fine", enforcements=()
    )
    async with a_client(answer) as client:
        await client.decide(wanted)

    assert seen[0]["enforcements"] == []
    assert "matter" not in seen[0]


async def test_an_answer_that_is_no_gateways_is_an_error_not_a_crash():
    async with a_client(lambda request: httpx2.Response(502, text="<html>")) as client:
        with pytest.raises(Unavailable):
            await client.stages()


async def test_a_batch_is_sent_in_chunks_and_answered_as_one(monkeypatch):
    monkeypatch.setattr("api.batch_bodies.BATCH_LIMIT", 3)
    seen: list[list[str]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        ids = [item["report"]["message_id"] for item in json.loads(request.content)["items"]]
        seen.append(ids)
        results = [{"index": place, "outcome": "accepted", "message_id": one} for place, one in enumerate(ids)]
        counts = {"accepted": len(ids), "known": 0, "conflict": 0, "refused": 0}
        return httpx2.Response(200, json={**counts, "next": "…", "results": results})

    messages = [REPORT.model_copy(update={"message_id": f"m-{number}"}) for number in range(7)]
    async with a_client(answer) as client:
        answered = await client.submit_batch(messages)

    assert [len(ids) for ids in seen] == [3, 3, 1]
    assert (answered.accepted, [one.index for one in answered.results]) == (7, list(range(7)))


async def test_what_a_batch_postpones_is_sent_again_and_keeps_its_place():
    seen: list[list[str]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        ids = [item["report"]["message_id"] for item in json.loads(request.content)["items"]]
        seen.append(ids)
        results = [{"index": n, "outcome": "accepted", "message_id": one} for n, one in enumerate(ids)]
        if len(seen) == 1:
            results[1] = {"index": 1, "outcome": "postponed", "message_id": ids[1], "code": "quota_subject"}
        counts = {"accepted": len(ids), "known": 0, "conflict": 0, "refused": 0, "retry_after_seconds": 0}
        return httpx2.Response(200, json={**counts, "next": "…", "results": results})

    messages = [REPORT.model_copy(update={"message_id": f"m-{number}"}) for number in range(3)]
    async with a_client(answer) as client:
        answered = await client.submit_batch(messages)
    seen_once, seen = seen, []
    async with a_client(answer, pauses=()) as client:
        with pytest.raises(Unavailable) as caught:
            await client.submit_batch(messages)

    assert seen_once == [["m-0", "m-1", "m-2"], ["m-1"]]
    assert [(one.index, one.message_id, one.outcome) for one in answered.results] == [
        (place, f"m-{place}", "accepted") for place in range(3)
    ]
    assert (caught.value.status, caught.value.code) == (429, "quota_subject")


def test_a_chunk_holds_no_more_than_a_request_may_bring(monkeypatch):
    monkeypatch.setattr("api.batch_bodies.CHUNK_BYTES", 500)
    messages = [REPORT.model_copy(update={"snapshot": "x" * size}) for size in (100, 100, 100, 2_000, 10)]

    assert [len(json.loads(body)["items"]) for body in chunks(messages)] == [2, 1, 1, 1]


async def test_too_many_is_waited_out_like_an_outage():
    answers = [
        httpx2.Response(429, json={"code": "quota_tenant", "detail": "x"}, headers={"retry-after": "0"}),
        httpx2.Response(202, json=RECEIPT),
    ]
    async with a_client(lambda request: answers.pop(0)) as client:
        await client.submit_report(REPORT)
    assert not answers
