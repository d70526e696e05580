"""Operators about subscribers of events: how they stand, stop, start, try again, leave out, send once more."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from api.errors import NotFound
from api.intake import Clock
from api.subscriber_messages import SubscriberChanged, SubscriberChangeRequest, SubscribersAnswer
from cases.errors import UnknownSomething
from record import outgoing
from record.outgoing import Replayed
from record.record import Record

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEXT: Final[Mapping[str, str]] = {
    "stop": "It is sent nothing after what is under way. Events go on being put aside for it.",
    "start": "It is sent what waits, the oldest first.",
    "retry": "They are sent again within seconds, and what waited behind them.",
    "skip": "They are not sent. What waited behind them is.",
    "replay": "They are sent after what waits already, under the same webhook-id as before.",
}


class Subscribing:
    """The doors of operators about subscribers. Who did what, and why, is kept with it."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def show(self, tenant: str) -> SubscribersAnswer:
        """How they stand."""
        rows, refused = await outgoing.show(self._record, tenant)
        return SubscribersAnswer(subscribers=tuple(rows), refused=tuple(refused))

    async def change(self, tenant: str, operator: str, request: SubscriberChangeRequest) -> SubscriberChanged:
        """Done once for each message id. Raises NotFound, Conflict."""
        try:
            async with self._record.together(tenant):
                done = await self._changed(tenant, operator, request)
        except UnknownSomething as error:
            raise NotFound("unknown_subscriber_or_case", str(error)) from None
        moved = request.step not in ("stop", "start")
        return SubscriberChanged(
            subscriber=request.subscriber,
            step=request.step,
            changed=done.events > 0,
            events=done.events if moved else 0,
            after=done.after,
            next=NEXT[request.step],
        )

    async def _changed(self, tenant: str, operator: str, request: SubscriberChangeRequest) -> Replayed:
        known = await outgoing.known_change(self._record, tenant, request.message_id, request)
        if known is not None:
            after = await outgoing.page_end(self._record, tenant, request.after or "") if request.since else None
            return Replayed(events=known, after=None if request.case_id else after)
        done = await self._do(tenant, operator, request)
        await outgoing.note_change(
            self._record,
            *(tenant, request.message_id, request, request.subscriber, request.step, operator, request.reason),
            *(self._clock(), done.events),
        )
        return done

    async def _do(self, tenant: str, operator: str, request: SubscriberChangeRequest) -> Replayed:
        record, name, case_id = self._record, request.subscriber, request.case_id
        match request.step:
            case "stop":
                return Replayed(events=await outgoing.stop(record, tenant, name, operator, self._clock()))
            case "start":
                return Replayed(events=await outgoing.start(record, tenant, name))
            case "retry":
                return Replayed(events=await outgoing.retry(record, tenant, name, case_id))
            case "skip":
                return Replayed(events=await outgoing.skip(record, tenant, name, case_id))
            case "replay":
                since = request.since or EVER
                if case_id:
                    return await outgoing.replay_case(record, tenant, name, case_id, since)
                return await outgoing.replay_page(record, tenant, name, since, request.after or "")
