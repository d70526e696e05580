"""What machines said, time by time: each detector's score, and which rules held. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import AwareDatetime

from cases.assessments import Triaged
from cases.events import CaseEvent
from cases.facts import Fact
from cases.policy import PolicyPack

PASSES_FROM: Final = 0.5  # a detector's score that counts as yes, where only its rate is looked at


class Said(Fact):
    """One time that a detector or a rule was asked. who: detector and label, or the rule. score: None of a rule."""

    who: str
    at: AwareDatetime
    passed: bool
    score: float | None = None


def said_in(story: Iterable[CaseEvent], pack: PolicyPack) -> Iterator[Said]:
    """What detectors said, how often each gave no answer, and which rules held."""
    for event in story:
        if not isinstance(event.body, Triaged):
            continue
        for one in event.body.detections:
            who = f"{one.detector} {one.label}"
            yield Said(who=f"{who}, without an answer", at=event.occurred_at, passed=one.score is None)
            if one.score is not None:
                yield Said(who=who, at=event.occurred_at, passed=one.score >= PASSES_FROM, score=one.score)
        for asked in event.body.assessments:
            for rule in (rule for rule in pack.rules if rule.area == asked.area):
                yield Said(who=rule.id, at=event.occurred_at, passed=rule.id in asked.rule_ids)
