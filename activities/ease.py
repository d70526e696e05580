"""A long telling takes breaks. Ten thousand receipts would else keep a worker busy for as long as they take, and everybody
else's hold, decision and notice would wait among them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

BITE: Final = 50  # mails rendered, recorded and handed over together
REST: Final = 3.0  # times as long as a bite took: long tellings have a quarter of the worker, all of them together
LONGEST_REST_SECONDS: Final = 2.0
TURN_SECONDS: Final = 20.0  # whoever waited so long for a turn goes on: a telling that says nothing counts as dead
PATIENCE_SECONDS: Final = 120.0  # a telling that is still not over then takes no more breaks


class Ease:
    """The breaks of one worker. clock: seconds that only grow."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._turn = asyncio.Lock()

    def begun(self) -> float:
        """When a telling begins."""
        return self._clock()

    @asynccontextmanager
    async def bite(self, begun: float, done: int) -> AsyncIterator[None]:
        """Do one bite of a telling that has done so many mails. The first waits for nobody: most tellings are no longer."""
        if not done or self._clock() - begun > PATIENCE_SECONDS:
            yield
            return
        ours = await self._waited()
        try:
            since = self._clock()
            yield
            await self._sleep(min(REST * (self._clock() - since), LONGEST_REST_SECONDS))
        finally:
            if ours:
                self._turn.release()

    async def _waited(self) -> bool:
        """Whether the turn came."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                return await self._turn.acquire()
        except TimeoutError:
            return False
