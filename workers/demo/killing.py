"""SIGKILL for a process of the embedded stack, whose supervisor starts it again."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Final

from workers.data_folder import DataFolder
from workers.demo.scene import until
from workers.processes import is_running

BACK_WITHIN_SECONDS: Final = 45.0


@dataclass(frozen=True)
class Killed:
    """One process killed. new_pid: the one in its place, None where there is none in time."""

    name: str
    pid: int
    new_pid: int | None
    seconds: float


async def kill(folder: DataFolder, name: str) -> Killed:
    """Kill this process of the stack on the folder, known by id and start time, and wait for the one in its place.

    Raises LookupError where the stack has no such process, as when a server of one's own takes its place.
    """
    state = folder.read_state()
    child = state.children.get(name) if state else None
    if child is None or not is_running(child.pid, child.started):
        raise LookupError(f"the stack on {folder.path} runs no {name} of its own")
    began = time.monotonic()
    os.kill(child.pid, signal.SIGKILL)

    async def successor() -> int | None:
        state = folder.read_state()
        now = state.children.get(name) if state else None
        return now.pid if now and now.pid != child.pid and is_running(now.pid, now.started) else None

    new_pid = await until(successor, BACK_WITHIN_SECONDS)
    return Killed(name, child.pid, new_pid, round(time.monotonic() - began, 1))
