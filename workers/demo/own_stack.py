"""Where a demo plays: the stack that runs on the data folder, else one of its own, in a folder and on ports of its own."""

import logging
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from workers.data_folder import DataFolder
from workers.demo.account import Say
from workers.embedded import Stack
from workers.here import Here
from workers.settings import PREFIX, Settings
from workers.supervisor import Progress

PORTS: Final = (
    "temporal_port",
    "temporal_ui_port",
    "gateway_port",
    "platform_port",
    "transparency_port",
    "smtp_port",
    "mailbox_port",
    "vendors_port",
)
_KEPT: Final = frozenset({"cache", "tenants", "log_level", "telemetry", "otlp_endpoint"})


@asynccontextmanager
async def a_stack(say: Say) -> AsyncIterator[Here]:
    """An installation that runs: the one on the data folder, or one that ends with the demo."""
    settings = Settings.from_environment()
    state = DataFolder(settings.data).read_state()
    if state is not None and state.is_running:
        say(f"Playing on the stack that runs on {settings.data}.")
        yield Here()
        return
    with tempfile.TemporaryDirectory(prefix="dueprocess-demo-") as folder:
        _forget_other_servers()
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        own = Settings.from_environment(defaults=_variables({**ports, "data": Path(folder) / "data"}))
        say("No stack runs here: starting one for the demo, which ends with it.")
        _log_to(own.data / "logs" / "supervisor.log")
        async with Stack(own) as stack:
            await stack.start(lambda progress: _show(progress, say))
            yield Here(Settings.from_environment(defaults=stack.environment))


def _log_to(file: Path) -> None:
    """What the supervisor says of killed children is no part of the account."""
    logger = logging.getLogger("workers")
    logger.addHandler(logging.FileHandler(file, delay=True, encoding="utf-8"))
    logger.propagate = False


def _forget_other_servers() -> None:
    """The demo's own stack is whole: what the environment says of other servers, folders and ports is not for it."""
    for name in list(os.environ):
        field = name.upper().removeprefix(PREFIX).lower()
        if name.upper().startswith(PREFIX) and field not in _KEPT:
            del os.environ[name]


def _variables(values: dict[str, object]) -> dict[str, str]:
    return {PREFIX + name.upper(): str(value) for name, value in values.items()}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    ports = []
    for one in sockets:
        one.bind(("127.0.0.1", 0))
        ports.append(int(one.getsockname()[1]))
    for one in sockets:
        with closing(one):
            pass
    return ports


def _show(progress: Progress, say: Say) -> None:
    if progress.done:
        say(f"  {progress.step} is ready ({progress.seconds:.1f} s)")
