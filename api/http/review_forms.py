"""From the pages' forms to the doors' messages: the same models, the same problems, field by field."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from api.problems import parse
from api.queue_messages import PageRequest, TaskChangeRequest
from api.requests import ClaimRequest, DecisionRequest

MEASURE_ROWS: Final = 3
_ATTACHMENT: Final = re.compile(r"attachment-[1-9]\d{0,2}")
PEOPLE_ROWS: Final = 3
FIELDS: Final = 80  # of the largest form, and some


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
    asked["translation_id"] = fields.get("translation_id") or None
    if asked["outcome"] == "violation":
        asked |= {name: fields[name] for name in ("ground", "rule_id") if fields.get(name)}
        if fields.get("measures") == "none":
            asked["enforcements"] = []
        elif fields.get("measures") == "own":
            asked["enforcements"] = [_measure(fields, row) for row in _rows(fields, "kind", MEASURE_ROWS)]
        if fields.get("sample_violations"):
            asked["sample_violations"] = _number(fields["sample_violations"])
        asked["copies"] = fields.get("copies") == "yes"
        asked |= {"territory": _countries(fields.get("territory", "")), "excerpts": _excerpts(fields)}
        asked["duration"] = fields.get("duration", "").strip().upper() or None
        asked["responsible"] = [_responsible(fields, row) for row in _rows(fields, "account", PEOPLE_ROWS)]
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


def _rows(fields: Mapping[str, str], name: str, rows: int) -> list[int]:
    return [row for row in range(1, rows + 1) if fields.get(f"{name}-{row}", "").strip()]


def _countries(said: str) -> list[str]:
    return said.replace(",", " ").upper().split()


def _excerpts(fields: Mapping[str, str]) -> list[str]:
    """The attachments that were ticked, and the span of the text."""
    ticked = [
        name.replace("-", ":") for name, value in fields.items() if value == "yes" and _ATTACHMENT.fullmatch(name)
    ]
    start, end = fields.get("excerpt-start", "").strip(), fields.get("excerpt-end", "").strip()
    return [*sorted(ticked), *([f"text:{start or 0}-{end}"] if end or start else [])]


def _responsible(fields: Mapping[str, str], row: int) -> dict[str, Any]:
    kind = fields.get(f"does-{row}")
    duration = fields.get(f"does-for-{row}", "").strip().upper() or None
    return {
        "part": fields.get(f"part-{row}") or "participant",
        "account_id": fields[f"account-{row}"].strip(),
        "enforcements": [{"kind": kind, "duration": duration}] if kind else None,
    }


def _measure(fields: Mapping[str, str], row: int) -> dict[str, Any]:
    reach = _countries(fields.get(f"reach-{row}", ""))
    return {
        "kind": fields[f"kind-{row}"],
        "target": fields.get(f"target-{row}") or "subject",
        "duration": fields.get(f"duration-{row}", "").strip().upper() or None,
        "reach": reach,
    }
