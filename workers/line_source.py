"""Lines of a growing file, and the place in it that survives a restart. What is half written is waited for.

`api.lines` reads files that lie still; these may grow and be rotated.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from api.cli.bulk import write_atomically
from api.lines import RawLine
from cases.facts import Fact
from workers.line_cutter import READ_BYTES, LineCutter

POLL_SECONDS: Final = 0.5  # how often a growing file is looked at


class Position(Fact):
    """How far a file was dealt with. device, inode: which file it was; line: number of the last line, from 1."""

    device: int
    inode: int
    offset: int = 0
    line: int = 0


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
        self.position = self.position.evolve(offset=line.end, line=line.number)

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
    """Replace the position kept there, in one step."""
    write_atomically(path, position.model_dump_json())
