"""The append-only record of every case. Effect: writes to Postgres."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime

from opentelemetry import metrics
from temporalio import activity

from activities import stubs
from activities.brakes import Brakes
from activities.deriving import Deriving
from activities.ladders import Ladders, strikes_moved
from activities.raw_rules import RawRules
from cases.case import Case
from cases.events import CaseEvent, DecisionReversed, OrderConfirmed
from cases.fold_interventions import BY_HAND
from cases.folding import compacted, fold_all
from cases.interventions import OrderDropped, OrderIntervened, Step
from cases.judging import unjudged
from cases.measures import try_id
from cases.names import tenant_of
from cases.received import MessageRefused
from record import events, inbox, measures, quality, reporting
from record.parked import PARKED
from record.parsing import RawMessage
from record.record import Record


class Recording:
    """Takes mail and appends events; retrying either is safe."""

    def __init__(self, record: Record, ladders: Ladders, brakes: Brakes, deriving: Deriving, rules: RawRules) -> None:
        self._record = record
        self._ladders = ladders
        self._brakes = brakes
        self._deriving = deriving
        self._rules = rules
        self._refusals = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.refusals", description="messages refused at a door"
        )

    @activity.defn
    async def take_mail(self, request: stubs.TakeMail) -> stubs.Mail:
        """What came in, taken exactly once; a run that begins is told what came before.

        A run that took mail and died before it judged leaves messages read and unjudged: they are given again.
        """
        stream, raw = request.stream, [RawMessage.model_validate(one.model_dump()) for one in request.raw]
        raw = await self._rules.looked_at(stream, raw, request.now)
        cap = await self._brakes.cap_of_people(tenant_of(stream), request.now)
        if request.seen is not None:
            taken, more = await inbox.take(self._record, stream, raw, request.now, seen=request.seen, cap=cap)
            self._count_refused(taken)
            return stubs.Mail(events=compacted(taken), more=more)
        before = await events.load(self._record, stream)
        taken, more = await inbox.take(self._record, stream, raw, request.now, cap=cap)
        self._count_refused(taken)
        return stubs.Mail(
            earlier=fold_all(Case(case_id=stream), before),
            events=(*unjudged(before), *compacted(taken)),
            more=more,
        )

    @activity.defn
    async def record_events(self, request: stubs.Append) -> stubs.Stored:
        """Append the events whose ids are new; return all of them as stored, in sequence."""
        if not request.events:
            if request.projection:
                await events.refresh(self._record, request.stream, request.projection, request.now)
                await self._ladders.recounted(request.stream, request.projection, request.now)
            return stubs.Stored()
        steps = [one.body for one in request.events if isinstance(one.body, OrderIntervened)]
        drops = [one.body for one in request.events if isinstance(one.body, OrderDropped)]
        async with self._record.together(tenant_of(request.stream)) if steps or drops else nullcontext():
            unheard = [one for drop in drops for one in await self._left_out(request.stream, drop, request.now)]
            stored, projected = await events.append_and_project(
                self._record, request.stream, request.events, request.now, request.projection
            )
            stored, projected = [*unheard, *stored], projected and not unheard
            for step in steps:
                answered = await self._stepped_in(request.stream, step, request.now)
                stored, projected = [*stored, *answered], projected and not answered
        self._count_refused(request.events)
        await reporting.count_outcomes(self._record, request.stream, stored)
        await self._brakes.taken_back(request.stream, stored, request.now)
        await self._known_answers_fall(request.stream, stored, request.now)
        if request.projection and strikes_moved(stored):
            await self._ladders.recounted(request.stream, request.projection, request.now)
        await self._deriving.followed(request.stream, stored)
        return stubs.Stored(events=tuple(stored), adopted=not projected)

    async def _known_answers_fall(self, stream: str, stored: Iterable[CaseEvent], now: datetime) -> None:
        """What reviewers are measured by does not outlive the decision: with a case that was judged wrongly as a pattern,
        whoever judged rightly would count as mistaken.
        """
        for body in (event.body for event in stored):
            if isinstance(body, DecisionReversed) and not body.keep:
                await quality.retire_of(self._record, stream, f"reversal:{body.reversal_id}", now)

    def _count_refused(self, events: Iterable[CaseEvent]) -> None:
        """What no door could refuse: it came by raw signal, or the case had to judge it. What is parked has its own alarm."""
        for body in (event.body for event in events):
            if isinstance(body, MessageRefused) and body.code != PARKED:
                self._refusals.add(1, {"door": "case", "code": body.code})

    async def _stepped_in(self, stream: str, step: OrderIntervened, now: datetime) -> list[CaseEvent]:
        """An operator's step in the table of orders, with the event or not at all; and the platform's answer, where the run
        died before it heard: what was confirmed cannot be left out any more, and people hear of it.
        """
        if step.step is Step.SKIP:
            return await self._left_out(stream, step, now)
        if step.step is Step.BY_HAND:
            await measures.note_confirmed(self._record, stream, step.order_id, now, None, BY_HAND)
        return []

    async def _left_out(self, stream: str, order: OrderIntervened | OrderDropped, now: datetime) -> list[CaseEvent]:
        await measures.note_skipped(self._record, stream, order.order_id, now, order.round)
        version = await measures.confirmed_version(self._record, stream, order.order_id)
        if version is None:
            return []
        confirmed = OrderConfirmed(order_id=order.order_id, target_version=version, how="repeated")
        name = f"order:{try_id(order.order_id, order.round)}:confirmed"
        event = CaseEvent(event_id=name, occurred_at=now, body=confirmed)
        return await events.append(self._record, stream, (event,), now)
