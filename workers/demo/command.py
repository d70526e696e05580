"""`dueprocess demo`: a running stack or one of its own, the acts one after another, the account."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode
from api.cli.output import print_json, print_lines

if TYPE_CHECKING:  # what an act needs costs more to load than most commands do
    from workers.demo.account import Account, Say
    from workers.demo.scene import Scene

ACTS: Final = {
    1: "An ordinary case",
    2: "Support",
    3: "We were wrong",
    4: "Kill anything",
    5: "A mob is not evidence",
    6: "A second opinion",
}
ASKING_ACT: Final = 6  # played on the tenant whose pack asks vendors; left out where there is none


async def demo(
    *,
    act: Annotated[int | None, Parameter(help="Only this act, 1 to 6.")] = None,
    json: Annotated[
        bool, Parameter(name="--json", negative="", help="Print the account as JSON, for programs.")
    ] = False,
) -> int:
    """Play six acts, a minute or less each: an ordinary case, support, we were wrong, kill anything, a mob, vendors.

    Everything goes through the doors: the gateway, the temporal command line, the simulated users. Every step is
    checked, and shows its evidence: case and workflow ids, event ids, mails, the platform's log, filings. It plays on
    the stack that runs on the data folder, or starts one of its own that ends with it. Act 4 kills processes of that
    stack. Texts and people are synthetic; what it leaves are ordinary cases.
    Exit codes: 0 every step held, 1 one did not, 2 wrong act or settings, 4 no stack can be had.
    """
    if act is not None and act not in ACTS:
        raise BadUsage(f"--act: there is no act {act}; give 1 to {len(ACTS)}")
    _stop_in_order()
    account = await perform(tuple(ACTS) if act is None else (act,), _quiet if json else _say)
    if json:
        print_json(account.as_data())
    else:
        broken = [(one.number, step.text) for one in account.acts for step in one.steps if not step.held]
        print_lines("", *(f"✗ act {number}: {text}" for number, text in broken))
        print_lines("Every step held." if account.held else f"{len(broken)} steps did not hold.")
    return ExitCode.OK if account.held else ExitCode.FAILED


async def perform(numbers: tuple[int, ...], say: "Say") -> "Account":
    """Play these acts; the account of them. Raises ProcessError and SettingsError where no stack can be had."""
    from workers.demo.account import Account
    from workers.demo.own_stack import a_stack
    from workers.demo.scene import open_scene
    from workers.embedded import ASKING_TENANT

    account = Account(say)
    async with a_stack(say) as here, open_scene(here, account) as scene:
        for number in numbers:
            if number == ASKING_ACT and len(numbers) > 1 and ASKING_TENANT not in here.settings.tenants:
                say(
                    f"\nAct {number} is left out: it plays on the tenant {ASKING_TENANT}, which this installation has not."
                )
                continue
            with account.act(number, ACTS[number]):
                await _play(number)(scene)
    return account


def _play(number: int) -> "Callable[[Scene], Awaitable[None]]":
    from workers.demo import crowds, kill, ordinary, second_opinion, support, wrong

    return {
        1: ordinary.play,
        2: support.play,
        3: wrong.play,
        4: kill.play,
        5: crowds.play,
        6: second_opinion.play,
    }[number]


def _stop_in_order() -> None:
    """SIGTERM ends as Ctrl-C does: a stack of the demo's own is stopped, its folder removed."""
    running = asyncio.current_task()
    if running is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)


def _say(text: str) -> None:
    print_lines(*text.split("\n"))
    sys.stdout.flush()


def _quiet(_: str) -> None:
    pass
