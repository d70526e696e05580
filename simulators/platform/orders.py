"""An order as it arrives: the whole effective state of one target, with its version."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators.platform.measures import SUPPORTED
from simulators.web import BadRequest, parse_object

_PLACE = re.compile(r"[A-Z]{2,3}")
_PIECE = re.compile(r"attachment:[1-9]\d*|text:\d+-\d+")
_SCOPE = re.compile(r"[a-z][a-z_]{0,31}")
_LARGEST_VERSION = 2**53


@dataclass(frozen=True)
class Order:
    """A checked order. measures is JSON, as it came and as it is kept."""

    order_id: str
    tenant: str
    kind: str
    id: str
    target_version: int
    content_version: str | None
    measures: str
    unsupported: frozenset[str]


def parse_order(body: bytes) -> Order:
    """The order in a request's body. Raises BadRequest naming the field. Unknown fields are left alone."""
    values = parse_object(body)
    _time(values, "issued_at")
    target = _part(values, "target", dict, "an object")
    kind = _text(target, "kind", "target.kind")
    if kind not in SUPPORTED:
        raise BadRequest("target.kind", f"one of {', '.join(SUPPORTED)}")
    measures = _part(_part(values, "state", dict, "an object"), "measures", list, "a list", "state.measures")
    for index, measure in enumerate(measures):
        _check_measure(measure, f"state.measures[{index}]")
    return Order(
        order_id=_text(values, "order_id"),
        tenant=_text(values, "tenant"),
        kind=kind,
        id=_text(target, "id", "target.id"),
        target_version=_version(values),
        content_version=_content_version(values),
        measures=json.dumps(measures, ensure_ascii=False, separators=(",", ":")),
        unsupported=frozenset(measure["kind"] for measure in measures) - SUPPORTED[kind],
    )


def _check_measure(measure: Any, where: str) -> None:
    if not isinstance(measure, dict):
        raise BadRequest(where, "not an object")
    _text(measure, "measure_id", f"{where}.measure_id")
    _text(measure, "kind", f"{where}.kind")
    _time(measure, "since", f"{where}.since")
    if measure.setdefault("until", None) is not None:
        _time(measure, "until", f"{where}.until")
    reach = measure.setdefault("reach", [])
    if not isinstance(reach, list) or not all(isinstance(place, str) and _PLACE.fullmatch(place) for place in reach):
        raise BadRequest(f"{where}.reach", "a list of country codes, EU or EEA; empty means everywhere")
    scope = measure.get("scope", [])
    if not isinstance(scope, list) or not all(isinstance(part, str) and _SCOPE.fullmatch(part) for part in scope):
        raise BadRequest(f"{where}.scope", "a list of surfaces or features; empty means all")
    pieces = measure.get("excerpts", [])
    if not isinstance(pieces, list) or not all(isinstance(piece, str) and _PIECE.fullmatch(piece) for piece in pieces):
        raise BadRequest(f"{where}.excerpts", "a list such as attachment:1 or text:10-45; empty means the whole")
    if (telling := measure.get("telling")) is not None:
        _check_telling(telling, f"{where}.telling")


def _check_telling(telling: Any, where: str) -> None:
    stance = telling.get("stance") if isinstance(telling, dict) else None
    if stance not in ("never", "delay_until"):
        raise BadRequest(f"{where}.stance", "never or delay_until; a measure that may be told of has no telling")
    if stance == "delay_until":
        _time(telling, "until", f"{where}.until")


def _version(values: Mapping[str, Any]) -> int:
    version = values.get("target_version")
    if type(version) is not int or not 1 <= version <= _LARGEST_VERSION:
        raise BadRequest("target_version", "a whole number from 1")
    return version


def _content_version(values: Mapping[str, Any]) -> str | None:
    evidence = _part(values, "evidence", dict, "an object") if values.get("evidence") is not None else {}
    version = evidence.get("content_version")
    if version is not None and not isinstance(version, str):
        raise BadRequest("evidence.content_version", "text or null")
    return version


def _part(values: Mapping[str, Any], name: str, kind: type, what: str, where: str | None = None) -> Any:
    if not isinstance(values.get(name), kind):
        raise BadRequest(where or name, f"not {what}")
    return values[name]


def _text(values: Mapping[str, Any], name: str, where: str | None = None, limit: int = 512) -> str:
    text = _part(values, name, str, "text", where)
    if not text or len(text) > limit:
        raise BadRequest(where or name, f"text of 1 to {limit} characters")
    return str(text)


def _time(values: Mapping[str, Any], name: str, where: str | None = None) -> None:
    parse: Callable[[str], datetime] = datetime.fromisoformat
    try:
        moment = parse(_text(values, name, where))
    except ValueError:
        raise BadRequest(where or name, "not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise BadRequest(where or name, "a time without its zone")
