"""A stack of the benchmark's own: a temporary data folder, free ports, thrown away afterwards."""

import asyncio
import os
import random
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workers.embedded import Stack
from workers.generated_secrets import make_secrets
from workers.here import Here
from workers.postgres_server import PostgresServer
from workers.settings import PREFIX, Settings
from workers.supervisor import Progress

PORTS: Final = (
    *("temporal_port", "temporal_ui_port", "gateway_port", "platform_port"),
    *("transparency_port", "smtp_port", "mailbox_port", "vendors_port"),
)


NEIGHBOUR: Final = "neighbour"  # a second tenant, where one is asked for


@dataclass(frozen=True)
class Running:
    """A stack that answers. start_seconds: from nothing to all of it answering; superuser_dsn: of its own Postgres."""

    stack: Stack
    here: Here
    superuser_dsn: str
    start_seconds: float

    def pids(self) -> dict[str, int]:
        """The processes of the stack by name; the supervisor, which here is the benchmark itself, is not among them."""
        return {name: child.pid for name, child in self.stack.state().children.items()}


def forget_environment() -> None:
    """Drop every DUEPROCESS_ variable: a benchmark must never reach an installation that somebody relies on."""
    for name in [one for one in os.environ if one.upper().startswith(PREFIX)]:
        del os.environ[name]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment, below those that are given to whoever connects (`tests/conftest.py` likewise)."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randint(15_000, 32_000)
        with socket.socket() as candidate:
            if candidate.connect_ex(("127.0.0.1", port)) != 0:
                found.add(port)
    return list(found)


@asynccontextmanager
async def data_folder() -> AsyncIterator[Path]:
    """A folder for one stack's data, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dueprocess-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@asynccontextmanager
async def running(folder: Path, *, count_statements: bool = False, **given: Any) -> AsyncIterator[Running]:
    """The embedded stack on this folder. count_statements: with pg_stat_statements, if this Postgres has it.

    given: further settings, such as telemetry.
    """
    ports: Any = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    settings = Settings(data=folder / "data", cache=folder / "cache", **ports, **given)
    postgres = folder / "data" / "postgres"
    clock = asyncio.get_running_loop().time
    async with Stack(settings) as stack:
        if count_statements:
            # Before the cluster, as always: one without its KEK is refused.
            make_secrets(stack.folder.secrets, settings.tenants)
            _preload_statement_counter(postgres)
        began = clock()
        await stack.start(_quiet)
        seconds = clock() - began
        values: Any = {name.removeprefix(PREFIX).lower(): value for name, value in stack.environment.items()}
        superuser = PostgresServer.at(postgres).dsn("postgres")
        yield Running(stack, Here(Settings(**values)), superuser, seconds)


def _preload_statement_counter(folder: Path) -> None:
    server = PostgresServer.at(folder)
    server.initialise()
    with (server.folder / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = on\n")


def _quiet(_: Progress) -> None:
    pass
