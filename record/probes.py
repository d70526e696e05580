"""Questions that check: placed among the others, told as they stood, answered at the same door, kept beside the record.

No stream, no event and no run is theirs: a probe's answer has no effect in the world (`cases.quality`).
"""

from datetime import datetime, timedelta
from typing import Any

import asyncpg
from pydantic import AwareDatetime

from cases.decisions import Outcome
from cases.errors import UnknownSomething
from cases.events import CaseEvent
from cases.facts import Fact
from cases.foreseeing import foresee
from cases.names import parse_workflow_id, tenant_of
from cases.probes import Purpose, before_decision, retold
from cases.received import DecisionAsk
from record import events
from record.pool import Connection, tenant_transaction
from record.record import Record


class Probe(Fact):
    """One question that checks. case_id, matter_id: where it comes from; stream_id: the name it is asked under.

    checked_sequence: how far the case had come when it was last found fit to be asked about.
    """

    stream_id: str
    purpose: Purpose
    case_id: str
    matter_id: str
    later_seconds: float
    queue: str
    area: str | None = None
    language: str | None = None
    rule_id: str | None = None
    expected: Outcome | None = None
    golden_id: str | None = None
    exercise_id: str | None = None
    first_by: str | None = None
    decision_id: str | None = None
    checked_sequence: int = 0
    opened_at: AwareDatetime
    due_at: AwareDatetime
    reviewer: str | None = None
    outcome: Outcome | None = None
    answer: DecisionAsk | None = None
    answered_at: AwareDatetime | None = None
    withdrawn_at: AwareDatetime | None = None
    settled_outcome: Outcome | None = None
    settled_at: AwareDatetime | None = None


class Read(Fact):
    """Somebody read figures about people: who, when, which."""

    at: AwareDatetime
    by: str
    what: str


def is_probe(stream_id: str, case_id: str) -> bool:
    """Whether a stream of this case is the name of a probe: a case's own stream is named as the case."""
    return stream_id != case_id and parse_workflow_id(stream_id).family == "case"


async def of_stream(record: Record, stream_id: str) -> Probe | None:
    """The probe that is asked under this name."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["probe_of_stream"], tenant, stream_id)
    return _probe(row) if row else None


async def named(record: Record, stream_id: str) -> Probe:
    """The same. Raises UnknownSomething."""
    probe = await of_stream(record, stream_id)
    if probe is None:
        raise UnknownSomething("no such case")
    return probe


async def told(record: Record, probe: Probe) -> tuple[CaseEvent, ...]:
    """The events as whoever answers reads them: to the moment before anybody decided, by its name and at its time.

    Once it is answered, with what would have followed, as if the platform had confirmed it.
    """
    before = before_decision(await events.load(record, probe.case_id), probe.matter_id)
    stored = retold(before, probe.case_id, probe.stream_id, timedelta(seconds=probe.later_seconds))
    if probe.answer is None or probe.answered_at is None:
        return stored
    return foresee(probe.stream_id, stored, probe.answer, probe.answered_at).events


async def answer(record: Record, probe: Probe, ask: DecisionAsk, now: datetime) -> bool:
    """Keep an answer, the first or one that replaces the same person's; False where it is asked no more."""
    tenant = tenant_of(probe.stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        kept = await connection.fetchval(
            record.queries["answer_probe"],
            *(tenant, probe.stream_id, ask.reviewer, ask.outcome, ask.model_dump_json(), now, probe.answered_at),
        )
        if kept:
            await connection.execute(record.queries["close_probe"], tenant, probe.stream_id, now)
            await knows(record, connection, tenant, probe.case_id, ask.reviewer)
    return bool(kept)


async def knows(record: Record, connection: Connection, tenant: str, case_id: str, reviewer: str) -> None:
    """Who looked at a question that checks, or answered it, has seen its case: they hear no appeal of it (P5)."""
    await connection.execute(record.queries["judged"], tenant, case_id, reviewer)


async def reopen(record: Record, probe: Probe) -> None:
    """An answer was taken back within its grace: the question is open again."""
    tenant = tenant_of(probe.stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["reopen_probe"], tenant, probe.stream_id)


async def answered(record: Record, tenant: str, since: datetime, limit: int = 5_000) -> list[Probe]:
    """Answers since, the newest first."""
    return await _probes(record, tenant, "probes_answered", since, limit)


async def disagreements(record: Record, tenant: str, limit: int = 100) -> list[Probe]:
    """Double reviews that differ and that no lead has settled."""
    return await _probes(record, tenant, "disagreements", limit)


async def of_exercise(record: Record, tenant: str, exercise_id: str) -> list[Probe]:
    """What was asked in an exercise."""
    return await _probes(record, tenant, "probes_of_exercise", exercise_id)


async def settle(
    record: Record, tenant: str, stream_id: str, outcome: Outcome, by: str, reason_id: str, now: datetime
) -> bool:
    """A lead says which answer was right; False where nothing of this name differs, or another lead settled it."""
    async with tenant_transaction(record.pool, tenant) as connection:
        settled = await connection.fetchval(
            record.queries["settle_probe"], tenant, stream_id, outcome, by, now, reason_id
        )
    return bool(settled)


async def note_read(record: Record, tenant: str, by: str, what: str, now: datetime) -> None:
    """Keep that somebody read figures about people."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["put_quality_read"], tenant, now, by, what)


async def reads(record: Record, tenant: str, since: datetime, limit: int = 20) -> list[Read]:
    """Who read figures about people, the latest first."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["quality_reads"], tenant, since, limit)
    return [Read.model_validate(dict(row)) for row in rows]


async def _probes(record: Record, tenant: str, query: str, *arguments: Any) -> list[Probe]:
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, *arguments)
    return [_probe(row) for row in rows]


def _probe(row: asyncpg.Record) -> Probe:
    answer = DecisionAsk.model_validate_json(row["answer"]) if row["answer"] else None
    return Probe.model_validate({**dict(row), "answer": answer})
