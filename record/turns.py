"""Whose turn it is to write: what would only wait for a stream's lock in Postgres waits here, and holds no connection.

A storm on one subject would else take every connection of the pool into one queue, with everybody else behind it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from record.errors import RecordUnavailable

PER_STREAM: Final = 2  # one writes, and the next is in Postgres already when it has committed
LEFT_TO_OTHERS: Final = 2  # connections of a process that one tenant's messages never take
BATCHES: Final = "batches"  # wait in a line of the tenant's own
WAIT_SECONDS: Final = 5.0  # as long as Postgres waits for a lock


@dataclass
class _Line:
    gate: asyncio.Semaphore
    users: int = 0


class Turns:
    """Lines by tenant, and in them by stream; each lets so many write at a time, in the order they came.

    connections: of the pool that is written through.
    """

    def __init__(self, connections: int = 10, per_stream: int = PER_STREAM, wait_seconds: float = WAIT_SECONDS) -> None:
        self._per_stream, self._wait = per_stream, wait_seconds
        self._per_tenant = max(1, connections - LEFT_TO_OTHERS)
        self._lines: dict[tuple[str, str], _Line] = {}

    @asynccontextmanager
    async def turn(self, tenant: str, stream: str) -> AsyncIterator[None]:
        """Write to this stream, or `BATCHES`, when it is our turn. Raises RecordUnavailable for whom it does not come."""
        async with self._place((tenant, stream), self._per_stream), self._place((tenant, ""), self._per_tenant):
            yield

    @asynccontextmanager
    async def _place(self, name: tuple[str, str], at_once: int) -> AsyncIterator[None]:
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line(asyncio.Semaphore(at_once))
        line.users += 1
        try:
            await self._come_to_the_front(line.gate)
            try:
                yield
            finally:
                line.gate.release()
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[name]

    async def _come_to_the_front(self, gate: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._wait if gate.locked() else None):
                await gate.acquire()
        except TimeoutError:
            raise RecordUnavailable("too many messages wait for the same case's turn") from None
