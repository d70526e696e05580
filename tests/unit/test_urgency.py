"""Each thing that makes a task urgent puts it before one that is alike otherwise: from what a case knows to where it stands."""

from collections.abc import Callable

import pytest

from cases.deadlines import Clock, ClockKind
from cases.projection import review_tasks
from tests.builders import NOON, an_assessment, later, terms
from tests.paper import PaperRun, a_reviewed_run


def key(run: PaperRun) -> tuple[int, object]:
    (task,) = review_tasks(run.case)
    assert task.rank
    return task.rank.key


def plain() -> PaperRun:
    return a_reviewed_run()


def of_severity(severity: int) -> PaperRun:
    return a_reviewed_run(terms=terms(severity=severity))


def seen_by_many() -> PaperRun:
    return PaperRun().report().captured(reach=10_000).triaged(an_assessment())


def reported_by_more() -> PaperRun:
    run = PaperRun().report(independent=1)
    return run.report(independent=1).captured().triaged(an_assessment())


def reported_twice_by_one() -> PaperRun:
    run = PaperRun().report(independent=1)
    return run.report(independent=0).captured().triaged(an_assessment())


def reported_by_one() -> PaperRun:
    return PaperRun().report(independent=1).captured().triaged(an_assessment())


def with_a_law_to_keep() -> PaperRun:
    run = plain()
    law = Clock(
        clock_id="authority_report:harassment/1",
        kind=ClockKind.AUTHORITY_REPORT,
        subject="harassment/1",
        source="synthetic law",
        started_at=NOON,
        due_at=later(hours=2),
    )
    run.case = run.case.evolve(clocks=(*run.case.clocks, law))
    return run


def asked_earlier() -> PaperRun:
    run = PaperRun()
    run.at = later(hours=-1)
    return run.report().captured().triaged(an_assessment())


@pytest.mark.parametrize(
    ("urgent", "other"),
    [
        (lambda: of_severity(0), lambda: of_severity(1)),
        (lambda: of_severity(1), lambda: of_severity(2)),
        (lambda: of_severity(2), lambda: of_severity(4)),
        (seen_by_many, plain),
        (reported_by_more, reported_by_one),
        (with_a_law_to_keep, plain),
        (asked_earlier, plain),
    ],
    ids=["S0", "S1", "S2", "reach", "two reporters", "law", "age"],
)
def test_what_is_more_urgent_stands_before_what_is_alike_otherwise(
    urgent: Callable[[], PaperRun], other: Callable[[], PaperRun]
):
    assert key(urgent()) < key(other())


def test_who_reports_twice_makes_nothing_more_urgent():
    assert key(reported_twice_by_one()) == key(reported_by_one())
