"""What HTTP itself may do wrong: tokens, roles, bodies, routes, outages. Every answer is a problem document."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import httpx2
import pytest

from api.http.app import create_app
from api.http.health import Readiness
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, Gateway, a_gateway, a_tokens_list, served

ROUTES = [
    ("POST", "/v1/reports"),
    ("POST", "/v1/signals"),
    ("POST", "/v1/appeals"),
    ("POST", "/v1/authority-reports"),
    ("POST", "/v1/claims"),
    ("DELETE", "/v1/claims/lease-1"),
    ("POST", "/v1/decisions"),
    ("POST", "/v1/extensions"),
    ("POST", "/v1/reversals"),
    ("GET", "/v1/cases/case/demo/content/" + "a" * 32),
    ("GET", "/v1/queue"),
    ("GET", "/v1/stuck"),
    ("GET", "/v1/stages"),
]
OWN_DOORS = {
    "/v1/reports": {"service"},
    "/v1/signals": {"service"},
    "/v1/appeals": {"service"},
    "/v1/authority-reports": {"operator"},
    "/v1/claims": {"reviewer"},
    "/v1/claims/lease-1": {"reviewer"},
    "/v1/decisions": {"reviewer"},
    "/v1/extensions": {"operator"},
    "/v1/reversals": {"operator"},
}
ROLES = {"service": "service", "rev-1": "reviewer", "operator": "operator", "auditor": "auditor"}


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async def temporal() -> None:
        raise ConnectionError("synthetic: an address that must not be shown")

    async def record() -> None:
        return None

    async with a_gateway(postgres, readiness=Readiness({"postgres": record, "temporal": temporal})) as one:
        yield one


def code(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


async def test_a_parameter_that_a_door_does_not_have_is_refused_with_the_nearest_it_has(gateway: Gateway) -> None:
    misspelt = await gateway.get("/v1/queue?limti=5", "rev-1")
    assert code(misspelt) == (422, "bad_input")
    (error,) = misspelt.json()["errors"]
    assert (error["field"], "did you mean limit?" in error["cure"]) == ("limti", True)
    none = await gateway.get("/v1/stages?x=1", "rev-1")
    assert (none.status_code, none.json()["errors"][0]["cure"]) == (422, "this door takes none; leave it out")


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer nobody", "Basic c2VydmljZTo=", "Bearer " + "x" * 9_000]
)
async def test_nobody_enters_any_door_without_a_token(gateway: Gateway, authorization: str | None):
    headers = {"authorization": authorization} if authorization else {}
    answers = [await gateway.http.request(method, path, headers=headers) for method, path in ROUTES]

    assert {code(answer) for answer in answers} == {(401, "unauthorised")}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


async def test_a_role_enters_its_own_doors_only(gateway: Gateway):
    for method, path in ROUTES:
        statuses = {role: (await gateway.send(method, path, token)).status_code for token, role in ROLES.items()}
        entered = {role for role, status in statuses.items() if status not in (401, 403)}

        assert entered == OWN_DOORS.get(path, {"reviewer", "operator", "auditor"}), path


async def test_ten_megabytes_are_refused_by_their_announced_length(gateway: Gateway):
    response = await gateway.post("/v1/reports", {**REPORT, "reason": "x" * 10_000_000})

    assert code(response) == (413, "too_large")


async def test_ten_megabytes_without_a_length_are_refused_while_they_stream(gateway: Gateway):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    response = await gateway.send("POST", "/v1/reports", content=endless(), headers=headers)

    assert code(response) == (413, "too_large")


@pytest.mark.parametrize("announced", [True, False])
async def test_who_writes_all_of_too_long_a_body_before_reading_is_answered_and_not_cut_off(
    gateway: Gateway, announced: bool
):
    body = b" " * 3_000_000
    length = f"content-length: {len(body)}" if announced else "transfer-encoding: chunked"
    sent = body if announced else b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = f"POST /v1/reports HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer service\r\n{length}\r\n"
    async with served(gateway.app) as url:
        port = int(url.rpartition(":")[2])
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{head}content-type: application/json\r\n\r\n".encode() + sent)
            await writer.drain()
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert b"too_large" in answer


async def test_who_asks_before_sending_too_long_a_body_is_answered_at_once(gateway: Gateway):
    async with served(gateway.app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"POST /v1/reports HTTP/1.1\r\nhost: g\r\ncontent-length: 3000000\r\nexpect: 100-continue\r\n\r\n")
        assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 413 ")
        writer.close()


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(gateway: Gateway, media_type: str):
    response = await gateway.send("POST", "/v1/reports", content=b"{}", headers={"content-type": media_type})

    assert code(response) == (415, "not_json_media")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"message_id": "\\ud800"}'])
async def test_what_is_no_json_is_a_bad_request(gateway: Gateway, body: bytes):
    headers = {"content-type": "application/json; charset=utf-8"}

    assert code(await gateway.send("POST", "/v1/reports", content=body, headers=headers)) == (400, "not_json")


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(gateway: Gateway):
    wrong = await gateway.send("PUT", "/v1/reports")

    assert code(await gateway.get("/v2/reports")) == (404, "no_such_page")
    assert code(wrong) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def test_a_wrong_query_names_its_field(gateway: Gateway):
    response = await gateway.get("/v1/queue?limit=0")

    assert code(response) == (422, "bad_input")
    assert response.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/banks/%00/fallen", "bank"),
        ("/v1/banks/b/entries?after=%00", "after"),
        ("/v1/bulks/%00", "bulk_id"),
        ("/v1/parked/%00", "parked_id"),
        ("/v1/quality/exercises/%00", "exercise_id"),
        ("/v1/cases/appeal/demo/%00", "case_id"),
    ],
)
async def test_a_name_with_a_nul_is_refused_and_is_no_failure_of_ours(gateway: Gateway, path: str, field: str):
    response = await gateway.get(path, "operator")
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["field"] == field


async def test_every_answer_has_a_request_id_and_keeps_a_given_one(gateway: Gateway):
    given = await gateway.send("GET", "/v1/stages", "auditor", headers={"x-request-id": "abcdef-12345"})
    strange = await gateway.send("GET", "/nowhere", "auditor", headers={"x-request-id": "a b\tc"})

    assert given.headers["x-request-id"] == "abcdef-12345"
    assert strange.headers["x-request-id"] == strange.json()["request_id"] != "a b\tc"


async def test_postgres_down_is_503_with_a_time_to_come_back_and_then_all_is_well(postgres: Database):
    socket = Path(unquote(postgres.app_dsn.partition("?host=")[2]))
    with tempfile.TemporaryDirectory(prefix="dp") as folder:  # short: a socket's path has a limit
        way = Path(folder) / "way"
        way.symlink_to(socket)
        reached = replace(postgres, app_dsn=postgres.app_dsn.replace(str(socket), str(way)))
        async with a_gateway(reached) as gateway:
            await gateway.post("/v1/reports", REPORT)
            way.unlink()
            await cut_off(postgres)
            down = await gateway.post("/v1/reports", {**REPORT, "message_id": "m-2"})
            read = await gateway.get("/v1/stages")
            way.symlink_to(socket)
            up = await gateway.post("/v1/reports", {**REPORT, "message_id": "m-2"})

    assert code(down) == code(read) == (503, "unavailable")
    assert int(down.headers["retry-after"]) >= 1
    assert (up.status_code, up.json()["known"]) == (202, False)


async def cut_off(database: Database) -> None:
    """End every session of the app role in this database."""
    administrator = await asyncpg.connect(database.superuser_dsn)
    try:
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            database.name,
        )
    finally:
        await administrator.close()


async def test_a_failure_of_ours_is_a_bare_500_and_its_words_go_nowhere(
    postgres: Database, caplog: pytest.LogCaptureFixture
):
    def broken() -> None:
        raise ValueError("synthetic: a row with content")

    app = create_app(broken, a_tokens_list(), Readiness({}))  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(app)
    with caplog.at_level(logging.DEBUG):
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            response = await http.get("/v1/stages", headers={"authorization": "Bearer auditor"})

    assert code(response) == (500, "internal")
    assert "a row with content" not in response.text + caplog.text


async def test_logs_hold_no_content_no_names_and_no_values(gateway: Gateway, caplog: pytest.LogCaptureFixture):
    secrets = ("synthetic words", "account-9", "example.invalid", "post-1", "colour-of-a-person")
    with caplog.at_level(logging.DEBUG):
        await gateway.post("/v1/reports", REPORT)
        await gateway.post("/v1/reports", {**REPORT, "message_id": "m-2", "colour-of-a-person": "red"})
        await gateway.get("/v1/colour-of-a-person")

    logged = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("dueprocess"))
    assert "door_refused" in logged
    assert not [word for word in secrets if word in logged]


async def test_the_process_lives_and_says_what_it_cannot_reach(gateway: Gateway):
    ready = await gateway.http.get("/readyz")

    assert (await gateway.http.get("/healthz")).json() == {"status": "live"}
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"postgres": "reachable", "temporal": "away: ConnectionError"}


async def test_the_openapi_document_has_every_route_its_body_and_its_problems(gateway: Gateway):
    document = (await gateway.http.get("/openapi.json")).json()
    report = document["paths"]["/v1/reports"]["post"]

    assert set(report["responses"]) == {"202", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    reference = report["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/ReportMessage"
    assert not references(document) - {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def references(part: object) -> set[str]:
    """Every reference in a document."""
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in part.values()))
    return set().union(*(references(inner) for inner in part)) if isinstance(part, list) else set()
