"""Lines of a stream or a growing file, and the place in it that survives a restart. What is half written is waited for."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from cases.facts import Fact
from workers.feed_lines import LINE_LIMIT

READ_BYTES: Final = 256 * 1024
POLL_SECONDS: Final = 0.5  # how often a growing file is looked at


class Position(Fact):
    """How far a file was dealt with. device, inode: which file it was; line: number of the last line, from 1."""

    device: int
    inode: int
    offset: int = 0
    line: int = 0


class RawLine(NamedTuple):
    """One line as it stood; raw is None where it was too long to keep. through: the position once it is dealt with."""

    number: int
    raw: bytes | None
    through: int


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
        return RawLine(self._number, kept, self._offset)


async def stream_lines(descriptor: int) -> AsyncGenerator[list[RawLine], None]:
    """What comes in at this descriptor, as it comes, to its end."""
    cutter = LineCutter()
    while data := await asyncio.to_thread(os.read, descriptor, READ_BYTES):
        yield cutter.cut(data)
    yield cutter.cut(b"", ended=True)


class FileLines:
    """A file's lines from a position on. A file of another inode (it was rotated) is read from its beginning.

    follow: wait for more at the end, in the file and in the one that takes its name. idle_seconds: how long to wait at
    most; None for ever.
    """

    def __init__(self, path: Path, start: Position | None = None, *, follow: bool, idle_seconds: float | None) -> None:
        self._path, self._follow, self._idle_seconds = path, follow, idle_seconds
        self._start = start
        self.position = start or Position(device=0, inode=0)

    async def batches(self) -> AsyncGenerator[list[RawLine], None]:
        """Lines as they come. Set `position` anew by `through` once a batch is dealt with. Raises OSError."""
        start = self._start
        while True:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                same = start is not None and (start.device, start.inode) == (found.st_dev, found.st_ino)
                known = start if start is not None and same and start.offset <= found.st_size else None
                offset, line = (known.offset, known.line) if known else (0, 0)
                self.position = Position(device=found.st_dev, inode=found.st_ino, offset=offset, line=line)
                file.seek(offset)
                async for batch in self._of(file, LineCutter(offset, line)):
                    yield batch
            if not self._follow or not self._rotated():
                return
            start = None

    def through(self, line: RawLine) -> None:
        """Everything up to this line is dealt with."""
        self.position = self.position.evolve(offset=line.through, line=line.number)

    async def _of(self, file: Any, cutter: LineCutter) -> AsyncGenerator[list[RawLine], None]:
        idle = 0.0
        while True:
            data = file.read(READ_BYTES)
            if data:
                idle = 0.0
                yield cutter.cut(data)
                continue
            done = (
                not self._follow or self._rotated() or (self._idle_seconds is not None and idle >= self._idle_seconds)
            )
            if done:
                ended = not self._follow or self._rotated()  # a growing file's last line may be half written
                yield cutter.cut(b"", ended=ended)
                return
            await asyncio.sleep(POLL_SECONDS)
            idle += POLL_SECONDS

    def _rotated(self) -> bool:
        """Whether the name stands for another file by now, or the file was cut off below where we are."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False  # between the two renames of a rotation
        other = (now.st_dev, now.st_ino) != (self.position.device, self.position.inode)
        return other or now.st_size < self.position.offset


def read_position(path: Path) -> Position | None:
    """The position kept there; None where there is none. Raises ValueError for a file of another form."""
    try:
        return Position.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, ValidationError):
        raise ValueError(f"{path} keeps no position; delete it to begin at the file's start") from None


def keep_position(path: Path, position: Position) -> None:
    """Replace the position in one step: whoever reads it sees the old one or the new one, also after a crash."""
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(position.model_dump_json().encode())
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
