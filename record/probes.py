"""Questions that check: placed among the others, told as they stood, answered at the same door, kept beside the record.

No stream, no event and no run is theirs: a probe's answer has no effect in the world (`cases.quality`).
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

import asyncpg
from pydantic import AwareDatetime

from cases.case import Case
from cases.decisions import Outcome
from cases.errors import UnknownSomething
from cases.events import CaseEvent
from cases.facts import Fact
from cases.folding import compacted, fold_all
from cases.foreseeing import foresee
from cases.names import parse_workflow_id, tenant_of
from cases.priority import ORDINARY
from cases.probes import Purpose, before_decision, refuse_probe, retold, task_of_probe
from cases.projection import ReviewTask
from cases.queues import UNKNOWN
from cases.received import DecisionAsk
from cases.refusals import Refusal
from record import events
from record.pool import Connection, tenant_transaction
from record.record import Record


class Probe(Fact):
    """One question that checks. case_id, matter_id: where it comes from; stream_id: the name it is asked under."""

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
    opened_at: AwareDatetime
    due_at: AwareDatetime
    reviewer: str | None = None
    outcome: Outcome | None = None
    answer: DecisionAsk | None = None
    answered_at: AwareDatetime | None = None
    withdrawn_at: AwareDatetime | None = None
    settled_outcome: Outcome | None = None
    settled_at: AwareDatetime | None = None


class Source(Fact):
    """What a probe is made of, and for whom. decision_id, first_by: of a double review, the first decision and who took it."""

    purpose: Purpose
    case_id: str
    matter_id: str
    expected: Outcome | None = None
    golden_id: str | None = None
    exercise_id: str | None = None
    first_by: str | None = None
    decision_id: str | None = None
    assigned_to: str | None = None
    due_at: AwareDatetime | None = None


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


async def place(record: Record, tenant: str, source: Source, now: datetime) -> Refusal | str:
    """Put a probe among the open tasks; the name it is asked under, or why none may be made. A sampled one is drawn once, and
    one of an exercise is put to a person once, however often it is asked for.
    """
    stored = await events.load(record, source.case_id)
    case = fold_all(Case(case_id=source.case_id), compacted(stored))
    before = before_decision(stored, source.matter_id)
    alias = f"{source.case_id.rpartition('/')[0]}/{await _name(record, tenant, source)}"
    later = now - before[-1].occurred_at if before else timedelta(0)
    task = task_of_probe(retold(before, source.case_id, alias, later), alias, source.matter_id)
    rules = record.queues.get(task.queue, UNKNOWN) if task else UNKNOWN
    refusal = refuse_probe(task, case, rules, record.wellbeing)
    async with tenant_transaction(record.pool, tenant) as connection:
        due_at = source.due_at or (task.due_at if task else now)
        drawn = await _put(record, connection, tenant, source, alias, later, task, case, due_at, now, refusal)
        if refusal is None and drawn and task:
            await _offer(record, connection, tenant, source, alias, task, due_at, now)
    return refusal or alias


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
            if probe.purpose is not Purpose.EXERCISE:  # put to everybody, it would leave nobody for an appeal
                await connection.execute(record.queries["judged"], tenant, probe.case_id, ask.reviewer)
    return bool(kept)


async def reopen(record: Record, probe: Probe) -> None:
    """An answer was taken back within its grace: the question is open again."""
    tenant = tenant_of(probe.stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["reopen_probe"], tenant, probe.stream_id)


async def withdraw(record: Record, tenant: str, now: datetime) -> int:
    """What nobody answered in time is asked no more: a check never makes a queue late. How many there were."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["withdraw_probes"], tenant, now)
        for row in rows:
            await connection.execute(record.queries["close_probe"], tenant, row["stream_id"], now)
    return len(rows)


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


async def _probes(record: Record, tenant: str, query: str, *arguments: Any) -> list[Probe]:
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, *arguments)
    return [_probe(row) for row in rows]


def _probe(row: asyncpg.Record) -> Probe:
    answer = DecisionAsk.model_validate_json(row["answer"]) if row["answer"] else None
    return Probe.model_validate({**dict(row), "answer": answer})


async def _name(record: Record, tenant: str, source: Source) -> str:
    """As a case's key looks. Of an exercise always the same for one person and item, which only the tenant's secret tells."""
    if source.exercise_id is None:
        return token_hex(16)
    secret = await record.keyring.subject_secret(tenant)
    put = f"exercise\0{source.exercise_id}\0{source.golden_id}\0{source.assigned_to}"
    return hmac.new(secret, put.encode(), sha256).hexdigest()[:32]


async def _put(
    record: Record,
    connection: Connection,
    tenant: str,
    source: Source,
    alias: str,
    later: timedelta,
    task: ReviewTask | None,
    case: Case,
    due_at: datetime,
    now: datetime,
    refusal: Refusal | None,
) -> bool:
    """False where this matter was drawn before."""
    if refusal and source.purpose is not Purpose.DOUBLE:
        return False  # whoever asked is told; only what was drawn is remembered
    rule_id = _rule_of(case, source.matter_id)
    return bool(
        await connection.fetchval(
            record.queries["place_probe"],
            *(tenant, alias, source.purpose, source.case_id, source.matter_id, later.total_seconds()),
            *(task.queue if task else "", task.area if task else None, task.language if task else None, rule_id),
            *(source.expected, source.golden_id, source.exercise_id, source.first_by, source.decision_id, now, due_at),
            refusal is not None,
        )
    )


async def _offer(
    record: Record,
    connection: Connection,
    tenant: str,
    source: Source,
    alias: str,
    task: ReviewTask,
    due_at: datetime,
    now: datetime,
) -> None:
    knows = await connection.fetch(record.queries["judged_case"], tenant, source.case_id)
    rank = task.rank
    await connection.execute(
        record.queries["offer_probe"],
        *(tenant, alias, task.task_id, source.case_id, task.queue, task.severity, due_at, task.evidence_version),
        *(task.evidence_digest, [row["reviewer"] for row in knows if row["reviewer"] != source.assigned_to], now),
        *(task.area, task.language, task.jurisdiction, max(rank.band, 1) if rank else ORDINARY),
        *(min(rank.at, due_at) if rank else due_at, source.assigned_to),
    )


def _rule_of(case: Case, matter_id: str) -> str | None:
    """Which rule asked for the person's look: figures say how often people find what it found."""
    matter = next((one for one in case.matters if one.matter_id == matter_id), None)
    return matter.rule_id if matter else None
