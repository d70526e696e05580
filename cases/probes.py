"""Questions that check quality: asked as any other, answered as any other, without effect.

A **probe** is a matter as it stood before anybody decided it, told again under a name and at a time of its own. A golden item
has an answer that a lead gave; a double review has the first reviewer's; an exercise is put to several people. Whoever gets
one cannot tell it from a case. What may be restricted, suspected abuse of children above all, is never made one of.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from cases.appeals import AppealStage
from cases.case import Case
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded
from cases.exposure import Wellbeing
from cases.folding import compacted, fold_all
from cases.names import SubjectKind, kind_of
from cases.presentation import exposure_of
from cases.projection import ReviewTask, TaskKind, review_tasks
from cases.queues import Queue
from cases.received import DecisionReceived
from cases.refusals import Refusal
from cases.severity import Exposure, Severity
from cases.withdrawals import DecisionEntered

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class Purpose(StrEnum):
    """Why a probe is asked."""

    GOLDEN = "golden"
    DOUBLE = "double"
    EXERCISE = "exercise"


def before_decision(events: Sequence[CaseEvent], matter_id: str) -> tuple[CaseEvent, ...]:
    """What was known when this matter was first decided, or is by now."""
    for number, event in enumerate(events):
        match event.body:
            case DecisionReceived(ask=ask) if ask.matter == matter_id:
                return tuple(events[:number])
            case DecisionRecorded(decision=made) | DecisionProposed(decision=made) | DecisionEntered(decision=made) if (
                made.matter_id == matter_id
            ):
                return tuple(events[:number])
    return tuple(events)


def first_decision(events: Sequence[CaseEvent], matter_id: str) -> DecisionRecorded | None:
    """The decision that a person took alone on this matter; None where a rule decided, or two people."""
    made = (event.body for event in events if isinstance(event.body, DecisionRecorded))
    body = next((one for one in made if one.decision.matter_id == matter_id), None)
    alone = body and not body.decision.automated and body.decision.second_by is None
    return body if alone else None


def retold(events: Sequence[CaseEvent], case_id: str, alias: str, later: timedelta) -> tuple[CaseEvent, ...]:
    """The same events of a case by another name, so much later."""
    old, new = case_id.rpartition("/")[2], alias.rpartition("/")[2]
    return tuple(CaseEvent.model_validate(_told(one.model_dump(mode="json"), old, new, later)) for one in events)


def task_of_probe(events: Sequence[CaseEvent], alias: str, matter_id: str) -> ReviewTask | None:
    """The question as a person is asked it; None where it is not open after these events."""
    case = fold_all(Case(case_id=alias), compacted(events))
    tasks = (one for one in review_tasks(case) if one.kind is TaskKind.MATTER and one.subject == matter_id)
    return next(tasks, None)


def refuse_probe(task: ReviewTask | None, case: Case, queues: Mapping[str, Queue], care: Wellbeing) -> Refusal | None:
    """Why no probe may be made of this matter; None where one may. case: as it is by now, for all its matters are of what
    would be shown, and the worst of them may have come to light after this one was decided.
    """
    if task is None:
        return Refusal(code="not_asked", text="matter: was never a question to a person in this case")
    shown = ((task.severity, task.area or ""), *((one.terms.severity, one.area) for one in case.matters))
    if any(_restricted(severity, area, care) for severity, area in shown):
        return Refusal(
            code="restricted", text="matter: what is restricted is shown to nobody to learn from; choose another"
        )
    paging = (name for name in (task.queue, *(one.terms.queue for one in case.matters)) if _pages(queues, name))
    if (name := next(paging, None)) is not None:
        return Refusal(code="pages", text=f"matter: queue {name} pages a person, and nobody is called for a probe")
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        return Refusal(code="campaign", text="case_id: a campaign is judged by a sample of its members; choose a case")
    if any(one.stage is AppealStage.OPENED for one in case.appeals):
        return Refusal(
            code="under_appeal",
            text="matter: its case is under appeal, for people who have not seen it; choose another",
        )
    return None


def _pages(queues: Mapping[str, Queue], name: str) -> bool:
    return name in queues and queues[name].pages


def _restricted(severity: int, area: str, care: Wellbeing) -> bool:
    return severity <= Severity.S0 or exposure_of(severity, care.areas.get(area)) is Exposure.RESTRICTED


def _told(value: Any, old: str, new: str, later: timedelta) -> Any:
    if isinstance(value, dict):
        return {_told(key, old, new, later): _told(one, old, new, later) for key, one in value.items()}
    if isinstance(value, list):
        return [_told(one, old, new, later) for one in value]
    if not isinstance(value, str):
        return value
    if _INSTANT.fullmatch(value):
        return (datetime.fromisoformat(value) + later).isoformat()
    return value.replace(old, new)
