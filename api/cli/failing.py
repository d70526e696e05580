"""Runs that cannot move, as `stuck` prints them: case, since when, and the cure."""

from datetime import datetime

from api.cli.output import print_lines, print_table, span
from api.operator_answers import FailingRun, FailingRuns


def none_fails(failing: FailingRuns | None) -> bool:
    """Whether somebody looked, and there is none."""
    return failing is not None and not failing.runs and failing.unsearched is None


def print_failing(failing: FailingRuns | None, now: datetime) -> None:
    """The runs and, once each, their cures; or that nobody could look. Nothing where there is none."""
    if failing is None or failing.unsearched is not None:
        why = "this gateway is of an earlier version" if failing is None else f"no answer, {failing.unsearched}"
        print_lines(
            f"Runs whose workflow task fails could not be looked for: Temporal's search ({why}).",
            "  There may be some: see dueprocess doctor, then run this again.",
        )
        return
    if not failing.runs:
        return
    print_table(
        ("cannot move", "run", "since", "for", "workflow task fails by"),
        [_row(one, now) for one in failing.runs],
        empty="Every run moves.",
    )
    more = [f"… and {failing.more} more"] if failing.more else []
    cures = dict.fromkeys(f"  {one.cause}: {one.cure}" for one in failing.runs)
    print_lines(*more, *cures)


def _row(run: FailingRun, now: datetime) -> tuple[object, ...]:
    own = None if run.workflow_id == run.case_id else run.workflow_id
    return (run.case_id, own, run.since, span(now - run.since) if run.since else None, run.cause)
