"""Osprey's output into the gateway: each line read, its signals sent, what cannot be mapped kept beside for mending.

Sending twice counts once (message ids follow from Osprey's action id), so the position kept may lag behind, never lead:
it moves once every signal of a batch was acknowledged or refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from api.peers.osprey import OspreyLine, read_line
from api.peers.osprey_map import OspreyMap
from cases.errors import Problem
from cases.messages import SignalMessage
from workers.feed_lines import LINE_LIMIT, BadLine, refused_line
from workers.feeding import PATIENCE_SECONDS, Away, Fate, Intake, LineRefused, append_privately
from workers.line_source import RawLine

AT_ONCE: Final = 16  # signals under way through the single door
BATCH_LINES: Final = 500
_PAUSE_SECONDS: Final = 1.0
_TOO_LONG: Final = Problem("line", "", f"is longer than {LINE_LIMIT} bytes", "leave large features out of the sink")


class Sender(Protocol):
    """Sends signals, all of them. Answers in their order: what became of each, or why it was refused. Raises Away."""

    async def send(self, messages: Sequence[SignalMessage]) -> "list[Fate | Problem]": ...


class SingleDoor:
    """One request a signal, a few at once."""

    def __init__(self, intake: Intake, at_once: int = AT_ONCE) -> None:
        self._intake = intake
        self._free = asyncio.Semaphore(at_once)

    async def send(self, messages: Sequence[SignalMessage]) -> list[Fate | Problem]:
        """As Sender says."""
        return list(await asyncio.gather(*map(self._one, messages)))

    async def _one(self, message: SignalMessage) -> Fate | Problem:
        async with self._free:
            try:
                return Fate.KNOWN if await self._intake.signal(message) else Fate.TAKEN
            except LineRefused as refusal:
                return refusal.problem


@dataclass
class OspreyTally:
    """How it stands. quiet: lines that said nothing; removed, ignored: words without a signal; rejected: lines to mend.

    rule_errors: rules that failed in Osprey, by its own count; their verdicts are missing from its output.
    """

    lines: int = 0
    signals: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    quiet: int = 0
    removed: int = 0
    ignored: int = 0
    rejected: int = 0
    rule_errors: int = 0


class OspreyFeed:
    """One file or stream on its way to the gateway. rejects: where lines that need mending are kept."""

    def __init__(
        self, sender: Sender, table: OspreyMap, rejects: Path, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._sender, self._table, self._rejects, self._patience = sender, table, rejects, patience_seconds
        self.tally = OspreyTally()

    async def run(self, batches: AsyncIterator[list[RawLine]], done: Callable[[RawLine], None]) -> None:
        """Every batch; done: called with the last line of each part that is dealt with. Raises Away, OSError."""
        async for batch in batches:
            for start in range(0, len(batch), BATCH_LINES):
                part = batch[start : start + BATCH_LINES]
                await self._deal_with(part)
                done(part[-1])

    async def _deal_with(self, lines: Sequence[RawLine]) -> None:
        read = [(line, self._read(line)) for line in lines]
        messages = [finding.message for _, one in read for finding in one.findings]
        answers = iter(await self._sent(messages) if messages else ())
        for line, one in read:
            problems = [*one.problems]
            for _ in one.findings:
                answer = next(answers)
                refused = isinstance(answer, Problem)
                self.tally.signals[Fate.REFUSED if isinstance(answer, Problem) else answer] += 1
                problems += [answer] if refused and isinstance(answer, Problem) else []
            self._count(one, rejected=bool(problems))
            if problems:
                given = (line.raw or b"").decode("utf-8", errors="replace")
                append_privately(self._rejects, refused_line(BadLine(line.number, tuple(problems), given)))

    def _read(self, line: RawLine) -> OspreyLine:
        if line.raw is None:
            return OspreyLine(problems=(_TOO_LONG,))
        return read_line(line.raw, self._table) if line.raw.strip() else OspreyLine()

    def _count(self, one: OspreyLine, *, rejected: bool) -> None:
        tally = self.tally
        tally.lines += 1
        tally.removed += one.removed
        tally.ignored += one.ignored
        tally.rejected += rejected
        tally.rule_errors += one.rule_errors
        tally.quiet += not (one.findings or one.removed or one.ignored or rejected)

    async def _sent(self, messages: Sequence[SignalMessage]) -> list[Fate | Problem]:
        """Sent until all are answered; a gateway that is away is waited for. Repeating is safe: ids are Osprey's."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            try:
                return await self._sender.send(messages)
            except Away:
                if clock() - began > self._patience:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
