"""Vendors' webhooks at the gateway: proven, once, mapped or parked. All data is synthetic."""

import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import pytest

from api.hook_sources import HookSource, SourceTable
from record import inbox, parked
from tests.conftest import Database
from tests.integration.gateway_kit import Gateway, a_gateway

KEY, OLD_KEY = b"synthetic key of 24 bytes", b"synthetic key of old days"
SIGNAL = {
    "subject_kind": {"const": "content"},
    "subject_id": "post",
    "detector": {"vendor": {"const": "acme"}, "name": {"const": "images"}, "version": "model"},
    "labels": [
        {
            "each": "labels",
            "name": "name",
            "score": "score",
            "scale": 100,
            "words": {"Hate": "harassment", "Junk": "spam"},
        }
    ],
}
PAYLOAD = {"post": "post-1", "model": "3.1", "labels": [{"name": "Hate", "score": 93}]}


def _source(name: str, family: str, **more: object) -> HookSource:
    values = {"name": name, "tenant": "demo", "signature": family, "secrets": ["env:NONE"], "signal": SIGNAL, **more}
    return HookSource(SourceTable.model_validate(values), (KEY, OLD_KEY))


SOURCES = {
    "acme": _source("acme", "standard"),
    "plain": _source("plain", "plain", header="X-Sig"),
    "named": _source("named", "plain", header="X-Sig", event_id="event"),
    "others": _source("others", "plain", header="X-Sig", tenant="other"),
}


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres, hooks=SOURCES) as gateway:
        yield gateway


async def _send(gateway: Gateway, payload: object = PAYLOAD, event: str = "evt-1", key: bytes = KEY, **changed: str):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    at = str(int(gateway.clock.now.timestamp()))
    signature = b64encode(hmac.new(key, f"{event}.{at}.".encode() + body, sha256).digest()).decode()
    signed = {"webhook-id": event, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}", **changed}
    return await gateway.http.post("/v1/hooks/acme", content=body, headers=signed)


async def _send_plain(gateway: Gateway, payload: object, source: str = "plain"):
    body = json.dumps(payload).encode()
    signed = {"x-sig": hmac.new(KEY, body, sha256).hexdigest()}
    return await gateway.http.post(f"/v1/hooks/{source}", content=body, headers=signed)


async def test_a_signed_webhook_is_a_signal_in_the_inbox_and_its_case_is_rung(gateway: Gateway):
    answer = await _send(gateway)

    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    (event,), _ = await inbox.take(gateway.record, answer.json()["case_id"], [], gateway.clock.now)
    assert (event.body.kind, event.body.detector) == ("signal_received", "acme/images@3.1")
    assert event.body.scores == {"harassment": 0.93}
    await gateway.doors._ringer.aclose()
    assert [one["id"] for _, one in gateway.temporal.started] == [answer.json()["case_id"]]


async def test_an_event_is_taken_once_under_either_secret_however_often_it_comes(gateway: Gateway):
    first = await _send(gateway)
    gateway.clock.forward(timedelta(minutes=3))
    again = await _send(gateway, key=OLD_KEY)
    other = await _send(gateway, {**PAYLOAD, "labels": [{"name": "Hate", "score": 1}]})

    assert [one.status_code for one in (first, again, other)] == [202, 202, 409]
    assert again.json() == {**first.json(), "status": "known"}
    events, _ = await inbox.take(gateway.record, first.json()["case_id"], [], gateway.clock.now)
    assert len(events) == 1


async def test_what_does_not_prove_itself_is_told_the_same_whatever_was_wrong_and_leaves_nothing(gateway: Gateway):
    wrong = [
        await _send(gateway, key=b"another key of 24 bytes.."),
        await _send(gateway, **{"webhook-timestamp": "1"}),
        await _send(gateway, **{"webhook-id": "evt-2"}),
        await _send(gateway, **{"webhook-signature": ""}),
        await gateway.http.post("/v1/hooks/acme", content=b"{}"),
        await gateway.http.post("/v1/hooks/unknown", content=b"{}"),
    ]
    told = [{name: value for name, value in one.json().items() if name != "request_id"} for one in wrong]

    assert {one.status_code for one in wrong} == {401}
    assert all(one == told[0] for one in told)
    assert told[0]["code"] == "not_proven"
    assert await parked.listed(gateway.record, "demo") == []
    assert (await _send(gateway)).json()["status"] == "accepted", "a refused event's id is not used up"


async def test_a_signature_of_another_time_is_refused(gateway: Gateway):
    body, at = json.dumps(PAYLOAD).encode(), str(int(gateway.clock.now.timestamp()))
    signature = b64encode(hmac.new(KEY, f"e.{at}.".encode() + body, sha256).digest()).decode()
    signed = {"webhook-id": "e", "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    gateway.clock.forward(timedelta(minutes=6))

    answer = await gateway.http.post("/v1/hooks/acme", content=body, headers=signed)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "payload",
    [
        b"no json",
        b"[]",
        b'{"a":' * 5_000,
        {**PAYLOAD, "post": None},
        {**PAYLOAD, "post": "../x"},
        {**PAYLOAD, "labels": [{"name": "New", "score": 1}]},
        {**PAYLOAD, "model": "a version with blanks"},
    ],
    ids=["text", "list", "deep", "nobody", "no id", "new label", "no version"],
)
async def test_what_makes_no_signal_is_parked_whole_and_known_when_it_comes_again(gateway: Gateway, payload: object):
    first, again = await _send(gateway, payload), await _send(gateway, payload)

    assert (first.status_code, first.json()["status"], again.json()["status"]) == (202, "parked", "known")
    (one,) = await parked.listed(gateway.record, "demo")
    assert (one.kind, one.source, one.reason, one.parked_id) == (
        "hook",
        "acme",
        "unmappable",
        first.json()["parked_id"],
    )
    held = await parked.kept(gateway.record, "demo", one.parked_id)
    assert held.raw == (payload if isinstance(payload, bytes) else json.dumps(payload).encode())


async def test_a_source_that_found_nothing_is_told_so_and_nothing_is_kept(gateway: Gateway):
    answer = await _send(gateway, {**PAYLOAD, "labels": []})

    assert (answer.status_code, answer.json()["status"]) == (202, "nothing")
    assert await parked.listed(gateway.record, "demo") == []


async def test_where_the_signature_covers_no_id_the_payload_names_the_event_or_is_its_own_name(gateway: Gateway):
    first = await _send_plain(gateway, PAYLOAD)
    again = await _send_plain(gateway, PAYLOAD)
    named = await _send_plain(gateway, {**PAYLOAD, "event": "e-1", "attempt": 1}, "named")
    retried = await _send_plain(gateway, {**PAYLOAD, "event": "e-1", "attempt": 2}, "named")
    nameless = await _send_plain(gateway, PAYLOAD, "named")

    said = [one.json()["status"] for one in (first, again, named, retried, nameless)]
    assert said == ["accepted", "known", "accepted", "known", "parked"]


async def test_a_source_is_its_tenants_and_no_others(gateway: Gateway):
    answer = await _send_plain(gateway, PAYLOAD, "others")

    assert answer.json()["case_id"].startswith("case/other/")


async def test_without_the_record_a_webhook_is_to_be_sent_again(gateway: Gateway):
    await gateway.record.pool.close()

    answer = await _send(gateway)

    assert answer.status_code == 503
    assert "retry-after" in answer.headers
