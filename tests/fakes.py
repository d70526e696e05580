"""Stand-ins for whole effects: a record in memory, a platform that can be down, mails that are only counted."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities import processes, stubs
from cases.assessments import Assessment, Triaged
from cases.case import Case
from cases.decisions import Decision, FourEyes
from cases.events import CaseEvent, DecisionRecorded
from cases.evidence import EvidenceVersion
from cases.folding import compacted, fold_all
from cases.judging import decision_digest
from cases.judging_orders import decisions_ordered
from cases.messages import DecisionMessage
from cases.projection import Projection
from cases.received import AppealAnswered, AppealReceived, DecisionAsk, DecisionReceived, FilingAnswered, MessageRefused
from cases.tokens import peek_claims
from cases.withdrawals import WithdrawalMessage, WithdrawalReceived
from tests.builders import an_assessment, evidence


@dataclass
class Row:
    """An inbox row: what becomes of it is decided when it is taken."""

    number: int
    body: Any
    taken: bool = False


@dataclass
class FakeWorld:
    """Everything outside the workflow, in memory. Set its fields to make the world as the test wants it."""

    assess: Callable[[stubs.AssessCase], tuple[Assessment, ...]] = lambda request: (an_assessment(),)
    capture: Callable[[int], EvidenceVersion] = lambda version: evidence(version)
    record_down: bool = False
    platform_down: bool = False
    platform_away_for: timedelta | None = None  # it is asked again after so long; None: by the retry policy
    capture_down: bool = False
    edited_once: bool = False
    tell_broken: bool = False
    filing_broken: bool = False
    client: Client | None = None
    inbox: dict[str, list[Row]] = field(default_factory=dict)
    events: dict[str, list[CaseEvent]] = field(default_factory=dict)
    projections: dict[str, Projection] = field(default_factory=dict)
    orders: list[stubs.Enforcement] = field(default_factory=list)
    told: list[stubs.TellPeople] = field(default_factory=list)
    filed: list[str] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def put(self, stream: str, body_of: Callable[[int], Any]) -> int:
        """A door's commit: the body, given its inbox number."""
        number = sum(len(rows) for rows in self.inbox.values()) + 1
        self.inbox.setdefault(stream, []).append(Row(number, body_of(number)))
        return number

    def bodies(self, stream: str, kind: str) -> list[Any]:
        """Recorded bodies of one kind, in order."""
        return [event.body for event in self.events.get(stream, []) if event.body.kind == kind]

    def activities(self) -> list[Callable[..., Any]]:
        """For the worker."""
        return [
            self.take_mail,
            self.record_events,
            self.capture_evidence,
            self.assess_case,
            self.enforce,
            self.tell_people,
            self.start_filing,
            self.start_hearing,
            self.submit_statement,
            self.bring_news,
        ]

    def _append(self, stream: str, events: tuple[CaseEvent, ...]) -> tuple[CaseEvent, ...]:
        stored = self.events.setdefault(stream, [])
        by_id = {event.event_id: event for event in stored}
        for event in events:
            if event.event_id not in by_id:
                stored.append(event.evolve(sequence=len(stored) + 1))
                by_id[event.event_id] = stored[-1]
        return tuple(by_id[event.event_id] for event in events)

    def _count(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1

    def _reach_record(self) -> None:
        if self.record_down:
            raise ConnectionError("synthetic: Postgres is away")

    @activity.defn
    async def take_mail(self, request: stubs.TakeMail) -> stubs.Mail:
        self._reach_record()
        earlier = tuple(self.events.get(request.stream, ()))
        for raw in request.raw:
            self.put(request.stream, lambda number, raw=raw: _body_of(number, raw, request.now))
        rows = [row for row in self.inbox.get(request.stream, []) if not row.taken]
        events = tuple(
            CaseEvent(event_id=f"inbox:{row.number}", occurred_at=request.now, body=row.body) for row in rows
        )
        stored = self._append(request.stream, events)
        self.events.setdefault(request.stream, [])
        for row in rows:
            row.taken = True
        later = stored if request.seen is None else tuple(self.events[request.stream][request.seen :])
        return stubs.Mail(
            events=compacted(later),
            earlier=fold_all(Case(case_id=request.stream), earlier) if request.seen is None else None,
        )

    def take_together(self, stream: str, decision: dict[str, Any], other: Callable[[int], Any]) -> None:
        """A decision sent raw, and a row that came after it, in one taking."""
        raw = stubs.RawMessage(kind="decide", channel="signal", payload=decision)
        self.put(stream, lambda number: _body_of(number, raw, datetime.now(UTC)))
        self.put(stream, other)

    @activity.defn
    async def record_events(self, request: stubs.Append) -> stubs.Stored:
        self._reach_record()
        self._count("record_events")
        if request.projection:
            self.projections[request.stream] = request.projection
        return stubs.Stored(events=self._append(request.stream, request.events))

    @activity.defn
    async def capture_evidence(self, request: stubs.CaptureEvidence) -> EvidenceVersion:
        if self.platform_down or self.capture_down:
            raise ApplicationError("synthetic: the platform is away", next_retry_delay=self.platform_away_for)
        versions = self.bodies(request.case_id, "evidence_captured")
        return self.capture(len(versions) + 1)

    @activity.defn
    async def assess_case(self, request: stubs.AssessCase) -> stubs.Stored:
        self._reach_record()
        found = self.assess(request)
        version = request.case.evidence[-1].version
        body = Triaged(through=request.through, evidence_version=version, assessments=found, facts={})
        events = [CaseEvent(event_id=f"triage:{request.through}:{version}", occurred_at=request.now, body=body)]
        for one in found:
            if one.automatic:
                decision = Decision(
                    decision_id=f"auto:{one.matter_id}",
                    digest="auto",
                    matter_id=one.matter_id,
                    outcome=one.automatic.outcome,
                    by=f"rule:{one.rule_id}",
                    automated=True,
                    decided_at=request.now,
                    ground=one.automatic.ground,
                    rule_id=one.rule_id,
                    evidence_version=version,
                    enforcements=one.automatic.enforcements,
                    second=FourEyes.NONE,
                )
                recorded = DecisionRecorded(decision=decision)
                events.append(
                    CaseEvent(event_id=f"decision:{decision.decision_id}", occurred_at=request.now, body=recorded)
                )
        events += decisions_ordered(request.case, events[0])
        return stubs.Stored(events=self._append(request.case.case_id, tuple(events)))

    @activity.defn
    async def enforce(self, request: stubs.Enforcement) -> stubs.Confirmation:
        self._count("enforce")
        if self.platform_down:
            text = "synthetic: the platform is away"
            raise ApplicationError(text, next_retry_delay=self.platform_away_for)
        if self.edited_once and request.order.content_version:
            self.edited_once = False
            return stubs.Confirmation(how="edited")
        self.orders.append(request)
        return stubs.Confirmation(how="applied", target_version=len(self.orders))

    @activity.defn
    async def tell_people(self, request: stubs.TellPeople) -> list[stubs.Delivery]:
        self._count("tell_people")
        if self.tell_broken:
            raise ApplicationError("synthetic: a bug", non_retryable=True)
        self.told.append(request)
        receipts = [stubs.Delivery(notice_id="receipts", sent=1, undeliverable=0)] if request.receipts_through else []
        return [
            *(stubs.Delivery(notice_id=notice.notice_id, sent=1, undeliverable=0) for notice in request.notices),
            *receipts,
        ]

    @activity.defn
    async def start_filing(self, request: processes.FileStatement) -> None:
        self._count("start_filing")
        if self.filing_broken:
            raise ApplicationError("synthetic: a bug", non_retryable=True)
        self.filed.append(request.filing.filing_id)
        self.put(
            request.case_id,
            lambda number: FilingAnswered(
                number=number, filing_id=request.filing.filing_id, accepted=True, received_at=self.now
            ),
        )
        assert self.client is not None
        await self.client.get_workflow_handle(request.case_id).signal("ring", {})

    @activity.defn
    async def start_hearing(self, request: processes.HearingStart) -> None:
        assert self.client is not None
        await self.client.start_workflow(
            "AppealWorkflow", request, id=f"appeal/demo/{request.appeal_id}", task_queue=activity.info().task_queue
        )

    @activity.defn
    async def submit_statement(self, request: processes.FileStatement) -> processes.FilingAnswer:
        return processes.FilingAnswer(accepted=True, reference="synthetic-uuid")

    @activity.defn
    async def bring_news(self, request: processes.CaseNews) -> None:
        self._reach_record()
        bodies = {"appeal_answered": AppealAnswered, "filing_answered": FilingAnswered}
        self.put(
            request.case_id,
            lambda number: bodies[request.kind](number=number, received_at=self.now, **request.payload),
        )
        assert self.client is not None
        await self.client.get_workflow_handle(request.case_id).signal("ring", {})


def an_appeal(number: int, appeal_id: str = "a-1", decision_id: str = "d-1", **changes: Any) -> AppealReceived:
    plain: dict[str, Any] = {
        "appellant": "a" * 16,
        "role": "author",
        "informed_at": datetime.now(UTC),
        "received_at": datetime.now(UTC),
    }
    return AppealReceived(number=number, appeal_id=appeal_id, decision_id=decision_id, **{**plain, **changes})


def _body_of(number: int, raw: stubs.RawMessage, now: datetime) -> Any:
    if raw.kind == "withdraw":
        back = WithdrawalMessage.model_validate(raw.payload)
        who = peek_claims(back.token or "").reviewer
        named = {"message_id": back.message_id, "decision_id": back.decision_id, "received_at": now}
        return WithdrawalReceived(number=number, reviewer=who, **named)
    try:
        message = DecisionMessage.model_validate(raw.payload)
    except ValidationError:
        return MessageRefused(
            number=number, message_kind=raw.kind, code="malformed", problem="synthetic", received_at=now
        )
    reviewer = peek_claims(message.token).reviewer if message.token else message.reviewer or "nobody"
    ask = DecisionAsk(
        **message.model_dump(exclude={"token", "reviewer"}),
        digest=decision_digest(message),
        reviewer=reviewer,
        channel=raw.channel,
    )
    return DecisionReceived(number=number, ask=ask, received_at=now)


async def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Polls until it holds; fails after the bound."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - the world is not an event
            await asyncio.sleep(0.02)
