"""A shadow report for people: tables on a terminal, or one page of HTML that needs nothing else."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from api.cli.output import print_lines, print_table, shown
from workers.shadow_report import ShadowReport

TEMPLATES: Final = Path(__file__).with_name("templates")

Column = tuple[str, str, bool]  # field, title, whether it is a number
Section = tuple[str, list[dict[str, Any]], Sequence[Column]]

_OPENED: Final = (
    ("area", "area", False),
    ("severity", "severity", False),
    ("rule", "rule", False),
    ("matters", "matters", True),
)
_QUEUES: Final = (
    ("queue", "queue", False),
    ("arrivals", "arrivals", True),
    ("per_day", "a day", True),
    ("peak_hour", "peak hour", True),
    ("minutes_each", "minutes each", True),
    ("hours", "hours", True),
    ("hours_per_day", "hours a day", True),
)
_ACTIONS: Final = (
    ("how", "how", False),
    ("area", "area", False),
    ("measure", "measure", False),
    ("orders", "orders", True),
)
_COMPARED: Final = (
    ("said", "Osprey said", False),
    ("restricts", "acts at once", False),
    ("automatic", "pack: automatic", True),
    ("hold", "hold", True),
    ("review", "review", True),
    ("nothing", "nothing", True),
    ("agree", "agree", True),
    ("disagree", "disagree", True),
)
_DUTIES: Final = (
    ("owed", "owed", False),
    ("of", "because of", False),
    ("count", "how many", True),
    ("source", "source", False),
    ("within", "within", False),
)
_DEADLINES: Final = (
    ("kind", "clock", False),
    ("source", "source", False),
    ("within", "within", False),
    ("count", "clocks", True),
)
_REJECTS: Final = (
    ("line", "line", True),
    ("field", "field", False),
    ("value", "value", False),
    ("problem", "problem", False),
    ("cure", "cure", False),
)


def sections_of(report: ShadowReport) -> list[Section]:
    """The tables of the report, in the order they are read."""
    deadlines = [{**asdict(one), "within": timedelta(seconds=one.within_seconds)} for one in report.deadlines]
    sections: list[Section] = [
        ("Matters that would open", _rows(report.opened), _OPENED),
        ("Queues", _rows(report.queues), _QUEUES),
        ("Holds and automatic actions", _rows(report.actions), _ACTIONS),
        ("Beside what Osprey itself did", _rows(report.compared), _COMPARED),
        ("Duties, none of which Osprey's output shows done", _rows(report.duties), _DUTIES),
        ("Review and other deadlines that would start", deadlines, _DEADLINES),
    ]
    return (
        [*sections, ("Lines to mend, the first of them", _rows(report.rejects), _REJECTS)]
        if report.rejects
        else sections
    )


def print_report(report: ShadowReport) -> None:
    """The report on a terminal."""
    print_lines(
        f"{report.lines} lines with {report.messages} messages through {report.pack}: {report.cases} cases, "
        f"{report.automatic_cases} of them decided by rule. Nothing was done.",
        f"{report.repeated} came twice; {report.quiet} lines said nothing; {report.labels_removed} labels removed; "
        f"{report.ignored} words ignored; {report.rejected} lines need mending.",
    )
    for title, rows, columns in sections_of(report):
        print_lines("", title)
        print_table(
            [name for _, name, _ in columns], [[row[key] for key, _, _ in columns] for row in rows], empty="None."
        )
    cost = report.cost
    print_lines(
        f"Cost: {cost.temporal_actions} Temporal actions ({cost.temporal:.2f}), {cost.reviewer_hours} reviewers' hours "
        f"({cost.reviewers:.2f}); {cost.per_million_lines:.2f} for a million lines like these.",
        "",
        "What this rests on:",
        *(f"- {line}" for line in report.assumptions),
    )


def html_of(report: ShadowReport) -> str:
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
    return environment.get_template("shadow.html.j2").render(report=report, sections=sections_of(report))


def _rows(models: Sequence[Any]) -> list[dict[str, Any]]:
    return [asdict(model) for model in models]
