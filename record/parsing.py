"""From what came in to what is sealed: each message, by a door or raw, becomes one row of an inbox.

Raw signals and updates bypass the doors, so they are read here with models that have no field for free text. What breaks
a rule becomes a `MessageRefused` that names field and cure and never the content.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ValidationError

from cases.digests import canonical, canonical_json, message_digest
from cases.errors import BadInput, Problem
from cases.facts import Fact, Message
from cases.interventions import InterventionMessage
from cases.legal_requests import (
    NOTICE,
    TAKE_IT_DOWN,
    NoticeMessage,
    TakeItDownMessage,
    given_of_report,
)
from cases.messages import (
    AppealMessage,
    AuthorityReportMessage,
    DecisionMessage,
    ExtensionMessage,
    Person,
    ReportMessage,
    ReportSource,
    ReversalMessage,
    SignalMessage,
    Subject,
    refuse_future,
)
from cases.names import kind_of, parse_workflow_id, person_key, subject_key
from cases.order_messages import AuthorityOrderMessage, OrderChangeMessage, RawAuthorityOrderMessage
from cases.stances import TellingMessage
from cases.withdrawals import WithdrawalMessage
from record.raw_models import (
    AppealAnsweredMessage,
    FilingAnsweredMessage,
    RawAppealMessage,
    RawReportMessage,
)
from record.traits import with_traits

Channel = Literal["door", "signal", "update"]
FREE_TEXT_FLAG: Final = "history_holds_text"
# Names that the contract or older senders use, and the one they are stored under.
ALIASES: Final[Mapping[str, str]] = {"decision": "decide", "extension": "extend_deadline", "reversal": "reverse"}
_TEXT_FIELDS: Final = frozenset({"reason", "snapshot", "grounds", "text", "rationale", "comment", "note", "address"})
_PLAIN_NAME: Final = re.compile(r"[a-z_]{1,40}")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9._:/+-]{0,64}")


class RawMessage(Fact):
    """A Temporal signal or update as the run got it. payload: its one argument, or all of them if there is not one.

    received_at: when the run got it; the time of taking where it is not given. refused: what whoever takes it found wrong
    with it that the message alone does not show.
    """

    kind: str
    channel: Literal["signal", "update"]
    payload: Any
    message_id: str | None = None
    received_at: AwareDatetime | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Incoming:
    """A message ready to be sealed. personal and contact are for the person's own key, content is for the case's."""

    kind: str
    channel: Channel
    message_id: str
    digest: bytes
    content: bytes
    received_at: AwareDatetime
    subject: Subject | None = None
    person: str = ""
    address_key: str = ""
    role: str | None = None
    area: str = ""
    personal: bytes | None = None
    contact: bytes | None = None
    contactable: bool = False
    holds_text: bool = False


_RAW_MODELS: Final[Mapping[str, type[Message]]] = {
    "report": RawReportMessage,
    "signal": SignalMessage,
    "appeal": RawAppealMessage,
    "decide": DecisionMessage,
    "extend_deadline": ExtensionMessage,
    "reverse": ReversalMessage,
    "intervene": InterventionMessage,
    "withdraw": WithdrawalMessage,
    "authority_report": AuthorityReportMessage,
    "authority_order": RawAuthorityOrderMessage,
    "appeal_answered": AppealAnsweredMessage,
    "filing_answered": FilingAnsweredMessage,
}


# As whom the record keeps the person that a message comes from.
_ROLES: Final = {
    **dict.fromkeys(("report", NOTICE, TAKE_IT_DOWN), "reporter"),
    "appeal": "appellant",
    "authority_order": "authority",
}
# What people say in their own words, or of themselves: sealed with their own key where they are known.
_OWN_WORDS: Final = frozenset(
    {"reason", "grounds", "explanation", "sender", "requester", "signature", "statement", "notice"}
)
_MARKS: Final = frozenset({"traits", "flagger", "given", "area", "source"})  # that a door writes beside what was sent
_RULED: Final = frozenset({"decide", "extend_deadline", "reverse", "intervene", "withdraw"})


def incoming(
    secret: bytes,
    kind: str,
    channel: Channel,
    message_id: str,
    message: BaseModel,
    person: Person | None,
    received_at: AwareDatetime,
    made: Mapping[str, Any] = MappingProxyType({}),
) -> Incoming:
    """A valid message taken apart: what a person said of themselves and in their own words goes under their own key.

    made: what the door says of it beside (`flagger`: the body on the register by whose token or in whose name it came), or
    said when it came first.
    """
    role = _ROLES.get(kind)
    plain = message.model_dump(mode="json")
    digest = _digest(secret, message, plain)
    if isinstance(message, NoticeMessage):
        plain["source"] = message.source
    if isinstance(message, TakeItDownMessage):  # no notice under the DSA, and so another notification
        plain |= {"area": message.area, "source": ReportSource.OTHER}
    given = getattr(message, "given", None)
    if isinstance(message, ReportMessage) and message.notice:
        given = given_of_report(message)
    if isinstance(given, frozenset):
        plain["given"] = sorted(given)
    if role == "reporter":
        plain = with_traits(secret, plain, message, person)
    plain |= made
    hidden = {"reporter", "appellant"} | (_OWN_WORDS if person else set())
    personal = {name: plain.pop(name) for name in hidden & set(plain)}
    keyed = "" if person is None else person_key(secret, person.reference)
    address = person.address if person else None
    return Incoming(
        kind=kind,
        channel=channel,
        message_id=message_id,
        digest=digest,
        content=canonical(plain),
        received_at=received_at,
        subject=getattr(message, "subject", None),
        person=keyed,
        address_key=person_key(secret, address) if address else "",
        role=role if person or role == "reporter" else None,
        area=str(plain["area"]) if role == "reporter" else "",
        personal=canonical(personal) if person else None,
        contact=canonical_json(person) if person else None,
        contactable=bool(address),
    )


def as_sent(model: type[Message], kind: str, stored: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A stored message taken apart again: what was sent, and what the door had made of it that is kept."""
    marks = _MARKS - model.model_fields.keys()
    sent = {name: value for name, value in stored.items() if name not in marks}
    if kind == NOTICE and sent.get("source") == ReportSource.OTHER:
        del sent["source"]  # as versions wrote it that judged at the door whether a notice is whole
    return sent, {name: stored[name] for name in ("traits", "flagger") if name in stored}


def read_raw(secret: bytes, stream_id: str, areas: frozenset[str], raw: RawMessage, now: AwareDatetime) -> Incoming:
    """A raw message, valid or refused. Its own id names it; one too broken for that is named by what it holds."""
    kind = ALIASES.get(raw.kind, raw.kind)
    received_at = raw.received_at or now
    model = _RAW_MODELS.get(kind)
    if model is None:
        known = ", ".join(sorted(_RAW_MODELS))
        return _refused(
            secret, stream_id, raw, received_at, "unknown_kind", f"kind: not one of {known}; send one of these"
        )
    try:
        if not isinstance(raw.payload, Mapping):
            raise BadInput([Problem("message", "", "is not one JSON object", "send exactly one argument, an object")])
        message = model.model_validate(raw.payload)
        _refuse_strangers(secret, stream_id, areas, message)
        for field in ("reported_at", "detected_at"):
            refuse_future(field, getattr(message, field, None), received_at)
    except ValidationError as error:
        code, problem = _explained(error)
        return _refused(secret, stream_id, raw, received_at, code, problem)
    except BadInput as error:
        return _refused(secret, stream_id, raw, received_at, "malformed", str(error))
    if raw.refused:
        return _refused(secret, stream_id, raw, received_at, "unknown_rule", raw.refused)
    message_id = (
        _scoped_id(secret, stream_id, kind, message) if kind in _RULED else str(getattr(message, "message_id", ""))
    )
    person = getattr(message, "reporter", None) or getattr(message, "appellant", None)
    named = None if person is None else Person(account_id=person.account_id, language=person.language)
    return incoming(secret, kind, raw.channel, message_id, message, named, received_at)


def _scoped_id(secret: bytes, stream_id: str, kind: str, message: Message) -> str:
    """What the case rules on by the message's own id is one inbox row for each content: an update that was accepted must
    not vanish because another message of its id, here or in another case, was refused before."""
    held = stream_id.encode() + b"\0" + canonical_json(message)
    return f"{kind}-{hmac.new(secret, held, sha256).hexdigest()[:32]}"


def _digest(secret: bytes, message: BaseModel, plain: Mapping[str, Any]) -> bytes:
    """Of a decision without its token: the same may be sent again under a new one."""
    if isinstance(message, DecisionMessage | WithdrawalMessage):
        return message_digest(secret, {**plain, "token": None})
    if plain.get("context", True) is None:  # as before there was such a field
        return message_digest(secret, {name: value for name, value in plain.items() if name != "context"})
    return message_digest(secret, plain)


def _refuse_strangers(secret: bytes, stream_id: str, areas: frozenset[str], message: Message) -> None:
    """A raw message must be about this very case, and name an area the pack has."""
    subject = getattr(message, "subject", None)
    if subject is not None and parse_workflow_id(stream_id).family == "case":
        _, _, key = parse_workflow_id(stream_id).rest.partition("/")
        if (subject.kind, subject_key(secret, subject.kind, subject.id)) != (kind_of(stream_id), key):
            cure = "send it to the workflow that `dueprocess case id` prints for this subject"
            raise BadInput([Problem("subject", "", "is not this case's", cure)])
    area = getattr(message, "area", None)
    if area is not None and areas and area not in areas:
        raise BadInput([Problem("area", area, "is no area of the policy pack", f"one of {', '.join(sorted(areas))}")])


def _refused(
    secret: bytes, stream_id: str, raw: RawMessage, received_at: AwareDatetime, code: str, problem: str
) -> Incoming:
    """What is kept of a message that cannot be read is why. Digest and id are of the stream and what it holds, keyed."""
    held = json.dumps([stream_id, raw.kind, raw.message_id, raw.payload], sort_keys=True, default=repr).encode()
    digest = hmac.new(secret, held, sha256).digest()
    return Incoming(
        kind=raw.kind if _PLAIN_NAME.fullmatch(raw.kind) else "unknown",
        channel=raw.channel,
        message_id=f"raw-{digest.hex()[:32]}",
        digest=digest,
        content=canonical({"refused": {"code": code, "problem": problem}}),
        received_at=received_at,
        holds_text=code == "free_text",
    )


def _explained(error: ValidationError) -> tuple[str, str]:
    """Code and problem: every field and its cure; nothing of the values, and no name that the sender made up."""
    problems = []
    code = "malformed"
    for one in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) if _plain(part) else "(unknown)" for part in one["loc"]) or "message"
        if one["type"] == "extra_forbidden" and _holds_text(one["loc"][-1], one["input"]):
            code = "free_text"
            problems.append(Problem(field, "", "may hold text", "store it through a door and name it by its id"))
        elif one["type"] == "extra_forbidden":
            problems.append(Problem(field, "", "is not a field of this message", "leave it out"))
        else:
            problems.append(Problem(field, "", one["msg"], "see the handler's description for an example"))
    return code, "; ".join(str(problem) for problem in problems[:8])


def _plain(part: object) -> bool:
    return isinstance(part, int) or (isinstance(part, str) and bool(_PLAIN_NAME.fullmatch(part)))


def _holds_text(name: object, value: object) -> bool:
    if name in _TEXT_FIELDS or not _plain(name):
        return True
    return not isinstance(value, bool | int | float | None) and not (
        isinstance(value, str) and _PLAIN_VALUE.fullmatch(value)
    )


# The door's own models, by the kind they are accepted under.
DOOR_MODELS: Final[Mapping[str, type[Message]]] = {
    **_RAW_MODELS,
    **{"report": ReportMessage, "appeal": AppealMessage, NOTICE: NoticeMessage, TAKE_IT_DOWN: TakeItDownMessage},
    **{"authority_order": AuthorityOrderMessage, "order_change": OrderChangeMessage, "telling_set": TellingMessage},
}
