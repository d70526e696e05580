"""A whole installation in one process: a real record, a real Temporal server of its own, the simulated world, workers.

Nothing is stood in. What a test may choose is what fails, what time it is, and when a worker works. All data is synthetic.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from api.answers import Claimed, DecisionAccepted, Receipt
from api.doors import Doors
from api.requests import ClaimRequest, DecisionRequest
from api.ringing import Ringer
from cases.case import Case
from cases.events import CaseEvent
from cases.folding import fold_all
from cases.messages import AppealMessage, Detector, Person, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind
from cases.vendor_table import Vendors
from record import events
from simulators.faults import HEALTHY
from simulators.mailbox.app import Mailbox
from simulators.mailbox.delivery import serve_smtp
from simulators.platform.app import Platform
from simulators.platform.drafts import parse_draft
from simulators.platform.feed import told_to
from simulators.platform.signatures import decode_secret
from simulators.serving import WebServer, address, listen
from simulators.transparency.app import TransparencyDatabase
from simulators.transparency.tokens import parse_tokens
from tests.conftest import TEMPORAL_ARGUMENTS, Database, a_database
from workers.comparison import Comparison
from workers.generated_secrets import make_secrets
from workers.postgres_server import PostgresServer
from workers.preparing import prepare
from workers.reconciling import reconcile_all
from workers.settings import Settings
from workers.temporal_server import find_binary
from workers.wiring import Means, build_effects, http_client, open_means
from workers.worker import build_worker

INSULT = "Synthetic words of a post."
TENANT = "demo"


@dataclass
class MovableClock:
    """The clock port of doors and effects, and of the simulated world: real time, moved as a test moves Temporal's."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    """The outside world, in process. Its faults are set directly: `world.platform.faults.fault = Fault(down=True)`."""

    platform: Platform
    mailbox: Mailbox
    database: TransparencyDatabase
    urls: Mapping[str, str]

    def author(self, name: str = "author", **changes: Any) -> None:
        """An account, with an address."""
        values = {"id": f"account-{name}", "display_name": f"Synthetic {name}", "address": f"{name}@example.invalid"}
        self._create("accounts", {**values, **changes})

    def post(
        self, post_id: str = "post-1", text: str = INSULT, author: str = "author", reads: str = "en", **changes: Any
    ) -> None:
        """A post, and its author's account. reads: the language of the account."""
        self.author(author, language=reads)
        self._create("posts", {"id": post_id, "author_id": f"account-{author}", "text": text, **changes})

    def edit(self, post_id: str, text: str) -> None:
        """The author changes the words."""
        subject = self.platform.world.subject("content", post_id)
        assert subject is not None
        with self.platform.world.database.transaction():
            self.platform.world.edit(subject, {"text": text})

    def delete(self, post_id: str, deleted: bool = True) -> None:
        """The author deletes the post, or brings it back."""
        subject = self.platform.world.subject("content", post_id)
        assert subject is not None
        with self.platform.world.database.transaction():
            self.platform.world.set_deleted(subject, deleted)

    def forget(self, kind: str, subject_id: str) -> sqlite3.Row:
        """The platform knows it no more, and answers 404 of it; what it was, for `recall`."""
        subject = self.platform.world.subject(kind, subject_id)
        assert subject is not None
        with self.platform.world.database.transaction():
            self.platform.world.forget(subject)
        return subject

    def recall(self, subject: sqlite3.Row) -> None:
        """It is there again as it was, and nothing is in force on it."""
        with self.platform.world.database.transaction():
            self.platform.world.recall(subject)

    def orders(self, outcome: str | None = None) -> list[dict[str, Any]]:
        """What the platform logged of orders."""
        log = self.platform.world.read_log(0, 10_000)
        return [one for one in log if one["event"] == "order" and outcome in (None, one["outcome"])]

    def measures(self, target_id: str, kind: str = "content") -> list[str]:
        """Kinds in force on a target, as the platform has it."""
        return [one["kind"] for one in self.platform.world.met(kind, target_id, None)]

    def says_to(self, author: str) -> dict[str, list[str]]:
        """What the platform's own page tells this person of each thing of theirs."""
        account = self.platform.world.subject("account", f"account-{author}")
        assert account is not None
        return {one["id"]: one["states"] for one in told_to(self.platform.world, account)}

    def mails(self) -> list[dict[str, Any]]:
        """Every mail whole, oldest first."""
        summaries = self.mailbox.store.mails({"to": None, "notice": None, "message_id": None}, 2**62, 1_000)
        return [self.mailbox.store.mail(one["sequence"]) for one in reversed(summaries)]

    def told(self) -> list[tuple[str, str]]:
        """Who got which kind of notice, in the order of arrival, every arrival counted."""
        return [(mail["to"][0], mail["kind"]) for mail in self.mails() for _ in mail["arrivals"]]

    def _create(self, collection: str, values: dict[str, Any]) -> None:
        with self.platform.world.database.transaction():
            self.platform.world.create(parse_draft(collection, values))

    def heal(self) -> None:
        """Nothing fails any more."""
        for one in (self.platform, self.mailbox, self.database):
            one.faults.fault = HEALTHY


@dataclass
class Installation:
    """Everything, for one test."""

    means: Means
    doors: Doors
    world: World
    environment: WorkflowEnvironment
    clock: MovableClock
    settings: Settings
    variables: Mapping[str, str]
    vendors: Vendors = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    # Doors ------------------------------------------------------------------------------------------------------------

    async def report(
        self, subject_id: str = "post-1", area: str = "harassment", tenant: str = TENANT, **changes: Any
    ) -> Receipt:
        """A report at the door, by a new person each time."""
        number = self._next("report")
        reporter = Person(account_id=f"account-r{number}", address=f"reporter-{number}@example.invalid")
        plain: dict[str, Any] = {
            "message_id": f"m-{number}",
            "subject": Subject(kind=SubjectKind.CONTENT, id=subject_id),
            "area": area,
            "reporter": reporter,
            "reason": "synthetic reason",
        }
        return await self.doors.report(tenant, ReportMessage(**{**plain, **changes}))

    async def signal(self, subject_id: str = "post-1", tenant: str = TENANT, **scores: float) -> Receipt:
        """A machine's word."""
        message = SignalMessage(
            message_id=f"s-{self._next('signal')}",
            subject=Subject(kind=SubjectKind.CONTENT, id=subject_id),
            detector=Detector(vendor="synthetic", name="rule", version="1"),
            scores=scores,
        )
        return await self.doors.signal(tenant, message)

    async def appeal(
        self,
        subject_id: str,
        decision_id: str,
        person: Person,
        appeal_id: str = "a-1",
        kind: SubjectKind = SubjectKind.CONTENT,
    ) -> Receipt:
        """A person asks us to look again."""
        subject = Subject(kind=kind, id=subject_id)
        message = AppealMessage(
            message_id=appeal_id,
            subject=subject,
            decision_id=decision_id,
            appellant=person,
            grounds="synthetic grounds",
        )
        return await self.doors.appeal(TENANT, message)

    async def claim(self, stream: str, task_id: str = "harassment/1", reviewer: str = "rev-1") -> Claimed:
        """A claim on a task that will be there in a moment."""
        wanted = ClaimRequest(stream=stream, task_id=task_id)

        async def claimed() -> Claimed | None:
            rows = (await self.doors.queue(TENANT)).tasks
            if not any(task.task_id == task_id and task.stream == stream for task in rows):
                return None
            return await self.doors.claim(TENANT, reviewer, wanted)

        return await until(claimed)

    async def decide(
        self,
        stream: str,
        decision_id: str = "d-1",
        task_id: str = "harassment/1",
        reviewer: str = "rev-1",
        **changes: Any,
    ) -> DecisionAccepted:
        """A claimed decision."""
        claimed = await self.claim(stream, task_id, reviewer)
        plain: dict[str, Any] = {"outcome": "violation", "ground": "terms", "rule_id": "harassment.reported"}
        if changes.get("outcome") not in (None, "violation"):
            plain = {}
        fields = {"rationale": "synthetic rationale", **plain, **changes}
        return await self.doors.decide(
            TENANT, reviewer, DecisionRequest(decision_id=decision_id, token=claimed.token, **fields)
        )

    # What came of it --------------------------------------------------------------------------------------------------

    def handle(self, stream: str) -> WorkflowHandle[Any, Any]:
        return self.means.client.get_workflow_handle(stream)

    async def events(self, stream: str) -> list[CaseEvent]:
        return await events.load(self.means.record, stream)

    async def kinds(self, stream: str) -> list[str]:
        return [event.body.kind for event in await self.events(stream)]

    async def bodies(self, stream: str, kind: str) -> list[Any]:
        return [event.body for event in await self.events(stream) if event.body.kind == kind]

    async def case(self, stream: str) -> Case:
        return fold_all(Case(case_id=stream), await self.events(stream))

    async def reaches(self, stream: str, kind: str, times: int = 1, seconds: float = 60.0) -> None:
        """The record has so many events of this kind."""

        async def there() -> bool:
            return (await self.kinds(stream)).count(kind) >= times

        await until(there, seconds)

    async def settles(self, stream: str, seconds: float = 60.0) -> Case:
        """The run completes; what the record says then."""

        async def settled() -> bool:
            case = await self.doors.case(TENANT, stream)
            return case.stage == "settled"

        await until(settled, seconds)
        async with asyncio.timeout(seconds):
            await self.handle(stream).result()
        return await self.case(stream)

    async def forward(self, stream: str, **time: float) -> None:
        """Let time pass for one run, for the doors and for the world."""
        delta = timedelta(**time)
        self.clock.ahead += delta
        await self.environment.fast_forward(self.handle(stream), delta)

    async def reconciled(self, settle_seconds: float = 30.0) -> Comparison:
        """Record, platform, mailbox and filings, compared."""
        return await reconcile_all(self.means.record, self.settings, settle_seconds, self.clock)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Self]:
        """Workers on every task queue, in this process."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(http_client())
            ringer = Ringer(self.means.client)
            stack.push_async_callback(ringer.aclose)
            for queue, effects in build_effects(self.means, http, ringer, self.clock, self.vendors).items():
                await stack.enter_async_context(build_worker(self.means, queue, effects, self.vendors))
            yield self

    def _next(self, what: str) -> int:
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return self._numbers[what]


async def until(found: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    """What is found, as soon as it is; fails after the bound."""
    async with asyncio.timeout(seconds):
        while not (there := await found()):  # noqa: ASYNC110 - the world says so only when asked
            await asyncio.sleep(0.05)
        return there


@asynccontextmanager
async def a_world(folder: Path, variables: Mapping[str, str], clock: Callable[[], datetime]) -> AsyncIterator[World]:
    """The simulated world on ports of its own."""
    (folder / "world").mkdir(exist_ok=True)
    key = decode_secret(variables["DUEPROCESS_PLATFORM_SECRET"])
    platform = Platform(folder / "world", (key,), clock)
    database = TransparencyDatabase(folder / "world", parse_tokens(variables["DUEPROCESS_TRANSPARENCY_TOKEN"]), clock)
    mailbox = Mailbox(folder / "world", clock)
    worlds = {"platform": platform, "transparency": database, "mailbox": mailbox}
    sockets = {name: listen("127.0.0.1", 0, name) for name in (*worlds, "smtp")}
    servers = {name: WebServer(world.app) for name, world in worlds.items()}
    serving = [asyncio.ensure_future(server.serve([sockets[name]])) for name, server in servers.items()]
    smtp = await serve_smtp(mailbox.delivery, sockets["smtp"])
    places = {name: address(socket) for name, socket in sockets.items()}
    try:
        urls = {name: f"http://{host}:{port}" for name, (host, port) in places.items()}
        yield World(platform, mailbox, database, urls)
    finally:
        for world in worlds.values():
            world.faults.release()  # type: ignore[attr-defined]  # every simulator has faults
        smtp.close()
        for server in servers.values():
            server.should_exit = True
        await asyncio.wait(serving, timeout=5)
        for world in worlds.values():
            world.close()  # type: ignore[attr-defined]


@asynccontextmanager
async def a_modules_installation(
    server: PostgresServer, folders: pytest.TempPathFactory, name: str, **more: str
) -> AsyncIterator[Installation]:
    """Shared by the tests of one module, with a database of its own, and workers at work."""
    async with (
        a_database(server) as database,
        an_installation(database, folders.mktemp(name), **more) as installation,
        installation.working(),
    ):
        yield installation


@asynccontextmanager
async def an_installation(
    database: Database,
    folder: Path,
    tenants: tuple[str, ...] = (TENANT,),
    *,
    tokenless: bool = False,
    vendors: Vendors = MappingProxyType({}),
    **more: str,
) -> AsyncIterator[Installation]:
    """Everything but workers: `async with installation.working()`. tokenless: raw signals may decide without a claim."""
    clock = MovableClock()
    variables = make_secrets(folder / "secrets", tenants)
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(
            await WorkflowEnvironment.start_time_skipping_v2(
                ts_config=TimeSkippingConfig(enabled=False),
                dev_server_existing_path=str(find_binary()),
                dev_server_extra_args=TEMPORAL_ARGUMENTS,
                dev_server_log_level="never",
            )
        )
        world = await stack.enter_async_context(a_world(folder, variables, clock))
        host, _, port = world.urls["smtp"].removeprefix("http://").rpartition(":")
        named = {
            **variables,
            "DUEPROCESS_DATA": str(folder),
            "DUEPROCESS_TENANTS": ",".join(tenants),
            "DUEPROCESS_DATABASE_DSN": database.app_dsn,
            "DUEPROCESS_DATABASE_OWNER_DSN": database.owner_dsn,
            "DUEPROCESS_TEMPORAL_ADDRESS": environment.client.service_client.config.target_host,
            "DUEPROCESS_PLATFORM_URL": world.urls["platform"],
            "DUEPROCESS_TRANSPARENCY_URL": world.urls["transparency"],
            "DUEPROCESS_MAILBOX_URL": world.urls["mailbox"],
            "DUEPROCESS_SMTP_HOST": host,
            "DUEPROCESS_SMTP_PORT": port,
            **more,
        }
        settings = Settings(**{name.removeprefix("DUEPROCESS_").lower(): value for name, value in named.items()})  # type: ignore[arg-type]
        await prepare(database.owner_dsn, settings, tokenless_decisions=tokenless)
        means = await open_means(settings, "test", lazy=False)
        stack.push_async_callback(means.aclose)
        doors = Doors(means.record, means.client, clock, means.signing, means.areas, vendors=vendors)
        stack.push_async_callback(doors.aclose)
        yield Installation(means, doors, world, environment, clock, settings, named, vendors)
