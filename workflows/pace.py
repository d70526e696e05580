"""How a run lives through a storm: it takes its mail in larger bites, and begins afresh although something is in flight."""

from collections import deque
from datetime import datetime

from workflows.timeouts import STORM_PAUSE, STORM_TAKINGS, STORM_WITHIN


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

    def stormy(self, now: datetime) -> bool:
        """Whether mail comes again and again."""
        return len(self._taken) == STORM_TAKINGS and now - self._taken[0] <= STORM_WITHIN

    def pause(self, now: datetime) -> float:
        """Seconds until mail is taken again; 0 for now."""
        if not self.stormy(now):
            return 0.0
        return max(0.0, (self._taken[-1] + STORM_PAUSE - now).total_seconds())
