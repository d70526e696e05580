"""What machines said of contents that people judged afterwards: the ground of calibration and of accuracy figures. Pure.

Only a person's word counts: a decision that a rule took alone agrees with the rule, and says nothing of it. An appeal that
overturned a decision counts as its opposite, and one that overturned a rule's decision is a person's word too.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pydantic import AwareDatetime

from cases.assessments import Triaged
from cases.case import Case
from cases.decisions import Decision, Outcome
from cases.events import CaseEvent
from cases.evidence import UNDETERMINED
from cases.facts import Fact

FOUND: Final = frozenset({Outcome.VIOLATION, Outcome.SUPPORT})
TOLD: Final = FOUND | {Outcome.NO_VIOLATION}


class JudgedScore(Fact):
    """One detector's score of a content, and whether people found what its label is a sign of."""

    detector: str
    version: str
    label: str
    language: str
    score: float
    right: bool
    at: AwareDatetime


class JudgedRule(Fact):
    """One rule that held, and whether people found a violation of its area."""

    rule_id: str
    language: str
    right: bool
    at: AwareDatetime


def judged_scores(case: Case, events: Iterable[CaseEvent], area_of: Callable[[str], str]) -> Iterator[JudgedScore]:
    """The latest scores of every version of the evidence whose matter a person decided. area_of: of a label."""
    for event, triaged in _latest(events):
        for one in triaged.detections:
            right = found(case, area_of(one.label), triaged.evidence_version)
            if right is not None and one.score is not None:
                yield JudgedScore(
                    detector=one.detector,
                    version=one.version,
                    label=one.label,
                    language=_language(case, triaged.evidence_version),
                    score=one.score,
                    right=right,
                    at=event.occurred_at,
                )


def judged_rules(case: Case, events: Iterable[CaseEvent]) -> Iterator[JudgedRule]:
    """Every rule that held of a version, where a person decided the matter."""
    for event, triaged in _latest(events):
        for one in triaged.assessments:
            right = found(case, one.area, one.evidence_version)
            for rule_id in one.rule_ids if right is not None else ():
                language = _language(case, one.evidence_version)
                yield JudgedRule(rule_id=rule_id, language=language, right=bool(right), at=event.occurred_at)


def found(case: Case, area: str, version: int) -> bool | None:
    """Whether people found a violation in this matter in the end; None where none did say."""
    decisions = [one for one in case.decisions if one.matter_id == f"{area}/{version}" and one.outcome in TOLD]
    return next((told for told in map(_told, reversed(decisions)) if told is not None), None)


def _told(decision: Decision) -> bool | None:
    if decision.reversed:
        return decision.outcome not in FOUND
    return None if decision.automated else decision.outcome in FOUND


def _latest(events: Iterable[CaseEvent]) -> list[tuple[CaseEvent, Triaged]]:
    """The last time each version was triaged."""
    by_version = {
        event.body.evidence_version: (event, event.body) for event in events if isinstance(event.body, Triaged)
    }
    return list(by_version.values())


def _language(case: Case, version: int) -> str:
    return next((one.written_in or UNDETERMINED for one in case.evidence if one.version == version), UNDETERMINED)
