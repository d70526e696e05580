"""`dueprocess report --from FILE`: a file of reports and signals through the batch door, resumed where it was cut short.

Beside the file stand FILE.resume.json, as long as the work is unfinished, and FILE.refused.ndjson, if a line was not taken.
Whenever this process is killed, a later one goes on behind the last batch that was answered; the batch on its way then is
sent again, and what was kept of it is known. So nothing is sent as new twice and no line is passed over.
"""

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from api.answers import BatchResult
from api.batch_bodies import CHUNK_BYTES
from api.cli.exits import BadUsage
from api.cli.gateway import Gateway
from api.client import Unavailable
from api.client.transport import LONGEST_PAUSE_SECONDS
from api.lines import RawLine, id_from, raw_lines, values_of
from api.problems import parse
from api.requests import BATCH_LIMIT
from cases.errors import BadInput, Problem
from cases.messages import ReportMessage, SignalMessage

_DIGESTED_BYTES: Final = 4_096
PATIENCE_SECONDS: Final = 120.0  # how long a gateway that is away, or asked too much, is waited for

BulkMessage = ReportMessage | SignalMessage


@dataclass(frozen=True)
class Progress:
    """How far a file is: what a resume file holds. line, offset: the last line dealt with, and its end in bytes.

    before_sha256: of the bytes before it, so that another file of the same name is noticed. rejects_bytes: the size of the
    file of rejects.
    """

    line: int = 0
    offset: int = 0
    before_sha256: str = ""
    accepted: int = 0
    known: int = 0
    rejected: int = 0
    rejects_bytes: int = 0


@dataclass
class _Chunk:
    """Lines that go in one request, and those among them that are bad already."""

    messages: list[tuple[RawLine, BulkMessage]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    last: RawLine | None = None


class BulkFile:
    """A file of lines, its resume file and its rejects."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.resume_file = path.with_name(f"{path.name}.resume.json")
        self.rejects_file = path.with_name(f"{path.name}.refused.ndjson")

    @property
    def size(self) -> int:
        """Of the file, in bytes. Raises BadUsage."""
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise BadUsage(f"--from: {self._path} cannot be read ({type(error).__name__}); name a file") from None

    async def send(
        self, gateway: Gateway, show: Callable[[Progress, float], None], patience: float = PATIENCE_SECONDS
    ) -> Progress:
        """Send whatever was not sent yet. show: called with the progress, and how long an answer is waited for.

        Raises BadUsage (unreadable, or not the file that was begun), and what the client raises: Refused, Unavailable.
        """
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise BadUsage(f"--from: {self._path} cannot be read ({type(error).__name__}); name a file") from None
        with file:
            done = self._resumed(file)
            self._cut_rejects(done.rejects_bytes)
            file.seek(done.offset)
            for chunk in _chunks(raw_lines(file, done.line)):
                results = await _answered(gateway, chunk, partial(show, done), patience)
                done = self._keep(done, chunk, results, file)
                show(done, 0.0)
        self.resume_file.unlink(missing_ok=True)
        return done

    def _resumed(self, file: BinaryIO) -> Progress:
        try:
            done = Progress(**json.loads(self.resume_file.read_bytes()))
        except FileNotFoundError:
            return Progress()
        except (OSError, ValueError, TypeError):
            raise BadUsage(f"{self.resume_file} cannot be used; delete it to begin anew, which adds nothing") from None
        if _digest_before(file, done.offset) != done.before_sha256:
            raise BadUsage(
                f"--from: {self._path} is not the file that {self.resume_file.name} was begun with; "
                "bring that one back, or delete the resume file to begin anew"
            )
        return done

    def _cut_rejects(self, size: int) -> None:
        """Rejects of a batch that was not noted as done are written again with it."""
        if size:
            os.truncate(self.rejects_file, size)
        else:
            self.rejects_file.unlink(missing_ok=True)

    def _keep(self, done: Progress, chunk: _Chunk, results: tuple[BatchResult, ...], file: BinaryIO) -> Progress:
        """Note what became of a chunk: the rejects first, then, atomically, how far the file is."""
        rejects = list(chunk.rejects)
        for (line, message), result in zip(chunk.messages, results, strict=True):
            if result.outcome in ("refused", "conflict"):
                problems = [Problem(one.field, one.value, one.problem, one.cure) for one in result.errors]
                rejects += _rejects(line, message.message_id, problems)
        if rejects:
            append_durably(self.rejects_file, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rejects))
        outcomes = [one.outcome for one in results]
        assert chunk.last is not None
        done = replace(
            done,
            line=chunk.last.number,
            offset=chunk.last.end,
            before_sha256=_digest_before(file, chunk.last.end),
            accepted=done.accepted + outcomes.count("accepted"),
            known=done.known + outcomes.count("known"),
            rejected=done.rejected + len({one["line"] for one in rejects}),
            rejects_bytes=self.rejects_file.stat().st_size if self.rejects_file.exists() else 0,
        )
        write_atomically(self.resume_file, json.dumps(asdict(done)))
        return done


def _chunks(lines: Iterator[RawLine]) -> Iterator[_Chunk]:
    chunk = _Chunk()
    for line in lines:
        size = len(line.raw or b"")
        if len(chunk.messages) == BATCH_LIMIT or (chunk.messages and chunk.size + size > CHUNK_BYTES):
            yield chunk
            chunk = _Chunk()
        try:
            chunk.messages.append((line, message_of(line)))
            chunk.size += size
        except BadInput as error:
            chunk.rejects += _rejects(line, None, error.problems)
        chunk.last = line
    if chunk.last:
        yield chunk


def message_of(line: RawLine) -> BulkMessage:
    """The message of a line: `{"report": {…}}`, `{"signal": {…}}`, or a report's fields by themselves. Raises BadInput.

    Without a message_id it gets one from its own words.
    """
    values = values_of(line)
    if not isinstance(values, dict):
        raise BadInput([Problem("line", "", "is not a JSON object", "one report or signal on one line")])
    wrapped = len(values) == 1 and next(iter(values)) in ("report", "signal")
    kind, fields = next(iter(values.items())) if wrapped else ("report", values)
    if isinstance(fields, dict) and "message_id" not in fields:
        fields = {**fields, "message_id": id_from("bulk", values)}
    model: type[BulkMessage] = SignalMessage if kind == "signal" else ReportMessage
    return parse(model, json.dumps(fields))


async def _answered(
    gateway: Gateway, chunk: _Chunk, waiting: Callable[[float], None], patience: float
) -> tuple[BatchResult, ...]:
    """What became of each message, however long it takes within the patience. Raises Unavailable."""
    messages = [message for _, message in chunk.messages]
    if not messages:
        return ()
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        try:
            return (await gateway.submit_batch(messages)).results
        except Unavailable as error:
            if clock() - began > patience:
                raise
            waiting(clock() - began)
            await asyncio.sleep(min(error.retry_after, LONGEST_PAUSE_SECONDS))


def _rejects(line: RawLine, message_id: str | None, problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """One entry for everything wrong with a line."""
    return [{"line": line.number, "message_id": message_id, **asdict(problem)} for problem in problems]


def _digest_before(file: BinaryIO, offset: int) -> str:
    """SHA-256 of the bytes that end there; read past the file's own position."""
    start = max(0, offset - _DIGESTED_BYTES)
    return sha256(os.pread(file.fileno(), offset - start, start)).hexdigest()


def append_durably(path: Path, text: str) -> None:
    """Add to a file that only its owner may read: it holds what others wrote. On disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: whoever reads it sees the old text or the new one, also after a crash."""
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
