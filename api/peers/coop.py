"""Coop's payloads, as its users send them and as it calls back, and what they are as our messages.

Read from roostorg/coop: docs/api/report.md, docs/api/appeal.md, docs/api/actions.md; what its server takes,
server/routes/reporting/ReportingRoutes.ts, and both forms of an item, server/services/itemProcessingService/types.ts.
Fields it does not know are let pass, as there. A report has no id in Coop; ours is made of its words, so that one that is
sent again is one.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from api.peers.coop_map import CoopTenant, ItemMeaning
from cases.errors import BadInput, IdentityError, Problem
from cases.messages import (
    SNAPSHOT_LIMIT,
    TEXT_LIMIT,
    Detector,
    Person,
    ReportMessage,
    ReportSource,
    SignalMessage,
    Subject,
)
from cases.names import canonical_subject_id
from cases.policy import CATCH_ALL

VENDOR: Final = "coop"
THREAD: Final = "\n\n--- around it, as sent with the report ---\n"

_SPACE: Final = UUID("5b0c7d0e-6f0c-5b8e-9d5a-0d3b8f5c1e42")  # of report ids; any constant would do
_CUT: Final = " […]"


def _time(value: Any) -> Any:
    """ISO 8601; without an offset UTC, as Coop's own server reads it."""
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a time; send ISO 8601, such as 2024-01-15T10:30:00.000Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


CoopTime = Annotated[datetime, BeforeValidator(_time)]


class Payload(BaseModel):
    """A body of Coop's. Frozen; passes over fields that Coop does not know either."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class TypeSelector(Payload):
    """The nested form of an item's type."""

    id: str


class ItemIdentifier(Payload):
    """An item by its platform's id and its Coop type."""

    id: str
    type_id: str


class Item(Payload):
    """An item, its type in either of Coop's two forms. data: as the platform's own schema has it."""

    id: str
    type_id: str | None = None
    type: TypeSelector | None = None
    data: dict[str, Any]

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if self.type_id is None and self.type is None:
            raise ValueError("typeId is missing; send it, or type.id")
        return self

    @property
    def kind_id(self) -> str:
        """The id of its Coop type."""
        return self.type_id if self.type_id is not None else self.type.id if self.type else ""


class Reporter(Payload):
    """Who reported."""

    kind: Literal["user"]
    id: str
    type_id: str


class Reason(Payload):
    """Why it was reported."""

    policy_id: str | None = None
    reason: str | None = None
    csam: bool | None = None


class CoopReport(Payload):
    """`POST /api/v1/report`."""

    reporter: Reporter
    reported_at: CoopTime
    reported_item: Item
    reported_for_reason: Reason | None = None
    reported_item_thread: tuple[Item, ...] = ()
    reported_items_in_thread: tuple[ItemIdentifier, ...] = ()
    additional_items: tuple[Item, ...] = ()


class PolicyId(Payload):
    """A policy by id; a callback has more of it."""

    id: str


class CoopAppeal(Payload):
    """`POST /api/v1/report/appeal`."""

    appeal_id: Annotated[str, Field(min_length=1)]
    appealed_by: ItemIdentifier
    appealed_at: CoopTime
    actioned_item: Item
    actions_taken: tuple[str, ...]
    appeal_reason: str | None = None
    violating_policies: tuple[PolicyId, ...] = ()
    additional_items: tuple[Item, ...] = ()


class RuleId(Payload):
    """A rule of Coop's that held."""

    id: str


class CoopAction(Payload):
    """What Coop posts to an action's callback URL. actor_email: the moderator, None where a rule or strikes acted."""

    item: ItemIdentifier
    action: PolicyId
    policies: tuple[PolicyId, ...] = ()
    rules: tuple[RuleId, ...] = ()
    actor_email: str | None = None
    actor_note: str | None = None
    decision_reason: str | None = None


class CoopAppealDecision(Payload):
    """What Coop posts to the appeal callback URL. ACCEPT: the first decision was wrong."""

    appeal_id: Annotated[str, Field(min_length=1)]
    item: ItemIdentifier
    appealed_by: ItemIdentifier
    appeal_decision: Literal["ACCEPT", "REJECT"]


def digest_of(raw: bytes) -> str:
    """Which body this is, whatever its spacing: 32 hex digits."""
    plain = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()[:32]


def report_id_of(tenant: str, raw: bytes) -> str:
    """The id a report gets: the same for the same words, and of the form that Coop's have."""
    return str(uuid5(_SPACE, f"{tenant}\0{digest_of(raw)}"))


def own_id(coop_id: str) -> str:
    """An id of the platform's as one of ours: itself where it is of our form."""
    plain = coop_id.isascii() and len(coop_id) <= 128 and coop_id[:1].isalnum()
    if plain and all(character.isalnum() or character in "._:-" for character in coop_id):
        return coop_id
    return f"coop-{sha256(coop_id.encode()).hexdigest()[:32]}"


def subject_of(item: Item | ItemIdentifier, field: str, table: CoopTenant) -> Subject:
    """What an item is to us. Raises BadInput for a type that the tenant's table does not have, or no usable id."""
    meaning = meaning_of(item, field, table)
    return Subject(kind=meaning.kind, id=checked_id(item.id, f"{field}.id"))


def meaning_of(item: Item | ItemIdentifier, field: str, table: CoopTenant) -> ItemMeaning:
    """The tenant's entry for an item's type. Raises BadInput."""
    type_id = item.kind_id if isinstance(item, Item) else item.type_id
    meaning = table.items.get(type_id)
    if meaning is None:
        cure = f"add [<tenant>.items.{type_id[:60]!r}] with its kind to DUEPROCESS_COOP_FILE"
        raise BadInput([Problem(f"{field}.typeId", type_id[:60], "is no item type of this tenant's table", cure)])
    return meaning


def area_of(policy_ids: Sequence[str | None], table: CoopTenant, areas: Collection[str]) -> str:
    """The first of these policies that is an area of ours, by the table or by its own id; the catch-all for none."""
    for policy_id in filter(None, policy_ids):
        mapped = table.policies.get(policy_id)
        if mapped or policy_id in areas:
            return mapped.area if mapped else policy_id
    return CATCH_ALL


def report_message(payload: CoopReport, report_id: str, table: CoopTenant, areas: Collection[str]) -> ReportMessage:
    """A report as ours. It has no name, address or statement of good faith, so it is no notice under DSA Art. 16."""
    why = payload.reported_for_reason or Reason()
    severe = why.csam and table.csam_area in areas
    area = table.csam_area if severe else area_of([why.policy_id], table, areas)
    return ReportMessage(
        message_id=f"coop-{report_id}",
        subject=subject_of(payload.reported_item, "reportedItem", table),
        area=area,
        source=ReportSource.OTHER,
        reporter=Person(account_id=checked_id(payload.reporter.id, "reporter.id")),
        reason=cut(why.reason),
        snapshot=_snapshot(payload, table),
        reported_at=payload.reported_at,
    )


def signals_of(payload: CoopAction, digest: str, subject: Subject, area: str) -> Iterator[SignalMessage]:
    """An action that no person took: each of Coop's rules that held is a machine's indication; strikes are one."""
    names = [rule.id for rule in payload.rules] or [f"action.{payload.action.id}"]
    for number, name in enumerate(names):
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)[:64]
        yield SignalMessage(
            message_id=f"coop-{digest}-{number}",
            subject=subject,
            detector=Detector(vendor=VENDOR, name=plain or "unnamed", version="unversioned"),
            scores={area: 1.0},
            area=area,
        )


def cut(text: str | None) -> str | None:
    """A text as long as ours may be; Coop has no limit, and a long one is no reason to lose a report."""
    if not text or not text.strip():
        return None
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - len(_CUT)] + _CUT


def checked_id(given: str, field: str) -> str:
    """A platform's id that may name a subject or a person. Raises BadInput."""
    try:
        return canonical_subject_id(given)
    except IdentityError as error:
        raise BadInput([Problem(field, "", str(error), "send the platform's own id")]) from None


def _snapshot(payload: CoopReport, table: CoopTenant) -> str | None:
    """The content as sent, and below a line what stood around it; sealed, and judged only if the platform has it no more."""
    own = _text(payload.reported_item, table)
    tagged = {(one.id, one.type_id) for one in payload.reported_items_in_thread}
    around = [
        f"{'[reported] ' if (one.id, one.kind_id) in tagged else ''}{text}"
        for one in (*payload.reported_item_thread, *payload.additional_items)
        if (text := _text(one, table))
    ]
    whole = own + (THREAD + "\n".join(around) if around else "")
    return whole[:SNAPSHOT_LIMIT] or None


def _text(item: Item, table: CoopTenant) -> str:
    meaning = table.items.get(item.kind_id)
    fields = meaning.text if meaning and meaning.text else tuple(item.data)
    return "\n".join(text for name in fields for text in _texts(item.data.get(name)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
