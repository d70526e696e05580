"""The commands of a stack on this machine: `run`, `up`, `down`, `reset`, `status`, `doctor`, `feed`, `reconcile`."""

import logging
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode, Unavailable
from api.cli.output import print_json, print_lines, print_table, span
from api.cli.place import Common
from api.cli.progress import FileBar
from workers.data_folder import DataFolder, StackState
from workers.here import Here
from workers.listing import addresses
from workers.settings import Settings
from workers.supervisor import Progress

if TYPE_CHECKING:
    from workers.comparison import Comparison
    from workers.feeding import Tally

HereNow = Annotated[Here, Parameter(parse=False)]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]
COMMON: Final = Common()
_SAY_EVERY_SECONDS: Final = 5.0


async def run(
    *,
    feed: Annotated[
        bool, Parameter(help="Whether to feed real texts, posted and reported by synthetic people.")
    ] = True,
    feed_rate: Annotated[float, Parameter(help="Cases a second while feeding for the first time.")] = 2.0,
    limit: Annotated[int, Parameter(help="Cases of the first feed; then one now and then.")] = 60,
    seconds: Annotated[float | None, Parameter(name="--for", help="End by itself after so many seconds.")] = None,
) -> None:
    """Run the embedded stack in the foreground, feed it, and watch it. Ctrl-C stops everything; cases are kept.

    Exit codes: 0 stopped as asked, 2 wrong settings, 4 something did not start.
    """
    if feed_rate <= 0 or limit < 0 or (seconds is not None and seconds <= 0):
        raise BadUsage("--feed-rate and --for are above 0, --limit is not below it")
    from workers import stack_commands
    from workers.embedded import Stack
    from workers.running import Running

    settings = Settings.from_environment()
    _log_beside(settings.data / "logs" / "supervisor.log")
    stack = Stack(settings)
    running = Running(feed_rate=feed_rate if feed else 0.0, limit=limit, seconds=seconds)
    with Waiting() as waiting:
        await stack_commands.run(stack, waiting.show, lambda stack, asked: running.view(stack, asked, waiting.done))
    print_lines("Stopped. Cases are kept; the next run goes on with them.")


async def up(*, json: JsonOption = False) -> None:
    """Start the embedded stack detached, and return once it answers. It feeds nothing; see: dueprocess feed.

    Exit codes: 0, 2 wrong settings, 4 something did not start, or a stack already runs.
    """
    from workers import stack_commands

    with Waiting(quiet=json) as waiting:
        state = await stack_commands.up(Settings.from_environment(), waiting.show)
    if json:
        return print_json(_state_data(state, datetime.now().astimezone()))
    print_lines(*_addresses(Here().settings), "Stop it with: dueprocess down")
    return None


async def down(*, json: JsonOption = False) -> None:
    """Stop the embedded stack. Cases are kept.

    Exit codes: 0 (also where nothing ran), 2 wrong settings, 4 it could not be stopped.
    """
    from workers import stack_commands

    stopped = await stack_commands.down(Settings.from_environment())
    if json:
        return print_json({"stopped": stopped})
    print_lines("Stopped. Cases are kept." if stopped else "Nothing ran.")
    return None


async def reset(*, yes: Annotated[bool, Parameter(name="--yes", negative="", help="Do not ask.")] = False) -> None:
    """Stop the embedded stack and delete its data folder: all cases, all keys, for good.

    Exit codes: 0, 2 not confirmed, 4 the folder is not ours.
    """
    from workers import stack_commands

    settings = Settings.from_environment()
    if not yes and not _confirmed(settings.data):
        raise BadUsage("Nothing was deleted. Confirm with --yes.")
    print_lines(f"{settings.data} is gone." if await stack_commands.reset(settings) else "There was nothing to delete.")


async def status(*, common: Common = COMMON, here: HereNow) -> None:
    """Tell whether the stack runs, and how its cases stand.

    Exit codes: 0 it runs, 4 it does not.
    """
    from workers.looking import stages_line

    state = DataFolder(here.settings.data).read_state()
    if state is None or not state.is_running:
        raise Unavailable(f"No stack runs on {here.settings.data}. Start it with: dueprocess up")
    async with here.gateway(*common.of(here, "operator")) as gateway:
        stages = await gateway.stages()
    if common.json:
        return print_json({**_state_data(state, here.now()), "cases": stages})
    rows = [(name, child.pid, child.restarts, child.url) for name, child in state.children.items()]
    print_lines(f"The stack is {state.state}, on {here.settings.data}.")
    print_table(("process", "pid", "restarts", "address"), rows, empty="No process.")
    print_lines(stages_line(stages, here.now()), *_addresses(here.settings))
    return None


async def doctor(*, json: JsonOption = False, here: HereNow) -> int:
    """Look at everything the product needs, and say how to mend what is not as it should be.

    Exit codes: 0 all is well, 1 something is not, 2 wrong settings.
    """
    from workers.doctor import examine

    findings = await examine(here.settings)
    wrong = [one for one in findings if not one.ok]
    if json:
        print_json({"ok": not wrong, "findings": [asdict(one) for one in findings]})
    else:
        print_table(
            ("", "what", "found", "cure"),
            [("ok" if one.ok else "WRONG", one.name, one.found, one.cure) for one in findings],
            empty="Nothing to look at.",
        )
        print_lines("All is well." if not wrong else f"{len(wrong)} of {len(findings)} are not as they should be.")
    return ExitCode.FAILED if wrong else ExitCode.OK


async def feed(
    file: Annotated[Path, Parameter(help="Posts, reports and signals, one JSON object a line (NDJSON).")],
    /,
    *,
    rate: Annotated[float, Parameter(help="Lines a second at most. 0: as fast as they are taken.")] = 0.0,
    common: Common = COMMON,
    here: HereNow,
) -> int:
    """Feed your own posts, reports and signals. Each line is one JSON object:

    {"post": {"id": "p-1", "author_id": "ann", "text": "…"}} is published on the simulated platform;
    {"report": {"subject": {"kind": "content", "id": "p-1"}, "area": "spam", "reporter": {"account_id": "bob"}}};
    {"signal": {"subject": {…}, "detector": {"vendor": "v", "name": "n", "version": "1"}, "scores": {"spam": 0.9}}}.
    docs/feed.md has every field. Lines that are refused stand in FILE.refused.ndjson with field and cure. Feeding a
    file again adds nothing that was taken before: mend it and feed it again.

    Exit codes: 0 every line taken or known, 1 some were refused, 2 bad input, 4 the gateway or platform stayed away.
    """
    from workers.feeding import Away, Fate, Feeder, feed_file, simulated_users
    from workers.intake import GatewayIntake

    if rate < 0:
        raise BadUsage("--rate: is not below 0")
    if not file.is_file():
        raise BadUsage(f"FILE: {file} is no file; name one with a JSON object on each line")
    settings = here.settings
    async with here.gateway(*common.of(here, "service")) as gateway, simulated_users(settings.platform_url) as users:
        with FeedBar(file, quiet=common.json) as bar:
            try:
                tally = await feed_file(file, Feeder(GatewayIntake(gateway), users, rate), bar.show)
            except Away as away:
                raise Unavailable(f"Stopped after line {bar.line}: {away}. Feed the file again to go on.") from None
    refused = tally.fates[Fate.REFUSED]
    if common.json:
        print_json({"lines": tally.total, "fates": tally.fates, "kinds": tally.kinds, "refused_file": bool(refused)})
    else:
        kinds = (
            ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(tally.kinds.items()))
            or "nothing"
        )
        print_lines(
            f"{tally.fates[Fate.TAKEN]} taken, {tally.fates[Fate.KNOWN]} known before ({kinds}); {refused} refused."
        )
        if refused:
            print_lines(f"Which and why: {file}.refused.ndjson. Mend them in {file.name} and feed it again.")
    return ExitCode.FAILED if refused else ExitCode.OK


async def reconcile(
    *,
    settle: Annotated[float, Parameter(help="Seconds to wait for what is still under way.")] = 10.0,
    json: JsonOption = False,
    here: HereNow,
) -> int:
    """Compare record, platform, mailbox and filings, of all tenants; every difference with its case and a cure.

    What is still under way (an open order, an unsent mail) is pending, not a difference.
    Exit codes: 0 no difference, 1 differences, 4 one side does not answer.
    """
    from workers.reconciling import reconcile_all

    if settle < 0:
        raise BadUsage("--settle: is not below 0")
    async with here.means() as means:
        outcome = await reconcile_all(means.record, here.settings, settle)
    if json:
        print_json({"ok": not outcome.differences, **asdict(outcome)})
    else:
        _print_comparison(outcome)
    return ExitCode.FAILED if outcome.differences else ExitCode.OK


def _print_comparison(outcome: "Comparison") -> None:
    print_lines("Compared: " + ", ".join(f"{count} {name}" for name, count in outcome.counts.items()) + ".")
    if outcome.repeated:
        print_lines(f"{outcome.repeated} mails arrived more than once, each under one Message-ID: mailboxes show one.")
    if outcome.pending:
        rows = [(one.kind, one.case_id, one.what) for one in outcome.pending]
        print_table(("still under way", "case", "what"), rows, empty="")
    if outcome.known:
        print_table(("known", "case", "what"), [(one.kind, one.case_id, one.what) for one in outcome.known], empty="")
    print_table(
        ("difference", "case", "what", "record", "world", "cure"),
        [(d.kind, d.case_id, d.what, d.record, d.world, d.cure) for d in outcome.differences],
        empty="No differences.",
    )


def _state_data(state: StackState, now: datetime) -> dict[str, object]:
    """The stack's state without the paths of its secrets."""
    return {**state.model_dump(mode="json", exclude={"secret_files"}), "at": now}


def _addresses(settings: Settings) -> list[str]:
    return [f"{name:<22}{url}" for name, url in addresses(settings).items()]


def _log_beside(file: Path) -> None:
    """What the supervisor has to say goes to a file: the terminal shows the view. The file is made at its first line."""
    handler = logging.FileHandler(file, delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("workers")
    logger.addHandler(handler)
    logger.propagate = False


def _confirmed(folder: Path) -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stdout.write(f"Delete {folder} with all its cases and keys, for good? Type yes: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "yes"


class Waiting:
    """What a start waits for, and how long: one line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet, self._live = quiet, sys.stdout.isatty()
        self._said_at: dict[str, float] = {}

    def __enter__(self) -> "Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        self.done()

    def show(self, progress: Progress) -> None:
        """One step of the start."""
        if self._quiet:
            return
        if progress.done:
            self._clear()
            print_lines(f"  {progress.step} is ready ({progress.seconds:.1f} s)")
        elif self._live:
            sys.stdout.write(f"\r\x1b[K  waiting for {progress.step} … {progress.seconds:.0f} s")
        elif progress.seconds - self._said_at.get(progress.step, 0.0) >= _SAY_EVERY_SECONDS:
            self._said_at[progress.step] = progress.seconds
            print_lines(f"  waiting for {progress.step} ({progress.seconds:.0f} s)")
        sys.stdout.flush()

    def done(self) -> None:
        """Nothing is waited for any more."""
        if not self._quiet:
            self._clear()

    def _clear(self) -> None:
        if self._live:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


class FeedBar(FileBar):
    """The progress of a feed by bytes of its file."""

    def __init__(self, file: Path, quiet: bool = False) -> None:
        super().__init__("feeding", file.stat().st_size, quiet)
        self.line = 0

    def show(self, tally: "Tally", read: int) -> None:
        """How far it is."""
        self.line = tally.line
        waiting = f", waiting {span_of(tally.waiting_seconds)} for an answer" if tally.waiting_seconds else ""
        self.update(read, f"line {tally.line}, {tally.fates['refused']} refused{waiting}")  # type: ignore[index]


def span_of(seconds: float) -> str:
    """Seconds in words."""
    from datetime import timedelta

    return span(timedelta(seconds=seconds))
