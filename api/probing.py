"""What a reviewer's doors do with a question that checks: it is shown as a case is, and answered as one (`cases.probes`)."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from time import monotonic
from typing import Final

from api.answers import CaseAnswer, CopyAnswer, TimelineEntry
from api.errors import Refused
from api.intake import Clock
from api.tasks import task_of
from cases.case import Case
from cases.errors import TokenRefused
from cases.events import CaseEvent
from cases.folding import compacted, fold_all
from cases.judging import decision_digest, known_decision, refuse_decision
from cases.messages import Accepted, DecisionMessage
from cases.projection import project
from cases.received import DecisionAsk
from cases.tokens import Claims
from record import fingerprints, probes, review
from record.record import Record

COPIES_SHOWN: Final = 100
REMEMBERED: Final = 64


@dataclass(frozen=True)
class Origin:
    """Whose events are told under a name. before: of a question that checks, when nobody had decided yet."""

    stream_id: str
    case_id: str
    events: tuple[CaseEvent, ...]
    before: datetime | None = None

    def own(self, key: str | None) -> str | None:
        """A key of the case's subject, as the record has it."""
        return key and key.replace(self.stream_id.rpartition("/")[2], self.case_id.rpartition("/")[2])


class Pace:
    """How long answers lately took: one that asks nobody takes as long, so that nobody hears the difference."""

    def __init__(self) -> None:
        self._lately: deque[float] = deque(maxlen=REMEMBERED)
        self._chance = SystemRandom()

    def note(self, since: float) -> None:
        """A real one began then, by the monotonic clock, and ends now."""
        self._lately.append(monotonic() - since)

    async def keep(self, since: float) -> None:
        """Wait until as much time went by as one of the latest took."""
        took = self._chance.choice(self._lately) if self._lately else 0.0
        await asyncio.sleep(max(0.0, took - (monotonic() - since)))


class Probing:
    """Answers for questions that check. Nothing is asked of Temporal, and no event is written."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def origin(self, stream: str) -> Origin:
        """The case that the question is about, as it is told. Raises UnknownSomething, KeyDestroyed."""
        probe = await probes.named(self._record, stream)
        return Origin(
            stream_id=stream,
            case_id=probe.case_id,
            events=await probes.told(self._record, probe),
            before=probe.opened_at - timedelta(seconds=probe.later_seconds),
        )

    async def case(self, tenant: str, stream: str) -> CaseAnswer:
        """The same as of a case."""
        probe = await probes.named(self._record, stream)
        stored = await probes.told(self._record, probe)
        row = project(fold_all(Case(case_id=stream), compacted(stored)))
        tasks = await review.tasks_of(self._record, tenant, stream, self._clock())
        copies = await fingerprints.copies_of(self._record, probe.case_id, limit=COPIES_SHOWN)
        return CaseAnswer(
            case_id=stream,
            stream=stream,
            stage=row.stage,
            category=row.category,
            queue=row.queue,
            rule=row.rule,
            jurisdiction=row.jurisdiction,
            priority=row.priority,
            due_at=row.due_at,
            stuck=row.stuck,
            legal_hold=row.legal_hold,
            tasks=tuple(task_of(task) for task in tasks),
            events=_timeline(stored),
            copies=tuple(
                CopyAnswer(case_id=copy.case_id, likeness=copy.likeness, differing=copy.differing) for copy in copies
            ),
        )

    async def answer(self, claims: Claims, message: DecisionMessage) -> Accepted:
        """Judged as the case would judge it, and kept. Raises Refused with the case's own codes and words, TokenRefused."""
        if message.matter != claims.task_id:
            about = f"the token was given for task {claims.task_id}, the decision is on {message.matter}"
            raise TokenRefused(f"{about}; claim that task")
        probe = await probes.named(self._record, claims.stream)
        case = fold_all(Case(case_id=claims.stream), compacted(await probes.told(self._record, probe)))
        ask = DecisionAsk.model_validate(
            {
                **message.model_dump(exclude={"token", "reviewer"}),
                "digest": decision_digest(message),
                "reviewer": claims.reviewer,
                "channel": "update",
            }
        )
        now = self._clock()
        if known_decision(case, ask):
            return Accepted(message_id=message.decision_id, status="known")
        if refusal := refuse_decision(case, ask, now):
            raise Refused(refusal.code, refusal.text)
        if not await probes.answer(self._record, probe, ask, now):
            raise Refused("closed", f"token: task {claims.task_id} is not open any more; claim another")
        return Accepted(message_id=message.decision_id)


def _timeline(stored: Sequence[CaseEvent]) -> tuple[TimelineEntry, ...]:
    return tuple(
        TimelineEntry(
            sequence=number,
            event_id=event.event_id,
            kind=event.body.kind,
            occurred_at=event.occurred_at,
            body=event.body.model_dump(mode="json"),
        )
        for number, event in enumerate(stored, 1)
    )
