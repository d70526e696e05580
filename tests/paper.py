"""A case's run on paper: what CaseWorkflow does with events, without Temporal; the test says what the world answers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cases.appeals import Role
from cases.assessments import Assessment, Triaged
from cases.case import Case
from cases.decisions import Outcome
from cases.duties import Duty, File, Tell, due_tick, duties, owes
from cases.events import CaseEvent, EvidenceCaptured, OrderConfirmed, OrderStuck, OrderVoided, ReceiptsSent, Told
from cases.folding import fold
from cases.holds import ever_in_force
from cases.interventions import InterventionReceived, OrderGivenUp, Step
from cases.judging import consequences, tick_events
from cases.judging_given_up import dropped
from cases.messages import ReportSource
from cases.names import SubjectKind
from cases.projection import stage_of
from cases.received import (
    AppealAnswered,
    AppealReceived,
    DecisionReceived,
    ExtensionReceived,
    FilingAnswered,
    ReportReceived,
    ReversalReceived,
    SignalReceived,
)
from cases.telling import NoticeKind
from cases.withdrawals import WithdrawalReceived
from tests.builders import NOON, a_case_id, an_ask, an_assessment, evidence

AUTHOR_KEY = "a" * 16


class PaperRun:
    """Messages are judged as they come, as the run does; effects happen when the test says so."""

    def __init__(self, subject: str = "post-1", kind: SubjectKind = SubjectKind.CONTENT) -> None:
        self.case = Case(case_id=a_case_id(subject, kind=kind))
        self.events: list[CaseEvent] = []
        self.at: datetime = NOON
        self._number = 0
        self._versions = 0

    # What is there ----------------------------------------------------------------------------------------------------

    @property
    def duties(self) -> tuple[Duty, ...]:
        return duties(self.case, self.at)

    @property
    def owes(self) -> bool:
        return owes(self.case, self.at)

    @property
    def stage(self) -> str:
        return stage_of(self.case).value

    def kinds(self, kind: str) -> list[Any]:
        return [event.body for event in self.events if event.body.kind == kind]

    def notices(self) -> list[NoticeKind]:
        return [notice.kind for notice in self.case.notices]

    def told(self) -> list[NoticeKind]:
        return [notice.kind for notice in self.case.notices if notice.told_at is not None]

    def ready(self) -> list[NoticeKind]:
        return [notice.kind for duty in self.duties if isinstance(duty, Tell) for notice in duty.notices]

    # What comes in ----------------------------------------------------------------------------------------------------

    def receive(self, body_of: Callable[[int], Any]) -> "PaperRun":
        self._number += 1
        came = self.add(f"inbox:{self._number}", body_of(self._number))
        for event in consequences(self.case, came, self.at):
            self.add(event.event_id, event.body)
        return self

    def report(self, area: str = "harassment", **changes: Any) -> "PaperRun":
        plain: dict[str, Any] = {"source": ReportSource.NOTICE, "contactable": 1, "received_at": self.at}
        return self.receive(lambda number: ReportReceived(number=number, area=area, **{**plain, **changes}))

    def signal(self, **scores: float) -> "PaperRun":
        return self.receive(
            lambda number: SignalReceived(number=number, detector="test/rule@1", scores=scores, received_at=self.at)
        )

    def decide(self, decision_id: str = "d-1", **changes: Any) -> "PaperRun":
        ask = an_ask(decision_id, **changes)
        return self.receive(lambda number: DecisionReceived(number=number, ask=ask, received_at=self.at))

    def appeal(self, decision_id: str = "d-1", appeal_id: str = "a-1", **changes: Any) -> "PaperRun":
        plain: dict[str, Any] = {
            "appellant": AUTHOR_KEY,
            "role": Role.AUTHOR,
            "informed_at": self.at,
            "received_at": self.at,
        }
        fields = {**plain, **changes}
        return self.receive(
            lambda number: AppealReceived(number=number, appeal_id=appeal_id, decision_id=decision_id, **fields)
        )

    def hear(self, outcome: Outcome, appeal_id: str = "a-1", by: str = "rev-2", two_people: bool = True) -> "PaperRun":
        return self.receive(
            lambda number: AppealAnswered(
                number=number, appeal_id=appeal_id, outcome=outcome, by=by, received_at=self.at, two_people=two_people
            )
        )

    def reverse(self, decision_id: str = "d-1", message_id: str = "r-1", keep: tuple[str, ...] = ()) -> "PaperRun":
        return self.receive(
            lambda number: ReversalReceived(
                number=number,
                message_id=message_id,
                decision_id=decision_id,
                keep=keep,
                reason_id="txt-" + "0" * 32,
                operator="op-1",
                received_at=self.at,
            )
        )

    def withdraw(self, decision_id: str = "d-1", message_id: str = "w-1", reviewer: str = "rev-1") -> "PaperRun":
        return self.receive(
            lambda number: WithdrawalReceived(
                number=number,
                message_id=message_id,
                decision_id=decision_id,
                reviewer=reviewer,
                received_at=self.at,
            )
        )

    def extend(self, clock_id: str, due_at: datetime) -> "PaperRun":
        return self.receive(
            lambda number: ExtensionReceived(
                number=number,
                clock_id=clock_id,
                due_at=due_at,
                reason_id="txt-" + "0" * 32,
                operator="op-1",
                received_at=self.at,
            )
        )

    def step_in(self, step: Step, order_id: str = "d-1:subject", message_id: str = "i-1", **changes: Any) -> "PaperRun":
        """An operator's step on an order."""
        plain: dict[str, Any] = {"reason_id": "txt-" + "0" * 32, "operator": "op-1", "received_at": self.at}
        fields = {**plain, "message_id": message_id, "order_id": order_id, "step": step, **changes}
        return self.receive(lambda number: InterventionReceived(number=number, **fields))

    # What the world answers -------------------------------------------------------------------------------------------

    def captured(self, **changes: Any) -> "PaperRun":
        self._versions += 1
        captured = evidence(self._versions, captured_at=self.at, **changes)
        self.add(f"evidence:{self._versions}", EvidenceCaptured(evidence=captured))
        return self

    def triaged(self, *found: Assessment) -> "PaperRun":
        through, version = self.case.triage_owed_through, self.case.evidence[-1].version
        body = Triaged(
            through=through, evidence_version=version, assessments=found or (an_assessment(version=version),), facts={}
        )
        self.add(f"triage:{through}/{version}", body)
        return self

    def confirm(self, order_id: str | None = None, how: str = "applied", **changes: Any) -> "PaperRun":
        for order in self.case.orders:
            if order.open and order_id in (None, order.order_id):
                lifted = ever_in_force(self.case, order.revoke)
                done = OrderConfirmed(
                    order_id=order.order_id, target_version=len(self.events), how=how, lifted=lifted, **changes
                )
                self.add(f"order:{order.try_id}:confirmed", done)
        return self

    def void(self, order_id: str, reason: str = "edited") -> "PaperRun":
        order = self.case.order(order_id)
        voided = OrderVoided(order_id=order_id, reason=reason, unsaid=True, lifts=bool(order.impose))
        self.add(f"order:{order.try_id}:voided", voided)
        return self

    def stick(self, order_id: str) -> "PaperRun":
        self.add(f"order:{self.case.order(order_id).try_id}:stuck", OrderStuck(order_id=order_id))
        return self

    def give_up(self, order_id: str) -> "PaperRun":
        """The pack's time for trying is over."""
        self.stick(order_id)
        given_up = OrderGivenUp(order_id=order_id, due_at=self.at + timedelta(hours=1))
        self.add(f"order:{self.case.order(order_id).try_id}:given_up", given_up)
        return self

    def tell(self) -> "PaperRun":
        for duty in self.duties:
            if isinstance(duty, Tell):
                for notice in duty.notices:
                    self.add(f"told:{notice.notice_id}", Told(notice_id=notice.notice_id, sent=1))
                if duty.receipts_through:
                    receipts = ReceiptsSent(through=duty.receipts_through, sent=1)
                    self.add(f"receipts:{duty.receipts_through}", receipts)
        return self

    def file(self) -> "PaperRun":
        for duty in self.duties:
            if isinstance(duty, File):
                filing_id = duty.filing.filing_id
                self.receive(
                    lambda number, filing_id=filing_id: FilingAnswered(
                        number=number, filing_id=filing_id, accepted=True, received_at=self.at
                    )
                )
        return self

    def forward(self, **time: float) -> "PaperRun":
        """Let time pass; every clock that comes due on the way is noticed then."""
        end = self.at + timedelta(**time)
        while tick := due_tick(self.case, end):
            self.at = max(self.at, tick.at)
            for event in tick_events(self.case, tick, self.at):
                self.add(event.event_id, event.body)
        self.at = end
        return self

    def settle(self) -> "PaperRun":
        """Whatever can be carried out is, until nothing more can."""
        for _ in range(20):
            before = len(self.events)
            self.confirm().tell().file()
            if len(self.events) == before:
                break
        return self

    def add(self, event_id: str, body: Any) -> CaseEvent:
        """As the record does: the first writer of an id wins."""
        known = next((event for event in self.events if event.event_id == event_id), None)
        if known is None:
            known = CaseEvent(event_id=event_id, occurred_at=self.at, body=body, sequence=len(self.events) + 1)
            self.events.append(known)
            self.case = fold(self.case, known)
            for event in dropped(self.case, self.at):
                self.add(event.event_id, event.body)
        return known


def a_reviewed_run(**assessment: Any) -> PaperRun:
    """One report, captured and in review."""
    return PaperRun().report().captured().triaged(an_assessment(**assessment))


def a_decided_run(**ask: Any) -> PaperRun:
    """One report, decided, the platform's word still awaited."""
    return a_reviewed_run().decide(**ask)
