"""A gateway in process: the real application and a real record, Temporal stood in by the two calls the doors make."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.packs_in_force import PacksInForce
from activities.policy_packs import PolicyPacks
from api.admission import AdmissionLimits
from api.doors import Doors
from api.hook_sources import NO_SOURCES, HookSources
from api.http.app import create_app
from api.http.health import Readiness
from api.http.review_sessions import Sessions
from api.http.tokens import Principal, Role, Tokens
from api.peers.coop_map import CoopMaps
from api.quotas import QuotaLimits
from api.signing import SigningKey, key_id_of
from cases.decisions import Decision, Outcome
from cases.events import DecisionRecorded
from cases.messages import Accepted
from cases.sights import SEVERE_PICTURES
from record import events, inbox
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant
from simulators.serving import WebServer, address, listen
from tests.builders import an_assessment, an_event, captured, triaged
from tests.conftest import Database
from tests.searched import SearchedTemporal
from workers.library import PackLibrary

PACKS = PolicyPacks(Path(__file__).parents[2] / "policies")
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AREAS = frozenset({"harassment", "spam", "self_harm"})
SUBJECT = {"kind": "content", "id": "post-1"}
REPORT = {
    "message_id": "m-1",
    "subject": SUBJECT,
    "area": "harassment",
    "reporter": {"account_id": "account-9", "address": "reporter@example.invalid"},
    "reason": "synthetic words of a reporter",
}
TOKENS = {
    "service": ("demo", Role.SERVICE, None),
    "rev-1": ("demo", Role.REVIEWER, "rev-1"),
    "rev-2": ("demo", Role.REVIEWER, "rev-2"),
    "rev-9": ("demo", Role.REVIEWER, "rev-9"),  # whose own account reported
    "rev-named": ("demo", Role.REVIEWER, "rev-named"),  # named for pictures of what is restricted
    "rev-both": ("demo", Role.REVIEWER, "rev-both"),  # who works for both tenants
    "operator": ("demo", Role.OPERATOR, None),
    "operator-2": ("demo", Role.OPERATOR, None),
    "operator-9": ("demo", Role.OPERATOR, None),  # likewise
    "auditor": ("demo", Role.AUDITOR, None),
    "other-service": ("other", Role.SERVICE, None),
    "other-rev": ("other", Role.REVIEWER, "rev-1"),
    "other-auditor": ("other", Role.AUDITOR, None),
    "other-operator": ("other", Role.OPERATOR, None),
}


@dataclass
class FakeTemporal:
    """What the doors use of a Temporal client. down: nothing is reached; answers: what updates get, first to last."""

    down: bool = False
    answers: list[Accepted | Exception] = field(default_factory=list)
    started: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    signalled: list[tuple[str, str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, Any, str]] = field(default_factory=list)
    searched: SearchedTemporal = field(default_factory=SearchedTemporal)
    namespace: str = "default"

    @property
    def workflow_service(self) -> SearchedTemporal:
        """What the search answers."""
        return SearchedTemporal(fails=self._away()) if self.down else self.searched

    async def start_workflow(self, workflow: str, arg: Any = None, **options: Any) -> None:
        """Signal with start."""
        self._reach()
        self.started.append((workflow, options))

    def get_workflow_handle(self, workflow_id: str) -> "FakeHandle":
        """A handle, as cheap as the real one."""
        return FakeHandle(self, workflow_id)

    def _reach(self) -> None:
        if self.down:
            raise self._away()

    def _away(self) -> RPCError:
        return RPCError("synthetic: connection refused", RPCStatusCode.UNAVAILABLE, b"")


@dataclass
class FakeHandle:
    """One workflow."""

    temporal: FakeTemporal
    workflow_id: str

    async def signal(self, signal: str, arg: Any) -> None:
        """A signal."""
        self.temporal._reach()
        self.temporal.signalled.append((self.workflow_id, signal, arg))

    async def execute_update(self, update: str, arg: Any, *, id: str, result_type: type) -> Any:
        """An update, answered as the test says."""
        self.temporal._reach()
        self.temporal.asked.append((self.workflow_id, update, arg, id))
        answer = self.temporal.answers.pop(0) if self.temporal.answers else Accepted(message_id=id)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class TestClock:
    """The doors' clock."""

    __test__ = False
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, delta: timedelta) -> None:
        """Let time pass."""
        self.now += delta


@dataclass
class Gateway:
    """The gateway and its surroundings."""

    http: httpx2.AsyncClient
    record: Record
    temporal: FakeTemporal
    clock: TestClock
    doors: Doors
    signing: SigningKey
    app: FastAPI

    async def send(self, method: str, path: str, who: str = "service", **options: Any) -> httpx2.Response:
        """One request, as this caller."""
        headers = {"authorization": f"Bearer {who}", **options.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **options)

    async def post(self, path: str, body: Any, who: str = "service") -> httpx2.Response:
        """A JSON body, as this caller."""
        return await self.send("POST", path, who, json=body)

    async def get(self, path: str, who: str = "auditor") -> httpx2.Response:
        """A page, as this caller."""
        return await self.send("GET", path, who)


def refusal(code: str, text: str = "synthetic: refused") -> WorkflowUpdateFailedError:
    """What a run's validator answers."""
    return WorkflowUpdateFailedError(ApplicationError(text, type=code, non_retryable=True))


def not_running() -> RPCError:
    """What Temporal answers for a workflow that is over."""
    return RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b"")


@asynccontextmanager
async def a_gateway(
    database: Database,
    *,
    readiness: Readiness | None = None,
    admission: AdmissionLimits = AdmissionLimits(),
    hooks: HookSources = NO_SOURCES,
    coop: CoopMaps = MappingProxyType({}),
    quotas: QuotaLimits = QuotaLimits(),
) -> AsyncIterator[Gateway]:
    """A gateway over this database, for the tenants demo and other."""
    for tenant in ("demo", "other"):
        await ensure_tenant(database.owner_dsn, tenant)
    private = Ed25519PrivateKey.generate()
    signing = SigningKey(key_id_of(private.public_key()), private)
    verifying = {signing.key_id: private.public_key()}
    tokens = a_tokens_list()
    kek = Kek("1", os.urandom(32))
    record = await open_record(database.app_dsn, kek, verifying, AREAS, serving=tokens.serving())
    temporal, clock = FakeTemporal(), TestClock()
    library = PackLibrary(PacksInForce(record, PACKS), "Plaza")
    doors = Doors(record, temporal, clock, signing, AREAS, hooks, admission, library)  # type: ignore[arg-type]  # stood in
    sessions = Sessions(tokens, signing, clock, secure=False)
    app = create_app(lambda: doors, tokens, readiness or Readiness({}), coop=coop, quotas=quotas, sessions=sessions)
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
        try:
            yield Gateway(http, record, temporal, clock, doors, signing, app)
        finally:
            await doors.aclose()
            await record.close()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The gateway on a port of its own, in this event loop, for whoever speaks HTTP only: its address."""
    socket = listen("127.0.0.1", 0, "--port")
    server = WebServer(app)
    serving = asyncio.ensure_future(server.serve([socket]))
    host, port = address(socket)
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving


def a_tokens_list() -> Tokens:
    """Every synthetic caller; a caller's token is its name."""
    return Tokens(
        Principal(
            token_sha256=sha256(name.encode()).hexdigest(),
            tenant=tenant,
            role=role,
            name=name,
            reviewer_id=reviewer,
            accounts=("account-9",) if name in ("rev-9", "operator-9") else (),
            named_roles=frozenset({SEVERE_PICTURES} if name == "rev-named" else ()),
            serves={"demo": 2, "other": 1} if name == "rev-both" else {},
        )
        for name, (tenant, role, reviewer) in TOKENS.items()
    )


async def decide_in_the_record(gateway: Gateway, case_id: str, at: datetime) -> None:
    """What a run would have recorded of a case that rev-1 decided, a violation: there is no run here."""
    await inbox.take(gateway.record, case_id, (), at)
    decision = Decision(
        decision_id="d-1",
        digest="synthetic",
        matter_id="harassment/1",
        outcome=Outcome.VIOLATION,
        by="rev-1",
        automated=False,
        decided_at=at,
        evidence_version=1,
    )
    recorded = an_event("decision:d-1", DecisionRecorded(decision=decision), at)
    await events.append(gateway.record, case_id, (captured(), triaged(an_assessment()), recorded), at)
