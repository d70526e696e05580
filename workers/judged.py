"""What machines said and people judged, of one tenant, read from the record case by case; contents are not opened."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pydantic import AwareDatetime

from cases.assessments import Triaged
from cases.case import Case
from cases.events import CaseEvent
from cases.facts import Fact
from cases.folding import fold_all
from cases.judged_scores import JudgedRule, JudgedScore, judged_rules, judged_scores
from cases.names import parse_workflow_id
from cases.policy import PolicyPack
from record import events
from record.pool import tenant_transaction
from record.record import Record

PAGE = 500
PASSES_FROM = 0.5  # a detector's score that counts as yes, where only its rate is looked at


class Said(Fact):
    """One time that a detector or a rule was asked. who: detector and label, or the rule. score: None of a rule."""

    who: str
    at: AwareDatetime
    passed: bool
    score: float | None = None


class Judged(Fact):
    """cases: how many were read, judged or not."""

    cases: int
    scores: tuple[JudgedScore, ...]
    rules: tuple[JudgedRule, ...]
    said: tuple[Said, ...]


async def read_judged(
    record: Record, tenant: str, since: datetime, pack: PolicyPack, show: Callable[[int], None] = lambda done: None
) -> Judged:
    """Of everything triaged since then. pack: the one in force; its labels say which area a score is a sign of.

    show: told how many cases were read. Raises RecordUnavailable.
    """
    scores: list[JudgedScore] = []
    rules: list[JudgedRule] = []
    said: list[Said] = []
    read, after = 0, ""
    while True:
        async with tenant_transaction(record.pool, tenant) as connection:
            rows = await connection.fetch(record.queries["streams_after"], tenant, after, PAGE)
        for stream in (row["stream_id"] for row in rows if parse_workflow_id(row["stream_id"]).family == "case"):
            story = await events.load(record, stream)
            lately = [one for one in story if one.occurred_at >= since]
            case = fold_all(Case(case_id=stream), story)
            scores += judged_scores(case, lately, pack.area_of_label)
            rules += judged_rules(case, lately)
            said += said_in(lately, pack)
            read += 1
            show(read)
        if len(rows) < PAGE:
            return Judged(cases=read, scores=tuple(scores), rules=tuple(rules), said=tuple(said))
        after = rows[-1]["stream_id"]


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
