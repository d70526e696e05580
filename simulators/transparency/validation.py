"""Asking the rules of rules.py, as the receiver's framework asks them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.transparency.checks import Check, DropUnless, Nullable, Rule, Statement, is_filled
from simulators.transparency.rules import Rules

Errors = dict[str, list[str]]

_MISSING = object()


@dataclass(frozen=True)
class Verdict:
    """Messages by field, and what is kept: the fields that have rules, were sent and were not dropped."""

    errors: Errors
    kept: Mapping[str, Any]


def validate(statement: Statement, rules: Rules) -> Verdict:
    """Judge a prepared statement. Unknown fields are dropped in silence."""
    errors: Errors = {}
    kept: dict[str, Any] = {}
    for field, of_field in rules.items():
        value = _value(statement, field)
        messages, dropped = _ask(field, value, of_field, statement)
        if messages:
            errors[field] = messages
        if value is not _MISSING and not dropped:
            _keep(kept, field, value)
    return Verdict(errors, kept)


def summary(errors: Errors) -> str:
    """The first message, and how many more there are."""
    messages = [message for of_field in errors.values() for message in of_field]
    more = len(messages) - 1
    return messages[0] + (f" (and {more} more error{'s' if more > 1 else ''})" if more else "")


def _ask(field: str, value: Any, rules: tuple[Rule, ...], statement: Statement) -> tuple[list[str], bool]:
    """The messages, and whether the field is dropped. What was found before the drop stays found."""
    null_is_missing = any(isinstance(rule, Nullable) for rule in rules)
    messages: list[str] = []
    for rule in rules:
        if isinstance(rule, DropUnless):
            if not rule.condition(statement):
                return messages, True
        elif isinstance(rule, Check) and _applies(rule, value, null_is_missing):
            message = rule.test(field, None if value is _MISSING else value, statement)
            if message is not None:
                messages.append(message)
                if rule.implicit:
                    break
    return messages, False


def _applies(rule: Check, value: Any, null_is_missing: bool) -> bool:
    return rule.implicit or not (value is _MISSING or (value is None and null_is_missing))


def _value(statement: Statement, field: str) -> Any:
    """A field's value; `content_id.EAN-13` looks inside."""
    outer, _, inner = field.partition(".")
    if not inner:
        return statement.get(outer, _MISSING)
    within = statement.get(outer)
    return within.get(inner, _MISSING) if isinstance(within, dict) else _MISSING


def _keep(kept: dict[str, Any], field: str, value: Any) -> None:
    outer, _, inner = field.partition(".")
    if inner:
        kept[outer] = {**(kept.get(outer) or {}), inner: value}
    elif outer != "content_id" or not is_filled(value):  # of an object only the keys with rules of their own are kept
        kept[outer] = value
