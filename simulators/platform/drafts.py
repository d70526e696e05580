"""What a synthetic user sends in: one shape for accounts, communities, posts, comments and transactions."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators.web import BadRequest, stamp

SURFACES = frozenset({"public", "group", "private", "end_to_end", "live"})
_SHA256 = re.compile(r"[0-9a-f]{64}")  # and a PDQ hash, which is as long
_ATTACHMENT = ("name", "media_type", "sha256", "pdq", "pdq_quality")
_LOCAL_PART = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class Form:
    """How one collection of the users API becomes a subject."""

    kind: str
    form: str
    required: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True)
class Draft:
    """Something a user made, checked by shape; created_at None means now."""

    kind: str
    form: str
    id: str
    name: str | None = None
    address: str | None = None
    author_id: str | None = None
    community_id: str | None = None
    parent_id: str | None = None
    counterparty_id: str | None = None
    text: str = ""
    language: str = "en"
    country: str | None = None
    surface: str = "public"
    attachments: tuple[Mapping[str, str], ...] = ()
    amount: str | None = None
    currency: str | None = None
    sensitive: bool = False
    masked: bool = False
    likes: int = 0
    reach: int = 0
    created_at: str | None = None


_ALWAYS = frozenset({"id", "language", "country", "sensitive", "masked", "created_at"})
_PUBLISHED = _ALWAYS | {"surface", "attachments", "likes", "reach"}

FORMS: Mapping[str, Form] = {
    "accounts": Form("account", "account", frozenset({"display_name"}), _ALWAYS | {"address", "text"}),
    "communities": Form("community", "community", frozenset({"name"}), _ALWAYS | {"author_id", "text", "surface"}),
    "posts": Form("content", "post", frozenset({"author_id", "text"}), _PUBLISHED | {"community_id"}),
    "comments": Form("content", "comment", frozenset({"author_id", "text", "parent_id"}), _PUBLISHED),
    "transactions": Form(
        "transaction", "transaction", frozenset({"author_id", "text", "amount", "currency"}),
        _PUBLISHED | {"counterparty_id"},
    ),
}  # fmt: skip

EDITABLE = frozenset({"text", "name", "display_name", "sensitive", "masked", "likes", "reach"})


def parse_draft(collection: str, values: Mapping[str, Any]) -> Draft:
    """A new thing for a collection of the users API. Raises BadRequest (422) naming the field."""
    form = FORMS[collection]
    missing = form.required - values.keys()
    if missing:
        raise _refused(min(missing), "missing")
    checked = _check(values, form.required | form.optional)
    checked.setdefault("id", f"{form.form}-{uuid.uuid4().hex[:12]}")
    if form.form == "account":
        checked.setdefault("address", _LOCAL_PART.sub("-", checked["id"]) + "@example.invalid")
    return Draft(kind=form.kind, form=form.form, **checked)


def parse_edit(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an author changes. Raises BadRequest (422)."""
    return _check(values, EDITABLE)


def _check(values: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for field, value in values.items():
        if field not in known:
            raise _refused(field, f"unknown here; known are {', '.join(sorted(known))}")
        if value is None and field not in _NOT_NULL:
            continue
        checked["name" if field == "display_name" else field] = _CHECKS[field](field, value)
    return checked


def _refused(field: str, detail: str) -> BadRequest:
    return BadRequest(field, detail, code="invalid", status=422)


def _text(limit: int, least: int = 1) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= limit:
            raise _refused(field, f"text of {least} to {limit} characters")
        return value

    return check


def _pattern(pattern: str, what: str) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise _refused(field, what)
        return value

    return check


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(field, "true or false")
    return value


def _count(field: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise _refused(field, "a whole number from 0")
    return int(value)


def _moment(field: str, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _refused(field, "not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise _refused(field, "a time without its zone")
    return stamp(moment)


def _surface(field: str, value: Any) -> str:
    if value not in SURFACES:
        raise _refused(field, f"one of {', '.join(sorted(SURFACES))}")
    return str(value)


def _attachments(field: str, value: Any) -> tuple[Mapping[str, str], ...]:
    if not isinstance(value, list) or not all(_is_attachment(entry) for entry in value):
        raise _refused(
            field, "a list of {name, media_type, sha256 in hex}, of pictures with pdq in hex and pdq_quality"
        )
    return tuple({name: entry[name] for name in _ATTACHMENT if name in entry} for entry in value)


def _is_attachment(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) and entry[name] for name in ("name", "media_type", "sha256"))
        and _SHA256.fullmatch(entry["sha256"]) is not None
        and ("pdq" not in entry or (isinstance(entry["pdq"], str) and _SHA256.fullmatch(entry["pdq"]) is not None))
        and type(entry.get("pdq_quality", 100)) is int
    )


_id = _pattern(r"[^\x00-\x1f\x7f]{1,200}", "1 to 200 printable characters")
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("id", "author_id", "community_id", "parent_id", "counterparty_id"), _id),
    **dict.fromkeys(("name", "display_name"), _text(200)),
    **dict.fromkeys(("sensitive", "masked"), _flag),
    **dict.fromkeys(("likes", "reach"), _count),
    # Nobody here is real: an address that could reach a person is refused.
    "address": _pattern(r"[^\s@<>]{1,64}@([A-Za-z0-9-]+\.)*invalid", "an address that ends in .invalid"),
    "text": _text(20_000, least=0),
    "language": _pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language code"),
    "country": _pattern(r"[A-Z]{2}", "an upper-case country code"),
    "surface": _surface,
    "attachments": _attachments,
    "amount": _pattern(r"[0-9]{1,12}(\.[0-9]{1,4})?", "a decimal number as text"),
    "currency": _pattern(r"[A-Z]{3}", "a currency code"),
    "created_at": _moment,
}
# null means "not given" for these; nothing else may be null.
_NOT_NULL = frozenset(_CHECKS) - {"id", "country", "community_id", "counterparty_id", "created_at", "author_id"}
