"""How a run lives through a storm: it takes its mail in larger bites, and begins afresh although something is in flight."""

from collections import deque
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from cases.case import Case
    from workflows import timeouts
    from workflows.timeouts import (
        LONG_WAIT,
        ROLL_AFTER,
        ROLL_EVENTS_BEFORE_A_LONG_WAIT,
        STORM_LARGE,
        STORM_LONGEST_PAUSE,
        STORM_PAUSE,
        STORM_TAKINGS,
        STORM_WITHIN,
    )


def roll_due(age: timedelta, length: int, wait: timedelta | None) -> bool:
    """Whether a quiet run is old or long enough to begin afresh. wait: until something is due; None for no clock."""
    long_wait = wait is None or wait > LONG_WAIT
    return length > timeouts.ROLL_EVENTS or age > ROLL_AFTER or (long_wait and length > ROLL_EVENTS_BEFORE_A_LONG_WAIT)


class Pace:
    """How often mail was taken. Plain lives take theirs at once; only whose bell never rests is made to wait."""

    def __init__(self) -> None:
        self._taken: deque[datetime] = deque(maxlen=STORM_TAKINGS)
        self.pausing = False

    def took(self, now: datetime) -> None:
        """Mail was taken, and none was left."""
        self._taken.append(now)

    def was_stormy(self, now: datetime) -> None:
        """The run before this one was in a storm, and so is this one from its start."""
        self._taken.extend([now] * STORM_TAKINGS)

    def stormy(self, now: datetime, pause: timedelta = STORM_PAUSE) -> bool:
        """Whether mail comes again and again, as often as it can where it is taken after such a pause."""
        return len(self._taken) == STORM_TAKINGS and now - self._taken[0] <= STORM_WITHIN * (pause / STORM_PAUSE)

    def pause(self, now: datetime, pause: timedelta = STORM_PAUSE) -> float:
        """Seconds until mail is taken again; 0 for now. pause: between two takings of a storm."""
        if not self.stormy(now, pause):
            return 0.0
        return max(0.0, (self._taken[-1] + pause - now).total_seconds())


def storm_pause(case: Case) -> timedelta:
    """How long this case waits between two takings of a storm."""
    pause = grown_pause(sum(count.reports for count in case.counts.values()))
    return pause if pause > STORM_PAUSE and workflow.patched("storm-pause-grows") else STORM_PAUSE


def grown_pause(reports: int) -> timedelta:
    """Each taking weighs all reports of the case anew: with thousands of them, more are taken together, and seldomer."""
    return min(max(STORM_PAUSE, STORM_PAUSE * (reports / STORM_LARGE)), STORM_LONGEST_PAUSE)
