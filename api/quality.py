"""Doors of quality, for leads: known answers, exercises, disagreements, figures. Reading figures about people is kept."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from api.agreement import KnownFigures, known, many, pairs
from api.deciding import own_case
from api.errors import NotFound, Refused
from api.intake import Clock
from api.quality_messages import (
    Disagreement,
    DisagreementsAnswer,
    ExerciseAnswer,
    ExerciseItem,
    ExerciseRequest,
    GoldenAnswer,
    GoldenLine,
    GoldenRequest,
    GroupedBy,
    QualityAnswer,
    QualityLine,
    RetireRequest,
    Settled,
    SettleRequest,
)
from cases.case import Case
from cases.digests import canonical_json
from cases.errors import BadInput, Problem
from cases.folding import compacted, fold_all
from cases.impartiality import CONFLICT, PART
from cases.probes import Purpose, before_decision, refuse_probe, task_of_probe
from cases.projection import ReviewTask
from record import conflicts, events, probes, quality, texts
from record.probes import Probe
from record.quality import Exercise, Golden
from record.record import Record

UNSAID: Final = "not said"


class Quality:
    """Doors of leads."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def add_golden(self, tenant: str, lead: str, request: GoldenRequest) -> GoldenAnswer:
        """Keep a known answer. Raises Refused for what nobody is to learn from, and for who has a part in the case; Conflict
        for another under this id.
        """
        case_id = own_case(tenant, request.case_id)
        task = await self._task(case_id, request.matter)
        if await conflicts.has_part(self._record, tenant, lead, case_id, task.area):
            raise Refused(CONFLICT, f"lead: {PART}; let another lead say what is right there")
        reason_id = await texts.put(
            self._record, case_id, "golden", request.reason, lead, self._clock(), request.message_id
        )
        item = Golden(
            golden_id=request.message_id,
            case_id=case_id,
            matter_id=request.matter,
            queue=task.queue,
            area=task.area,
            outcome=request.outcome,
            reason_id=reason_id,
            added_by=lead,
            added_at=self._clock(),
        )
        await quality.put_golden(self._record, tenant, item)
        return await self.golden(tenant)

    async def retire(self, tenant: str, lead: str, request: RetireRequest) -> GoldenAnswer:
        """It is asked no more. Raises NotFound."""
        if not await quality.retire(self._record, tenant, request.golden_id, lead, self._clock()):
            raise NotFound("unknown_golden", "golden_id: no golden item in use has this id")
        return await self.golden(tenant)

    async def golden(self, tenant: str) -> GoldenAnswer:
        """Every known answer."""
        found = await quality.golden_items(self._record, tenant)
        return GoldenAnswer(
            items=tuple(GoldenLine.model_validate({**one.model_dump(), "matter": one.matter_id}) for one in found)
        )

    async def open_exercise(self, tenant: str, lead: str, request: ExerciseRequest) -> ExerciseAnswer:
        """Put every item to everybody named, or nothing to anybody. Safe to repeat: what was asked is not asked again.

        Raises Refused with the reason of the first item that cannot be asked, BadInput for who knows an answer.
        """
        now = self._clock()
        if request.due_at <= now:
            raise BadInput([Problem("due_at", request.due_at.isoformat(), "is over", "give people until later")])
        items = [await quality.golden(self._record, tenant, golden_id) for golden_id in dict.fromkeys(request.items)]
        made = Exercise(
            exercise_id=request.message_id,
            opened_by=lead,
            opened_at=now,
            due_at=request.due_at,
            digest=sha256(canonical_json(request)).hexdigest(),
        )
        reviewers = tuple(dict.fromkeys(request.reviewers))
        if knowing := sorted({item.added_by for item in items} & set(reviewers)):
            cure = "they gave one of the known answers; leave them out"
            raise BadInput([Problem("reviewers", knowing[0], "knows the answer", cure)])
        if refusal := await quality.open_exercise(self._record, tenant, made, items, reviewers, now):
            raise Refused(refusal.code, refusal.text)
        return await self.exercise(tenant, request.message_id)

    async def exercise(self, tenant: str, exercise_id: str) -> ExerciseAnswer:
        """How an exercise went so far. Raises UnknownSomething."""
        made = await quality.exercise(self._record, tenant, exercise_id)
        asked = await probes.of_exercise(self._record, tenant, exercise_id)
        answered = [one for one in asked if one.outcome]
        by_item: dict[str, list[Probe]] = defaultdict(list)
        for one in answered:
            by_item[one.golden_id or ""].append(one)
        too_few = self._record.quality.too_few
        judged = [[(one.reviewer or "", name, str(one.outcome)) for one in own] for name, own in by_item.items()]
        return ExerciseAnswer(
            exercise_id=exercise_id,
            opened_at=made.opened_at,
            due_at=made.due_at,
            asked=len(asked),
            answered=len(answered),
            agreement=await asyncio.to_thread(many, judged, too_few),
            known=_known(answered, too_few),
            items=tuple(
                ExerciseItem(
                    golden_id=name,
                    matter=own[0].matter_id,
                    known=own[0].expected,
                    answers=dict(sorted(Counter(str(one.outcome) for one in own).items())),
                )
                for name, own in sorted(by_item.items())
                if own[0].expected
            ),
        )

    async def report(self, tenant: str, reader: str, by: GroupedBy, days: int) -> QualityAnswer:
        """Figures of the last days. Who reads figures by reviewer is kept."""
        now = self._clock()
        since = now - timedelta(days=days)
        if by == "reviewer":
            await probes.note_read(self._record, tenant, reader, "agreement by reviewer", now)
        found = await probes.answered(self._record, tenant, since)
        too_few = self._record.quality.too_few
        grouped: dict[str, list[Probe]] = defaultdict(list)
        for one in found:
            for name in _names(one, by):
                grouped[name].append(one)
        return QualityAnswer(
            at=now,
            since=since,
            by=by,
            too_few=too_few,
            whole=await asyncio.to_thread(_line, "whole", found, too_few),
            lines=tuple([await asyncio.to_thread(_line, name, grouped[name], too_few) for name in sorted(grouped)]),
        )

    async def disagreements(self, tenant: str) -> DisagreementsAnswer:
        """What leads have to settle."""
        found = await probes.disagreements(self._record, tenant)
        return DisagreementsAnswer(
            disagreements=tuple(
                Disagreement(
                    question=one.stream_id,
                    case_id=one.case_id,
                    matter=one.matter_id,
                    queue=one.queue,
                    decision_id=one.decision_id,
                    first=one.expected,
                    second=one.outcome,
                    answered_at=one.answered_at,
                    rationale_id=one.answer.rationale_id if one.answer else None,
                )
                for one in found
                if one.expected and one.outcome and one.answered_at
            )
        )

    async def settle(self, tenant: str, lead: str, request: SettleRequest) -> Settled:
        """A lead's word on a disagreement. Raises NotFound for what is none, or is settled."""
        own_case(tenant, request.question)
        probe = await probes.of_stream(self._record, request.question)
        if probe is None:
            raise NotFound("unknown_question", "question: no double review has this name")
        if lead in (probe.first_by, probe.reviewer):
            raise Refused("same_person", "lead: one of the two answers is yours; let another lead settle it")
        if await conflicts.has_part(self._record, tenant, lead, probe.case_id, probe.area):
            raise Refused(CONFLICT, f"lead: {PART}; let another lead settle it")
        reason_id = await texts.put(
            self._record, probe.case_id, "settled", request.reason, lead, self._clock(), request.question
        )
        done = await probes.settle(
            self._record, tenant, request.question, request.outcome, lead, reason_id, self._clock()
        )
        if not done:
            raise NotFound("settled", "question: both found the same there, or it was settled before")
        wrong = probe.expected is not request.outcome
        reverse = (
            f"The first decision stands until you take it back: dueprocess reverse {probe.case_id} {probe.decision_id}"
        )
        return Settled(
            question=request.question, outcome=request.outcome, next=reverse if wrong else "Nothing is to do."
        )

    async def _task(self, case_id: str, matter: str) -> ReviewTask:
        """The question as people were asked it. Raises Refused."""
        stored = await events.load(self._record, case_id)
        case = fold_all(Case(case_id=case_id), compacted(stored))
        task = task_of_probe(before_decision(stored, matter), case_id, matter)
        refusal = refuse_probe(task, case, self._record.queues, self._record.wellbeing)
        if refusal or task is None:
            raise Refused(refusal.code if refusal else "not_asked", refusal.text if refusal else "")
        return task


def _line(name: str, found: list[Probe], too_few: int) -> QualityLine:
    doubles = [one for one in found if one.purpose is Purpose.DOUBLE and one.expected and one.outcome]
    settled = [one for one in doubles if one.settled_outcome]
    for_first = sum(one.settled_outcome is one.expected for one in settled)
    return QualityLine(
        name=name,
        agreement=pairs([(str(one.expected), str(one.outcome)) for one in doubles], too_few),
        known=_known([one for one in found if one.purpose is not Purpose.DOUBLE], too_few),
        settled=len(settled),
        settled_for_first=for_first if len(settled) >= too_few else None,
    )


def _known(answered: Iterable[Probe], too_few: int) -> KnownFigures:
    rated = [one.outcome is one.expected for one in answered if one.outcome and one.expected]
    return known(sum(rated), len(rated), too_few)


_GROUPS: Final[dict[str, Callable[[Probe], tuple[str | None, ...]]]] = {
    "queue": lambda one: (one.queue,),
    "area": lambda one: (one.area,),
    "language": lambda one: (one.language,),
    "rule": lambda one: (one.rule_id,),
    "reviewer": lambda one: (one.reviewer, one.first_by) if one.purpose is Purpose.DOUBLE else (one.reviewer,),
}


def _names(one: Probe, by: GroupedBy) -> set[str]:
    return {name or UNSAID for name in _GROUPS[by](one)}
