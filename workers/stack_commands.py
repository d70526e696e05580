"""`dueprocess run`, `up`, `down` and `reset`: the embedded stack in the foreground, detached, stopped, forgotten.

`python -m workers.stack_commands` is the detached process that `up` starts.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from workers.data_folder import DataFolder, StackState
from workers.embedded import ROOT, Stack, stop_orphans
from workers.processes import ProcessError, stop_verified
from workers.settings import Settings, SettingsError
from workers.supervisor import Progress, ShowProgress

START_SECONDS: Final = 300.0
STOP_SECONDS: Final = 60.0


async def run(stack: Stack, show: ShowProgress, view: Callable[[Stack, asyncio.Event], Awaitable[None]]) -> None:
    """Run the stack in this process until `view` returns or a signal comes; everything is stopped on return.

    show: called with the progress of the start. view: called once all is ready, with an event that SIGINT, SIGTERM or
    SIGHUP sets, on which it should return soon; it is cancelled if it does not within two seconds.
    Raises ProcessError and SettingsError from the start, and whatever `view` raises.
    """
    async with stop_asked() as asked, stack:
        if await _unless(asked, stack.start(show)):
            viewing = asyncio.ensure_future(view(stack, asked))
            await asyncio.wait({viewing, asyncio.ensure_future(asked.wait())}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({viewing}, timeout=2.0)
            viewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await viewing


async def up(settings: Settings, show: ShowProgress) -> StackState:
    """Start the stack detached, and return its state once it is ready.

    Its output goes to logs/supervisor.log in the data folder. Raises ProcessError, with what the start said, if it ends
    instead or takes longer than five minutes.
    """
    folder = DataFolder(settings.data)
    folder.claim()  # so that a stack that runs, or a folder that is not ours, is told at once
    await stop_orphans(folder)
    folder.forget_state()
    folder.release()
    log = folder.logs / "supervisor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - returns at once, and outlives this loop
            [sys.executable, "-m", "workers.stack_commands"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **settings.as_environment()},
            cwd=ROOT,
            start_new_session=True,
        )
    clock = asyncio.get_running_loop().time
    began = clock()
    step, step_began = "", began
    while clock() - began < START_SECONDS:
        if process.poll() is not None:
            raise ProcessError(log.read_text(encoding="utf-8", errors="replace").strip())
        state = folder.read_state()
        if state and state.state == "ready":
            return state
        if state and state.waiting_for != step:
            step, step_began = state.waiting_for, clock()
        if step:
            show(Progress(step, clock() - step_began, done=False))
        await asyncio.sleep(0.1)
    raise ProcessError(f"The stack is not ready after {START_SECONDS:.0f} s and goes on trying; see {folder.logs}.")


async def down(settings: Settings) -> bool:
    """Stop the stack on the data folder, and what a killed one left behind; False if nothing ran."""
    folder = DataFolder(settings.data)
    if (state := folder.read_state()) is None:
        return False
    await stop_verified(state.supervisor_pid, state.supervisor_started, STOP_SECONDS)
    await stop_orphans(folder)  # none, unless the supervisor had to be killed
    folder.forget_state()
    return True


async def reset(settings: Settings) -> bool:
    """Stop the stack and delete its data folder with all cases and keys; False if there was none.

    Raises ProcessError if the folder is not recognisably ours.
    """
    folder = DataFolder(settings.data)
    if not folder.path.exists():
        return False
    if not folder.is_ours():
        raise ProcessError(f"{folder.path} is not a data folder of Dueprocess; nothing was deleted.")
    await down(settings)
    folder.claim()
    folder.delete()
    return True


@contextlib.asynccontextmanager
async def stop_asked() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT, SIGTERM or SIGHUP sets, instead of ending the process, while the context lasts."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for one in signals:
        loop.add_signal_handler(one, asked.set)
    try:
        yield asked
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


def main() -> int:
    """Run the stack with no view, until a signal; the exit code."""
    try:
        stack = Stack(Settings.from_environment())
        asyncio.run(run(stack, _print_done, _wait_only))
    except (ProcessError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _unless(asked: asyncio.Event, work: Awaitable[None]) -> bool:
    """Whether the work was done before a stop was asked; it is cancelled if not."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(asked.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not working.done():
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        return False
    await working
    return not asked.is_set()


async def _wait_only(_: Stack, asked: asyncio.Event) -> None:
    await asked.wait()


def _print_done(progress: Progress) -> None:
    if progress.done:
        sys.stdout.write(f"{progress.step}: {progress.seconds:.1f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
