"""What a simulated day was like, and whether anything in it was missed in silence."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from benchmarks.a_day_cases import Life
from benchmarks.effects import percentile
from cases.events import ClockBreached, ClockWarned
from cases.names import tenant_of
from cases.projection import ReviewTask
from cases.task_changes import Action
from record import task_changes
from record.record import Record

NOTICED_WITHIN: Final = timedelta(minutes=2)  # an escalation or a call, after its time

Question = tuple[str, str]
"""A stream, and the id of its task."""


@dataclass
class Log:
    """What happened to every question, as it happens. asked: those open, since when; ever: all there were."""

    asked: dict[Question, tuple[datetime, ReviewTask]] = field(default_factory=dict)
    ever: dict[Question, tuple[datetime, ReviewTask]] = field(default_factory=dict)
    first: dict[Question, datetime] = field(default_factory=dict)
    closed: dict[Question, datetime] = field(default_factory=dict)
    called: dict[Question, datetime] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits_of: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counted: Counter[str] = field(default_factory=Counter)
    hours: dict[str, list[int]] = field(
        default_factory=lambda: {name: [0] * 24 for name in ("reported", "answered", "open")}
    )


@dataclass
class DayResults:
    """The day in numbers. waits: minutes from a question to its first claim; hours: counts by hour, for the plot."""

    cases: int
    tasks: int
    answered: int
    open: int
    utilisation: float
    hours_at_work: float
    missed: int
    doubled: int
    breaks: int
    crashes: int
    snoozed: int
    skipped: int
    returned: int
    pages: int
    escalated: int
    waits: dict[str, dict[str, float]]
    waits_by_tenant: dict[str, float]
    silent: list[str]
    hours: dict[str, list[int]]
    temporal: dict[str, float] = field(default_factory=dict)


async def results_of(
    record: Record, log: Log, lives: Sequence[Life], ended: datetime, busy_hours: float, hours_at_work: float
) -> DayResults:
    """Count, and look at every deadline and every danger once more."""
    counted = log.counted
    silent = [one for life in lives for one in _clocks(life)]
    for question in log.ever:
        silent += [one async for one in _question(record, log, question, ended)]
    if counted["unsorted"]:
        silent.append(f"the view of whoever is on call was out of order {counted['unsorted']} times")
    return DayResults(
        cases=counted["cases"],
        tasks=counted["tasks"],
        answered=counted["answered"],
        open=len(log.asked),
        utilisation=busy_hours / hours_at_work,
        hours_at_work=hours_at_work,
        missed=sum(isinstance(event.body, ClockBreached) for life in lives for event in life.events),
        doubled=counted["doubled"],
        breaks=counted["breaks"],
        crashes=counted["crashes"],
        snoozed=counted[Action.SNOOZE],
        skipped=counted[Action.SKIP],
        returned=counted[Action.RETURN],
        pages=counted["pages"],
        escalated=counted["escalated"],
        waits={
            queue: {"tasks": len(waits), **{f"p{share}": percentile(waits, share / 100) for share in (50, 95, 99)}}
            for queue, waits in log.waits.items()
        },
        waits_by_tenant={tenant: sum(waits) / len(waits) for tenant, waits in log.waits_of.items()},
        silent=silent,
        hours=log.hours,
    )


def _clocks(life: Life) -> Iterator[str]:
    """Deadlines missed without two warnings before, or noticed late."""
    for event in life.events:
        if not isinstance(event.body, ClockBreached):
            continue
        clock_id = event.body.clock_id
        warnings = [one for one in life.events if isinstance(one.body, ClockWarned) and one.body.clock_id == clock_id]
        before = {one.body.percent for one in warnings if one.occurred_at < event.occurred_at}
        if before != {50, 80} or event.body.late_seconds > 1:
            yield f"{clock_id}: warned {sorted(before)}, noticed {event.body.late_seconds} s late"


async def _question(record: Record, log: Log, question: Question, ended: datetime) -> AsyncIterator[str]:
    """What was overdue and given to no higher tier; danger that nobody took at once, and nobody was called about."""
    asked, task = log.ever[question]
    stream, task_id = question
    closed = log.closed.get(question, ended)
    overdue, noticed = task.due_at + NOTICED_WITHIN, asked + NOTICED_WITHIN
    if overdue < closed:
        changes = await task_changes.changes_of(record, tenant_of(stream), stream, task_id)
        if not any(one.action is Action.ESCALATE and one.at <= overdue for one in changes):
            yield f"{task_id}: overdue, and given to nobody else"
    pages = task.kind == "matter" and (task.severity == 0 or record.queues[task.queue].pages)
    if pages and min(log.first.get(question, ended), closed) > noticed and log.called.get(question, ended) > noticed:
        yield f"{task_id}: in danger, and nobody was called"
