"""Looking at evidence: for who holds the task, step by step, each step kept. What a person saw is counted for their rest."""

import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from api.answers import EvidenceContent
from api.errors import NotYours, Refused
from api.intake import Clock
from api.tasks import lease_of
from cases.digests import evidence_digest
from cases.exposure import Wellbeing
from cases.facts import Fact
from cases.presentation import Level, Presentation, exposure_of, presentation, refuse_look
from record import care, evidence
from record.record import Record
from record.review import QueuedTask

logger = logging.getLogger("dueprocess.access")


class Looked(Fact):
    """What was shown, of which task, and how it is to be shown. evidence: none where nothing was captured."""

    task_id: str
    presentation: Presentation
    evidence: EvidenceContent | None


class Held(Fact):
    """A task that its reader holds: how its evidence is shown, what they saw of it, and which version it is about."""

    case_id: str
    task: QueuedTask
    lease_id: str
    seen: care.Seen
    presentation: Presentation
    version: int | None


class Open(Protocol):
    """An open question, as far as it says how distressing a case is."""

    @property
    def severity(self) -> int: ...

    @property
    def area(self) -> str | None: ...


class Looking:
    """The one way to content that a reviewer has."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def presentation(
        self, tenant: str, tasks: Sequence[Open], lease_id: str | None, *, named: bool = False
    ) -> Presentation:
        """How the evidence of a case with these open questions is shown to who holds this claim, or none."""
        seen = await care.seen(self._record, tenant, lease_id) if lease_id else care.Seen()
        return presented(self._record.wellbeing, tasks, seen, named=named)

    async def held(
        self, tenant: str, case_id: str, tasks: Sequence[QueuedTask], reader: str, *, named: bool = False
    ) -> Held:
        """The reader's own task among these. Raises NotYours without a claim."""
        task, lease_id = await self._held(tenant, tasks, reader)
        seen = await care.seen(self._record, tenant, lease_id)
        return Held(
            case_id=case_id,
            task=task,
            lease_id=lease_id,
            seen=seen,
            presentation=presented(self._record.wellbeing, tasks, seen, named=named),
            version=task.evidence_version or await self._latest_version(case_id),
        )

    async def look(
        self,
        tenant: str,
        case_id: str,
        tasks: Sequence[QueuedTask],
        reader: str,
        level: Level,
        *,
        acknowledged: bool = False,
        at_once: bool = False,
        named: bool = False,
    ) -> Looked:
        """What was captured, of the version that the reader's claim is about. named: for pictures of what is restricted.

        at_once: for a reviewing tool of one's own that warns and masks by itself: clear without a step before it.
        Raises NotYours without a claim and for what is never shown so closely, Refused for a step left out.
        """
        now = self._clock()
        held = await self.held(tenant, case_id, tasks, reader, named=named)
        before = held.presentation
        if at_once and not held.seen.levels:
            before = before.evolve(level=Level.MASKED, acknowledged=True)
        if refusal := refuse_look(before, level, acknowledges=acknowledged):
            raise (NotYours if refusal.code == "restricted" else Refused)(refusal.code, refusal.text)
        task, version = held.task, held.version
        if version is None:
            return Looked(task_id=task.task_id, presentation=before, evidence=None)
        content = await evidence.read(self._record, case_id, version)
        warned = bool(before.warning)
        await care.look(self._record, tenant, held.lease_id, reader, task, version, level, now, warned=warned)
        logger.info(
            "evidence shown",
            extra={
                "event": "evidence_shown",
                "tenant": tenant,
                "case_id": case_id,
                "version": version,
                "reader": reader,
                "task_id": task.task_id,
                "sight": level.value,
            },
        )
        return Looked(
            task_id=task.task_id,
            presentation=await self.presentation(tenant, tasks, held.lease_id, named=named),
            evidence=EvidenceContent(version=version, digest=evidence_digest(content), content=snapshot_of(content)),
        )

    async def _held(self, tenant: str, tasks: Sequence[QueuedTask], reader: str) -> tuple[QueuedTask, str]:
        for task in tasks:
            if lease := await lease_of(self._record, tenant, task.stream_id, task.task_id, reader, self._clock()):
                return task, lease
        raise NotYours("no_claim", "evidence is shown to the reviewer who holds a claim on the case; claim it first")

    async def _latest_version(self, case_id: str) -> int | None:
        """An appeal's task names no version of its own."""
        facts = await evidence.facts_of(self._record, case_id)
        return facts[-1].version if facts else None


def presented(rules: Wellbeing, tasks: Sequence[Open], seen: care.Seen, *, named: bool = False) -> Presentation:
    """By the strictest of a case's open questions: one picture serves all of them, and one question may withhold it."""
    order = ("ordinary", "sensitive", "restricted")
    strictest = max(
        tasks,
        key=lambda task: (order.index(exposure_of(task.severity, rules.areas.get(task.area or ""))), -task.severity),
        default=None,
    )
    severity, area = (strictest.severity, strictest.area or "") if strictest else (4, "")
    shown = presentation(severity, rules.areas.get(area), seen.levels, acknowledged=seen.acknowledged, named=named)
    each = (presentation(task.severity, rules.areas.get(task.area or ""), named=named) for task in tasks)
    return shown.evolve(pictures=shown.pictures and all(one.pictures for one in each))


def snapshot_of(content: bytes) -> dict[str, Any]:
    """What was captured, as the platform answered it; as text where it is no object."""
    try:
        snapshot = json.loads(content)
    except ValueError:
        return {"text": content.decode(errors="replace")}
    return snapshot if isinstance(snapshot, dict) else {"text": content.decode(errors="replace")}
