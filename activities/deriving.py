"""Decisions that rest on others: noted when they are recorded, and brought down when one of those falls, with the entries
of banks that rest on it. Effect: inbox rows of other cases, and rings.

It runs within the recording of the events themselves, which Temporal repeats until all of it is done: a worker that dies
between a reversal and its word to another case is followed by one that records the same again, and brings it.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from cases.case import Case
from cases.decisions import SourceDecision
from cases.errors import KeyDestroyed, UnknownSomething
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed
from cases.folding import fold_all
from cases.judging_reversals import SourceFellMessage, fallen_id
from cases.names import tenant_of
from record import banks, deriving, events, inbox
from record.record import Record

logger = logging.getLogger(__name__)
RingSoon = Callable[[str, int], None]


class Deriving:
    """Every step is safe to repeat."""

    def __init__(self, record: Record, ring_soon: RingSoon, now: Callable[[], datetime]) -> None:
        self._record, self._ring_soon, self._now = record, ring_soon, now

    async def followed(self, case_id: str, stored: Sequence[CaseEvent]) -> None:
        """Note what these decisions rest on, and bring word of what fell. Raises RecordUnavailable."""
        for event in stored:
            match event.body:
                case DecisionRecorded(decision=decision) if decision.derived_from:
                    await self._noted(case_id, decision.decision_id, decision.derived_from)
                case DecisionReversed(keep=()):
                    source = SourceDecision(case_id=case_id, decision_id=event.body.decision_id)
                    await banks.fall(self._record, source, self._now())
                    for resting in await deriving.resting_on(self._record, source):
                        await self._bring(source, resting)

    async def _noted(self, case_id: str, decision_id: str, sources: Sequence[SourceDecision]) -> None:
        """First the note, then the look: a source that falls meanwhile finds the note, or is found fallen."""
        await deriving.note_rests(self._record, case_id, decision_id, sources, self._now())
        for source in sources:
            stored = await events.load(self._record, source.case_id)
            case = fold_all(Case(case_id=source.case_id), stored)
            if any(one.decision_id == source.decision_id and one.reversed for one in case.decisions):
                await self._bring(source, case_id)

    async def _bring(self, source: SourceDecision, case_id: str) -> None:
        """An inbox row, then a ring without waiting: the row is what counts, the sweeper rings again."""
        name = f"{fallen_id(source)}-{case_id.rpartition('/')[2]}"
        message, at = SourceFellMessage(message_id=name, source=source), self._now()
        try:
            accepted = await inbox.accept(
                self._record, tenant_of(case_id), case_id, None, None, "source_fell", name, message, None, at
            )
        except (KeyDestroyed, UnknownSomething):
            logger.warning(
                "a case that was erased is not told of a fall", extra={"event": "fall_lost", "case_id": case_id}
            )
            return
        await deriving.note_fall_brought(self._record, source, case_id, at)
        if accepted.ring:
            self._ring_soon(case_id, accepted.number)
