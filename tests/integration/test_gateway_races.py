"""One message id at two doors at the same moment: one message is kept, the other sender is told, and nothing fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from api.peers.coop_map import read_coop_maps
from cases.messages import Subject
from record import inbox
from record.pool import tenant_transaction
from tests.conftest import Database
from tests.coop_payloads import MAP
from tests.coop_payloads import REPORT as COOP_REPORT
from tests.integration import gateway_kit
from tests.integration.gateway_kit import AREAS, REPORT, START, SUBJECT, Gateway, a_gateway
from tests.integration.record_means import raw
from tests.integration.test_gateway_hooks import PAYLOAD, SOURCES
from tests.integration.test_gateway_hooks import _send as send_hook

ROUNDS = 2  # on a new case, and on one that is there
SENDER = {"name": "Synthetic Sender", "address": "sender@example.invalid"}
Door = Callable[[Gateway, str, str], Awaitable[tuple[str, str]]]


@pytest.fixture
async def gateway(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setattr(gateway_kit, "AREAS", AREAS | {"intimate_images"})
    async with a_gateway(postgres, hooks=SOURCES, coop=read_coop_maps(MAP, AREAS)) as one:
        yield one


def _told(status: int, body: dict[str, Any]) -> tuple[str, str]:
    """What became of it, as the door says: accepted, known or conflict; and of which case."""
    if status in (200, 202):
        return ("known" if body["known"] else "accepted"), body["case_id"]
    return body["code"], ""


def _posted(path: str, who: str = "service", **more: Any) -> Door:
    async def send(gateway: Gateway, message_id: str, subject_id: str) -> tuple[str, str]:
        body = {"message_id": message_id, "subject": {"kind": "content", "id": subject_id}, **more}
        answer = await gateway.post(f"/v1/{path}", body, who)
        return _told(answer.status_code, answer.json())

    return send


_REPORTED = {name: REPORT[name] for name in ("area", "reporter", "reason")}
_SEEN = {"detector": {"vendor": "synthetic", "name": "rule", "version": "1"}, "scores": {"harassment": 0.9}}
_ORDERED = {"order": "dsa_article_9", "reference": "1/26", "area": "harassment"}
_NOTICED = {"area": "harassment", "explanation": "Synthetic explanation.", "sender": SENDER, "good_faith": True}


def _in_a_batch(kind: str, **fields: Any) -> Door:
    async def send(gateway: Gateway, message_id: str, subject_id: str) -> tuple[str, str]:
        subjects = [subject_id, f"{subject_id}-a", f"{subject_id}-b"]
        names = [message_id, f"{message_id}-{kind}-a", f"{message_id}-{kind}-b"]
        items = [
            {kind: {"message_id": name, "subject": {"kind": "content", "id": subject}, **fields}}
            for name, subject in zip(names, subjects, strict=True)
        ]
        answer = await gateway.post("/v1/batches", {"items": items})
        if answer.status_code != 200:
            return answer.json()["code"], ""
        (one,) = (result for result in answer.json()["results"] if result["message_id"] == message_id)
        return one["outcome"], one.get("case_id") or ""

    return send


async def _by_raw_signal(gateway: Gateway, message_id: str, subject_id: str) -> tuple[str, str]:
    """As the run takes it. It has no answer: what was refused is an event."""
    subject = {"kind": "content", "id": subject_id}
    case_id = await gateway.doors._intake.case_id("demo", Subject.model_validate(subject))
    payload = {"message_id": message_id, "subject": subject, "area": "harassment"}
    events, _ = await inbox.take(gateway.record, case_id, [raw("report", payload)], START)
    refused = [
        event for event in events if event.body.kind == "message_refused" and event.event_id.startswith("conflict:")
    ]
    return ("conflict" if refused else "taken"), case_id


async def _by_coop(gateway: Gateway, message_id: str, subject_id: str) -> tuple[str, str]:
    """Coop names no message id of ours: its own is made of what it sends."""
    body = {**COOP_REPORT, "reportedItem": {**COOP_REPORT["reportedItem"], "id": subject_id}}
    answer = await gateway.http.post("/compat/coop/api/v1/report", headers={"x-api-key": "service"}, json=body)
    assert answer.status_code == 201, answer.text
    return _told(202, answer.json()["receipt"])


async def _by_hook(gateway: Gateway, message_id: str, subject_id: str) -> tuple[str, str]:
    answer = await send_hook(gateway, {**PAYLOAD, "post": subject_id}, event=message_id)
    return answer.json().get("status", answer.json().get("code")), answer.json().get("case_id", "")


DOORS: dict[str, Door] = {
    "report": _posted("reports", **_REPORTED),
    "other report": _posted("reports", **{**_REPORTED, "reason": "other synthetic words"}),
    "batch of reports": _in_a_batch("report", **_REPORTED),
    "signal": _posted("signals", **_SEEN),
    "batch of signals": _in_a_batch("signal", **_SEEN),
    "notice": _posted("notices", **_NOTICED),
    "removal request": _posted("take-it-down", requester=SENDER, statement="Synthetic statement."),
    "order": _posted("orders", "operator", **_ORDERED),
    "raw signal": _by_raw_signal,
}
SAME = {frozenset({"report", "batch of reports"}), frozenset({"signal", "batch of signals"})}  # one meaning, one digest


def _is_one(first: str, second: str) -> bool:
    return first == second or frozenset({first, second}) in SAME


@pytest.mark.parametrize("first", DOORS)
async def test_one_message_id_at_two_doors_at_once_is_one_message(gateway: Gateway, first: str):
    pairs = [(first, second) for second in list(DOORS)[list(DOORS).index(first) :]]
    for number, (one, other) in enumerate(pairs * ROUNDS):
        if number >= len(pairs):  # on a case that is there, with its keys at hand
            await gateway.post("/v1/reports", {**REPORT, "message_id": f"before-{number}", "subject": _post(number)})
        message_id, names = f"met-{number}", [one, other] * 2
        answers = await asyncio.gather(*(DOORS[name](gateway, message_id, _post(number)["id"]) for name in names))
        told = Counter(outcome for outcome, _ in answers)

        assert len(await _kept(gateway, message_id)) == 1
        assert told.keys() <= {"accepted", "known", "conflict", "taken"}, (one, other, told)
        assert told["accepted"] <= 1
        winners = {name for name, (outcome, _) in zip(names, answers, strict=True) if outcome != "conflict"}
        assert all(_is_one(this, that) for this in winners for that in winners), "who was taken said the same"
        assert told["conflict"] == (2 if set(names) - winners else 0), "the same again is known, other content is not"


@pytest.mark.parametrize("door", [_by_coop, _by_hook])
async def test_what_another_tool_sends_twice_at_once_is_one_message(gateway: Gateway, door: Door):
    for meeting in range(ROUNDS):
        answers = await asyncio.gather(*(door(gateway, f"evt-{meeting}", f"post-{meeting}") for _ in range(4)))
        assert Counter(outcome for outcome, _ in answers) == {"accepted": 1, "known": 3}
        assert len({case_id for _, case_id in answers}) == 1


async def test_the_id_of_another_tools_message_at_our_own_door_at_once_is_one_message(gateway: Gateway):
    first = await gateway.http.post("/compat/coop/api/v1/report", headers={"x-api-key": "service"}, json=COOP_REPORT)
    message_id = first.headers["dueprocess-message-id"]
    answers = await asyncio.gather(
        _by_coop(gateway, "", COOP_REPORT["reportedItem"]["id"]),
        DOORS["report"](gateway, message_id, COOP_REPORT["reportedItem"]["id"]),
        DOORS["batch of signals"](gateway, message_id, "post-1"),
    )
    assert [outcome for outcome, _ in answers] == ["known", "conflict", "conflict"]
    assert len(await _kept(gateway, message_id)) == 1


async def test_an_appeal_its_repetition_and_a_report_under_its_id_at_once_are_one_message(gateway: Gateway):
    await gateway.post("/v1/reports", REPORT)
    appeal = _posted("appeals", decision_id="d-1", appellant={"account_id": "account-author"}, grounds="synthetic")
    for meeting in range(ROUNDS):
        doors = (appeal, DOORS["report"], appeal, DOORS["batch of reports"])
        answers = await asyncio.gather(*(door(gateway, f"a-{meeting}", SUBJECT["id"]) for door in doors))
        assert Counter(outcome for outcome, _ in answers) == {"accepted": 1, "known": 1, "conflict": 2}
        assert len(await _kept(gateway, f"a-{meeting}")) == 1


async def test_one_id_for_two_subjects_at_once_is_one_message_of_one_case(gateway: Gateway):
    for name in ("report", "batch of reports", "notice", "removal request", "order", "raw signal"):
        for meeting in range(ROUNDS):
            message_id = f"{name.replace(' ', '-')}-{meeting}"
            answers = await asyncio.gather(
                *(DOORS[name](gateway, message_id, f"post-{meeting}-{side}") for side in ("left", "right") * 2)
            )
            assert len(await _kept(gateway, message_id)) == 1
            told = Counter(outcome for outcome, _ in answers)
            assert told["conflict"] == 2, told
            assert told.keys() <= {"accepted", "known", "conflict", "taken"}


async def test_batches_of_the_same_hundred_in_any_order_beside_single_doors_keep_each_once(gateway: Gateway):
    subject = [f"post-{number % 7}" for number in range(100)]
    items = [
        {"report": {"message_id": f"m-{number}", "subject": {"kind": "content", "id": subject[number]}, **_REPORTED}}
        for number in range(100)
    ]
    orders = [items, items[::-1], items[50:] + items[:50]]
    batches = [gateway.post("/v1/batches", {"items": order}) for order in orders]
    singles = [DOORS["report"](gateway, f"m-{number}", subject[number]) for number in range(0, 100, 5)]
    answers, single = await asyncio.gather(asyncio.gather(*batches), asyncio.gather(*singles))
    outcomes = Counter(one["outcome"] for answer in answers for one in answer.json()["results"])
    outcomes.update(outcome for outcome, _ in single)
    assert outcomes == {"accepted": 100, "known": 220}


def _post(meeting: int) -> dict[str, str]:
    return {"kind": "content", "id": f"post-{meeting}"}


async def _kept(gateway: Gateway, message_id: str) -> list[str]:
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        rows = await connection.fetch("SELECT stream_id FROM inbox WHERE message_id = $1", message_id)
    return [row["stream_id"] for row in rows]
