"""Child processes: what one is (data), starting it so that it dies with us, knowing it again, asking if it is ready.

A process id alone proves nothing, since the system gives it to another program later: every process we stop without
having started it in this very run is known by id and start time.
"""

import asyncio
import ctypes
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Probe = Callable[[], Awaitable[bool]]

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)  # before any fork: a child may not take the loader's lock


class ProcessError(Exception):
    """A process of the embedded stack did not start, or a port it needs is taken; the message says what to do."""


@dataclass(frozen=True)
class Child:
    """One process of the stack, as data: a test starts a subset, or a child of its own.

    ports: variable name and port of everything it listens on, checked before the start.
    ready: whether it answers; polled.
    before_start: runs in the supervisor before each start.
    stop_signal: what asks it to finish, and what it gets from the kernel if the supervisor dies.
    user: whom it runs as, if not as ourselves.
    """

    name: str
    argv: tuple[str, ...]
    ready: Probe
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    host: str = "127.0.0.1"
    url: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    ready_seconds: float = 120.0
    before_start: Callable[[], None] = lambda: None
    user: str | None = None


async def spawn(child: Child, log: Path, folder: Path) -> asyncio.subprocess.Process:
    """Start the child, its output appended to `log`, in a session of its own: Ctrl-C reaches the supervisor alone."""
    child.before_start()
    parent = os.getpid()

    def prepare() -> None:  # between fork and exec: only system calls
        if sys.platform == "linux":
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(child.stop_signal), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)  # the parent died before we asked

    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *child.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **child.environment},
            cwd=folder,
            start_new_session=True,
            preexec_fn=prepare,
            **as_user(child.user),
        )


def as_user(name: str | None) -> dict[str, Any]:
    """What makes `subprocess` run a command as this user, without any group of ours; nothing for None."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}


def started_at(pid: int) -> str | None:
    """When the process started, in the system's own words; None if there is none, or only its corpse."""
    if sys.platform == "linux":
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        values = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
        return None if values[0] in "ZX" else values[19]
    state, _, started = _ps(pid, "stat=,lstart=").partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


def command_of(pid: int) -> str:
    """The command line of a process, its arguments joined by blanks; empty if there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return _ps(pid, "command=")


def _ps(pid: int, columns: str) -> str:
    command = ["/bin/ps", "-ww", "-o", columns, "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def is_running(pid: int, started: str | None) -> bool:
    """Whether the process of this id is the one that started then."""
    return started is not None and started_at(pid) == started


async def stop_verified(pid: int, started: str | None, seconds: float) -> None:
    """Stop a process that an earlier run started: ask, wait, then kill; never another that got its id since."""
    for chosen, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        if not is_running(pid, started):
            return
        try:
            os.kill(pid, chosen)
        except ProcessLookupError:
            return
        deadline = asyncio.get_running_loop().time() + patience
        while is_running(pid, started) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)


def refuse_taken_ports(children: tuple[Child, ...]) -> None:
    """Raise ProcessError naming every port somebody else listens on, and the variable that moves ours."""
    taken = [
        f"Port {port} ({child.name}) is taken by another program. Stop that, or choose another: {variable}={_neighbour(port)}"
        for child in children
        for variable, port in child.ports.items()
        if not _is_free(child.host, port)
    ]
    if taken:
        raise ProcessError("\n".join(taken))


def _neighbour(port: int) -> int:
    return port + 100 if port < 65000 else port - 100


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of a stopped server do not count
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class PortsAnswer:
    """Ready when every port accepts a connection."""

    host: str
    ports: tuple[int, ...]

    async def __call__(self) -> bool:
        for port in self.ports:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(self.host, port), 1.0)
            except (OSError, TimeoutError):
                return False
            writer.close()
        return True


@dataclass(frozen=True)
class PageAnswers:
    """Ready when a GET is answered with a status of 200 to 299."""

    host: str
    port: int
    path: str

    async def __call__(self) -> bool:
        try:
            async with asyncio.timeout(2.0):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                request = f"GET {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode("ascii"))
                status = await reader.readline()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return re.match(rb"HTTP/1\.[01] 2\d\d ", status) is not None


@dataclass(frozen=True)
class CommandSucceeds:
    """Ready when the command exits 0."""

    argv: tuple[str, ...]

    async def __call__(self) -> bool:
        process = await asyncio.create_subprocess_exec(
            *self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return await asyncio.wait_for(process.wait(), 10.0) == 0
        except TimeoutError:
            process.kill()
            await process.wait()
            return False


class LogSays:
    """Ready when the child's log, from where it stood at `mark()`, holds the text. For a child that listens nowhere."""

    def __init__(self, log: Path, text: str) -> None:
        self._log, self._text, self._from = log, text.encode(), 0

    def mark(self) -> None:
        """Forget what earlier runs logged; the child's `before_start`."""
        self._from = self._log.stat().st_size if self._log.exists() else 0

    async def __call__(self) -> bool:
        if not self._log.exists():
            return False
        with self._log.open("rb") as lines:
            lines.seek(self._from)
            return self._text in lines.read()
