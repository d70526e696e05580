"""The ways into a running case: signals, updates and queries. They queue and answer, nothing else; the loop judges."""

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():  # deterministic, and too dear to import again for every run
    from cases.case import Case
    from cases.interventions import InterventionMessage
    from cases.judging import known_decision, refuse_decision, refuse_extension
    from cases.judging_interventions import refuse_intervention
    from cases.judging_reversals import refuse_reversal
    from cases.judging_withdrawals import refuse_withdrawal
    from cases.messages import Accepted, DecisionMessage, ExtensionMessage, ReversalMessage
    from cases.second_looks import refuse_second_look
    from cases.withdrawals import WithdrawalMessage
    from workflows import forms
    from workflows.asks import ask_of, reviewer_of
    from workflows.details import summary_of, timeline_of
    from workflows.mailbox import Mailbox


class CaseDoors(ABC):
    """What `CaseWorkflow` can be sent and asked. Its loop reads the mail, and hears of a wish to roll."""

    _case: Case
    _loaded: bool
    _mail: Mailbox
    _doing: dict[str, asyncio.Task[None]]
    _roll_asked: bool
    _drain_asked: bool

    @property
    @abstractmethod
    def _now(self) -> datetime:
        """The run's own time."""

    @workflow.signal(description=forms.RING)
    def ring(self, *hints: Any) -> None:
        """The doorbell."""
        self._mail.rung = True

    @workflow.signal(description=forms.REPORT)
    def report(self, *messages: Any) -> None:
        """A report from inside the trust boundary."""
        self._mail.put_raw("report", messages)

    @workflow.signal(name="decide", description=forms.DECIDE_BY_SIGNAL)
    def decide_by_signal(self, *messages: Any) -> None:
        """A decision that nobody waits for; what is wrong with it is recorded."""
        self._mail.put_raw("decide", messages)

    @workflow.signal(description=forms.APPEAL)
    def appeal(self, *messages: Any) -> None:
        """An appeal from inside the trust boundary."""
        self._mail.put_raw("appeal", messages)

    @workflow.signal(description=forms.AUTHORITY_ORDER)
    def authority_order(self, *messages: Any) -> None:
        """An authority's order, by id; its text is stored through a door."""
        self._mail.put_raw("authority_order", messages)

    @workflow.signal(description=forms.ROLL)
    def roll(self, *_: Any) -> None:
        """An operator asks for a fresh run."""
        self._roll_asked = True
        if self._doing and workflow.patched("drain"):
            self._drain_asked = True

    @workflow.update(description=forms.DECIDE)
    def decide(self, message: DecisionMessage) -> Accepted:
        """A reviewer's decision. The answer means that it is durable, and will be recorded and carried out."""
        if any(one.decision_id == message.decision_id for one in self._case.asked):
            return Accepted(message_id=message.decision_id, status="known")
        self._mail.put("decide", message.decision_id, message)
        return Accepted(message_id=message.decision_id)

    @decide.validator
    def _may_decide(self, message: DecisionMessage) -> None:
        self._refuse_unless_ready()
        if any(raw.payload.get("matter") == message.matter for raw in self._mail.unread if raw.channel == "update"):
            raise ApplicationError("another decision on this matter is being recorded", type="Busy", non_retryable=True)
        ask = ask_of(message)
        new = None if known_decision(self._case, ask) else refuse_second_look(message)
        if refusal := refuse_decision(self._case, ask, self._now) or new:
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    @workflow.update(description=forms.EXTEND_DEADLINE)
    def extend_deadline(self, message: ExtensionMessage) -> Accepted:
        """A clock runs longer, for a reason in the record."""
        self._mail.put("extend_deadline", message.message_id, message)
        return Accepted(message_id=message.message_id)

    @extend_deadline.validator
    def _may_extend(self, message: ExtensionMessage) -> None:
        self._refuse_unless_ready()
        if refusal := refuse_extension(self._case, message.clock_id, message.due_at):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    @workflow.update(description=forms.REVERSE)
    def reverse(self, message: ReversalMessage) -> Accepted:
        """An operator's correction; whole, or but for the measures kept."""
        self._mail.put("reverse", message.message_id, message)
        return Accepted(message_id=message.message_id)

    @reverse.validator
    def _may_reverse(self, message: ReversalMessage) -> None:
        self._refuse_unless_ready()
        if refusal := refuse_reversal(self._case, message.decision_id, message.keep):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    @workflow.update(description=forms.WITHDRAW)
    def withdraw(self, message: WithdrawalMessage) -> Accepted:
        """A reviewer thinks better of their own decision."""
        self._mail.put("withdraw", message.message_id, message)
        return Accepted(message_id=message.message_id)

    @withdraw.validator
    def _may_withdraw(self, message: WithdrawalMessage) -> None:
        self._refuse_unless_ready()
        reviewer = reviewer_of(message)
        if refusal := refuse_withdrawal(self._case, message.decision_id, reviewer, self._now):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    @workflow.update(description=forms.INTERVENE)
    def intervene(self, message: InterventionMessage) -> Accepted:
        """An operator's step on an order that the platform does not confirm."""
        self._mail.put("intervene", message.message_id, message)
        return Accepted(message_id=message.message_id)

    @intervene.validator
    def _may_intervene(self, message: InterventionMessage) -> None:
        self._refuse_unless_ready()
        if refusal := refuse_intervention(self._case, message.order_id, message.step, self._now):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    def _refuse_unless_ready(self) -> None:
        if not self._loaded:
            raise ApplicationError("the case is loading; try again", type="CaseLoading", non_retryable=True)
        self._mail.refuse_if_full()

    @workflow.query(description="The case in short: stage, matters, clocks, what it waits for.")
    def summary(self) -> dict[str, Any]:
        """For whoever sent a raw signal and got no answer."""
        return summary_of(self._case, self._now)

    @workflow.query(
        description="Decisions, orders, notices, filings and appeals in time, and why the latest messages were refused."
    )
    def timeline(self) -> list[dict[str, Any]]:
        """The case's story, ids and times only."""
        return timeline_of(self._case)
