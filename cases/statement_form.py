"""The form of a statement of reasons, with the EU transparency database's own rules, told before it has to refuse.

Source: StatementStoreRequest.php of digital-services-act/transparency-database. Ours are a little narrower: what the
database would silently drop, or documents and does not enforce, is refused here.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from cases.facts import Fact
from cases.statement_fields import (
    CONTENT_OTHER,
    CONTENT_TYPES,
    COUNTRIES,
    ILLEGAL,
    INCOMPATIBLE,
    LANGUAGES,
    VISIBILITY_DECISIONS,
    VISIBILITY_OTHER,
)
from cases.transparency_categories import CATEGORIES, KEYWORD_OTHER

_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LAST_DAY: Final = date(2038, 1, 1)


def _impersonal(text: str) -> str:
    if _ADDRESS.search(text):
        raise ValueError("holds what looks like a mail address; personal data is not filed (DSA Art. 24(5))")
    return text


def _day(first: date) -> AfterValidator:
    def checked(value: date) -> date:
        if not first <= value <= _LAST_DAY:
            raise ValueError(f"lies outside {first} to {_LAST_DAY}")
        return value

    return AfterValidator(checked)


def _all_of(known: Iterable[str]) -> AfterValidator:
    values = frozenset(known)

    def checked(value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - values):
            raise ValueError(f"the database does not know {unknown[0]}")
        return tuple(sorted(set(value)))

    return AfterValidator(checked)


Text500 = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_impersonal)]
Text2000 = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_impersonal)]
Text5000 = Annotated[str, StringConstraints(min_length=1, max_length=5_000), AfterValidator(_impersonal)]
EndDate = Annotated[date, AfterValidator(lambda value: min(value, _LAST_DAY))]


class StatementOfReasons(Fact):
    """One statement as the database takes it. Lengths are code points after trimming. A field left out is None here.

    content_date: the day the content went up, or the account was opened. application_date: from when the restriction
    applied. An end date of None: for ever, as far as is known. puid: ours, unique for ever.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    decision_visibility: Annotated[tuple[str, ...], _all_of(VISIBILITY_DECISIONS.values())] = ()
    decision_visibility_other: Text500 | None = None
    decision_monetary: Literal["DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION"] | None = None
    decision_provision: (
        Literal["DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_PARTIAL_TERMINATION"] | None
    ) = None
    decision_account: Literal["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"] | None = None
    decision_ground: Literal["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
    decision_ground_reference_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+", max_length=500)]
    illegal_content_legal_ground: Text500 | None = None
    illegal_content_explanation: Text2000 | None = None
    incompatible_content_ground: Text500 | None = None
    incompatible_content_explanation: Text2000 | None = None
    content_type: Annotated[tuple[str, ...], Field(min_length=1), _all_of(CONTENT_TYPES)]
    content_type_other: Text500 | None = None
    category: str
    category_specification: tuple[str, ...] = ()
    category_specification_other: Text500 | None = None
    territorial_scope: Annotated[tuple[str, ...], Field(min_length=1), _all_of(COUNTRIES)]
    content_language: str | None = None
    content_date: Annotated[date, _day(date(2000, 1, 1))]
    application_date: Annotated[date, _day(date(2020, 1, 1))]
    end_date_account_restriction: EndDate | None = None
    end_date_monetary_restriction: EndDate | None = None
    end_date_service_restriction: EndDate | None = None
    end_date_visibility_restriction: EndDate | None = None
    decision_facts: Text5000
    source_type: Literal[
        "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"
    ]
    automated_detection: Literal["Yes", "No"]
    automated_decision: Literal[
        "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"
    ]
    puid: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,500}$")]

    @model_validator(mode="after")
    def _something_was_decided(self) -> Self:
        if not (self.decision_visibility or self.decision_monetary or self.decision_provision or self.decision_account):
            raise ValueError("decision_visibility, _monetary, _provision or _account: at least one is needed")
        return self

    @model_validator(mode="after")
    def _what_a_choice_asks_for(self) -> Self:
        illegal, incompatible = self.decision_ground == ILLEGAL, self.decision_ground == INCOMPATIBLE
        asked = {
            "decision_visibility_other": VISIBILITY_OTHER in self.decision_visibility,
            "content_type_other": CONTENT_OTHER in self.content_type,
            "category_specification_other": KEYWORD_OTHER in self.category_specification,
            "illegal_content_legal_ground": illegal,
            "illegal_content_explanation": illegal,
            "incompatible_content_ground": incompatible,
            "incompatible_content_explanation": incompatible,
        }
        for field, needed in asked.items():
            if needed != (getattr(self, field) is not None):
                raise ValueError(f"{field}: {'is needed' if needed else 'would be dropped'} with what was chosen")
        return self

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        if self.category not in CATEGORIES:
            raise ValueError("category: the database does not know it")
        if not CATEGORIES[self.category].issuperset(self.category_specification):
            raise ValueError("category_specification: a keyword of another category")
        if self.content_language is not None and self.content_language not in LANGUAGES:
            raise ValueError("content_language: not a language of ISO 639-1 in capitals")
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        for field in ("account", "monetary", "service", "visibility"):
            end = getattr(self, f"end_date_{field}_restriction")
            if end is not None and end < self.application_date:
                raise ValueError(f"end_date_{field}_restriction: before the restriction applied")
        return self

    def payload(self) -> dict[str, Any]:
        """The JSON the single endpoint takes. What is not stated is left out: it refuses null for some fields."""
        stated = self.model_dump(mode="json", exclude_none=True)
        return {field: value for field, value in stated.items() if value != []}
