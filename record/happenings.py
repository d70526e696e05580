"""From an inbox row to what happened: each message of a case becomes one event body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter

from cases.appeals import Role
from cases.events import EventBody
from cases.legal_requests import NOTICE, Element, notice_received, request_received
from cases.messages import ReportSource
from cases.reading_orders import change_received, order_received, telling_received
from cases.received import (
    AppealAnswered,
    AppealReceived,
    AuthorityReportFiled,
    MessageRefused,
    ReportReceived,
    SignalReceived,
)
from cases.tokens import peek_claims
from cases.withdrawals import WithdrawalReceived
from record.parsing import Channel

# What needs nothing but its number and time to be an event, by that event's kind.
_AS_THEY_ARE: Final[Mapping[str, str]] = {
    **{"extend_deadline": "extension_received", "reverse": "reversal_received", "intervene": "intervention_received"},
    "bulk_act": "bulk_act_received",
    **{
        kind: kind
        for kind in (
            "filing_answered",
            "copy_decided",
            "responsibility_found",
            "step_crossed",
            "step_fell",
            "copy_reversed",
            "split_off",
            "batch_done",
            "members_joined",
            "vendor_answered",
            "source_fell",
            "order_overtaken",
            "attachments_came",
        )
    },
}
_BODY: Final[TypeAdapter[EventBody]] = TypeAdapter(EventBody)
UNREADABLE: Final = (ValueError, KeyError, TypeError)  # pydantic's ValidationError is a ValueError


@dataclass(frozen=True)
class Row:
    """One unread message, opened; content None where its key was destroyed."""

    number: int
    message_id: str
    kind: str
    channel: Channel
    content: dict[str, Any] | None
    person: str
    received_at: AwareDatetime
    first_of_person: bool
    contactable: bool


@dataclass(frozen=True)
class Informed:
    """As whom, and when first, a person was told of a decision."""

    person: str
    role: Role | None = None
    informed_at: AwareDatetime | None = None


def body_of(row: Row, informed: Informed | None = None) -> EventBody:
    """The event body of a message that needs no judgement; `record.deciding` does decisions.

    informed: for an appeal. A removal request is read as `record.requests` joined it.
    Raises one of `UNREADABLE` for what another version wrote and this one cannot read.
    """
    content = row.content
    if content is None:
        return refusal_of(row, "erased", "message: its key was destroyed before it was read; nothing of it is left")
    if "refused" in content:
        return refusal_of(row, content["refused"]["code"], content["refused"]["problem"])
    number, at = row.number, row.received_at
    match row.kind:
        case "report":
            return ReportReceived(
                number=number,
                area=content["area"],
                source=ReportSource(content["source"]),
                flagger=content.get("flagger"),
                not_trusted=content.get("not_trusted"),
                received_at=at,
                independent=int(row.first_of_person),
                contactable=int(row.contactable),
            )
        case "notice" | "take_it_down":
            return _by_form(row, content)
        case "authority_order":
            return order_received(content, number, row.message_id, row.person, at)
        case "order_change":
            return change_received(content, number, row.message_id, at)
        case "signal":
            detector = "{vendor}/{name}@{version}".format(**content["detector"])
            scores, area = content["scores"], content.get("area")
            return SignalReceived(number=number, detector=detector, scores=scores, received_at=at, area=area)
        case "appeal":
            known = informed or Informed(row.person)
            return AppealReceived(
                number=number,
                appeal_id=row.message_id,
                decision_id=content["decision_id"],
                appellant=known.person,
                role=known.role,
                informed_at=known.informed_at,
                received_at=at,
            )
        case "appeal_answered":
            said = {**content, "kind": row.kind, "number": number, "received_at": at, "two_people": True}
            return AppealAnswered.model_validate(said)
        case "withdraw":
            who = peek_claims(content["token"]).reviewer  # verified before it was taken
            return WithdrawalReceived.model_validate(
                {**content, "reviewer": who, "number": number, "received_at": at, "kind": "withdrawal_received"}
            )
        case "telling_set":
            return telling_received(content, number, row.message_id, at)
        case "authority_report":
            named = {**content, "matter_id": content["matter"]}
            return AuthorityReportFiled.model_validate({**named, "number": number, "received_at": at})
        case kind if kind in _AS_THEY_ARE:
            return _BODY.validate_python({**content, "kind": _AS_THEY_ARE[kind], "number": number, "received_at": at})
        case _:
            raise ValueError("not a kind this version reads")


def _by_form(row: Row, content: Mapping[str, Any]) -> EventBody:
    given = frozenset(map(Element, content["given"]))
    number, at, new, told = row.number, row.received_at, int(row.first_of_person), int(row.contactable)
    if row.kind == NOTICE:
        return notice_received(content, given, number, at, new=new, told=told)
    return request_received(
        content, content["request_id"], given, number, at, new=new, told=told, first=content["first"]
    )


def refusal_of(row: Row, code: str, problem: str) -> MessageRefused:
    """The record's note of a message that broke a rule."""
    return MessageRefused(
        message_kind=row.kind,
        code=code,
        problem=problem,
        number=row.number,
        message_id=row.message_id,
        received_at=row.received_at,
    )
