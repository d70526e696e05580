"""From the pages' forms to the doors' messages: the same models, the same problems, field by field."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from api.problems import parse
from api.queue_messages import PageRequest, TaskChangeRequest
from api.requests import ClaimRequest, DecisionRequest

MEASURE_ROWS: Final = 3
FIELDS: Final = 40  # of the largest form, and some


def claim_of(fields: Mapping[str, str]) -> ClaimRequest:
    """Take this task, or the most urgent. Raises BadInput."""
    named: dict[str, Any] = {name: fields[name] for name in ("queue", "stream", "task_id") if fields.get(name)}
    if fields.get("despite_limits") == "yes":
        named["despite_limits"] = True
    return parse(ClaimRequest, json.dumps(named).encode())


def change_of(fields: Mapping[str, str], now: datetime) -> TaskChangeRequest:
    """What is to be done to a task. hours: from now, for one that is put off. Raises BadInput."""
    asked: dict[str, Any] = {
        name: fields.get(name, "") for name in ("message_id", "stream", "task_id", "action", "reason")
    }
    if asked["action"] == "snooze":
        asked["until"] = _hours_on(fields.get("hours", ""), now)
    if asked["action"] == "reassign":
        asked |= {name: fields[name] for name in ("to_queue", "to_reviewer") if fields.get(name)}
    return parse(TaskChangeRequest, json.dumps(asked).encode())


def acknowledgement_of(fields: Mapping[str, str]) -> PageRequest:
    """Which call somebody answers for. Raises BadInput."""
    return parse(PageRequest, json.dumps({"page_id": fields.get("page_id", "")}).encode())


def decision_of(fields: Mapping[str, str]) -> DecisionRequest:
    """The decision form. A ground and a rule go with a violation only. Raises BadInput."""
    asked: dict[str, Any] = {name: fields.get(name, "") for name in ("decision_id", "token", "outcome", "rationale")}
    if asked["outcome"] == "violation":
        asked |= {name: fields[name] for name in ("ground", "rule_id") if fields.get(name)}
        if fields.get("measures") == "none":
            asked["enforcements"] = []
        elif fields.get("measures") == "own":
            asked["enforcements"] = [_measure(fields, row) for row in _rows(fields)]
        if fields.get("sample_violations"):
            asked["sample_violations"] = _number(fields["sample_violations"])
        asked["copies"] = fields.get("copies") == "yes"
    return parse(DecisionRequest, json.dumps(asked).encode())


def _hours_on(said: str, now: datetime) -> str:
    """An instant so many hours from now; what is no number, for the model to refuse by name."""
    try:
        return (now + timedelta(hours=float(said))).isoformat()
    except (ValueError, OverflowError):
        return said


def _number(said: str) -> int | str:
    """A number where it is one; else as it was said, for the model to refuse by name."""
    return int(said) if said.strip().isdecimal() else said


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
