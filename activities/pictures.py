"""Hashes of pictures by their bytes, worked out in a process apart, within time. Effect: a process of its own.

The bytes go to no network, vendor or file; what comes back is hashes, and of a picture that could not be read a word why.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Annotated, Final, Self

from pydantic import StringConstraints, TypeAdapter, ValidationError

from cases.facts import Fact
from cases.pictures import HASHING, LACKS_LIBRARY, MOST_BYTES, PictureHashes

SECONDS: Final = 15.0
"""For one picture. The largest allowed takes some seconds; what takes longer was made to."""
RESTART_AFTER: Final = 500
"""Pictures, so that what one stranger's picture broke in the process does not stay."""
_ANSWER_LIMIT: Final = 1_000_000  # bytes


class PictureUnread(Exception):
    """A picture without hashes. The message is a word: too_large, format, pixels, frames, broken, time, crashed,
    library (Pillow or numpy is not installed)."""


class _Refused(Fact):
    refused: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]


_ANSWER: Final[TypeAdapter[_Refused | PictureHashes]] = TypeAdapter(_Refused | PictureHashes)
_COMMAND: Final = (sys.executable, "-m", "activities.picture_process")


class PictureReader:
    """One process that reads pictures, one after the other; started when the first comes. Safe to call from threads.

    A process that hangs is killed, one that dies is replaced: only the picture at hand is lost, and said to be unread.
    """

    def __init__(self, seconds: float = SECONDS, command: tuple[str, ...] = _COMMAND) -> None:
        self._seconds, self._command = seconds, command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hashes(self, data: bytes, clock: Callable[[], float] = time.perf_counter) -> PictureHashes:
        """Every hash of a picture. Blocking, some hundredths of a second. Raises PictureUnread."""
        if len(data) > MOST_BYTES:
            raise PictureUnread("too_large")
        with self._lock:
            began = clock()
            body = self._asked(data)
            took = round(1000 * (clock() - began), 3)
        try:
            answer = _ANSWER.validate_json(body)
        except ValidationError:  # the process is not trusted: a picture may have taken it over
            self.close()
            raise PictureUnread("crashed") from None
        if isinstance(answer, _Refused):
            raise PictureUnread(answer.refused)
        return answer.evolve(took_ms=took, version=HASHING)

    def close(self) -> None:
        """End the process; the next picture starts another."""
        with self._lock:
            self._end()

    def _asked(self, data: bytes) -> bytes:
        process = self._running()
        hung = threading.Event()

        def kill() -> None:
            hung.set()
            process.kill()

        timer = threading.Timer(self._seconds, kill)
        timer.start()
        try:
            asked, answers = _pipes(process)
            asked.write(len(data).to_bytes(8, "big") + data)
            asked.flush()
            length = int.from_bytes(_exactly(answers, 4), "big")
            if length > _ANSWER_LIMIT:
                raise EOFError
            return _exactly(answers, length)
        except (OSError, EOFError):
            ended = self._end()
            why = "library" if ended == LACKS_LIBRARY else "crashed"
            raise PictureUnread("time" if hung.is_set() else why) from None
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._read >= RESTART_AFTER or (self._process and self._process.poll() is not None):
            self._end()
        if self._process is None:
            root = str(Path(__file__).parent.parent)
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a decoder's complaint may hold words of the picture
                cwd=root,
                env={"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},  # no secret of ours
            )
        self._read += 1
        return self._process

    def _end(self) -> int | None:
        """How the process ended: killed, unless it had ended by itself. None where there was none."""
        process, self._process, self._read = self._process, None, 0
        if process is None:
            return None
        process.kill()
        for pipe in _pipes(process):
            try:
                pipe.close()
            except OSError:
                continue  # what was not written yet is wanted by nobody
        return process.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the process has no pipes")
    return process.stdin, process.stdout


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    """So many bytes. Raises EOFError where the other end closed before."""
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
