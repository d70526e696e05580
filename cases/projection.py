"""What a case looks like from outside: its stage, its open review tasks, the strikes it gives. Functions of the case.

The record keeps a projection beside the events, written in the same transaction, so that queues, the live view and the
strike count read tables and never ask a workflow.
"""

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.case import Case, CaseStage, Filing
from cases.deadlines import OWED_BY_LAW, STATUTORY, Clock, ClockKind, earliest
from cases.decisions import Decision, FourEyes, Outcome
from cases.durations import parse_duration
from cases.evidence import EvidenceVersion
from cases.facts import Fact
from cases.matters import Matter, MatterStage
from cases.measures import OrderStage
from cases.names import SubjectKind, kind_of
from cases.priority import LegalSpan, Rank, rank
from cases.severity import Severity
from cases.telling import Notice

# Alarmed: the platform has not confirmed them for over a minute.
UNCONFIRMED: Final = frozenset({OrderStage.STUCK, OrderStage.GIVEN_UP})

# Shown by `stuck` once missed. A report owed to an authority has a queue and a flag of its own.
MISSED_IS_STUCK: Final = STATUTORY - {ClockKind.AUTHORITY_REPORT}


ORDERS_QUEUE: Final = "orders"  # where operators find the orders that are given up


class TaskKind(StrEnum):
    """What a person is asked for."""

    MATTER = "matter"
    SECOND_LOOK = "second_look"
    HEARING = "hearing"
    ORDER = "order"  # given up: an operator's to retry, to leave out or to note as done by hand; nobody claims it


class ReviewTask(Fact):
    """One open question to a person. task_id is unique in its stream; excluded: reviewers who may not take it.

    priority: 1 (severest) to 5; tier: 1, or 2 once its deadline was missed. rank: where it stands (`cases.priority`).
    """

    task_id: str
    kind: TaskKind
    subject: str
    queue: str
    severity: int
    due_at: AwareDatetime
    tier: int = 1
    evidence_version: int | None = None
    evidence_digest: str = ""
    excluded: tuple[str, ...] = ()
    area: str | None = None
    language: str | None = None
    jurisdiction: str | None = None
    rank: Rank | None = None

    @property
    def priority(self) -> int:
        """Temporal's priority key: severity and one."""
        return self.severity + 1


class Strike(Fact):
    """A countable, expiring mark on an account. active: all its decision ordered is confirmed, and it was not reversed."""

    decision_id: str
    area: str
    account: str
    since: AwareDatetime
    expires_at: AwareDatetime
    active: bool


class MatterRow(Fact):
    """A matter as the account picture counts it. violation: found, and not taken back."""

    matter_id: str
    area: str
    open: bool
    violation: bool
    decided_at: AwareDatetime | None = None


class Projection(Fact):
    """The rows beside the events. account: target key of the account that the subject is, or that made it."""

    stage: CaseStage
    category: str | None = None
    queue: str | None = None
    rule: str | None = None
    jurisdiction: str | None = None
    priority: int = 5
    due_at: AwareDatetime | None = None
    stuck: bool = False
    legal_hold: bool = False
    legal_clock: str | None = None
    legal_source: str | None = None
    legal_due_at: AwareDatetime | None = None
    tasks: tuple[ReviewTask, ...] = ()
    strikes: tuple[Strike, ...] = ()
    account: str | None = None
    matters: tuple[MatterRow, ...] = ()


def without_ranks(projection: Projection) -> Projection:
    """The same but for where tasks stand and what the law's clocks say: those go along with the next change of anything else.

    Each report moves a rank a little. The triage that it brings writes the rows anyhow: no write of its own, no activity.
    """
    tasks = tuple(task.evolve(rank=None) for task in projection.tasks)
    return projection.evolve(tasks=tasks, legal_clock=None, legal_source=None, legal_due_at=None)


def stage_of(case: Case) -> CaseStage:
    """The most urgent of what the case's collections are in."""
    tests = (
        (CaseStage.ENFORCING, any(order.open for order in case.orders)),
        (CaseStage.ASSESSING, case.triage_owed_through > case.assessed_through or case.recapture_for is not None),
        (CaseStage.HELD, any(matter.stage is MatterStage.HELD for matter in case.matters)),
        (CaseStage.IN_REVIEW, any(matter.open for matter in case.matters) or any(_unlooked(d) for d in case.decisions)),
        (CaseStage.TELLING, any(untold(case, notice) for notice in case.notices) or receipts_owed(case)),
        (CaseStage.UNDER_APPEAL, any(appeal.stage == "opened" for appeal in case.appeals)),
        (CaseStage.FILING, any(unanswered(case, filing) for filing in case.filings) or bool(_owed_clocks(case))),
    )
    return next((stage for stage, holds in tests if holds), CaseStage.SETTLED)


def receipts_owed(case: Case) -> bool:
    """Whether someone who can be told reported and has no answer yet."""
    return case.receipts_owed_through > case.receipted_through


def untold(case: Case, notice: Notice) -> bool:
    """Whether this notice has still to go out; not where operators skipped what it tells of."""
    return notice.told_at is None and not case.all_skipped(notice.after)


def unanswered(case: Case, filing: Filing) -> bool:
    """Whether the database has still to answer this filing; not where operators skipped what it states."""
    return filing.answered_at is None and not case.all_skipped(filing.after)


def project(case: Case) -> Projection:
    """The rows beside the events, as this state wants them."""
    leading = min((m for m in case.matters if m.open), key=lambda m: m.terms.severity, default=None)
    leading = leading or min(case.matters, key=lambda m: m.terms.severity, default=None)
    tick = earliest(case.clocks)
    evidence = case.latest_evidence
    by_law = [clock for clock in case.clocks if clock.kind in OWED_BY_LAW]
    legal = min(by_law, key=lambda clock: (clock.due_at, clock.clock_id), default=None)
    return Projection(
        stage=stage_of(case),
        category=leading.area if leading else next(iter(sorted(case.counts)), None),
        queue=leading.terms.queue if leading else None,
        rule=leading.rule_id if leading else None,
        jurisdiction=evidence.jurisdiction if evidence else None,
        priority=leading.terms.severity + 1 if leading else 5,
        due_at=_due(case) if tick else None,
        stuck=stuck(case),
        legal_hold=case.legal_hold,
        legal_clock=legal.clock_id if legal else None,
        legal_source=legal.source if legal else None,
        legal_due_at=legal.due_at if legal else None,
        tasks=review_tasks(case),
        strikes=strikes(case),
        account=evidence.author_target if evidence else None,
        matters=tuple(_matter_row(case, matter) for matter in case.matters),
    )


def stuck(case: Case) -> bool:
    """Whether the platform has kept an order, or the evidence, waiting for over a minute, or a law's clock was missed."""
    late = any(clock.breached_at is not None and clock.kind in MISSED_IS_STUCK for clock in case.clocks)
    return late or case.evidence_delayed or any(order.stage in UNCONFIRMED for order in case.orders)


def review_tasks(case: Case) -> tuple[ReviewTask, ...]:
    """Every question a person has still to answer."""
    matters = tuple(_matter_task(case, one) for one in case.matters if one.open and one.entered_id is None)
    looks = tuple(_look_task(case, decision) for decision in case.decisions if _unlooked(decision))
    orders = tuple(_order_task(case, clock) for clock in case.clocks if clock.kind is ClockKind.GIVEN_UP)
    return (*matters, *looks, *orders)


def _matter_row(case: Case, matter: Matter) -> MatterRow:
    decisions = [one for one in case.decisions if one.matter_id == matter.matter_id]
    standing = [one for one in decisions if one.outcome is Outcome.VIOLATION and not one.reversed]
    return MatterRow(
        matter_id=matter.matter_id,
        area=matter.area,
        open=matter.open,
        violation=bool(standing),
        decided_at=decisions[-1].decided_at if decisions else None,
    )


def _matter_task(case: Case, matter: Matter) -> ReviewTask:
    proposal = next((p for p in case.proposals if p.decision_id == matter.proposed_id), None)
    timed = proposal is not None and matter.terms.seconds_timed
    named = f"second_look:{matter.proposed_id}" if timed else f"review:{matter.matter_id}"
    clock = next((c for c in case.clocks if c.clock_id == named), None)
    return ReviewTask(
        task_id=matter.matter_id if proposal is None else f"second:{proposal.decision_id}",
        kind=TaskKind.MATTER if proposal is None else TaskKind.SECOND_LOOK,
        subject=matter.matter_id,
        queue=matter.terms.queue,
        severity=matter.terms.severity,
        due_at=clock.due_at if clock else matter.stage_since,
        tier=_tier(clock),
        evidence_version=matter.evidence_version,
        evidence_digest=_digest(case, matter.evidence_version),
        excluded=(proposal.by,) if proposal else (),
        area=matter.area,
        language=_language(case, matter.evidence_version),
        jurisdiction=_jurisdiction(case, matter.evidence_version),
        rank=_rank(case, matter, clock, matter.stage_since),
    )


def _look_task(case: Case, decision: Decision) -> ReviewTask:
    matter = case.matter(decision.matter_id)
    clock = next((c for c in case.clocks if c.clock_id == f"second_look:{decision.decision_id}"), None)
    return ReviewTask(
        task_id=f"second:{decision.decision_id}",
        kind=TaskKind.SECOND_LOOK,
        subject=decision.matter_id,
        queue=matter.terms.queue,
        severity=matter.terms.severity,
        due_at=clock.due_at if clock else decision.decided_at,
        tier=_tier(clock),
        evidence_version=decision.evidence_version,
        evidence_digest=_digest(case, decision.evidence_version),
        excluded=(decision.by,),
        area=matter.area,
        language=_language(case, decision.evidence_version),
        jurisdiction=_jurisdiction(case, decision.evidence_version),
        rank=_rank(case, matter, clock, decision.decided_at),
    )


def _order_task(case: Case, clock: Clock) -> ReviewTask:
    """Of the matter that the order is about, or the most severe: its effect is what is waited for."""
    made = next((one.matter_id for one in case.decisions if clock.subject in one.order_ids), None)
    about = [one for one in case.matters if made == one.matter_id or clock.subject == one.hold_order]
    matter = min(about or case.matters, key=lambda one: one.terms.severity)
    return ReviewTask(
        task_id=f"order:{clock.subject}",
        kind=TaskKind.ORDER,
        subject=clock.subject,
        queue=ORDERS_QUEUE,
        severity=matter.terms.severity,
        due_at=clock.due_at,
        tier=_tier(clock),
        area=matter.area,
        rank=_rank(case, matter, clock, clock.started_at),
    )


def _evidence(case: Case, version: int) -> EvidenceVersion | None:
    return next((one for one in case.evidence if one.version == version), None)


def _language(case: Case, version: int) -> str | None:
    """Of the content, without its region: de-AT is read by who reads de."""
    evidence = _evidence(case, version)
    return evidence.written_in if evidence else None


def _jurisdiction(case: Case, version: int) -> str | None:
    evidence = _evidence(case, version)
    return evidence.jurisdiction if evidence else None


def _rank(case: Case, matter: Matter, clock: Clock | None, since: AwareDatetime) -> Rank:
    evidence = _evidence(case, matter.evidence_version)
    counted = case.counts.get(matter.area)
    return rank(
        Severity(matter.terms.severity),
        clock.started_at if clock else since,
        clock.due_at if clock else since,
        reach=evidence.reach if evidence else 0,
        independent=counted.independent if counted else 0,
        legal=tuple(LegalSpan(started_at=one.started_at, due_at=one.due_at) for one in _owed_clocks(case)),
    )


def strikes(case: Case) -> tuple[Strike, ...]:
    """The marks this case's decisions put on accounts; only a confirmed and unreversed one counts.

    A community carries none: whoever is found responsible with it has theirs by the decision on their own account.
    """
    if kind_of(case.case_id) is SubjectKind.COMMUNITY:
        return ()
    return tuple(
        Strike(
            decision_id=decision.decision_id,
            area=case.matter(decision.matter_id).area,
            account=account,
            since=decision.decided_at,
            expires_at=decision.decided_at + parse_duration(case.matter(decision.matter_id).terms.strike_lasts),
            active=decision.strike and not decision.reversed and _in_effect(case, decision),
        )
        for decision in case.decisions
        if decision.outcome is Outcome.VIOLATION and case.matter(decision.matter_id).terms.strike
        for account in _account(case, decision)
    )


def _in_effect(case: Case, decision: Decision) -> bool:
    """Whether the platform did all of it: a strike for what had no effect would be one nobody was told of."""
    return bool(decision.order_ids) and all(case.order(order_id).in_effect for order_id in decision.order_ids)


def _account(case: Case, decision: Decision) -> tuple[str, ...]:
    evidence = next((version for version in case.evidence if version.version == decision.evidence_version), None)
    return (evidence.author_target,) if evidence and evidence.author_target else ()


def _unlooked(decision: Decision) -> bool:
    return decision.second is FourEyes.AFTER and decision.second_by is None and not decision.reversed


def _owed_clocks(case: Case) -> tuple[Clock, ...]:
    return tuple(clock for clock in case.clocks if clock.kind in STATUTORY)


def _due(case: Case) -> AwareDatetime:
    return min(clock.due_at for clock in case.clocks)


def _tier(clock: Clock | None) -> int:
    return 2 if clock and clock.breached_at else 1


def _digest(case: Case, version: int) -> str:
    return next((one.digest for one in case.evidence if one.version == version), "")
