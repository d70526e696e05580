"""Stored statements of reasons: what is kept of a valid one, and how it is shown."""

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulators.database import Database
from simulators.transparency.rules import ARRAY_FIELDS, FIELDS, TEXT_FIELDS
from simulators.transparency.tokens import User

_END_DATES = tuple(field for field in FIELDS if field.startswith("end_date_"))
_OTHER_OF = {
    "category_specification_other": ("category_specification", "KEYWORD_OTHER"),
    "content_type_other": ("content_type", "CONTENT_TYPE_OTHER"),
    "decision_visibility_other": ("decision_visibility", "DECISION_VISIBILITY_OTHER"),
}


class Crashed(Exception):
    """What the real server answers 500 to: an array for a text (its insert fails), a batch element that is no object."""


@dataclass(frozen=True)
class Stored:
    """A statement with the columns the database adds."""

    id: int
    uuid: str
    puid: str
    platform_name: str
    created_at: str
    body: Mapping[str, Any]


def tidy_single(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the single endpoint stores: sorted without repeats, the main category not repeated as an additional one."""
    if any(isinstance(kept.get(field), list | dict) for field in TEXT_FIELDS):
        raise Crashed
    body = {**dict.fromkeys(_END_DATES), **kept}
    for field in ("content_type", "decision_visibility", "category_specification"):
        if body.get(field) is not None:
            body[field] = _sorted(body[field])
    body["territorial_scope"] = _sorted(body.get("territorial_scope") or [])
    if body.get("category_addition") is not None:
        body["category_addition"] = [entry for entry in body["category_addition"] if entry != body["category"]]
    return _with_ean(body)


def tidy_batch(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the batch endpoint stores: explanations without their choice dropped, arrays in texts turned to text."""
    body = {**dict.fromkeys(FIELDS), **kept}
    body["territorial_scope"] = _sorted(body["territorial_scope"] or [])
    for field, (chooser, needed) in _OTHER_OF.items():
        if needed not in (body[chooser] or []):
            body[field] = None
    if body["source_type"] == "SOURCE_VOLUNTARY":
        body["source_identity"] = None
    for field in TEXT_FIELDS:
        if isinstance(body[field], list):
            body[field] = '["' + '","'.join(map(str, body[field])) + '"]'
    return _with_ean(body)


def add(database: Database, user: User, method: str, now: datetime, body: Mapping[str, Any]) -> Stored:
    """Store one; the caller holds the transaction and the puid."""
    columns = {
        "uuid": str(uuid.uuid4()),
        "puid": str(body["puid"]),
        "platform_name": user.platform or "",
        "created_at": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }
    text = json.dumps({name: value for name, value in body.items() if name != "puid"}, ensure_ascii=False)
    id = database.number("add_statement", platform_id=user.platform_id, method=method, body=text, **columns)
    return Stored(id=id, body=body, **columns)


def from_row(row: sqlite3.Row) -> Stored:
    """A statement read back."""
    columns = {name: row[name] for name in ("id", "uuid", "puid", "platform_name", "created_at")}
    return Stored(**columns, body=json.loads(row["body"]))


def shown_single(stored: Stored, base: str) -> dict[str, Any]:
    """The single endpoint's 201: what was sent and kept, with id and puid."""
    return {**stored.body, **_public(stored, base), "id": stored.id, "puid": stored.puid}


def shown_batch(stored: Stored, sent: Mapping[str, Any], base: str) -> dict[str, Any]:
    """One element of the batch endpoint's 201: as it was sent, missing fields as null or [], no id."""
    values = {field: sent.get(field) for field in FIELDS}
    values |= {field: values[field] or [] for field in ARRAY_FIELDS}
    values["content_id_ean"] = (sent.get("content_id") or {}).get("EAN-13")
    values["territorial_scope"] = stored.body["territorial_scope"]
    return {**values, **_public(stored, base), "puid": stored.puid}


def shown_public(stored: Stored, base: str) -> dict[str, Any]:
    """A statement read back: every column but id and puid, arrays sorted without repeats."""
    values = {field: stored.body.get(field) for field in FIELDS}
    values |= {field: _sorted(values[field] or []) for field in ARRAY_FIELDS}
    return {**values, **_public(stored, base)}


def _public(stored: Stored, base: str) -> dict[str, Any]:
    return {
        "uuid": stored.uuid,
        "created_at": stored.created_at,
        "platform_name": stored.platform_name,
        "permalink": f"{base}/statement/{stored.uuid}",
        "self": f"{base}/api/v1/statement/{stored.uuid}",
    }


def _with_ean(body: dict[str, Any]) -> dict[str, Any]:
    ean = (body.get("content_id") or {}).get("EAN-13")
    if body.get("content_id_ean") is None and ean is not None:
        body["content_id_ean"] = ean
    return body


def _sorted(values: list[Any] | dict[str, Any]) -> list[Any]:
    entries = values.values() if isinstance(values, dict) else values
    return sorted(set(entries))
