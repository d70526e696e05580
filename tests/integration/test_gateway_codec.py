"""The codec server: Temporal's protocol, for people who operate, and for no page of another origin."""

import os
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from google.protobuf.json_format import MessageToJson, Parse
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import PayloadCodec, WorkflowSerializationContext

from api.doors import Doors
from api.errors import ServiceUnavailable
from api.http.app import Limits, create_app
from api.http.codec_server import ui_origins
from api.http.health import Readiness
from cases.names import SubjectKind, case_workflow_id
from record.errors import RecordUnavailable
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant
from tests.conftest import Database
from tests.integration.gateway_kit import AREAS, a_tokens_list
from workers.codec import CaseCodec

UI = "http://127.0.0.1:8233"
PLAIN = Payloads(payloads=[Payload(metadata={"encoding": b"json/plain"}, data=b'{"synthetic": 1}')])
OPERATOR = {"authorization": "Bearer operator", "x-namespace": "default"}
CASE = case_workflow_id("demo", SubjectKind.CONTENT, "a" * 32)


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    await ensure_tenant(postgres.owner_dsn, "demo")
    one = await open_record(postgres.app_dsn, Kek("1", os.urandom(32)), {}, AREAS)
    yield one
    await one.close()


def no_doors() -> Doors:
    raise ServiceUnavailable("no doors here")


def a_codec_server(
    codec: Callable[[], PayloadCodec], caller: str = "127.0.0.1", ui: str = UI, limits: Limits = Limits()
) -> httpx2.AsyncClient:
    app = create_app(no_doors, a_tokens_list(), Readiness({}), codec=codec, ui_origins=ui_origins(ui), limits=limits)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(caller, 4_000)), base_url="http://gateway")


async def sealed(record: Record) -> str:
    """A payload of a case, as history holds it."""
    codec = CaseCodec(record.keyring).with_context(WorkflowSerializationContext(namespace="default", workflow_id=CASE))
    return MessageToJson(Payloads(payloads=await codec.encode(PLAIN.payloads)))


async def test_an_operator_reads_a_cases_payload_by_its_key_id(record: Record):
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        response = await http.post("/codec/decode", content=await sealed(record), headers=OPERATOR)

    assert Parse(response.content, Payloads()) == PLAIN


async def test_what_is_encoded_here_is_sealed_with_the_installations_key(record: Record):
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        encoded = await http.post("/codec/encode", content=MessageToJson(PLAIN), headers=OPERATOR)
        decoded = await http.post("/codec/decode?preserveStorageRefs=true", content=encoded.content, headers=OPERATOR)

    (payload,) = Parse(encoded.content, Payloads()).payloads
    assert payload.metadata["key-id"].startswith(b"_installation.")
    assert Parse(decoded.content, Payloads()) == PLAIN


@pytest.mark.parametrize("token", ["nobody", "service", "rev-1"])
async def test_nobody_else_reads(record: Record, token: str):
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        headers = {"authorization": f"Bearer {token}", "origin": UI}
        response = await http.post("/codec/decode", content=await sealed(record), headers=headers)

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("caller", "ui", "origin", "status"),
    [
        ("127.0.0.1", UI, UI, 200),
        ("127.0.0.1", UI, "http://localhost:8233", 200),
        ("127.0.0.1", UI, "", 401),  # another program: it has to bring a token
        ("127.0.0.1", UI, "http://evil.invalid", 403),
        ("127.0.0.1", UI, "http://127.0.0.1:9999", 403),
        ("10.0.0.7", UI, UI, 401),
        ("127.0.0.1", "https://ui.example", "https://ui.example", 401),  # behind a proxy everybody is on loopback
        ("127.0.0.1", "", UI, 403),
    ],
)
async def test_without_a_token_only_a_web_ui_on_the_same_machine_reads(
    record: Record, caller: str, ui: str, origin: str, status: int
):
    headers = {"origin": origin} if origin else {}
    async with a_codec_server(lambda: CaseCodec(record.keyring), caller, ui) as http:
        response = await http.post("/codec/decode", content=await sealed(record), headers=headers)

    assert response.status_code == status


async def test_a_browser_may_ask_from_the_web_uis_origin_and_from_no_other(record: Record):
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-namespace"}
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        ours = await http.options("/codec/decode", headers={"origin": UI, **wanted})
        theirs = await http.options("/codec/decode", headers={"origin": "http://evil.invalid", **wanted})

    assert ours.headers["access-control-allow-origin"] == UI
    assert "x-namespace" in ours.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in theirs.headers


async def test_even_a_refusal_can_be_read_by_the_web_ui(record: Record):
    async with a_codec_server(lambda: CaseCodec(record.keyring), "10.0.0.7") as http:
        response = await http.post("/codec/decode", content="{}", headers={"origin": UI})

    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, UI)


async def test_what_is_no_payloads_is_a_bad_request(record: Record):
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        response = await http.post("/codec/decode", content="[1]", headers=OPERATOR)

    assert (response.status_code, response.json()["code"]) == (400, "not_payloads")


async def test_a_changed_payload_is_refused_not_crashed_at(record: Record):
    payloads = Parse(await sealed(record), Payloads())
    payloads.payloads[0].data = payloads.payloads[0].data[:-1] + b"\x00"
    async with a_codec_server(lambda: CaseCodec(record.keyring)) as http:
        response = await http.post("/codec/decode", content=MessageToJson(payloads), headers=OPERATOR)

    assert (response.status_code, response.json()["code"]) == (422, "unreadable")


class Away(PayloadCodec):
    """A codec whose keys cannot be reached."""

    async def encode(self, payloads: object) -> list[Payload]:
        raise RecordUnavailable

    async def decode(self, payloads: object) -> list[Payload]:
        raise RecordUnavailable


async def test_keys_that_cannot_be_reached_are_503():
    async with a_codec_server(Away) as http:
        response = await http.post("/codec/decode", content=MessageToJson(PLAIN), headers=OPERATOR)

    assert response.status_code == 503


async def test_too_much_is_refused(record: Record):
    async with a_codec_server(lambda: CaseCodec(record.keyring), limits=Limits(codec_body_bytes=1_000)) as http:
        response = await http.post("/codec/decode", content="x" * 2_000, headers=OPERATOR)

    assert response.status_code == 413
