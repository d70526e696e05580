"""`dueprocess detectors`: how good they were by what people found, what their scores have meant, and what moved lately."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import Common
from cases.durations import parse_duration
from workers.here import Here

if TYPE_CHECKING:
    from workers.calibrating import Accuracy, Fitting, Share
    from workers.judged import Judged

HereNow = Annotated[Here, Parameter(parse=False)]
Since = Annotated[str, Parameter(name="--since", help="How far back, as ISO 8601 writes durations: P90D.")]
COMMON: Final = Common()
_TEMPLATES: Final = Path(__file__).with_name("templates")


async def accuracy(
    *,
    since: Since = "P180D",
    threshold: Annotated[float, Parameter(help="From which score a detector counts as having said yes.")] = 0.5,
    common: Common = COMMON,
    here: HereNow,
) -> None:
    """Tell precision, recall and accuracy by detector, rule and language, with their 95 % intervals.

    Of contents that a person judged in the end, appeals included; what a rule decided alone says nothing of the rule. Recall
    is of the violations that were brought to somebody, not of all there are. Part 8 of the EU's transparency reports asks for
    these figures.

    Exit codes: 0, 2 wrong usage, 4 the record does not answer, or scikit-learn is not installed.
    """
    if not 0 < threshold <= 1:
        raise BadUsage("--threshold: is above 0, and at most 1")
    from workers import calibrating

    judged = await _judged(here, common, since)
    detectors = tuple(calibrating.accuracies(judged.scores, threshold))
    rules = tuple(calibrating.rule_accuracies(judged.rules))
    if common.json:
        return print_json({"cases": judged.cases, "threshold": threshold, "detectors": detectors, "rules": rules})
    print_lines(f"{judged.cases} cases read; a detector said yes from {threshold} on.")
    _print_accuracies("detector", detectors)
    _print_accuracies("rule", rules)
    _print_cases(judged.cases, (*detectors, *rules))
    return None


async def calibrate(
    *,
    since: Since = "P180D",
    precision: Annotated[float, Parameter(help="The precision that a threshold is suggested for.")] = 0.9,
    write: Annotated[
        Path | None, Parameter(help="Write the curves to this file, for DUEPROCESS_CALIBRATION.", negative="")
    ] = None,
    html: Annotated[Path | None, Parameter(help="Write reliability plots as one page of HTML.")] = None,
    common: Common = COMMON,
    here: HereNow,
) -> None:
    """Fit what each detector's scores have meant, and suggest thresholds.

    A curve by detector, version and label: isotonic from 500 judged contents on, logistic below, none below 30 of each kind.
    Only curves that came closer to what people found than the scores themselves, on contents held out, are written; where
    there is none, the file is left as it was. A threshold rests on twenty judged contents or more; `none`: on so many no score
    reached the precision.

    Exit codes: 0, 2 wrong usage, 4 the record does not answer, or scikit-learn is not installed.
    """
    if not 0 < precision <= 1:
        raise BadUsage("--precision: is above 0, and at most 1")
    from workers import calibrating

    judged = await _judged(here, common, since)
    found = tuple(calibrating.fittings(judged.scores, precision))
    fitted = calibrating.calibration_of(found, here.now())
    if write and fitted.curves:  # a file that workers read is not emptied by a week in which nobody judged
        write.write_text(fitted.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if html:
        html.write_text(_page(judged.cases, found), encoding="utf-8")
    if common.json:
        return print_json({"cases": judged.cases, "fittings": found, "written": len(fitted.curves) if write else 0})
    _print_fittings(found)
    _print_cases(judged.cases, found)
    if write and not fitted.curves:
        print_lines(f"No curve is worth writing: {write} is left as it was.")
    elif write:
        print_lines(f"{len(fitted.curves)} curves are in {write}; workers read it from DUEPROCESS_CALIBRATION.")
    if html:
        print_lines(f"The page: {html}")
    return None


async def drift(
    *,
    period: Annotated[
        str, Parameter(help="The stretch of time that is compared with those before it: PT24H.")
    ] = "PT24H",
    history: Annotated[int, Parameter(help="With how many periods before it.")] = 28,
    common: Common = COMMON,
    here: HereNow,
) -> int:
    """Tell which rules and detectors say yes more or less often than their own past makes likely, or score otherwise.

    Both ways: a detector that suddenly sees nothing is as wrong as one that sees everything.

    Exit codes: 0 nothing moved, 1 something did, 2 wrong usage, 4 the record does not answer.
    """
    length = _length("--period", period)
    if not 1 <= history <= 1_000:
        raise BadUsage("--history: is 1 to 1000")
    from workers.drifting import drifts

    now = here.now()
    judged = await _judged(here, common, since=now - length * (history + 1))
    found = drifts(judged.said, now, length, history)
    alarms = [one for one in found if one.alarm]
    if common.json:
        print_json({"cases": judged.cases, "moved": alarms, "all": found})
    else:
        rows = [(one.who, one.drift, one.runs, one.rate, one.before, one.stability) for one in found]
        print_table(("who", "drift", "asked", "rate now", "before", "stability index"), rows, empty="Nobody was asked.")
        print_lines(f"{len(alarms)} of {len(found)} moved.")
    return ExitCode.FAILED if alarms else ExitCode.OK


async def _judged(here: Here, common: Common, since: "str | datetime") -> "Judged":
    from workers.judged import read_judged

    tenant, _ = common.of(here, "operator")
    began = since if isinstance(since, datetime) else here.now() - _length("--since", since)
    async with here.means() as means:
        pack = await means.in_force.of(tenant, here.now())
        return await read_judged(means.record, tenant, began, pack)


def _length(option: str, text: str) -> timedelta:
    try:
        length = parse_duration(text)
    except ValueError:
        raise BadUsage(f"{option}: {text!r} is no duration; write it as ISO 8601 has it, such as P90D") from None
    if length <= timedelta(0):
        raise BadUsage(f"{option}: is longer than nothing")
    return length


def _print_accuracies(who: str, found: Sequence["Accuracy"]) -> None:
    print_table(
        (who, "label", "language", "judged", "precision", "recall", "accuracy"),
        [
            (one.who, one.label, one.language, one.judged, _said(one.precision), _said(one.recall), _said(one.accuracy))
            for one in found
        ],
        empty="Nothing was judged by a person in this time.",
    )


def _print_cases(cases: int, found: Sequence[object]) -> None:
    """Where nothing is told: whether there was nothing to look at, or nobody had looked."""
    if not found:
        why = "none was judged by a person, or no detector looked at it" if cases else "there are none"
        print_lines(f"Of {cases} cases in this time, {why}: look further back with --since, as in --since P365D.")


def _print_fittings(found: Iterable["Fitting"]) -> None:
    print_table(
        ("detector", "version", "label", "judged", "right", "Brier", "with curve", "method", "threshold", "rests on"),
        [
            (
                one.detector,
                one.version,
                one.label,
                one.judged,
                one.right,
                one.before,
                one.after,
                one.curve.method if one.curve else "too few",
                "none" if one.suggestion.threshold is None else round(one.suggestion.threshold, 4),
                _said(one.suggestion.precision),
            )
            for one in found
        ],
        empty="Nothing was judged by a person in this time.",
    )


def _said(share: "Share | None") -> str:
    if share is None or share.share is None:
        return ""
    return f"{share.share:.3f} ({share.low:.3f} to {share.high:.3f}), {share.hits} of {share.of}"


def _page(cases: int, found: Sequence["Fitting"]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("detectors.html.j2").render(cases=cases, fittings=found)
