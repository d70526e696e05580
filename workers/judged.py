"""What machines said and people judged, of one tenant, read from the record case by case; contents are not opened."""

from collections.abc import Callable
from datetime import datetime

from cases.case import Case
from cases.facts import Fact
from cases.folding import fold_all
from cases.judged_scores import JudgedRule, JudgedScore, judged_rules, judged_scores
from cases.names import parse_workflow_id
from cases.policy import PolicyPack
from cases.said import Said, said_in
from record import events
from record.pool import tenant_transaction
from record.record import Record

PAGE = 500


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
