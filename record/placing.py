"""Questions that check, put among the open tasks, and taken out again when their case is fit for none any more."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Final

from pydantic import AwareDatetime

from cases.case import Case
from cases.deadlines import appeals_accepted_until
from cases.decisions import Outcome
from cases.errors import KeyDestroyed, UnknownSomething
from cases.events import CaseEvent
from cases.facts import Fact
from cases.folding import compacted, fold_all
from cases.names import tenant_of
from cases.priority import ORDINARY
from cases.probes import Purpose, before_decision, refuse_probe, retold, task_of_probe
from cases.projection import ReviewTask
from cases.refusals import Refusal
from record import events, probes
from record.pool import Connection, tenant_transaction
from record.probes import Probe
from record.record import Record

LEFT_FOR_APPEALS: Final = (
    2  # people of the register who have not seen a case: one for its appeal, one for a second look
)


class Source(Fact):
    """What a probe is made of, and for whom. decision_id, first_by: of a double review, the first decision and who took it.

    not_for: who knows the answer besides those who judged in the case.
    """

    purpose: Purpose
    case_id: str
    matter_id: str
    expected: Outcome | None = None
    golden_id: str | None = None
    exercise_id: str | None = None
    first_by: str | None = None
    decision_id: str | None = None
    assigned_to: str | None = None
    not_for: tuple[str, ...] = ()
    due_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Prepared:
    """A probe before it is put. alias: the name it will be asked under; task: as it was asked, none where it never was."""

    source: Source
    alias: str
    later: timedelta
    case: Case
    task: ReviewTask | None
    refusal: Refusal | None


async def prepare(record: Record, tenant: str, source: Source, now: datetime) -> Prepared:
    """What would be asked, or why nothing may be. Nothing is written."""
    stored = await events.load(record, source.case_id)
    alias = f"{source.case_id.rpartition('/')[0]}/{await _name(record, tenant, source)}"
    before = before_decision(stored, source.matter_id)
    later = now - before[-1].occurred_at if before else timedelta(0)
    case, task = _asked(record, source.case_id, source.matter_id, stored, alias, later)
    refusal = refuse_probe(task, case, record.queues, record.wellbeing)
    return Prepared(source, alias, later, case, task, refusal)


async def place(record: Record, tenant: str, source: Source, now: datetime) -> Refusal | str:
    """Put a probe among the open tasks; the name it is asked under, or why none may be made. A sampled one is drawn once."""
    one = await prepare(record, tenant, source, now)
    async with tenant_transaction(record.pool, tenant) as connection:
        refusal = one.refusal or await nobody_left(record, connection, tenant, source.case_id, None, now)
        if refusal is None or source.purpose is Purpose.DOUBLE:  # what was drawn is remembered, and not drawn again
            await put(record, connection, tenant, one, now, passed_over=refusal is not None)
    return refusal or one.alias


async def put(
    record: Record, connection: Connection, tenant: str, one: Prepared, now: datetime, *, passed_over: bool = False
) -> None:
    """Its rows, once. passed_over: drawn, and not to be asked."""
    source, task = one.source, one.task
    due_at = source.due_at or (task.due_at if task else now)
    drawn = await connection.fetchval(
        record.queries["place_probe"],
        *(tenant, one.alias, source.purpose, source.case_id, source.matter_id, one.later.total_seconds()),
        *(task.queue if task else "", task.area if task else None, task.language if task else None),
        *(_rule_of(one.case, source.matter_id), source.expected, source.golden_id, source.exercise_id, source.first_by),
        *(source.decision_id, now, due_at, passed_over, one.case.sequence),
    )
    if drawn and task and not passed_over:
        await _offer(record, connection, tenant, one, task, due_at, now)


async def nobody_left(
    record: Record, connection: Connection, tenant: str, case_id: str, asked: Sequence[str] | None, now: datetime
) -> Refusal | None:
    """Why nobody else may be shown this case: who has seen it hears no appeal of it, and too few would be left to.

    asked: who would see it; None for one person whom chance finds. None is answered where enough are left, where nobody can
    appeal any more, and where no register says who there is.
    """
    row = await connection.fetchrow(record.queries["left_for_appeals"], tenant, case_id, list(asked or ()))
    assert row is not None  # it counts
    over = row["last_told"] is not None and now > appeals_accepted_until(row["last_told"])
    left = row["unaware"] - (asked is None)
    if over or not row["known"] or left >= LEFT_FOR_APPEALS:
        return None
    return Refusal(
        code="nobody_left",
        text=f"matter: too few would be left to hear an appeal of {case_id}, which may still come; ask fewer people, or "
        "choose a case that nobody may appeal any more",
    )


async def withdraw(record: Record, tenant: str, now: datetime) -> int:
    """What nobody answered in time is asked no more, and what its case is not fit for by now; how many there were."""
    async with tenant_transaction(record.pool, tenant) as connection:
        late = await connection.fetch(record.queries["withdraw_probes"], tenant, now)
        for row in late:
            await connection.execute(record.queries["close_probe"], tenant, row["stream_id"], now)
        grown = await connection.fetch(record.queries["probes_of_grown_cases"], tenant)
    unfit = [await withdrawn_if_unfit(record, await probes.named(record, row["stream_id"]), now) for row in grown]
    return len(late) + sum(unfit)


async def withdrawn_if_unfit(record: Record, probe: Probe, now: datetime) -> bool:
    """Whether a question that is still open had to be taken back: what came to light since is shown to nobody to learn from."""
    if probe.answered_at or probe.withdrawn_at:
        return False
    tenant = tenant_of(probe.stream_id)
    try:
        stored = await events.load(record, probe.case_id)
    except (KeyDestroyed, UnknownSomething):
        stored = []  # erased: nobody is to learn from it
    if stored and stored[-1].sequence <= probe.checked_sequence:
        return False
    later = timedelta(seconds=probe.later_seconds)
    case, task = _asked(record, probe.case_id, probe.matter_id, stored, probe.stream_id, later)
    unfit = refuse_probe(task, case, record.queues, record.wellbeing) is not None
    async with tenant_transaction(record.pool, tenant) as connection:
        if unfit:
            await connection.execute(record.queries["withdraw_probe"], tenant, probe.stream_id, now)
            await connection.execute(record.queries["close_probe"], tenant, probe.stream_id, now)
        else:
            await connection.execute(record.queries["probe_checked"], tenant, probe.stream_id, case.sequence)
    return unfit


def _asked(
    record: Record, case_id: str, matter_id: str, stored: list[CaseEvent], alias: str, later: timedelta
) -> tuple[Case, ReviewTask | None]:
    """The case as it is by now, and the question as it was."""
    case = fold_all(Case(case_id=case_id), compacted(stored))
    before = before_decision(stored, matter_id)
    return case, task_of_probe(retold(before, case_id, alias, later), alias, matter_id)


async def _name(record: Record, tenant: str, source: Source) -> str:
    """As a case's key looks. Of an exercise always the same for one person and item, which only the tenant's secret tells."""
    if source.exercise_id is None:
        return token_hex(16)
    secret = await record.keyring.subject_secret(tenant)
    asked = f"exercise\0{source.exercise_id}\0{source.golden_id}\0{source.assigned_to}"
    return hmac.new(secret, asked.encode(), sha256).hexdigest()[:32]


async def _offer(
    record: Record,
    connection: Connection,
    tenant: str,
    one: Prepared,
    task: ReviewTask,
    due_at: datetime,
    now: datetime,
) -> None:
    source, rank = one.source, task.rank
    knows = await connection.fetch(record.queries["judged_case"], tenant, source.case_id, now)
    barred = {*(row["reviewer"] for row in knows), *source.not_for} - {source.assigned_to}
    await connection.execute(
        record.queries["offer_probe"],
        *(tenant, one.alias, task.task_id, source.case_id, task.queue, task.severity, due_at, task.evidence_version),
        *(task.evidence_digest, sorted(barred), now),
        *(task.area, task.language, task.jurisdiction, max(rank.band, 1) if rank else ORDINARY),
        *(min(rank.at, due_at) if rank else due_at, source.assigned_to),
    )


def _rule_of(case: Case, matter_id: str) -> str | None:
    """Which rule asked for the person's look: figures say how often people find what it found."""
    matter = next((one for one in case.matters if one.matter_id == matter_id), None)
    return matter.rule_id if matter else None
