"""The embedded stack's data folder: known by a marker, used by one supervisor at a time, its state in `stack.json`."""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from workers.generated_secrets import write_private
from workers.processes import ProcessError, is_running

_MARKER: Final = "dueprocess-data-folder"
_MARKER_TEXT: Final = "The embedded stack of Dueprocess keeps its data here; `dueprocess reset` deletes this folder.\n"


class ChildState(BaseModel):
    """A running child. started: the start time of its process, in the system's own words; restarts: since `up`."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: str | None
    port: int | None = None
    url: str = ""
    restarts: int = 0


class StackState(BaseModel):
    """What `stack.json` says. state: starting, ready or stopping; waiting_for: the step a start is at."""

    model_config = ConfigDict(frozen=True)

    supervisor_pid: int
    supervisor_started: str | None
    state: str
    waiting_for: str = ""
    children: Mapping[str, ChildState] = {}
    urls: Mapping[str, str] = {}
    secret_files: Mapping[str, str] = {}

    @property
    def is_running(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return is_running(self.supervisor_pid, self.supervisor_started)


class DataFolder:
    """One data folder. Every method but the constructor raises ProcessError where the folder is not ours to use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self.secrets = path / "secrets"
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the folder unless it stands, and hold it until `release` or our death."""
        if self.path.exists() and not self.is_ours() and any(self.path.iterdir()):
            raise ProcessError(
                f"{self.path} holds something, and nothing of Dueprocess. Set DUEPROCESS_DATA to another folder."
            )
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / _MARKER).write_text(_MARKER_TEXT, encoding="utf-8")
            self.logs.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ProcessError(f"{self.path} cannot be written: {error.strerror}. Set DUEPROCESS_DATA.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it however we die
        except BlockingIOError:
            os.close(descriptor)
            state = self.read_state()
            raise ProcessError(
                f"A stack already runs on {self.path}{f' (process {state.supervisor_pid})' if state else ''}. "
                "Stop it with: dueprocess down. Or start another beside it with DUEPROCESS_DATA and other ports."
            ) from None
        self._lock = descriptor

    def release(self) -> None:
        """Let others claim the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_ours(self) -> bool:
        """Whether the folder bears our marker."""
        marker = self.path / _MARKER
        return marker.is_file() and marker.read_text(encoding="utf-8", errors="replace") == _MARKER_TEXT

    def delete(self) -> None:
        """Delete the folder and all that is in it; only if it is ours, and held by us."""
        if not self.is_ours() or self._lock is None:
            raise ProcessError(f"{self.path} is not a data folder of Dueprocess that we hold; nothing was deleted.")
        shutil.rmtree(self.path)
        self.release()

    def write_state(self, state: StackState) -> None:
        """Replace `stack.json`, whole or not at all."""
        write_private(self.path / "stack.json", state.model_dump_json(indent=1))

    def read_state(self) -> StackState | None:
        """What the last supervisor wrote, running or not; None if there was none or it cannot be read."""
        try:
            return StackState.model_validate_json((self.path / "stack.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def forget_state(self) -> None:
        """Remove `stack.json`: nothing runs."""
        (self.path / "stack.json").unlink(missing_ok=True)

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """Keep the variables the children got, for `dueprocess` commands that talk to the running stack."""
        write_private(self.secrets / "environment.json", json.dumps(environment, indent=1))

    def read_environment(self) -> dict[str, str]:
        """The variables kept last; empty if no stack ever ran here."""
        try:
            stored: Any = json.loads((self.secrets / "environment.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in stored.items()}
