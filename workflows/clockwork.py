"""One timer for the earliest of all clocks. A timer for each would be an action and two events a piece."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow


class Clockwork:
    """Wakes the run at one instant; setting another takes its place."""

    def __init__(self) -> None:
        self._instant: datetime | None = None
        self._sleep: asyncio.Task[None] | None = None

    @property
    def struck(self) -> bool:
        """Whether the instant has come since it was set."""
        return self._sleep is not None and self._sleep.done()

    def reset(self) -> None:
        """Forget the instant that came."""
        self._instant = self._sleep = None

    def set(self, instant: datetime | None, now: datetime, why: str) -> None:
        """Wake at this instant. None leaves a set timer alone: it costs nothing, and a run that ends drops it."""
        if instant is None or (instant == self._instant and self._sleep is not None):
            return
        if self._sleep is not None:
            self._sleep.cancel()
        self._instant = instant
        wait = max(instant - now, timedelta(milliseconds=1))
        self._sleep = asyncio.create_task(workflow.sleep(wait, summary=why))
