"""What is read at the doors: rows beside the events, and timelines. Content only for a reviewer with a live claim."""

from datetime import datetime
from typing import Final

from api.answers import (
    AccountAnswer,
    AccountMatterAnswer,
    CaseAnswer,
    CopyAnswer,
    QueueAnswer,
    RestingAnswer,
    StagesAnswer,
    TimelineEntry,
)
from api.errors import NotFound
from api.intake import Clock
from api.looking import Held, Looked, Looking
from api.operator_answers import StuckAnswer, StuckCase, StuckOrder, WaitingBulk
from api.probing import Origin, Probing
from api.tasks import case_of_stream, task_of
from cases.account_picture import AccountMatter, account_facts
from cases.errors import BadInput, IdentityError, Problem
from cases.names import parse_workflow_id, tenant_of
from cases.presentation import Level
from record import (
    accounts,
    bulk,
    campaigns,
    deriving,
    events,
    fingerprints,
    measures,
    parked,
    placing,
    probes,
    review,
    views,
)
from record.probes import is_probe
from record.record import Record

TIMELINE_LIMIT: Final = 10_000  # events shown
COPIES_SHOWN: Final = 100
MATTERS_SHOWN: Final = 100
CASES_LIMIT: Final = 500  # stuck cases shown


class Reading:
    """Doors that change nothing."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self.looking = Looking(record, clock)
        self._probing = Probing(record, clock)

    async def case(self, tenant: str, stream_id: str, reader: str, *, reveal_evidence: bool) -> CaseAnswer:
        """A case, or an appeal of one, with its timeline. Raises NotFound; NotYours where evidence is asked for unclaimed."""
        case_id = await self.case_of(tenant, stream_id)
        if is_probe(stream_id, case_id):
            return await self._probed(tenant, case_id, stream_id, reader, reveal_evidence=reveal_evidence)
        row = await views.case(self._record, tenant, case_id)
        if row is None:
            raise NotFound("unknown_case", "case_id: there is no such case")
        tasks = await review.tasks_of(self._record, tenant, stream_id, self._clock())
        looked = (
            await self.looking.look(tenant, case_id, tasks, reader, Level.CLEAR, at_once=True)
            if reveal_evidence
            else None
        )
        timeline = await views.timeline(self._record, stream_id, limit=TIMELINE_LIMIT)
        return CaseAnswer(
            case_id=case_id,
            stream=stream_id,
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
            events=tuple(
                TimelineEntry(
                    sequence=entry.sequence,
                    event_id=entry.event_id,
                    kind=entry.kind,
                    occurred_at=entry.occurred_at,
                    body=entry.body,
                )
                for entry in timeline
            ),
            evidence=looked.evidence if looked else None,
            copies=tuple(
                CopyAnswer(case_id=copy.case_id, likeness=copy.likeness, differing=copy.differing)
                for copy in await fingerprints.copies_of(self._record, case_id, limit=COPIES_SHOWN)
            ),
            account=await self._account(case_id),
            resting=tuple(RestingAnswer(**one.model_dump()) for one in await deriving.rests_of(self._record, case_id)),
            campaign=await campaigns.campaign_of(self._record, tenant_of(case_id), case_id.rpartition("/")[2]),
        )

    async def origin(self, tenant: str, stream_id: str) -> Origin:
        """What a reader of this stream is told of its case, and where that comes from. Raises NotFound."""
        case_id = await self.case_of(tenant, stream_id)
        if is_probe(stream_id, case_id):
            return await self._probing.origin(stream_id)
        return Origin(stream_id=case_id, case_id=case_id, events=tuple(await events.load(self._record, case_id)))

    async def known_until(self, tenant: str, stream_id: str) -> datetime | None:
        """Of a question that checks: when nobody had decided yet. None: what is known is known of now. Raises NotFound."""
        case_id = await self.case_of(tenant, stream_id)
        return (await self._probing.origin(stream_id)).before if is_probe(stream_id, case_id) else None

    async def _probed(
        self, tenant: str, case_id: str, stream_id: str, reader: str, *, reveal_evidence: bool
    ) -> CaseAnswer:
        """A question that checks, as a case is shown."""
        answer = await self._probing.case(tenant, stream_id)
        answer = answer.evolve(account=await self._account(case_id, await self._probing.origin(stream_id)))
        if not reveal_evidence:
            return answer
        tasks = await review.tasks_of(self._record, tenant, stream_id, self._clock())
        looked = await self.looking.look(tenant, case_id, tasks, reader, Level.CLEAR, at_once=True)
        return answer.evolve(evidence=looked.evidence)

    async def look(
        self, tenant: str, stream_id: str, reader: str, level: Level, *, acknowledged: bool, named: bool = False
    ) -> Looked:
        """One step of looking at what a task is about. Raises NotFound, NotYours, Refused."""
        case_id = await self.case_of(tenant, stream_id)
        tasks = await review.tasks_of(self._record, tenant, stream_id, self._clock())
        return await self.looking.look(tenant, case_id, tasks, reader, level, acknowledged=acknowledged, named=named)

    async def held(self, tenant: str, stream_id: str, reader: str, *, named: bool = False) -> Held:
        """The reader's own task of this stream, and how far they looked. Raises NotFound, NotYours."""
        case_id = await self.case_of(tenant, stream_id)
        tasks = await review.tasks_of(self._record, tenant, stream_id, self._clock())
        return await self.looking.held(tenant, case_id, tasks, reader, named=named)

    async def _account(self, case_id: str, origin: Origin | None = None) -> AccountAnswer | None:
        """The account picture as rules see it, and what it is made of."""
        account = await accounts.account_of(self._record, case_id)
        if account is None:
            return None
        matters = await accounts.matters_of(self._record, tenant_of(case_id), account)
        if origin and origin.before:
            known = (one for one in matters if one.case_id == case_id or one.opened_at <= origin.before)
            matters = [_as_of(one, origin, origin.before) for one in known]
            case_id = origin.stream_id
        facts = account_facts(case_id, "", matters, self._clock())
        return AccountAnswer(
            open_matters=facts.open_matters,
            violations_90d=facts.violations_90d,
            contents_reported=facts.contents_reported,
            matters=tuple(
                AccountMatterAnswer(
                    case_id=one.case_id, matter_id=one.matter_id, open=one.open, violation=one.violation
                )
                for one in matters[:MATTERS_SHOWN]
            ),
        )

    async def queue(self, tenant: str, queue: str | None, limit: int) -> QueueAnswer:
        """Open tasks, most urgent first, claimed ones too."""
        found = await review.queued(self._record, tenant, self._clock(), queue, limit + 1)
        return QueueAnswer(tasks=tuple(task_of(task) for task in found[:limit]), more=len(found) > limit)

    async def stuck(self, tenant: str) -> StuckAnswer:
        """Cases that are stuck, each with the orders that wait."""
        rows = await views.cases(self._record, tenant, stuck=True, limit=CASES_LIMIT)
        waiting: dict[str, list[StuckOrder]] = {}
        for order in await measures.stuck(self._record, tenant):
            waiting.setdefault(order.case_id, []).append(
                StuckOrder(
                    order_id=order.order_id,
                    issued_at=order.issued_at,
                    attempts=order.attempts,
                    last_attempt_at=order.last_attempt_at,
                    last_error=order.last_error,
                    next_try_at=None if order.see_to_by else order.next_try_at,
                    see_to_by=order.see_to_by,
                )
            )
        bulks = await bulk.waiting(self._record, tenant, self._clock())
        return StuckAnswer(
            bulks=tuple(WaitingBulk.model_validate(one.model_dump()) for one in bulks),
            cases=tuple(
                StuckCase(
                    case_id=row.case_id,
                    category=row.category,
                    priority=row.priority,
                    due_at=row.due_at,
                    since=min((order.issued_at for order in waiting.get(row.case_id, ())), default=row.projected_at),
                    orders=tuple(waiting.get(row.case_id, ())),
                )
                for row in rows
            ),
        )

    async def stages(self, tenant: str) -> StagesAnswer:
        """How many cases are in each stage."""
        found = await views.stages(self._record, tenant)
        waiting = await parked.count(self._record, tenant)
        return StagesAnswer(stages=found.stages, stuck=found.stuck, parked=waiting, nearest_due_at=found.nearest_due_at)

    async def case_of(self, tenant: str, stream_id: str) -> str:
        """Raises BadInput for what is no id of ours, NotFound for another tenant's: it is as good as none."""
        try:
            name = parse_workflow_id(stream_id)
        except IdentityError as error:
            cure = "use a case id as a receipt names it"
            raise BadInput([Problem("case_id", "", str(error), cure)]) from None
        found = await case_of_stream(self._record, tenant, stream_id) if name.tenant == tenant else None
        if found is None:
            raise NotFound("unknown_case", "case_id: there is no such case")
        if is_probe(stream_id, found):  # what came to light since is not shown under it
            await placing.withdrawn_if_unfit(self._record, await probes.named(self._record, stream_id), self._clock())
        return found


def _as_of(matter: AccountMatter, origin: Origin, at: datetime) -> AccountMatter:
    """A matter of the account as it was known then, by the name its case is told under."""
    own = matter.case_id == origin.case_id
    later = matter.decided_at is not None and matter.decided_at >= at
    named = matter.evolve(case_id=origin.stream_id) if own else matter
    return named.evolve(open=True, violation=False, decided_at=None) if later else named
