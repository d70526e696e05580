"""Which search attributes changed. Values are ids and enums only: they are never encrypted, and a long one kills a run."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from cases.case import Case
    from cases.projection import Projection

STAGE = SearchAttributeKey.for_keyword("CaseStage")
CATEGORY = SearchAttributeKey.for_keyword("CaseCategory")
QUEUE = SearchAttributeKey.for_keyword("CaseQueue")
TENANT = SearchAttributeKey.for_keyword("CaseTenant")
RULE = SearchAttributeKey.for_keyword("CaseRule")
JURISDICTION = SearchAttributeKey.for_keyword("CaseJurisdiction")
PRIORITY = SearchAttributeKey.for_int("CasePriority")
DUE_AT = SearchAttributeKey.for_datetime("CaseDueAt")
STUCK = SearchAttributeKey.for_bool("CaseStuck")
LEGAL_HOLD = SearchAttributeKey.for_bool("CaseLegalHold")

_KEYWORD_LIMIT = 255  # characters; SQL visibility stores a VARCHAR(255)


def shown_since_start(info: workflow.Info) -> dict[str, Any]:
    """What a run is listed by when it begins: what its ring said, or the run before it."""
    return {pair.key.name: pair.value for pair in info.typed_search_attributes.search_attributes}


def changes(
    case: Case, projection: Projection, shown: dict[str, Any]
) -> tuple[list[SearchAttributeUpdate[Any]], dict[str, Any]]:
    """The updates that make what is shown true, and what is then shown. None where nothing changed: one upsert at most."""
    wanted: list[tuple[SearchAttributeKey[Any], Any]] = [
        (STAGE, projection.stage.value),
        (CATEGORY, _keyword(projection.category)),
        (QUEUE, _keyword(projection.queue)),
        (TENANT, case.tenant),
        (RULE, _keyword(projection.rule)),
        (JURISDICTION, _keyword(projection.jurisdiction)),
        (PRIORITY, projection.priority),
        (DUE_AT, projection.due_at),
        (STUCK, projection.stuck),
        (LEGAL_HOLD, projection.legal_hold),
    ]
    updates = [_update(key, value) for key, value in wanted if value != shown.get(key.name)]
    return updates, {key.name: value for key, value in wanted}


def _update(key: SearchAttributeKey[Any], value: Any) -> SearchAttributeUpdate[Any]:
    return key.value_unset() if value is None else key.value_set(value)


def _keyword(value: str | None) -> str | None:
    return value[:_KEYWORD_LIMIT] if value else None
