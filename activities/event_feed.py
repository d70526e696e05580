"""Events to a tenant's own services. Effect: signed webhooks (Standard Webhooks), one for each event, in order for each case.

At least once: an event is put aside in the transaction that records it, and forgotten when its subscriber said 2xx. Whoever
gets it can tell a repetition by `webhook-id`, and order by the stream's sequence.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx2
from opentelemetry import metrics
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import stubs
from cases.errors import UnknownSomething
from cases.hook_signatures import signed
from cases.subscribers import Subscriber, Subscribers, message_id, message_of
from record import outgoing
from record.outgoing import Outgoing
from record.record import Record

TURN_SECONDS: Final = 600.0
BATCH: Final = 200
LOOK_AGAIN_SECONDS: Final = 1.0
ANSWER_LIMIT: Final = 4_096  # bytes read of an answer, so that the connection can be used again
LONGEST_WISH: Final = timedelta(hours=1)  # of a subscriber that says when to come again
_REFUSED: Final = frozenset({400, 413, 415, 422})  # the message is at fault; everything else is the service's
_GONE: Final = 410  # "do not send me any more" (Standard Webhooks)
_BUSY: Final = frozenset({429, 503})

logger = logging.getLogger("dueprocess.events")


class SubscriberAway(Exception):
    """It does not answer as it should. code: what was met; after: when it wants to be asked again."""

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        super().__init__(code)
        self.code, self.after = code, after


@dataclass
class _Sending:
    """What comes of a batch. taken: numbers; refused: with the status; gone: it wants no more."""

    taken: list[int] = field(default_factory=list)
    refused: list[tuple[Outgoing, int]] = field(default_factory=list)
    away: SubscriberAway | None = None
    gone: bool = False

    @property
    def over(self) -> bool:
        return self.gone or self.away is not None


class EventFeed:
    """Sends what waits, a case's events one after the other, several cases at once. now: the clock port."""

    def __init__(
        self,
        record: Record,
        subscribers: Subscribers,
        http: httpx2.AsyncClient,
        now: Callable[[], datetime],
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._record, self._subscribers, self._http, self._now = record, subscribers, http, now
        self._turn_seconds = turn_seconds
        self._sent = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.events_sent", description="events sent to subscribers, by what came of it"
        )

    @activity.defn
    async def deliver_events(self, request: stubs.DeliverEvents) -> stubs.DeliveredEvents:
        """Send until the turn is over, looking again every second where nothing waits.

        Raises ApplicationError where the subscriber does not answer as it should: Temporal tries again, and shows it.
        """
        subscriber = self._subscribers.get((request.tenant, request.subscriber))
        if subscriber is None:
            return stubs.DeliveredEvents(over=True)
        clock, sent = asyncio.get_running_loop().time, 0
        ends = clock() + self._turn_seconds
        while clock() < ends and not activity.is_worker_shutdown():
            activity.heartbeat()
            try:
                taken, found = await self._send_what_waits(subscriber)
            except UnknownSomething:  # not entered: another worker's file names it no more
                return stubs.DeliveredEvents(events=sent, over=True)
            sent += taken
            if not found:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return stubs.DeliveredEvents(events=sent)

    async def _send_what_waits(self, subscriber: Subscriber) -> tuple[int, int]:
        """How many of a batch were taken, and how many there were to send."""
        tenant, name = subscriber.table.tenant, subscriber.table.name
        if await outgoing.is_stopped(self._record, tenant, name):
            return 0, 0
        batch = await outgoing.waiting(self._record, tenant, name, BATCH)
        if not batch:
            return 0, 0
        sending = _Sending()
        try:
            await self._send(subscriber, batch, sending)
        finally:
            await self._note(subscriber, sending)
        if sending.away:
            self._sent.add(1, {"outcome": "away"})
            await outgoing.note_away(self._record, tenant, name, sending.away.code, self._now())
            named = f"subscriber {name} does not answer as it should: {sending.away.code}"
            raise ApplicationError(named, type="SubscriberAway", next_retry_delay=sending.away.after)
        return len(sending.taken), len(batch)

    async def _send(self, subscriber: Subscriber, batch: Iterable[Outgoing], sending: _Sending) -> None:
        """Each stream's events in order, several streams at once, until one finds that nobody is there."""
        streams: dict[str, list[Outgoing]] = defaultdict(list)
        for one in batch:
            streams[one.data.stream_id].append(one)
        places = asyncio.Semaphore(subscriber.table.at_once)

        async def in_order(events: Iterable[Outgoing]) -> None:
            async with places:
                for event in events:
                    if sending.over or not await self._took(subscriber, event, sending):
                        return

        async with asyncio.TaskGroup() as group:
            for events in streams.values():
                group.create_task(in_order(events))

    async def _took(self, subscriber: Subscriber, event: Outgoing, sending: _Sending) -> bool:
        activity.heartbeat()
        try:
            status = await self._post(subscriber, event)
        except SubscriberAway as away:
            sending.away = away
            return False
        if status == _GONE:
            sending.gone = True
        elif status in _REFUSED:
            sending.refused.append((event, status))
        else:
            sending.taken.append(event.number)
            return True
        return False

    async def _note(self, subscriber: Subscriber, sending: _Sending) -> None:
        """Keep what came of it, whatever else went wrong."""
        tenant, name = subscriber.table.tenant, subscriber.table.name
        if sending.taken:
            await outgoing.note_sent(self._record, tenant, name, sending.taken, self._now())
            self._sent.add(len(sending.taken), {"outcome": "taken"})
        for event, status in sending.refused:
            await outgoing.note_refused(self._record, tenant, name, event.number, f"answered_{status}", self._now())
            self._sent.add(1, {"outcome": "refused"})
            told = {"event": "event_refused", "subscriber": name, "case_id": event.data.case_id, "status": status}
            logger.error("a subscriber refused an event; its case's later ones wait", extra=told)
        if sending.gone:
            await outgoing.stop(self._record, tenant, name, "subscriber", self._now(), f"answered_{_GONE}")
            logger.error("a subscriber wants no more events", extra={"event": "subscriber_gone", "subscriber": name})

    async def _post(self, subscriber: Subscriber, event: Outgoing) -> int:
        """The status. Raises SubscriberAway for no answer, and for one that says nothing of the message."""
        body = message_of(event.data, event.recorded_at).model_dump_json().encode()
        named = message_id(event.data.tenant, event.data.stream_id, event.data.sequence)
        headers = {**signed(subscriber.keys, named, self._now(), body), "content-type": "application/json"}
        try:
            async with (
                asyncio.timeout(subscriber.table.answer_seconds),
                self._http.stream(
                    "POST", subscriber.table.url, content=body, headers=headers, follow_redirects=False
                ) as response,
            ):
                read = 0
                async for chunk in response.aiter_raw():
                    read += len(chunk)
                    if read > ANSWER_LIMIT:
                        break
        except (TimeoutError, httpx2.HTTPError) as error:
            reached = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            raise SubscriberAway("no_answer" if reached else "unreachable") from None
        status = response.status_code
        if response.is_success or status in _REFUSED or status == _GONE:
            return status
        wish = response.headers.get("retry-after", "") if status in _BUSY else ""
        after = min(timedelta(seconds=int(wish)), LONGEST_WISH) if wish.isdecimal() and len(wish) < 10 else None
        raise SubscriberAway(f"answered_{status}", after)
