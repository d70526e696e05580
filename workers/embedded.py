"""The embedded stack: PostgreSQL, Temporal with its Web UI, the simulated outside world, a worker and the gateway.

What production names by variables, this fills in: what is set is used as it is, what is not is started here, on
loopback.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Self

from workers.data_folder import DataFolder, StackState
from workers.generated_secrets import make_secrets
from workers.generated_vendors import write_vendors
from workers.postgres_server import APP_ROLE, OWNER_ROLE, PostgresServer
from workers.processes import Child, LogSays, PageAnswers, PortsAnswer, refuse_taken_ports, started_at, stop_verified
from workers.settings import SECRET_FILES, Settings, SettingsError
from workers.supervisor import Progress, ShowProgress, Supervisor
from workers.temporal_server import HOST, TemporalServer, find_binary

ROOT: Final = Path(__file__).parent.parent
# What `workers.worker` logs once it polls; it listens on no port that could be asked.
RETRY_WITHIN_SECONDS: Final = "30"  # whoever stops the simulated platform for a moment does not wait ten minutes for it
ASKING_TENANT: Final = "demo-vendors"  # an example beside `demo`, made where nobody named tenants
ASKING_PACK: Final = "second_opinion"
WORKER_READY: Final = '"event":"worker_ready"'

Migrate = Callable[[str], Awaitable[object]]
ChooseChildren = Callable[[Settings, Mapping[str, str], DataFolder], tuple[Child, ...]]


class Stack:
    """All processes of the embedded stack. Enter it, `start` it, leave it: leaving stops everything, in order.

    settings: as the environment gives them. migrate: brings the database of a DSN up to date. choose_children: what
    runs besides the servers, from the settings, the variables filled in, and the folder; tests run fewer.
    Entering raises ProcessError if the data folder is in use, or not ours.
    """

    def __init__(
        self, settings: Settings, *, migrate: Migrate | None = None, choose_children: ChooseChildren | None = None
    ) -> None:
        self.settings = settings = _with_examples(settings)
        self.folder = DataFolder(settings.data)
        self.environment: Mapping[str, str] = {}
        self.urls: Mapping[str, str] = {}
        self._migrate = migrate or partial(_prepare_record, settings=settings)
        self._choose_children = choose_children or product_children
        self._supervisor = Supervisor(ROOT, self.folder.logs, self._publish)
        self._postgres: PostgresServer | None = None
        self._state, self._waiting_for = "starting", ""

    async def __aenter__(self) -> Self:
        self.folder.claim()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            self._state = "stopping"
            self._publish()
            await self._supervisor.stop()
            if self._postgres:
                self._postgres.forget_sockets()
            self.folder.forget_state()
        finally:
            self.folder.release()

    async def start(self, show: ShowProgress) -> None:
        """Start everything and return once it answers.

        show: called with every step, again and again while it is waited for, and once when it is done.
        Raises ProcessError for a taken port or a process that does not start, SettingsError for settings at odds or a
        record whose KEK is lost.
        """
        await stop_orphans(self.folder)
        settings = self.settings
        refuse_half_given(settings)
        if not settings.database_dsn.get_secret_value():
            self._postgres = PostgresServer.at(self.folder.path / "postgres")
        postgres = self._postgres
        if not settings.kek_file.exists():
            await _refuse_lost_kek(settings, postgres)
        temporal = None if "temporal_address" in settings.model_fields_set else self._temporal()
        self.environment = {**self._filled_in(postgres), **settings.as_environment()}
        children = self._choose_children(settings, self.environment, self.folder)
        everything = (
            *((postgres.child(),) if postgres else ()),
            *((temporal.child(),) if temporal else ()),
            *children,
        )
        refuse_taken_ports(everything)
        self.folder.write_environment(self.environment)
        self.urls = {child.name: child.url for child in everything if child.url}

        show_all = self._telling(show)
        if postgres:
            await _timed("initdb", _done(postgres.initialise), show_all)
            await self._supervisor.start(postgres.child(), show_all)
            await postgres.create_database()
        if owner_dsn := self.environment.get("DUEPROCESS_DATABASE_OWNER_DSN"):
            await _timed("migrations", self._migrate(owner_dsn), show_all)
        if temporal:
            await self._supervisor.start(temporal.child(), show_all)
        for child in children:  # all at once: each spends its first second importing
            await self._supervisor.launch(child)
        for child in children:
            await self._supervisor.wait_until_ready(child.name, show_all)
        self._state, self._waiting_for = "ready", ""
        self._publish()

    def state(self) -> StackState:
        """What `stack.json` says, as of now."""
        return StackState(
            supervisor_pid=(pid := os.getpid()),
            supervisor_started=started_at(pid),
            state=self._state,
            waiting_for=self._waiting_for,
            children=self._supervisor.states,
            urls=self.urls,
            secret_files={name: path for name, path in self.environment.items() if name in _SECRET_FILE_VARIABLES},
        )

    def _publish(self) -> None:
        self.folder.write_state(self.state())

    def _telling(self, show: ShowProgress) -> ShowProgress:
        def tell(progress: Progress) -> None:
            if (waiting_for := "" if progress.done else progress.step) != self._waiting_for:
                self._waiting_for = waiting_for
                self._publish()
            show(progress)

        return tell

    def _temporal(self) -> TemporalServer:
        settings = self.settings
        return TemporalServer(
            binary=find_binary(),
            database=self.folder.path / "temporal.sqlite",
            port=settings.temporal_port,
            ui_port=settings.temporal_ui_port,
            codec_url=f"{settings.gateway_url}/codec",
        )

    def _filled_in(self, postgres: PostgresServer | None) -> dict[str, str]:
        """A variable for everything a process of the stack needs and the environment may leave open."""
        settings = self.settings
        servers = (
            {
                "DUEPROCESS_DATABASE_DSN": postgres.dsn(APP_ROLE),
                "DUEPROCESS_DATABASE_OWNER_DSN": postgres.dsn(OWNER_ROLE),
            }
            if postgres
            else {}
        )
        ours = {} if settings.platform_url else {"DUEPROCESS_PLATFORM_NAME": "Plaza"}  # as the simulator calls itself
        secrets = make_secrets(self.folder.secrets, settings.tenants)
        return {
            **servers,
            **ours,
            **secrets,
            **self._vendors(),
            "DUEPROCESS_RETRY_MAXIMUM_INTERVAL_SECONDS": RETRY_WITHIN_SECONDS,
            "DUEPROCESS_DATA": str(settings.data),
            "DUEPROCESS_CACHE": str(settings.cache),
            "DUEPROCESS_TEMPORAL_ADDRESS": f"{HOST}:{settings.temporal_port}",
            "DUEPROCESS_UI_URL": f"http://{HOST}:{settings.temporal_ui_port}",
            "DUEPROCESS_GATEWAY_URL": settings.gateway_url,
            "DUEPROCESS_PUBLIC_URL": settings.gateway_url,
            "DUEPROCESS_PLATFORM_URL": f"http://{HOST}:{settings.platform_port}",
            "DUEPROCESS_PLATFORM_PORT": str(settings.platform_port),
            "DUEPROCESS_TRANSPARENCY_URL": f"http://{HOST}:{settings.transparency_port}",
            "DUEPROCESS_TRANSPARENCY_PORT": str(settings.transparency_port),
            "DUEPROCESS_SMTP_HOST": HOST,
            "DUEPROCESS_SMTP_PORT": str(settings.smtp_port),
            "DUEPROCESS_MAILBOX_URL": f"http://{HOST}:{settings.mailbox_port}",
            "DUEPROCESS_MAILBOX_PORT": str(settings.mailbox_port),
            "DUEPROCESS_VENDORS_PORT": str(settings.vendors_port),
        }

    def _vendors(self) -> dict[str, str]:
        """The file of the simulated vendors, where they are served and no other file is named."""
        if _outside_given(self.settings) or "vendors_file" in self.settings.model_fields_set:
            return {}
        url, secret = f"http://{HOST}:{self.settings.vendors_port}", self.folder.secrets / "vendors_secret"
        return {"DUEPROCESS_VENDORS_FILE": str(write_vendors(self.folder.path / "vendors.toml", url, secret))}


_SECRET_FILE_VARIABLES: Final = frozenset(f"DUEPROCESS_{name.upper()}" for name in SECRET_FILES)


def product_children(settings: Settings, environment: Mapping[str, str], folder: DataFolder) -> tuple[Child, ...]:
    """The outside world, a worker for every task queue, and the gateway, in the order they start."""
    worker_log = LogSays(folder.logs / "worker.log", WORKER_READY)
    ports = {
        "DUEPROCESS_PLATFORM_PORT": settings.platform_port,
        "DUEPROCESS_TRANSPARENCY_PORT": settings.transparency_port,
        "DUEPROCESS_SMTP_PORT": settings.smtp_port,
        "DUEPROCESS_MAILBOX_PORT": settings.mailbox_port,
        "DUEPROCESS_VENDORS_PORT": settings.vendors_port,
    }
    simulators = Child(
        name="simulators",
        argv=(
            *(sys.executable, "-m", "simulators.main"),
            *("--data", str(folder.path / "outside")),
            *("--platform-port", str(settings.platform_port)),
            *("--transparency-port", str(settings.transparency_port)),
            *("--smtp-port", str(settings.smtp_port)),
            *("--mailbox-port", str(settings.mailbox_port)),
            *("--vendors-port", str(settings.vendors_port)),
            *("--platform-secret-file", str(folder.secrets / "platform_secret")),
            *("--transparency-token-file", str(folder.secrets / "transparency_token")),
            *("--vendors-secret-file", str(folder.secrets / "vendors_secret")),
        ),
        ready=PortsAnswer(HOST, tuple(ports.values())),
        ports=ports,
        url=f"http://{HOST}:{settings.platform_port}",
    )
    worker = Child(
        name="worker",
        argv=(sys.executable, "-m", "workers.main"),
        environment=environment,
        ready=worker_log,
        before_start=worker_log.mark,
        stop_seconds=15.0,
    )
    gateway = Child(
        name="gateway",
        argv=(sys.executable, "-m", "workers.gateway"),
        environment=environment,
        ready=PageAnswers(HOST, settings.gateway_port, "/healthz"),
        ports={"DUEPROCESS_GATEWAY_PORT": settings.gateway_port},
        host=settings.gateway_host,
        url=settings.gateway_url,
    )
    return (*(() if _outside_given(settings) else (simulators,)), worker, gateway)


def _outside_given(settings: Settings) -> bool:
    """Whether nothing of the world outside is simulated here."""
    return bool(settings.platform_url and settings.transparency_url and settings.smtp_host)


def _with_examples(settings: Settings) -> Settings:
    """With a second tenant, whose pack asks the simulated vendors; who names tenants or vendors has none of it."""
    own = settings.model_fields_set & {"tenants", "tenant_packs", "vendors_file", "database_dsn"}
    if own or _outside_given(settings):
        return settings
    both = {"tenants": (*settings.tenants, ASKING_TENANT), "tenant_packs": {ASKING_TENANT: ASKING_PACK}}
    return settings.model_copy(update=both)


def settings_for_tools(needing: tuple[str, ...] = ()) -> Settings:
    """The settings of a command that talks to the stack on the data folder: what the environment leaves open is its.

    Raises SettingsError as `Settings.from_environment` does.
    """
    folder = DataFolder(Settings.from_environment().data)
    return Settings.from_environment(needing, defaults=folder.read_environment())


def refuse_half_given(settings: Settings) -> None:
    """Raise SettingsError for an outside party without its secret, or the reverse: what we generate would not fit."""
    for pair in (("platform_url", "platform_secret"), ("transparency_url", "transparency_token")):
        given = [name for name in pair if name in settings.model_fields_set]
        if len(given) == 1:
            (missing,) = set(pair) - set(given)
            raise SettingsError(
                f"DUEPROCESS_{given[0].upper()} is set and DUEPROCESS_{missing.upper()} is not: set both, or neither."
            )


async def stop_orphans(folder: DataFolder) -> None:
    """Stop what a supervisor that was killed left behind; processes are known by id and start time."""
    if state := folder.read_state():
        for child in reversed(tuple(state.children.values())):
            await stop_verified(child.pid, child.started, seconds=10.0)


async def _refuse_lost_kek(settings: Settings, postgres: PostgresServer | None) -> None:
    from workers.readiness import refuse_lost_kek  # only here: a stack that has its KEK never needs it

    await refuse_lost_kek(settings, cluster_stands=postgres is not None and postgres.stands)


async def _prepare_record(owner_dsn: str, settings: Settings) -> None:
    from workers.preparing import prepare  # only here: a stack on a foreign database never needs it
    from workers.synthetic import DEMO_TENANT, enter_flagger

    await prepare(owner_dsn, settings, tokenless_decisions=True)  # a raw signal may decide, on a laptop
    if DEMO_TENANT in settings.tenants and not settings.database_dsn.get_secret_value():  # a database of our own
        await enter_flagger(Settings.from_environment(defaults=DataFolder(settings.data).read_environment()))


async def _done(step: Callable[[], None]) -> None:
    step()


async def _timed(step: str, work: Awaitable[object], show: ShowProgress) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    show(Progress(step, 0.0, done=False))
    await work
    show(Progress(step, clock() - began, done=True))
