"""Enforcement: one signed order to the platform, confirmed or repeated. Effect: changes what people can see and do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from opentelemetry import metrics, trace
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import stubs
from activities.ordering import Ordering
from activities.platform_client import OrderAnswer, PlatformAway
from cases.measures import Order, Target
from cases.names import SubjectKind, tenant_of
from record import inbox, measures, people
from record.measures import IssuedOrder
from record.measures_together import Asked, order_together
from record.record import Record

_tracer = trace.get_tracer("dueprocess.activities")
SKIPPED = stubs.Confirmation(how="skipped")
UNKNOWN = stubs.Confirmation(how="unknown_target")
WITHDRAWN: Final = OrderAnswer(how="withdrawn")  # before it was issued
_VOID: Final = frozenset({"edited", "unknown_target"})
GONE: Final = OrderAnswer(how="gone")  # of no version: an order that imposes is not in force by it


Standing = Callable[[], Awaitable[set[str]]]


class Enforcements:
    """Issues an order in the record, sends it, and notes what came of every attempt."""

    def __init__(self, record: Record, ordering: Ordering, now: Callable[[], datetime]) -> None:
        self._record = record
        self._ordering = ordering
        self._now = now
        meter = metrics.get_meter("dueprocess")
        self._tries = meter.create_counter("dueprocess.order_tries", description="orders sent, by what came of it")

    @activity.defn
    async def enforce(self, request: stubs.Enforcement) -> stubs.Confirmation:
        """The platform's word on the order. Repeating is safe: the order keeps its id, version and state, and is sent no more
        once the platform's word is on record. What only lifts is done where the platform knows no such target.

        Raises ApplicationError of the platform's own code, which is retried; the code and when it is tried again are in the
        order's row for whoever looks at stuck orders.
        """
        case_id, order = request.case_id, request.order
        with _tracer.start_as_current_span("enforce", attributes={"case_id": case_id, "order_id": order.order_id}):
            async with self._record.together(tenant_of(case_id)):
                target = await self._target(case_id, order)
                if target is None:
                    return UNKNOWN
                issued = await measures.order(self._record, case_id, order, *target, self._now())
            if issued.skipped:
                return SKIPPED
            try:
                answer = await self._sent(case_id, order, issued)
            except PlatformAway as error:
                raise ApplicationError(str(error), type=error.code) from None
            await self._note_answer(case_id, order.order_id, answer)
            return stubs.Confirmation(how=answer.how, target_version=answer.target_version)

    async def carry_out_together(
        self, case_id: str, wanted: Sequence[Asked], standing: Standing | None = None
    ) -> list[OrderAnswer | None]:
        """Orders of different targets: issued in one transaction, sent at once, noted in one transaction. Repeatable.

        standing: asked in the first transaction, under its own locks, which of them are to be issued still; others are
        withdrawn. What came of each, in their order; None where the platform has to be asked again.
        """
        async with self._record.together(tenant_of(case_id)):
            left = await standing() if standing else {one.order.order_id for one in wanted}
            asked = [one for one in wanted if one.order.order_id in left]
            issued = await order_together(self._record, case_id, asked, self._now())
        made = {one.order_id: one for one in issued}
        answers = await asyncio.gather(
            *(self._answered(case_id, one.order, made.get(one.order.order_id)) for one in wanted)
        )
        confirmed = {}
        async with self._record.together(tenant_of(case_id)):
            for one, answer in zip(wanted, answers, strict=True):
                if answer is not None and answer.how in _VOID:
                    await self._note_answer(case_id, one.order.order_id, answer)
                elif answer is not None and answer is not WITHDRAWN:
                    confirmed[one.order.order_id] = (answer.target_version, answer.how)
            await measures.note_confirmed_together(self._record, case_id, confirmed, self._now())
        return list(answers)

    async def _answered(self, case_id: str, order: Order, issued: IssuedOrder | None) -> OrderAnswer | None:
        if issued is None:
            return WITHDRAWN
        try:
            return await self._sent(case_id, order, issued)
        except PlatformAway:
            return None

    async def _sent(self, case_id: str, order: Order, issued: IssuedOrder) -> OrderAnswer:
        if issued.answered:  # and the run died before it heard: by now the platform might say otherwise
            # Applied then, it is in force since then, not since now.
            how = "repeated" if issued.answered == "applied" else issued.answered
            return OrderAnswer(how=how, target_version=issued.answered_version)
        try:
            answer = await self._ordering.carry_out(issued)
        except PlatformAway as error:
            self._tries.add(1, {"outcome": error.code})
            now = self._now()
            pause = _pause()
            await measures.note_attempt(
                self._record, case_id, order.order_id, now, error.code, now + pause if pause else None
            )
            raise
        if answer.how == "unknown_target" and not order.impose:
            answer = GONE
        self._tries.add(1, {"outcome": answer.how})
        return answer

    async def _note_answer(self, case_id: str, order_id: str, answer: OrderAnswer) -> None:
        async with self._record.together(tenant_of(case_id)):
            await measures.note_attempt(self._record, case_id, order_id, self._now(), None)
            if answer.how in _VOID:
                await measures.note_voided(self._record, case_id, order_id, self._now(), answer.how)
            else:
                await measures.note_confirmed(
                    self._record, case_id, order_id, self._now(), answer.target_version, answer.how
                )

    async def _target(self, case_id: str, order: Order) -> tuple[SubjectKind, str] | None:
        if order.target is Target.SUBJECT:
            subject = await inbox.subject_of(self._record, case_id)
            return subject.kind, subject.id
        author = await people.author_of(self._record, case_id)
        account = author.who.account_id if author and author.who else None
        return (SubjectKind.ACCOUNT, account) if account else None


def _pause() -> timedelta | None:
    """How long Temporal waits before the next attempt, by the retry policy this one runs under."""
    info = activity.info()
    policy = info.retry_policy
    if policy is None:
        return None
    grown = policy.initial_interval * policy.backoff_coefficient ** min(info.attempt - 1, 60)
    return min(grown, policy.maximum_interval) if policy.maximum_interval else grown
