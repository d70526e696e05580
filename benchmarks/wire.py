"""Requests as fast as one process can send them: HTTP/1.1 over kept connections, nothing parsed but status and length.

The typed client would measure itself: on the machine of the benchmark it costs more than the gateway.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final, Self
from urllib.parse import urlsplit

CONNECTIONS: Final = 32


class Wire:
    """Connections to one gateway, with one token. Opened for one block: a server closes those that idle for seconds."""

    def __init__(self, url: str, token: str, connections: int = CONNECTIONS) -> None:
        self._connections = connections
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"host: {self._host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for _ in range(self._connections):
            self._free.put_nowait(await asyncio.open_connection(self._host, self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._free.empty():
            self._free.get_nowait()[1].close()

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        reader, writer = connection = await self._free.get()
        try:
            head = f"POST {path} HTTP/1.1\r\n{self._head}content-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            status = int(answer[9:12])
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            return status, await reader.readexactly(length)
        finally:
            self._free.put_nowait(connection)


async def send_all(wire: Wire, path: str, bodies: Sequence[bytes], wanted: int) -> float:
    """Seconds for all of these, as many at a time as there are connections. Raises AssertionError for another status."""
    clock = asyncio.get_running_loop().time
    left = iter(bodies)
    began = clock()
    await asyncio.gather(*(_send(wire, path, left, wanted) for _ in range(CONNECTIONS)))
    return clock() - began


async def _send(wire: Wire, path: str, left: Iterable[bytes], wanted: int) -> None:
    for body in left:
        status, answer = await wire.post(path, body)
        assert status == wanted, (status, answer[:200])
