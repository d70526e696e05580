"""Osprey's output into the gateway: each line read, its signals sent, what cannot be mapped kept beside for mending.

Sending twice counts once (message ids follow from Osprey's action id), so the position kept may lag behind, never lead:
it moves once every signal of a batch was acknowledged or refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from api.answers import BatchResult
from api.cli.bulk import append_durably
from api.cli.gateway import Gateway
from api.client import Unavailable
from api.lines import LINE_LIMIT, RawLine
from api.peers.osprey import OspreyLine, read_line
from api.peers.osprey_map import OspreyMap
from cases.errors import Problem
from cases.messages import SignalMessage
from workers.feed_lines import BadLine, refused_line
from workers.feeding import PATIENCE_SECONDS, Away, Fate

BATCH_LINES: Final = 500
_PAUSE_SECONDS: Final = 1.0
_TOO_LONG: Final = Problem("line", "", f"is longer than {LINE_LIMIT} bytes", "leave large features out of the sink")


class Sender(Protocol):
    """Sends signals, all of them. Answers in their order: what became of each, or why it was refused. Raises Away."""

    async def send(self, messages: Sequence[SignalMessage]) -> list[Fate | Problem]: ...


class BatchDoor:
    """As many signals in a request as it takes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, messages: Sequence[SignalMessage]) -> list[Fate | Problem]:
        """As Sender says. Raises Refused where every signal would be refused for the same reason."""
        try:
            answer = await self._gateway.submit_batch(messages)
        except Unavailable as error:
            raise Away(str(error)) from None
        return [_FATES.get(result.outcome) or _problem(result) for result in answer.results]


def _problem(result: BatchResult) -> Problem:
    if result.outcome == "conflict":
        cure = "Osprey's action was sent before under another map; what came first stands"
        return Problem("message_id", result.message_id or "", "came before with other content", cure)
    first = next(iter(result.errors), None)
    return Problem(
        *((first.field, first.value, first.problem, first.cure) if first else ("signal", "", "was refused", ""))
    )


_FATES: Final = {"accepted": Fate.TAKEN, "known": Fate.KNOWN}


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
                self.tally.signals[Fate.REFUSED if isinstance(answer, Problem) else answer] += 1
                problems += [answer] if isinstance(answer, Problem) else []
            self._count(one, rejected=bool(problems))
            if problems:
                given = (line.raw or b"").decode("utf-8", errors="replace")
                append_durably(self._rejects, refused_line(BadLine(line.number, tuple(problems), given)))

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
