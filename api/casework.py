"""Doors of reviewers' pages: everything a person needs to judge a case fairly, and what their decision would say."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from api.answers import CaseAnswer, EvidenceContent, Task
from api.care_messages import Revealed, RevealRequest
from api.dossiers import (
    Alike,
    Dossier,
    Line,
    Passage,
    Pending,
    Preview,
    Running,
    Shown,
    Translated,
    Verdict,
    normalised_of,
    passages_of,
)
from api.dossiers import masked as dotted
from api.explaining import allegation_of, signals_of, verdict_of, verdicts_of
from api.foretelling import LATER, foretell
from api.intake import Clock
from api.library import Library
from api.looking import Held
from api.probing import Origin
from api.reading import Reading
from api.requests import DecisionRequest
from api.shown import keep_translation
from api.tasks import lease_of
from api.viewing import Seen, Viewing
from cases.case import Case
from cases.errors import KeyDestroyed, UnknownSomething
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded, SecondLookTaken
from cases.evidence import EvidenceVersion
from cases.folding import compacted, fold_all
from cases.hearings import Hearing, fold_hearings
from cases.judging_appeals import BY_APPEAL
from cases.names import appeal_workflow_id, parse_workflow_id
from cases.presentation import Level
from cases.sights import Sight
from record import desk, events, texts
from record import evidence as versions
from record.record import Record

ALIKE_SHOWN: Final = 8
THREAD_SHOWN: Final = 100
_SECOND: Final = "second:"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Casework:
    """What the pages show. Nothing here changes a case; a translation is kept as it is shown."""

    def __init__(self, record: Record, reading: Reading, clock: Clock, library: Library) -> None:
        self._record, self._reading, self._clock, self._library = record, reading, clock, library
        self._viewing = Viewing(record, clock)

    async def dossier(
        self,
        tenant: str,
        stream: str,
        reader: str,
        level: Level | None,
        *,
        acknowledged: bool = False,
        chosen: int = 0,
        named: bool = False,
    ) -> Dossier:
        """The case, or appeal, as this reader may see it.

        acknowledged: the warning was read. chosen: the attachment that is shown as closely as was asked for. named: for
        pictures of what is restricted. Raises NotFound; where a level is asked for NotYours without a claim, Refused.
        """
        now = self._clock()
        answer = await self._reading.case(tenant, stream, reader, reveal_evidence=False)
        look = partial(self._reading.look, tenant, stream, reader, acknowledged=acknowledged, named=named)
        looked = await look(level) if level else None
        held = partial(self._reading.held, tenant, stream, reader, named=named)
        origin = await self._reading.origin(tenant, stream)
        stored = list(origin.events)
        case = fold_all(Case(case_id=answer.case_id), compacted(stored))
        hearing = await self._hearing(stream)
        task, lease_id = await self._own_task(tenant, answer, reader)
        judged = await self._judged(tenant, stored, case.case_id, task) if task else None
        packs = {matter.matter_id: await self._library.pack(tenant, matter.terms.pack) for matter in case.matters}
        clocks = [*case.clocks, *([hearing.clock] if hearing and hearing.clock else [])]
        latest = case.latest_evidence
        return Dossier(
            case=answer,
            now=now,
            task=task,
            lease_id=lease_id,
            presentation=looked.presentation
            if looked
            else await self._reading.looking.presentation(tenant, answer.tasks, lease_id, named=named),
            shown=await self._shown(origin.case_id, looked.evidence, level, await held(), chosen, origin.before)
            if looked and level
            else None,
            allegations=tuple(allegation_of(case, one, packs[one.matter_id], stored) for one in case.matters),
            signals=signals_of(stored),
            clocks=tuple(
                Running(
                    clock_id=clock.clock_id,
                    due_at=clock.due_at,
                    source=clock.source,
                    missed=clock.breached_at is not None or clock.due_at <= now,
                )
                for clock in sorted(clocks, key=lambda clock: (clock.due_at, clock.clock_id))
            ),
            verdicts=await self._verdicts(tenant, answer.case_id, stored, holds=task is not None),
            pending=pending_of(case),
            judged=judged,
            grounds=await self._grounds(answer.case_id, hearing) if task else None,
            past=await self._past(origin, latest),
            alike=await self._alike(tenant, answer, origin.before),
            sample=latest.sample if latest else None,
        )

    async def reveal(self, tenant: str, reviewer: str, request: RevealRequest, *, named: bool = False) -> Revealed:
        """One step of looking, for a reviewer's own task: at the words, or at one attachment. Raises as `dossier`."""
        stream, place = request.stream, request.attachment or 0
        if request.attachment:
            held = await self._reading.held(tenant, stream, reviewer, named=named)
            await self._viewing.ask(held, reviewer, request.attachment, Sight(request.level))
            level = held.presentation.level or Level.MASKED
        else:
            level = Level(request.level)
        look = partial(self._reading.look, acknowledged=request.acknowledged, named=named)
        looked = await look(tenant, stream, reviewer, level)
        held = await self._reading.held(tenant, stream, reviewer, named=named)
        before = await self._reading.known_until(tenant, stream)
        return Revealed(
            stream=stream,
            task_id=looked.task_id,
            presentation=looked.presentation,
            shown=await self._shown(held.case_id, looked.evidence, level, held, place, before),
        )

    async def attachment(
        self, tenant: str, reviewer: str, stream: str, place: int, sight: Sight, *, named: bool = False
    ) -> Seen:
        """An attachment's bytes, for a reviewer's own task, as closely as was asked for. Raises NotFound, NotYours, Refused."""
        held = await self._reading.held(tenant, stream, reviewer, named=named)
        return await self._viewing.see(held, reviewer, place, sight)

    async def ask(
        self, tenant: str, reviewer: str, stream: str, place: int, sight: Sight, *, named: bool = False
    ) -> None:
        """One step closer to one attachment. Raises NotFound, NotYours, Refused."""
        held = await self._reading.held(tenant, stream, reviewer, named=named)
        await self._viewing.ask(held, reviewer, place, sight)

    async def preview(self, tenant: str, reviewer: str, stream: str, request: DecisionRequest) -> Preview:
        """What would be told to whom, in the words of the mails, of a first decision on the reviewer's own task."""
        answer = await self._reading.case(tenant, stream, reviewer, reveal_evidence=False)
        task, _ = await self._own_task(tenant, answer, reviewer)
        if task is None or task.kind != "matter":
            return Preview(refusal=LATER)
        origin = await self._reading.origin(tenant, stream)
        return await foretell(self._record, self._library, origin, task.subject, request, self._clock())

    async def _own_task(self, tenant: str, answer: CaseAnswer, reader: str) -> tuple[Task | None, str | None]:
        """The open task of this stream on which the reader has a live claim."""
        for task in answer.tasks:
            if lease_id := await lease_of(self._record, tenant, task.stream, task.task_id, reader, self._clock()):
                return task, lease_id
        return None, None

    async def _hearing(self, stream: str) -> Hearing | None:
        name = parse_workflow_id(stream)
        if name.family != "appeal":
            return None
        return fold_hearings(Hearing(appeal_id=name.rest), await events.load(self._record, stream))

    async def _judged(self, tenant: str, stored: list[CaseEvent], case_id: str, task: Task) -> Verdict | None:
        """The decision that a second look or an appeal is about, with its rationale: the holder of the task must weigh it."""
        if task.kind == "matter":
            return None
        wanted = task.subject if task.kind == "hearing" else task.task_id.removeprefix(_SECOND)
        bodies = (event.body for event in stored if isinstance(event.body, DecisionRecorded | DecisionProposed))
        body = next((one for one in bodies if one.decision.decision_id == wanted), None)
        if body is None:
            return None
        text_id = body.decision.rationale_id or await self._heard(tenant, body.decision.decision_id)
        return verdict_of(case_id, body).evolve(rationale=await self._words(tenant, text_id))

    async def _heard(self, tenant: str, decision_id: str) -> str | None:
        """The text that says why an appeal came to this decision; None for any other decision."""
        appeal = decision_id.removeprefix(BY_APPEAL)
        hearing = await self._hearing(appeal_workflow_id(tenant, appeal)) if appeal != decision_id else None
        return hearing.decided.rationale_id if hearing and hearing.decided else None

    async def _verdicts(
        self, tenant: str, case_id: str, stored: list[CaseEvent], *, holds: bool
    ) -> tuple[Verdict, ...]:
        """What was decided; for who holds a task, with the reason of a second person who found otherwise."""
        found = verdicts_of(case_id, stored)
        looks = {one.body.decision_id: one.body for one in stored if isinstance(one.body, SecondLookTaken)}
        return tuple(
            [
                one.evolve(against=await self._words(tenant, looks[one.decision_id].reason_id))
                if holds and one.overruled
                else one
                for one in found
            ]
        )

    async def _words(self, tenant: str, text_id: str | None) -> str | None:
        if text_id is None:
            return None
        try:
            return (await texts.get(self._record, tenant, text_id)).text
        except (UnknownSomething, KeyDestroyed):
            return None

    async def _grounds(self, case_id: str, hearing: Hearing | None) -> str | None:
        return await desk.grounds_of(self._record, case_id, hearing.appeal_id) if hearing else None

    async def _past(self, origin: Origin, latest: EvidenceVersion | None) -> desk.AccountPast:
        if latest is None:
            return desk.AccountPast()
        author, account = origin.own(latest.author), origin.own(latest.author_target)
        past = await desk.account_past(self._record, origin.case_id, author, account)
        return past.before(origin.before) if origin.before else past

    async def _alike(self, tenant: str, answer: CaseAnswer, before: datetime | None) -> tuple[Alike, ...]:
        copies = answer.copies[:ALIKE_SHOWN]
        kinds = ("decision_recorded", "decision_reversed")
        found = await desk.events_of(self._record, tenant, [copy.case_id for copy in copies], kinds) if copies else {}
        return tuple(
            Alike(
                case_id=copy.case_id,
                likeness=copy.likeness,
                differing=copy.differing,
                verdicts=tuple(
                    one
                    for one in verdicts_of(copy.case_id, found.get(copy.case_id, ()))
                    if before is None or one.decided_at < before
                ),
            )
            for copy in copies
        )

    async def _shown(
        self,
        case_id: str,
        evidence: EvidenceContent | None,
        level: Level,
        held: Held,
        chosen: int,
        before: datetime | None,
    ) -> Shown | None:
        """The evidence at this level, and one attachment as closely as was asked for. before: what is known is of then."""
        if evidence is None:
            return None
        content = evidence.content
        original, normalised = await self._read(content.get("text"))
        whole = [one for one in content.get("thread") or () if isinstance(one, dict)]
        thread = whole[:THREAD_SHOWN]
        who: dict[object, str] = {_author_of(content): "the author"}
        lines = []
        for one in thread:
            name = who.setdefault(
                one.get("author_id") or one.get("author"), f"person {_LETTERS[(len(who) - 1) % len(_LETTERS)]}"
            )
            passages = (await self._read(one.get("text")))[0]
            lines.append(Line(who=name, passages=passages, places=_places_of(one, content)))
        said = await desk.reports_said(self._record, case_id, before)
        reports = [Line(who=one.area, passages=(await self._read(one.words))[0]) for one in said]
        captured = await versions.facts_of(self._record, case_id)
        hide: Callable[[tuple[Passage, ...]], tuple[Passage, ...]] = dotted if level is Level.MASKED else tuple
        return Shown(
            level=level,
            version=evidence.version,
            digest=evidence.digest,
            language=content.get("language"),
            original=hide(original),
            normalised=hide(normalised),
            thread=tuple(line.evolve(passages=hide(line.passages)) for line in lines),
            unshown=len(whole) - len(thread),
            origin=next((one.origin for one in captured if one.version == evidence.version), None),
            reports=tuple(line.evolve(passages=hide(line.passages)) for line in reports),
            attachments=tuple(_kind_of(one) for one in content.get("attachments") or ()),
            media=await self._viewing.listed(held, chosen),
            closer=chosen,
            translation=await self._translated(case_id, evidence) if level is Level.CLEAR else None,
        )

    async def _translated(self, case_id: str, evidence: EvidenceContent) -> Translated | None:
        """Only of what is shown whole; kept as it is shown, so that a decision can name it."""
        text, language = evidence.content.get("text"), evidence.content.get("language")
        if not isinstance(text, str) or not isinstance(language, str):
            return None
        found = await self._library.translate(text, language)
        if found is None:
            return None
        text_id = await keep_translation(self._record, case_id, evidence.version, found, self._clock())
        return Translated(text_id=text_id, text=found.text, translator=found.translator)

    async def _read(self, text: object) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
        words = text if isinstance(text, str) else ""
        read = await asyncio.to_thread(self._library.read, words)
        return passages_of(words, read.spans), normalised_of(words, read)


def _places_of(line: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[int, ...]:
    """Where the attachments of a campaign's member stand among the sample's: from 1, by what they are named."""
    named = {one.get("sha256") for one in line.get("attachments") or () if isinstance(one, dict)} - {None}
    sampled = enumerate(content.get("attachments") or (), start=1)
    return tuple(place for place, one in sampled if isinstance(one, dict) and one.get("sha256") in named)


def _kind_of(attachment: object) -> str:
    """A name may be content; the kind is not."""
    return str(attachment.get("media_type") or "unknown") if isinstance(attachment, dict) else "unknown"


def pending_of(case: Case) -> tuple[Pending, ...]:
    """What was decided and is not in effect."""
    due = {clock.clock_id: clock.due_at for clock in case.clocks}
    return tuple(
        Pending(
            decision_id=one.decision_id,
            matter_id=one.matter_id,
            outcome=one.outcome,
            due_at=due.get(f"{'grace' if entered else 'second_look'}:{one.decision_id}"),
            entered=entered,
        )
        for matter in case.matters
        for one in (*case.proposals, *case.entered)
        if (entered := one.decision_id == matter.entered_id) or one.decision_id == matter.proposed_id
    )


def _author_of(content: dict[str, Any]) -> object:
    author = content.get("author")
    return author.get("account_id") if isinstance(author, dict) else None
