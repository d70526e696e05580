"""The kinds of rule a field may have; rules.py says which field has which.

A check answers None, or the receiver's message. How they work together (what stops, what is skipped, what is dropped)
is in validation.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

Statement = Mapping[str, Any]
Condition = Callable[[Statement], bool]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Check:
    """One rule of a field. implicit: asked even when the field is missing, and if it fails no other is asked."""

    test: Callable[[str, Any, Statement], str | None]
    implicit: bool = False


@dataclass(frozen=True)
class DropUnless:
    """The field is dropped here, and none of its later rules is asked, unless the condition holds."""

    condition: Condition


@dataclass(frozen=True)
class Nullable:
    """Null is as good as missing."""


Rule = Check | DropUnless | Nullable

NULL_OK = Nullable()


def said(field: str) -> str:
    """A field's name in messages."""
    return field.replace("_", " ")


def is_filled(value: Any) -> bool:
    """Null and empty collections count as missing."""
    return value is not None and value not in ("", [], {})


def required(message: str = "The {field} field is required.") -> Check:
    return Check(lambda field, value, _: None if is_filled(value) else message.format(field=said(field)), implicit=True)


def required_when(condition: Condition, message: str = "The {field} field is required.") -> Check:
    def test(field: str, value: Any, statement: Statement) -> str | None:
        return message.format(field=said(field)) if condition(statement) and not is_filled(value) else None

    return Check(test, implicit=True)


def one_needed_with(*others: str) -> Check:
    """Missing together with all the others."""

    def test(field: str, value: Any, statement: Statement) -> str | None:
        if is_filled(value) or any(is_filled(statement.get(other)) for other in others):
            return None
        return f"The {said(field)} field is required when none of {' / '.join(map(said, others))} are present."

    return Check(test, implicit=True)


def collection() -> Check:
    return Check(
        lambda field, value, _: None if isinstance(value, list | dict) else f"The {said(field)} field must be an array."
    )


def text() -> Check:
    return Check(
        lambda field, value, _: None if isinstance(value, str) else f"The {said(field)} field must be a string."
    )


def at_most(limit: int) -> Check:
    """Code points of a text, entries of an array."""

    def test(field: str, value: Any, statement: Statement) -> str | None:
        if _size(value) <= limit:
            return None
        unit = "have more than {} items" if isinstance(value, list | dict) else "be greater than {} characters"
        return f"The {said(field)} field must not {unit.format(limit)}."

    return Check(test)


def one_of(values: frozenset[str]) -> Check:
    return Check(lambda field, value, _: None if isinstance(value, str) and value in values else _invalid(field))


def all_of(values: frozenset[str]) -> Check:
    def test(field: str, value: Any, statement: Statement) -> str | None:
        entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [None]
        return None if all(isinstance(entry, str) and entry in values for entry in entries) else _invalid(field)

    return Check(test)


def matches(pattern: str, message: str = "The {field} field format is invalid.") -> Check:
    compiled = re.compile(pattern)

    def test(field: str, value: Any, statement: Statement) -> str | None:
        fits = type(value) in (str, int, float) and compiled.fullmatch(str(value))
        return None if fits else message.format(field=said(field))

    return Check(test)


def absolute_url() -> Check:
    return Check(lambda field, value, _: None if _is_url(value) else f"The {said(field)} field must be a valid URL.")


def day(message: str) -> Check:
    return Check(lambda field, value, _: None if _day(value) else message)


def not_before(first: str) -> Check:
    def test(field: str, value: Any, statement: Statement) -> str | None:
        moment = _day(value)
        fits = moment is not None and moment >= date.fromisoformat(first)
        return None if fits else f"The {said(field)} field must be a date after or equal to {first}."

    return Check(test)


def not_after(last: str) -> Check:
    def test(field: str, value: Any, statement: Statement) -> str | None:
        moment = _day(value)
        fits = moment is not None and moment <= date.fromisoformat(last)
        return None if fits else f"The {said(field)} field must be a date before or equal to {last}."

    return Check(test)


def _invalid(field: str) -> str:
    return f"The selected {said(field)} is invalid."


def _size(value: Any) -> int:
    if isinstance(value, list | dict):
        return len(value)
    return 0 if value is None else len(str(value))


def _day(value: Any) -> date | None:
    """Strictly YYYY-MM-DD, and a day that exists."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _is_url(value: Any) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        parts = urlsplit(value)
        return bool(re.fullmatch(r"[a-z][a-z0-9+.-]*", parts.scheme) and parts.hostname)
    except ValueError:
        return False
