"""The database's rules, field by field, in the order it asks them.

Source: transparency-database, app/Http/Requests/StatementStoreRequest.php (single) and
app/Services/GroupedSubmissionsService.php (batch). Quirks are kept: the word "null" is a value of the nullable enums,
lengths may be measured before a field is dropped, `category_addition: null` is refused.
"""

from collections.abc import Mapping
from typing import Any

from simulators.transparency.checks import (
    NULL_OK,
    Condition,
    DropUnless,
    Rule,
    Statement,
    absolute_url,
    all_of,
    at_most,
    collection,
    day,
    matches,
    not_after,
    not_before,
    one_needed_with,
    one_of,
    required,
    required_when,
    text,
)
from simulators.transparency.vocabulary import (
    ACCOUNT_TYPES,
    ACCOUNTS,
    AUTOMATED_DECISIONS,
    CATEGORIES,
    CONTENT_TYPES,
    COUNTRIES,
    GROUNDS,
    KEYWORDS,
    LANGUAGES,
    MONETARIES,
    PROVISIONS,
    SOURCES,
    VISIBILITIES,
    YES_NO,
)

Rules = Mapping[str, tuple[Rule, ...]]

_NULL_WORD = frozenset({"null"})
_LAST_DAY = "2038-01-01"


def _has(field: str, value: str) -> Condition:
    """Chosen, alone or among others."""
    return lambda statement: value in _entries(statement.get(field))


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _not_voluntary(statement: Statement) -> bool:
    return "SOURCE_VOLUNTARY" not in _entries(statement.get("source_type"))


def _bound_to(field: str, value: str, limit: int, message: str) -> tuple[Rule, ...]:
    """Required with that choice, dropped unread without it."""
    return (required_when(_has(field, value), message), DropUnless(_has(field, value)), at_most(limit))


def _measured_then_dropped(field: str, value: str) -> tuple[Rule, ...]:
    """Required with that choice, else dropped, but its length is measured first."""
    return (at_most(500), required_when(_has(field, value)), DropUnless(_has(field, value)))


def _one_decision(values: frozenset[str], *others: str) -> tuple[Rule, ...]:
    return (one_of(values | _NULL_WORD), one_needed_with(*others), NULL_OK)


def _explained(ground: str, limit: int, what: str) -> tuple[Rule, ...]:
    said_ground = "illegal content" if ground.endswith("ILLEGAL_CONTENT") else "incompatible content"
    message = f"The {what} field is required when decision ground is {said_ground}."
    return _bound_to("decision_ground", ground, limit, message)


def _past(first: str, what: str) -> tuple[Rule, ...]:
    return (
        required(),
        day(f"The {what} does not match the format YYYY-MM-DD."),
        not_before(first),
        not_after(_LAST_DAY),
    )


def _end(what: str) -> tuple[Rule, ...]:
    return (day(f"The end date of {what} does not match the format YYYY-MM-DD."), NULL_OK, not_after(_LAST_DAY))


_ILLEGAL, _INCOMPATIBLE = "DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"

_EAN = r"[0-9]{13}"

_SHARED: Rules = {
    "decision_visibility": (
        collection(), all_of(VISIBILITIES | _NULL_WORD),
        one_needed_with("decision_monetary", "decision_provision", "decision_account"), NULL_OK,
    ),
    "decision_visibility_other": _measured_then_dropped("decision_visibility", "DECISION_VISIBILITY_OTHER"),
    "decision_monetary": _one_decision(MONETARIES, "decision_visibility", "decision_provision", "decision_account"),
    "decision_monetary_other": _bound_to(
        "decision_monetary", "DECISION_MONETARY_OTHER", 500,
        "The decision monetary other field is required when decision monetary is other.",
    ),
    "decision_provision": _one_decision(PROVISIONS, "decision_visibility", "decision_monetary", "decision_account"),
    "decision_account": _one_decision(ACCOUNTS, "decision_visibility", "decision_monetary", "decision_provision"),
    "account_type": (one_of(ACCOUNT_TYPES | _NULL_WORD), NULL_OK),
    "category_specification": (collection(), all_of(KEYWORDS | _NULL_WORD), NULL_OK),
    "category_specification_other": (at_most(500),),
    "decision_ground": (required(), one_of(GROUNDS)),
    "decision_ground_reference_url": (absolute_url(), NULL_OK, at_most(500)),
    "illegal_content_legal_ground": _explained(_ILLEGAL, 500, "illegal content legal ground"),
    "illegal_content_explanation": _explained(_ILLEGAL, 2000, "illegal content explanation"),
    "incompatible_content_ground": _explained(_INCOMPATIBLE, 500, "incompatible content ground"),
    "incompatible_content_explanation": _explained(_INCOMPATIBLE, 2000, "incompatible content explanation"),
    "incompatible_content_illegal": (one_of(YES_NO), DropUnless(_has("decision_ground", _INCOMPATIBLE))),
    "content_type": (collection(), required(), all_of(CONTENT_TYPES)),
    "content_type_other": _measured_then_dropped("content_type", "CONTENT_TYPE_OTHER"),
    "category": (required(), one_of(CATEGORIES)),
    "category_addition": (collection(), all_of(CATEGORIES)),
    "territorial_scope": (collection(), NULL_OK, all_of(COUNTRIES)),
    "content_language": (one_of(LANGUAGES), NULL_OK),
    "content_date": _past("2000-01-01", "content date"),
    "application_date": _past("2020-01-01", "application date"),
    "end_date_account_restriction": _end("account restriction"),
    "end_date_monetary_restriction": _end("monetary restriction"),
    "end_date_service_restriction": _end("service restriction"),
    "end_date_visibility_restriction": _end("visibility restriction"),
    "decision_facts": (required(), at_most(5000)),
    "source_type": (required(), one_of(SOURCES)),
    "automated_detection": (required(), one_of(YES_NO)),
    "automated_decision": (required(), one_of(AUTOMATED_DECISIONS)),
    "puid": (required(), at_most(500), matches(r"[a-zA-Z0-9\-_]+", "The puid format is invalid.")),
    "content_id": (collection(), NULL_OK),
    "content_id.EAN-13": (text(), matches(_EAN)),
}  # fmt: skip

SINGLE: Rules = {
    **_SHARED,
    "source_identity": (at_most(500), DropUnless(_not_voluntary)),
    "content_id_ean": (NULL_OK, text(), matches(_EAN)),
}

BATCH: Rules = {**_SHARED, "source_identity": (at_most(500), NULL_OK)}

ARRAY_FIELDS = (
    "decision_visibility",
    "category_addition",
    "category_specification",
    "content_type",
    "territorial_scope",
)
TEXT_FIELDS = (
    "decision_visibility_other", "decision_monetary_other", "category_specification_other",
    "illegal_content_legal_ground", "illegal_content_explanation", "incompatible_content_ground",
    "incompatible_content_explanation", "content_type_other", "decision_facts", "source_identity",
)  # fmt: skip
# Every column of a statement, in the order it is shown.
FIELDS = tuple(field for field in SINGLE if field not in ("content_id", "content_id.EAN-13", "puid"))
