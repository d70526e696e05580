"""`dueprocess osprey`: Osprey's verdicts and label effects become signals at the gateway."""

import contextlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode, Unavailable
from api.cli.output import print_json, print_lines
from api.cli.place import Common
from api.lines import RawLine
from workers.commands import COMMON, HereNow
from workers.feeding import Away, Fate
from workers.line_cutter import stream_lines
from workers.line_source import FileLines, keep_position, read_position
from workers.osprey_feed import BatchDoor, OspreyFeed, OspreyTally
from workers.osprey_maps import map_at


async def osprey(
    source: Annotated[
        str,
        Parameter(help="Osprey's output, one JSON object a line; - is standard input.", allow_leading_hyphen=True),
    ],
    /,
    *,
    follow: Annotated[bool, Parameter(negative="", help="Wait for more at the file's end, and go on.")] = False,
    idle: Annotated[float | None, Parameter(help="With --follow: end after so many seconds without a line.")] = None,
    map_file: Annotated[Path | None, Parameter(name="--map", help="How Osprey's words become ours (TOML).")] = None,
    rejects: Annotated[Path | None, Parameter(help="Where lines to mend go. Default: FILE.refused.ndjson.")] = None,
    common: Common = COMMON,
    here: HereNow,
) -> int:
    """Send what Osprey found: its verdicts, label effects and your own effects become signals about their subjects.

    FILE is what Osprey's Kafka output sink writes, or stored execution results. --map says what each verdict, label and
    effect means to us; docs/adopting.md has the table and its default. With --follow the place reached is kept in
    FILE.position, and the next --follow goes on there; a rotated file is followed too. Sending a line twice adds nothing.
    Lines with a word that the map does not know stand in FILE.refused.ndjson with field and cure; what the map knows of
    them was sent. Mend the map and send that file itself.

    Exit codes: 0 every line was taken, known or said nothing; 1 some need mending; 2 bad input; 4 the gateway stayed away.
    """
    table = map_at(map_file)
    path = _checked(source, follow, idle)
    refused = rejects or (path.with_name(f"{path.name}.refused.ndjson") if path else Path("osprey.refused.ndjson"))
    if not follow:
        refused.unlink(missing_ok=True)  # of an earlier run over the same lines
    async with here.gateway(*common.of(here, "service")) as gateway:
        feed = OspreyFeed(BatchDoor(gateway), table, refused)
        try:
            if path is None:
                await feed.run(stream_lines(sys.stdin.fileno()), lambda _: None)
            else:
                await _run_file(feed, path, follow=follow, idle=idle)
        except Away as away:
            raise Unavailable(f"Stopped after line {feed.tally.lines}: {away}. Start it again to go on.") from None
    _print(feed.tally, refused, json=common.json)
    return ExitCode.FAILED if feed.tally.rejected else ExitCode.OK


def _checked(source: str, follow: bool, idle: float | None) -> Path | None:
    """The file meant; None for standard input."""
    if idle is not None and (idle < 0 or not follow):
        raise BadUsage("--idle: is not below 0, and goes with --follow")
    if source == "-":
        if follow:
            raise BadUsage("--follow: standard input is read to its end anyway; leave --follow out")
        return None
    if not Path(source).is_file():
        raise BadUsage(f"FILE: {source} is no file; name Osprey's output, or - for standard input")
    return Path(source)


async def _run_file(feed: OspreyFeed, path: Path, *, follow: bool, idle: float | None) -> None:
    kept = path.with_name(f"{path.name}.position")
    try:
        lines = FileLines(path, read_position(kept) if follow else None, follow=follow, idle_seconds=idle)
    except ValueError as error:
        raise BadUsage(str(error)) from None

    def done(line: RawLine) -> None:
        lines.through(line)
        if follow:
            keep_position(kept, lines.position)

    async with contextlib.aclosing(lines.batches()) as batches:
        await feed.run(batches, done)


def _print(tally: OspreyTally, refused: Path, *, json: bool) -> None:
    if json:
        return print_json({**asdict(tally), "rejects_file": str(refused) if tally.rejected else None})
    print_lines(
        f"{tally.lines} lines: {tally.signals[Fate.TAKEN]} signals taken, {tally.signals[Fate.KNOWN]} known before, "
        f"{tally.signals[Fate.REFUSED]} refused; {tally.quiet} lines said nothing.",
        f"Labels removed {tally.removed} (nothing is taken back by them), words ignored by the map {tally.ignored}.",
    )
    if tally.rule_errors:
        print_lines(f"{tally.rule_errors} rules failed in Osprey itself; what they would have said is not here.")
    if tally.rejected:
        print_lines(f"{tally.rejected} lines need mending; which and why: {refused}")
    return None
