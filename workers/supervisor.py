"""Keeps children running: starts them one after another, restarts what dies with growing pauses, stops them in order."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workers.data_folder import ChildState
from workers.processes import Child, ProcessError, spawn, started_at

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0  # after so long, a death is news again and not a loop
_ATTEMPTS_TO_START: Final = 5
_LARGEST_LOG_BYTES: Final = 20_000_000

logger = logging.getLogger(__name__)


@dataclass
class Progress:
    """A step of the start: what is waited for, for how long, and whether it is done."""

    step: str
    seconds: float
    done: bool


ShowProgress = Callable[[Progress], None]


@dataclass
class _Kept:
    child: Child
    log: Path
    process: asyncio.subprocess.Process
    restarts: int = 0
    finish: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Supervisor:
    """The children of one stack.

    folder: where they run; logs: where each writes `<name>.log`; changed: called after every start, restart and stop.
    """

    def __init__(self, folder: Path, logs: Path, changed: Callable[[], None]) -> None:
        self._folder, self._logs, self._changed = folder, logs, changed
        self._kept: dict[str, _Kept] = {}

    @property
    def states(self) -> Mapping[str, ChildState]:
        """Every child that was started and not stopped."""
        return {name: _state_of(kept) for name, kept in self._kept.items()}

    async def start(self, child: Child, show: ShowProgress) -> None:
        """Launch the child and wait until it is ready. Raises as `wait_until_ready` does."""
        await self.launch(child)
        await self.wait_until_ready(child.name, show)

    async def launch(self, child: Child) -> None:
        """Start the child and keep it running from now on. Raises OSError or ProcessError if it cannot be started."""
        log = self._logs / f"{child.name}.log"
        if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        kept = _Kept(child, log, await spawn(child, log, self._folder))
        self._kept[child.name] = kept
        kept.task = asyncio.create_task(self._keep(kept), name=f"keep {child.name}")
        self._changed()

    async def wait_until_ready(self, name: str, show: ShowProgress) -> None:
        """Ask a launched child until it is ready; a server that recovers may end a few times before.

        Raises ProcessError, with the end of its log, if it keeps ending or the time is up. It is kept all the same, and
        stopped by `stop` like any other.
        """
        kept = self._kept[name]
        clock = asyncio.get_running_loop().time
        began, pause = clock(), 0.02
        while not await kept.child.ready():
            if kept.restarts >= _ATTEMPTS_TO_START:
                raise ProcessError(f"{name} keeps ending. Its log, {kept.log}, ends with:\n{_tail(kept.log)}")
            if (waited := clock() - began) > kept.child.ready_seconds:
                raise ProcessError(
                    f"{name} is not ready after {waited:.0f} s. Its log, {kept.log}, ends with:\n{_tail(kept.log)}"
                )
            show(Progress(name, waited, done=False))
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.25)
        show(Progress(name, clock() - began, done=True))

    async def stop(self) -> None:
        """Stop every child, the last started first: doors before what they lead to."""
        for name in reversed(list(self._kept)):
            kept = self._kept[name]
            kept.finish.set()
            if kept.task:
                await kept.task
            del self._kept[name]
            self._changed()

    async def _keep(self, kept: _Kept) -> None:
        clock = asyncio.get_running_loop().time
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = clock()
            await _either(kept.process.wait(), kept.finish.wait())
            if kept.finish.is_set():
                return await _end(kept)
            if clock() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            kept.restarts += 1
            exit_code = kept.process.returncode
            logger.warning(
                "child ended", extra={"event": "child_ended", "child": kept.child.name, "exit_code": exit_code}
            )
            if await _happens(kept.finish, pause):
                return None
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            await self._start_again(kept)

    async def _start_again(self, kept: _Kept) -> None:
        try:
            kept.process = await spawn(kept.child, kept.log, self._folder)
        except (ProcessError, OSError) as error:  # the ended process stands, so the loop pauses and comes back
            logger.warning("child not started: %s", error, extra={"event": "child_not_started"})
        self._changed()


def _state_of(kept: _Kept) -> ChildState:
    ports = tuple(kept.child.ports.values())
    return ChildState(
        pid=kept.process.pid,
        started=started_at(kept.process.pid),
        port=ports[0] if ports else None,
        url=kept.child.url,
        restarts=kept.restarts,
    )


async def _end(kept: _Kept) -> None:
    process = kept.process
    if process.returncode is not None:
        return
    process.send_signal(kept.child.stop_signal)
    try:
        await asyncio.wait_for(process.wait(), kept.child.stop_seconds)
    except TimeoutError:
        logger.warning("child killed", extra={"event": "child_killed", "child": kept.child.name})
        process.kill()
        await process.wait()


async def _either(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
