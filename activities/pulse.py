"""A long activity's sign of life. A short one gives none: each is a write in Temporal's history of the case."""

import time
from collections.abc import Callable
from typing import Final

from temporalio import activity

QUIET_SECONDS: Final = 5.0  # far within the minute after which a silent worker counts as gone


class Pulse:
    """Beats at most every few seconds, and not in the first few. clock: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quiet_until = clock() + QUIET_SECONDS

    def beat(self, done: int) -> None:
        """Say that we live, if it is time to. done: how far we are, for whoever looks at the activity."""
        if (now := self._clock()) >= self._quiet_until:
            self._quiet_until = now + QUIET_SECONDS
            activity.heartbeat(done)
