"""Every door's refusals: field, problem and cure, nothing of a person's in them, and each is counted. All data is synthetic."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from api.counting import Refusals
from api.peers.coop_map import read_coop_maps
from tests.conftest import a_database
from tests.coop_payloads import ACTION, MAP, REPORT, signed
from tests.integration.gateway_kit import AREAS, SUBJECT, Gateway, a_gateway
from tests.integration.gateway_kit import REPORT as OURS
from tests.integration.test_gateway_hooks import SOURCES, _send
from workers.postgres_server import PostgresServer

PRIVATE = "hidden-words"
AT_NOWHERE = f"{PRIVATE}@nowhere@example.invalid"  # no mail address
NOTICE = {"message_id": "n-1", "subject": SUBJECT, "area": "harassment"}
ORDER = {"message_id": "o-1", "subject": SUBJECT, "order": "tco_removal", "reference": "1/26"}
COOP = "/compat/coop"
BACK = f"{COOP}/callbacks/action"
UNKNOWN_ACTION = {**ACTION, "action": {"id": "never-seen"}, "decisionReason": PRIVATE, "actorEmail": AT_NOWHERE}


@dataclass(frozen=True)
class Sent:
    """One request that is refused. counted: door and code; field: that is wrong, none where it is who sends, or the state."""

    path: str
    body: Any
    status: int
    counted: tuple[str, str]
    field: str | None = None
    who: str = "service"
    method: str = "POST"
    headers: dict[str, str] | None = None


@pytest.fixture(scope="module")
async def gateway(anyio_backend: str, postgres_server: PostgresServer) -> AsyncIterator[Gateway]:
    async with (
        a_database(postgres_server) as database,
        a_gateway(database, hooks=SOURCES, coop=read_coop_maps(MAP, AREAS)) as one,
    ):
        yield one


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Door and code of what the metric was told."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(Refusals, "count", lambda self, door, code, tenant="": found.append((door, code)))
    return found


HTTP = [
    pytest.param(Sent("/v1/reports", {**OURS, "area": "never"}, 422, ("report", "bad_input"), "area"), id="area"),
    pytest.param(Sent("/v1/reports", {**OURS, "x": PRIVATE}, 422, ("report", "bad_input"), "x"), id="field"),
    pytest.param(
        Sent("/v1/reports", {**OURS, "reporter": {"address": AT_NOWHERE}}, 422, ("report", "bad_input"),
             "reporter.address"), id="reporter"),
    pytest.param(Sent("/v1/reports", b"{", 400, ("report", "not_json"), "body"), id="json"),
    pytest.param(
        Sent("/v1/reports", b"{}", 415, ("http", "not_json_media"), headers={"content-type": "text/plain"}),
        id="media type"),
    pytest.param(Sent("/v1/reports", b" " * 1_048_577, 413, ("http", "too_large")), id="too large"),
    pytest.param(Sent("/v1/reports", OURS, 401, ("http", "unauthorised"), who="nobody"), id="token"),
    pytest.param(Sent("/v1/reports", OURS, 403, ("http", "wrong_role"), who="auditor"), id="role"),
    pytest.param(Sent("/v1/reports?x=1", OURS, 422, ("query", "bad_input"), "x"), id="parameter"),
    pytest.param(
        Sent("/v1/parked?limit=many", None, 422, ("http", "bad_input"), "limit", "operator", "GET"), id="parameter's value"),
    pytest.param(Sent("/v1/nothing", OURS, 404, ("http", "no_such_page")), id="page"),
    pytest.param(Sent("/v1/reports", None, 405, ("http", "method_not_allowed"), method="DELETE"), id="method"),
    pytest.param(
        Sent("/v1/notices", {**NOTICE, "sender": {"address": AT_NOWHERE}}, 422, ("notice", "bad_input"),
             "sender.address"), id="notice's sender"),
    pytest.param(
        Sent("/v1/notices", {**NOTICE, "explanation": PRIVATE * 500}, 422, ("notice", "bad_input"), "explanation"),
        id="notice's words"),
    pytest.param(
        Sent("/v1/notices", {**NOTICE, "source": "trusted_flagger"}, 422, ("notice", "bad_input"), "source"),
        id="flagger"),
    pytest.param(
        Sent("/v1/take-it-down", {"message_id": "t-1", "subject": SUBJECT, "signature": {"kind": "electronic",
             "signed_as": PRIVATE * 20}}, 422, ("take_it_down", "bad_input"), "signature.signed_as"), id="signature"),
    pytest.param(
        Sent("/v1/orders", {**ORDER, "authority": {"name": "A synthetic court", "country": "DE",
             "address": AT_NOWHERE}}, 422, ("authority_order", "bad_input"), "authority.address", "operator"),
        id="authority"),
    pytest.param(
        Sent("/v1/order-changes", {"message_id": "c-1", "subject": SUBJECT, "order_id": "never",
             "change": "withdrawn"}, 404, ("order_change", "unknown_order"), who="operator"), id="order"),
    pytest.param(Sent("/v1/appeals", {"message_id": "a-1", "subject": {"kind": "content", "id": "never"}, "decision_id": "d-1",
               "appellant": {"account_id": "ann"}, "grounds": PRIVATE}, 404, ("appeal", "unknown_case")), id="appeal"),
    pytest.param(
        Sent("/v1/decisions", {"decision_id": "d-1", "token": PRIVATE, "outcome": "no_violation", "rationale": PRIVATE},
             403, ("decide", "token_refused"), who="rev-1"), id="decision"),
    pytest.param(Sent("/v1/batches", {"items": {}}, 422, ("batch", "bad_input"), "items"), id="batch"),
    pytest.param(
        Sent("/v1/conflicts", {"message_id": "k-1", "about": "topic", "name": "spam", "reviewer": "rev-2"},
             422, ("conflicts", "bad_input"), "reviewer", "rev-1"), id="conflict of interest"),
    pytest.param(Sent("/v1/hooks/acme", b"{}", 401, ("hook", "not_proven")), id="hook"),
    pytest.param(Sent(f"{COOP}/api/v1/report", {**REPORT, "reportedAt": PRIVATE}, 400, ("coop_report", "bad_input"),
               "/reportedAt", headers={"x-api-key": "service"}), id="Coop's report"),
    pytest.param(Sent(f"{COOP}/api/v1/report", REPORT, 401, ("coop", "unauthorised"), headers={"x-api-key": "never"}),
          id="Coop's key"),
    pytest.param(Sent(BACK, ACTION, 403, ("coop", "not_signed"), headers={"x-api-key": "service"}), id="Coop's signature"),
    pytest.param(Sent(BACK, signed(UNKNOWN_ACTION)[0], 400, ("coop_action", "bad_input"), "/action/id",
               headers={"x-api-key": "service", **signed(UNKNOWN_ACTION)[1]}), id="Coop's action"),
]  # fmt: skip


@pytest.mark.parametrize("sent", HTTP)
async def test_a_refusal_names_field_and_cure_says_nothing_of_anybody_and_is_counted_once(
    gateway: Gateway, counted: list[tuple[str, str]], sent: Sent
):
    content = sent.body if isinstance(sent.body, bytes) else json.dumps(sent.body).encode() if sent.body else None
    headers = {"content-type": "application/json", **(sent.headers or {})}
    answer = await gateway.send(sent.method, sent.path, sent.who, content=content, headers=headers)
    said = answer.json()

    assert answer.status_code == sent.status, answer.text
    assert counted == [sent.counted]
    assert PRIVATE not in answer.text
    if sent.path.startswith(COOP):
        (first,) = said["errors"]
        assert (first.get("pointer"), bool(first["detail"])) == (sent.field, True)
        return
    assert said["code"] == sent.counted[1]
    if sent.field is None:
        assert len(said["detail"].split()) > 4, "a sentence that says what to do"
    else:
        first = said["errors"][0]
        assert first["field"] == sent.field
        assert (first["problem"], first["cure"]) != ("", "")


async def test_each_refused_item_of_a_batch_is_counted_and_spoils_no_other(
    gateway: Gateway, counted: list[tuple[str, str]]
):
    wrong = [{"report": {**OURS, "area": "never"}}, {"report": {**OURS, "reason": PRIVATE * 500}}, {"order": {}}, 5]
    good = {"report": {**OURS, "message_id": "among-others"}}
    answer = await gateway.post("/v1/batches", {"items": [*wrong, good]})

    results = answer.json()["results"]
    assert [one["outcome"] for one in results] == [*["refused"] * 4, "accepted"]
    assert [one["errors"][0]["field"] for one in results[:4]] == ["area", "reason", "item", "item"]
    assert all(one["errors"][0]["cure"] for one in results[:4])
    assert counted == [("batch", "bad_input")] * 4
    assert PRIVATE not in answer.text


async def test_a_hook_that_cannot_be_mapped_is_parked_with_field_and_cure_and_without_its_words(gateway: Gateway):
    answer = await _send(
        gateway, {"post": f"../{PRIVATE}", "model": PRIVATE + " ", "labels": [{"name": "Hate", "score": 1}]}
    )
    parked = await gateway.get("/v1/parked", "operator")

    (one,) = parked.json()["parked"]
    assert (answer.json()["status"], one["reason"]) == ("parked", "unmappable")
    assert "subject.id: " in one["problem"]
    assert PRIVATE not in parked.text
