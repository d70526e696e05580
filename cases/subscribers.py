"""A subscriber as an operator configures it: a service of the tenant's own that is sent events as they are recorded.

[[subscribers]]
name = "warehouse"
tenant = "demo"
url = "https://warehouse.example/dueprocess"
secrets = ["env:WAREHOUSE_SECRET"]              # Standard Webhooks; two while one is exchanged for the other
kinds = ["decision_recorded", "order_confirmed"]  # left out: every kind of event
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, get_args

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from cases.events import CaseEvent, EventBody
from cases.facts import Fact, Message
from cases.names import checked_tenant
from cases.vendor_table import SecretPlace

KINDS: Final = frozenset(str(model.model_fields["kind"].default) for model in get_args(get_args(EventBody)[0]))

SubscriberName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class SubscriberTable(Message):
    """One subscriber as the file has it. at_once: cases whose events are under way to it at the same moment."""

    name: SubscriberName
    tenant: Annotated[str, AfterValidator(checked_tenant)]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@?#]+(/[^\s#]*)?$", max_length=500)]
    secrets: Annotated[tuple[SecretPlace, ...], Field(min_length=1, max_length=4)]
    kinds: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    at_once: Annotated[int, Field(ge=1, le=100)] = 8
    answer_seconds: Annotated[float, Field(gt=0, le=45)] = 15.0


class SubscriberFile(Message):
    """The file as a whole."""

    subscribers: tuple[SubscriberTable, ...] = ()


@dataclass(frozen=True)
class Subscriber:
    """A subscriber with the keys that its messages are signed with, each of them."""

    table: SubscriberTable
    keys: tuple[bytes, ...] = field(repr=False)


Subscribers = Mapping[tuple[str, str], Subscriber]
"""By tenant and name."""


class SubscriberState(Fact):
    """How a subscriber stands. waiting: events, refused ones among them; oldest: when the first of them was recorded.

    away_since, answer: it does not answer as it should, and what it answered last.
    """

    name: str
    kinds: tuple[str, ...]
    since: AwareDatetime
    ended_at: AwareDatetime | None = None
    stopped_at: AwareDatetime | None = None
    stopped_by: str | None = None
    away_since: AwareDatetime | None = None
    answer: str | None = None
    delivered_at: AwareDatetime | None = None
    delivered: int = 0
    waiting: int = 0
    refused: int = 0
    oldest: AwareDatetime | None = None


class RefusedEvent(Fact):
    """An event that its subscriber would not have; later ones of its stream wait."""

    subscriber: str
    case_id: str
    stream_id: str
    sequence: int
    kind: str
    answer: str
    refused_at: AwareDatetime


class EventMessageData(Fact):
    """Which event, and the event. A stream is a case's, or that of an appeal of it; sequence counts in the stream, from 1.

    erased: the key that sealed it was destroyed before it was sent, and `event` is None for good.
    """

    tenant: str
    case_id: str
    stream_id: str
    sequence: int
    event_id: str
    kind: str
    erased: bool = False
    event: CaseEvent | None = None


class EventMessage(Fact):
    """The body of one webhook, in the form that Standard Webhooks recommends. timestamp: when the event was recorded."""

    type: str
    timestamp: AwareDatetime
    data: EventMessageData


def message_id(tenant: str, stream_id: str, sequence: int) -> str:
    """`evt_` and 32 hex digits: the same however often this event is sent, so that whoever gets it can tell."""
    named = f"{tenant}\0{stream_id}\0{sequence}".encode()
    return f"evt_{sha256(named).hexdigest()[:32]}"


def message_of(data: EventMessageData, recorded_at: datetime) -> EventMessage:
    """The webhook of this event: `case.` and the event's kind, or `case.event_erased`."""
    kind = "event_erased" if data.erased else data.kind
    return EventMessage(type=f"case.{kind}", timestamp=recorded_at, data=data)
