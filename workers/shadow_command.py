"""`dueprocess shadow`: what a pack would make of a platform's own verdicts, with no effects."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode
from api.cli.output import print_json, print_lines
from cases.policy import PolicyError, PolicyPack
from workers.osprey_maps import map_at
from workers.shadow import ShadowRun
from workers.shadow_pages import html_of, print_report
from workers.shadow_report import Assumptions, report_of

# No settings are read, and nothing that could open a connection is loaded.
BASELINE: Final = Path(__file__).parent.parent / "policies" / "baseline"


def shadow(
    *,
    source: Annotated[
        str,
        Parameter(
            name="--from", help="Osprey's output, or our own NDJSON; - is standard input.", allow_leading_hyphen=True
        ),
    ],
    pack: Annotated[Path, Parameter(help="A policy pack's folder.", show_default=False)] = BASELINE,
    map_file: Annotated[Path | None, Parameter(name="--map", help="How Osprey's words become ours (TOML).")] = None,
    minutes: Annotated[
        tuple[str, ...], Parameter(negative="", help="A person's time for a matter, as QUEUE=N; again for each queue.")
    ] = (),
    price: Annotated[
        float, Parameter(name="--price-per-million-actions", help="Of Temporal's billable actions.")
    ] = Assumptions.price_per_million_actions,
    hourly: Annotated[float, Parameter(name="--hourly-cost", help="Of a reviewer.")] = Assumptions.hourly_cost,
    html: Annotated[Path | None, Parameter(help="Write the report as one page of HTML too.")] = None,
    json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")] = False,
) -> int:
    """Run your platform's own verdicts through a policy pack, with no effects: only files are read.

    Prints the cases that would open, by area, severity and rule; queues and reviewers' hours; holds and automatic
    actions; how that compares with what Osprey itself did; the duties that today are owed and not shown to be done; and
    what it would cost. The lines may be Osprey's output or our own signals and reports (docs/feed.md), also mixed. The
    same lines, pack and map print the same. docs/adopting.md reads a report with you.

    Exit codes: 0 every line was read, 1 some need mending (they are listed, the rest is counted), 2 wrong usage.
    """
    if price < 0 or hourly < 0:
        raise BadUsage("--price-per-million-actions and --hourly-cost: are not below 0")
    judged = pack_at(pack)
    given = Assumptions(minutes=minutes_of(minutes, judged), price_per_million_actions=price, hourly_cost=hourly)
    run = ShadowRun(judged, map_at(map_file))
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as file:
            report = report_of(run.read(file), judged, given)
    except OSError as error:
        raise BadUsage(f"--from: {source} cannot be read ({type(error).__name__}); name a file of JSON lines") from None
    if html:
        html.write_text(html_of(report), encoding="utf-8")
    if json:
        print_json(report)
    else:
        print_report(report)
        if html:
            print_lines(f"The page: {html}")
    return ExitCode.FAILED if report.rejected else ExitCode.OK


def pack_at(folder: Path) -> PolicyPack:
    """The pack in a folder. Raises BadUsage where it is none."""
    from activities.policy_packs import read_pack_files
    from cases.packs import load_pack

    try:
        return load_pack(read_pack_files(folder))
    except PolicyError as error:
        raise BadUsage(f"--pack: {error}; dueprocess policy check tells where") from None


def minutes_of(given: tuple[str, ...], pack: PolicyPack) -> dict[str, float]:
    """A person's minutes by queue, from words such as harassment=4. Raises BadUsage."""
    found: dict[str, float] = {}
    for one in given:
        queue, _, number = one.partition("=")
        try:
            found[queue] = float(number)
        except ValueError:
            raise BadUsage(f"--minutes: {one!r} is not QUEUE=N, such as harassment=4") from None
        if not 0 <= found[queue] < float("inf"):
            raise BadUsage(f"--minutes: {one!r} is no length of time; give minutes, such as harassment=4")
    if unknown := sorted(set(found) - set(pack.queues)):
        raise BadUsage(f"--minutes: {unknown[0]} is no queue of the pack; it has {', '.join(sorted(pack.queues))}")
    return found
