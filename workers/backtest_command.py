"""`dueprocess policy backtest`: what a candidate pack would have made of recorded cases, with no effects."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from api.cli.arguments import new_id, parse_moment
from api.cli.exits import BadUsage, CheckFailed, Unavailable
from api.cli.output import plain, print_json, print_lines
from api.cli.place import OPERATOR, Common
from cases.pack_own import own_files
from cases.packs import load_pack
from cases.policy import PolicyError
from workers.backtest import Asked, run_backtest
from workers.backtest_pages import html_of, print_report
from workers.backtest_report import BacktestReport, report_of
from workers.here import Here
from workers.shadow_command import minutes_of
from workers.shadow_report import Assumptions

if TYPE_CHECKING:
    from record.policies import Backtest

COMMON: Final = Common()
HereNow = Annotated[Here, Parameter(parse=False)]


async def backtest(
    *,
    since: Annotated[str, Parameter(help="Cases opened from then on: ISO 8601 with zone, or a day (UTC).")],
    until: Annotated[str | None, Parameter(help="And before then. Default: now.")] = None,
    pack: Annotated[Path | None, Parameter(help="The candidate's folder. Default: the pack in its folder.")] = None,
    minutes: Annotated[
        tuple[str, ...], Parameter(negative="", help="A person's time for a matter, as QUEUE=N; again for each queue.")
    ] = (),
    hourly: Annotated[float, Parameter(name="--hourly-cost", help="Of a reviewer.")] = Assumptions.hourly_cost,
    processes: Annotated[int, Parameter(help="How many at once: as many as there are cores to spare.")] = 2,
    html: Annotated[Path | None, Parameter(help="Write the report as one page of HTML with plots too.")] = None,
    common: Common = COMMON,
    here: HereNow,
) -> None:
    """Try a candidate pack on recorded cases: the facts of then, its rules of now. Nothing is done about any case.

    Prints what would have changed, by rule and area; what was and would be restricted wrongly, by what people decided later
    and on appeal; rules that would only be recorded; and reviewers' hours. The backtest is recorded: a release of this very
    pack may rest on it. It reads the record itself, as a worker does.

    Exit codes: 0, 1 the pack has mistakes, 2 wrong usage, 4 the record does not answer.
    """
    began = _moment("--since", since)
    end = _moment("--until", until) if until else here.now()
    if end <= began:
        raise BadUsage(f"--until: {end.isoformat()} is not after --since")
    if not 1 <= processes <= 64 or hourly < 0:
        raise BadUsage("--processes is between 1 and 64, --hourly-cost not below 0")
    tenant, by = common.of(here, OPERATOR)
    files = own_files(here.pack_files(pack or here.pack_folder), tenant)
    try:
        candidate = load_pack(files, tenant)
    except PolicyError as error:
        raise CheckFailed(str(error)) from None
    given = Assumptions(minutes=minutes_of(minutes, candidate), hourly_cost=hourly)
    if not here.settings.database_dsn.get_secret_value():
        raise Unavailable("No record is named here: start a stack with dueprocess up, or set DUEPROCESS_DATABASE_DSN.")
    started = time.perf_counter()
    tally = run_backtest(Asked(here.settings, tenant, files, began, end, processes))
    report = report_of(tally, candidate, tenant, began, end, given, time.perf_counter() - started)
    ran = await _recorded(here, report, by)
    if html:
        html.write_text(html_of(report), encoding="utf-8")
    if common.json:
        return print_json({"backtest_id": ran.backtest_id, **plain(report)})
    print_report(report)
    recorded = f"Recorded as {ran.backtest_id}."
    if not report.cases:
        recorded = "It looked at no case, so no release can rest on it: look further back with --since."
    print_lines("", recorded, *([f"The page: {html}"] if html else []))
    return None


async def _recorded(here: Here, report: BacktestReport, by: str) -> "Backtest":
    import json

    from record import policies
    from record.policies import Backtest

    ran = Backtest(
        backtest_id=new_id("backtest"),
        since=report.since,
        until=report.until,
        cases=report.cases,
        ran_by=by,
        ran_at=here.now(),
    )
    async with here.means() as means:
        text = json.dumps(plain(report), sort_keys=True)
        await policies.keep_backtest(means.record, report.tenant, report.pack_digest, ran, text)
    return ran


def _moment(option: str, given: str) -> datetime:
    if len(given) == len("2026-11-01"):
        try:
            return datetime.fromisoformat(given).replace(tzinfo=UTC)
        except ValueError:
            raise BadUsage(f"{option}: {given!r} is no day; write 2026-11-01") from None
    return parse_moment(option, given)
