"""A backtest's report for people: tables on a terminal, or one page of HTML with plots that needs nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from api.boards import Bar
from api.cli.output import print_lines, print_table, shown
from api.pages.plots import bars
from workers.backtest_report import BacktestReport
from workers.shadow_pages import TEMPLATES, Column, Section

_RULE_WIDTH: Final = 230
PLOTTED: Final = 12  # rules in a plot, those that act most

_CHANGED: Final = (
    ("kind", "change", False),
    ("was", "was", False),
    ("would", "would be", False),
    ("rule", "by rule", False),
    ("matters", "matters", True),
    ("cases", "cases to look at", False),
)
_RULES: Final = (
    ("rule", "rule", False),
    ("mode", "mode", False),
    ("acts_was", "acted", True),
    ("wrong_was", "of those wrong", True),
    ("acts", "would act", True),
    ("right", "right", True),
    ("wrong", "wrong", True),
    ("unknown", "unknown", True),
    ("precision", "precision", True),
    ("reviews", "would ask people", True),
)
_AREAS: Final = (
    ("area", "area", False),
    ("reviewed_was", "reviewed", True),
    ("reviewed", "would be", True),
    ("held_was", "held", True),
    ("held", "would be", True),
    ("automatic_was", "automatic", True),
    ("automatic", "would be", True),
    ("wrong_was", "wrongly restricted", True),
    ("wrong", "would be", True),
    ("missed", "missed", True),
)
_QUEUES: Final = (
    ("queue", "queue", False),
    ("matters_was", "matters", True),
    ("matters", "would be", True),
    ("minutes_each", "minutes each", True),
    ("hours_was", "hours", True),
    ("hours", "would be", True),
)
_SHADOWED: Final = (
    ("rule", "rule", False),
    ("cases", "would hold in", True),
    ("right", "right", True),
    ("wrong", "wrong", True),
    ("unknown", "unknown", True),
)


def sections_of(report: BacktestReport) -> list[Section]:
    """The tables of the report, in the order they are read."""
    changed = [{**asdict(one), "cases": ", ".join(one.cases)} for one in report.changed]
    return [
        ("What would have changed", changed, _CHANGED),
        ("By rule", _rows(report.rules), _RULES),
        ("By area", _rows(report.areas), _AREAS),
        ("Queues and reviewers' hours", _rows(report.queues), _QUEUES),
        ("Only recorded", _rows(report.shadowed), _SHADOWED),
    ]


def plots_of(report: BacktestReport) -> list[tuple[str, Any]]:
    """Plots with their captions: what rules would do and how much of it people found wrong, and reviewers' hours."""
    acting = sorted((one for one in report.rules if one.acts), key=lambda one: (-one.acts, one.rule))[:PLOTTED]
    hours = [Bar(label="was", value=round(report.hours_was)), Bar(label="would be", value=round(report.hours))]
    wrong = [Bar(label="was", value=report.false_holds_was), Bar(label="would be", value=report.false_holds)]
    return [
        (
            "Acts of each rule under the candidate; hatched: those that people found wrong",
            bars("Acts by rule", [Bar(label=one.rule, value=one.acts, late=one.wrong) for one in acting], _RULE_WIDTH),
        ),
        ("Restricted without a person, and found wrong", bars("False holds", wrong)),
        ("Reviewers' hours", bars("Reviewers' hours", hours)),
    ]


def print_report(report: BacktestReport) -> None:
    """The report on a terminal."""
    print_lines(*_summary(report))
    for title, rows, columns in sections_of(report):
        print_lines("", title)
        rows = [
            row for row in rows if any(row[key] for key, _, numeric in columns if numeric)
        ]  # what has nothing to say
        print_table([name for _, name, _ in columns], _cells(rows, columns), empty="None.")
    print_lines("", "What this rests on:", *(f"- {line}" for line in report.assumptions))


def html_of(report: BacktestReport) -> str:
    """The report as one page. Everything in it is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["shown"] = shown
    page = environment.get_template("backtest.html.j2")
    return page.render(report=report, summary=_summary(report), sections=sections_of(report), plots=plots_of(report))


def _summary(report: BacktestReport) -> Iterable[str]:
    under = ", ".join(f"{count} under {version}" for version, count in report.recorded_under.items()) or "none"
    return (
        f"{report.cases} cases with {report.matters} matters ({under}) through {report.pack}, in {report.seconds} s. "
        "Nothing was done.",
        f"{report.same} matters come to the same. Wrongly restricted without a person: {report.false_holds_was}, "
        f"would be {report.false_holds}; rightly restricted and then missed: {report.missed}.",
        f"Reviewers' hours: {report.hours_was}, would be {report.hours}; cost {report.cost_was:.2f}, would be "
        f"{report.cost:.2f}.",
    )


def _cells(rows: Iterable[dict[str, Any]], columns: Sequence[Column]) -> list[list[Any]]:
    return [[row[key] for key, _, _ in columns] for row in rows]


def _rows(models: Sequence[Any]) -> list[dict[str, Any]]:
    return [asdict(model) for model in models]
