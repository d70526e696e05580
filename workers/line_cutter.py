"""Bytes as they come, cut into lines: of a stream, or of a file that grows. `api.lines` reads files that lie still."""

import asyncio
import os
from collections.abc import AsyncGenerator
from typing import Final

from api.lines import LINE_LIMIT, RawLine

READ_BYTES: Final = 256 * 1024


class LineCutter:
    """Cuts bytes into lines. A line over the limit is passed over whole, and still told of."""

    def __init__(self, offset: int = 0, number: int = 0) -> None:
        self._offset, self._number = offset, number
        self._rest = b""
        self._too_long = 0  # bytes of a line that is being passed over

    def cut(self, data: bytes, *, ended: bool = False) -> list[RawLine]:
        """The lines that are whole now; with `ended` also the last, without its line feed."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [self._line(raw, 1) for raw in whole]
        if len(self._rest) > LINE_LIMIT:
            self._too_long += len(self._rest)
            self._rest = b""
        if ended and (self._rest or self._too_long):
            lines.append(self._line(self._rest, 0))
            self._rest = b""
        return lines

    def _line(self, raw: bytes, feed: int) -> RawLine:
        passed, self._too_long = self._too_long, 0
        self._number += 1
        self._offset += passed + len(raw) + feed
        kept = None if passed or len(raw) > LINE_LIMIT else raw
        return RawLine(self._number, self._offset, kept)


async def stream_lines(descriptor: int) -> AsyncGenerator[list[RawLine], None]:
    """What comes in at this descriptor, as it comes, to its end."""
    cutter = LineCutter()
    while data := await asyncio.to_thread(os.read, descriptor, READ_BYTES):
        yield cutter.cut(data)
    yield cutter.cut(b"", ended=True)
