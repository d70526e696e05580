"""From the pages' forms to the doors' messages: the same models, the same problems, field by field."""

import json
from collections.abc import Mapping
from typing import Any, Final

from api.problems import parse
from api.requests import ClaimRequest, DecisionRequest

MEASURE_ROWS: Final = 3
FIELDS: Final = 40  # of the largest form, and some


def claim_of(fields: Mapping[str, str]) -> ClaimRequest:
    """Take this task, or the most urgent. Raises BadInput."""
    named = {name: fields[name] for name in ("queue", "stream", "task_id") if fields.get(name)}
    return parse(ClaimRequest, json.dumps(named).encode())


def decision_of(fields: Mapping[str, str]) -> DecisionRequest:
    """The decision form. A ground and a rule go with a violation only. Raises BadInput."""
    asked: dict[str, Any] = {name: fields.get(name, "") for name in ("decision_id", "token", "outcome", "rationale")}
    if asked["outcome"] == "violation":
        asked |= {name: fields[name] for name in ("ground", "rule_id") if fields.get(name)}
        if fields.get("measures") == "none":
            asked["enforcements"] = []
        elif fields.get("measures") == "own":
            asked["enforcements"] = [_measure(fields, row) for row in _rows(fields)]
        asked["copies"] = fields.get("copies") == "yes"
    return parse(DecisionRequest, json.dumps(asked).encode())


def _rows(fields: Mapping[str, str]) -> list[int]:
    return [row for row in range(1, MEASURE_ROWS + 1) if fields.get(f"kind-{row}")]


def _measure(fields: Mapping[str, str], row: int) -> dict[str, Any]:
    reach = fields.get(f"reach-{row}", "").replace(",", " ").upper().split()
    return {
        "kind": fields[f"kind-{row}"],
        "target": fields.get(f"target-{row}") or "subject",
        "duration": fields.get(f"duration-{row}", "").strip().upper() or None,
        "reach": reach,
    }
