"""Conditions in CEL, typed against the facts a case can have. The only place that knows the expression library.

Two traps are closed here. An error comes back from the library as a value that is a non-empty string, so `bool()` of it
would be True: it is raised instead. And a name that is not known yet (an account's age) is left unbound, so that a
condition which depends on it is an error, not quietly false.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cel_expr_python import cel

from cases.errors import CaseError
from cases.policy_facts import Facts

_T = cel.Type
# What a condition may name, with its type. Dotted names are declared whole, so that a misspelt one fails at load.
VARIABLES: Final[Mapping[str, Any]] = {
    "tenant": _T.STRING,
    "subject.kind": _T.STRING,
    "surface": _T.STRING,
    "jurisdiction": _T.STRING,
    "reports.count": _T.INT,
    "reports.independent": _T.INT,
    "reports.weight": _T.DOUBLE,
    "reports.trust": _T.DOUBLE,
    "reports.trusted_flagger": _T.BOOL,
    "scores": _T.Map(_T.STRING, _T.DOUBLE),
    "calibrated": _T.Map(_T.STRING, _T.DOUBLE),
    "labels": _T.List(_T.STRING),
    "failed": _T.List(_T.STRING),
    "author.strikes": _T.INT,
    "author.age_known": _T.BOOL,
    "author.account_age_days": _T.INT,
    "author.protected": _T.BOOL,
    "author.contents_1h": _T.INT,
    "author.contents_24h": _T.INT,
    "account.open_matters": _T.INT,
    "account.violations_90d": _T.INT,
    "account.contents_reported": _T.INT,
    "account.contents_30d": _T.INT,
    "content.length": _T.INT,
    "content.links": _T.INT,
    "content.duplicates": _T.INT,
    "content.copies": _T.INT,
    "content.near_copies": _T.INT,
    "content.variants": _T.INT,
    "content.evasion": _T.DOUBLE,
    "content.media": _T.INT,
    "content.language": _T.STRING,
    "content.language_sure": _T.DOUBLE,
    "listed": _T.List(_T.STRING),
}
LIMITS: Final = "limits."
"""A pack's threshold `x` is named `limits.x`; one written with a point is a double, one without an int."""
LISTS: Final = "lists."
"""A pack's list of values `x` is named `lists.x`, a list of strings."""

_POSITION = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


class ConditionError(CaseError):
    """The condition cannot be compiled. line and column count from 1, within the condition."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        self.line, self.column = line, column
        super().__init__(message)


class ConditionUnjudged(CaseError):
    """The condition gave an error instead of true or false."""


class Conditions:
    """A pack's conditions, compiled once. Threads may share it: the library's objects are not changed by evaluation."""

    def __init__(self, thresholds: Mapping[str, float], lists: Mapping[str, Iterable[str]] | None = None) -> None:
        limits = {LIMITS + name: _T.INT if isinstance(value, int) else _T.DOUBLE for name, value in thresholds.items()}
        named = {LISTS + name: sorted(entries) for name, entries in (lists or {}).items()}
        self._own: dict[str, Any] = {**{LIMITS + name: value for name, value in thresholds.items()}, **named}
        types = {**VARIABLES, **limits, **dict.fromkeys(named, _T.List(_T.STRING))}
        self._environment = cel.NewEnv(variables=types)
        self._compiled: dict[str, Any] = {}

    def compile(self, condition: str) -> None:
        """Make the condition ready. Raises ConditionError: syntax, an unknown name, wrong types, or not a bool."""
        try:
            expression = self._environment.compile(condition)
        except RuntimeError as error:
            raise _condition_error(str(error)) from None
        if expression.return_type() != _T.BOOL:
            raise ConditionError(f"is {expression.return_type().name().lower()}, not true or false")
        self._compiled[condition] = expression

    def values(self, facts: Facts) -> Mapping[str, Any]:
        """Everything a condition may name, with what it is in these facts; what is not known has no entry."""
        return {**self._own, **_bindings(facts)}

    def view(self, facts: Facts) -> Any:
        """The facts as conditions see them, to be judged by several."""
        return self._environment.Activation(data=self.values(facts))

    def judge(self, condition: str, view: Any) -> bool:
        """Whether the compiled condition holds. Raises ConditionUnjudged for an error value or a spent budget."""
        try:
            value = self._compiled[condition].eval(activation=view)
        except RuntimeError as error:
            raise ConditionUnjudged(_first_line(str(error))) from None
        if value.type() != _T.BOOL:
            raise ConditionUnjudged(_first_line(str(value.value())))
        return value.value() is True


UNKNOWN_TRUST: Final = 0.5
"""What `reports.trust` is where nothing is known of those who reported."""


def _bindings(facts: Facts) -> dict[str, Any]:
    reports = facts.reports
    bindings: dict[str, Any] = {
        "tenant": facts.tenant,
        "subject.kind": facts.subject_kind.value,
        "surface": facts.surface.value,
        "jurisdiction": facts.jurisdiction or "ZZ",  # ISO 3166: unknown
        "reports.count": facts.reports.count,
        "reports.independent": facts.reports.independent,
        "reports.weight": float(reports.independent) if reports.weight is None else reports.weight,
        "reports.trust": UNKNOWN_TRUST if reports.trust is None else reports.trust,
        "reports.trusted_flagger": facts.reports.trusted_flagger,
        "scores": facts.signals.max_score,
        "calibrated": facts.signals.calibrated,
        "labels": list(facts.signals.labels),
        "failed": list(facts.signals.failed),
        "author.strikes": facts.author.strikes,
        "author.age_known": facts.author.account_age_days is not None,
        "author.protected": facts.author.protected,
        "author.contents_1h": facts.author.contents_1h,
        "author.contents_24h": facts.author.contents_24h,
        "account.open_matters": facts.account.open_matters,
        "account.violations_90d": facts.account.violations_90d,
        "account.contents_reported": facts.account.contents_reported,
        "account.contents_30d": facts.account.contents_30d,
        "content.length": facts.content.length,
        "content.links": facts.content.links,
        "content.duplicates": facts.content.duplicates,
        "content.copies": facts.content.copies,
        "content.near_copies": facts.content.near_copies,
        "content.variants": facts.content.variants,
        "content.evasion": facts.content.evasion,
        "content.media": facts.content.media,
        "content.language": facts.content.language or "und",  # BCP 47: undetermined
        "content.language_sure": facts.content.language_sure,
        "listed": list(facts.listed),
    }
    if facts.author.account_age_days is not None:
        bindings["author.account_age_days"] = facts.author.account_age_days
    return bindings


def _condition_error(text: str) -> ConditionError:
    found = _POSITION.search(text)
    if not found:
        return ConditionError(_first_line(text))
    return ConditionError(found.group(3).replace(" (in container '')", ""), int(found.group(1)), int(found.group(2)))


def _first_line(text: str) -> str:
    return text.splitlines()[0][:200] if text else "gave no value"
