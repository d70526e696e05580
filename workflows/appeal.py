"""One appeal: offered to a person who had no part in the first decision, heard, and its outcome brought to the case."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.deadlines import late_seconds, next_tick
    from cases.events import CaseEvent, ClockBreached, ClockWarned
    from cases.hearing_events import HearingOpened
    from cases.hearings import (
        Hearing,
        fold_hearing,
        fold_hearings,
        project_hearing,
        refuse_hearing,
        refuse_taking_back,
    )
    from cases.judging_hearings import heard, taking_effect, was_judged
    from cases.messages import Accepted, DecisionMessage
    from cases.names import APPEAL_WORKFLOW, parse_workflow_id
    from cases.withdrawals import WithdrawalMessage
    from workflows import forms
    from workflows.asks import ask_of, reviewer_of
    from workflows.clockwork import Clockwork
    from workflows.details import hearing_details
    from workflows.mailbox import Mailbox
    from workflows.recording import on_record


@workflow.defn(name=APPEAL_WORKFLOW)
class AppealWorkflow:
    """An appeal's own process, with its own clock and its own record."""

    @workflow.init
    def __init__(self, start: processes.HearingStart) -> None:
        self._stream = workflow.info().workflow_id
        self._hearing = Hearing(appeal_id=parse_workflow_id(self._stream).rest)
        self._start = start
        self._loaded = False
        self._mail = Mailbox()
        self._mail.rung = False  # its own opening comes first; a ring before that is kept
        self._clockwork = Clockwork()
        self._ahead = timedelta(0)
        self._catch_up(start.opened_at)

    @workflow.run
    async def run(self, start: processes.HearingStart) -> None:
        """Open, wait for a decision, bring it to the case."""
        await self._open()
        while self._hearing.decided is None:
            self._wait_for_the_clock()
            await workflow.wait_condition(lambda: self._mail.waiting or self._clockwork.struck)
            await self._take_mail()
            await self._tick()
            self._show()
        news = processes.CaseNews(
            case_id=start.case_id,
            kind="appeal_answered",
            message_id=f"appeal-answered-{start.appeal_id}",
            payload={
                "appeal_id": start.appeal_id,
                "outcome": self._hearing.decided.outcome.value,
                "by": self._hearing.decided.reviewer,
            },
        )
        await on_record(stubs.bring_news, news, "bring the outcome to the case")

    async def _open(self) -> None:
        """Record the opening. If it stood in the record already, an earlier life of this appeal is read first."""
        opened = HearingOpened.model_validate(self._start.model_dump())
        now = self._now
        stored = await self._record((CaseEvent(event_id="opened", occurred_at=now, body=opened),))
        self._mail.rung = self._mail.rung or stored[0].occurred_at != now
        self._loaded = True
        await self._take_mail()
        self._show()

    def _show(self) -> None:
        workflow.set_current_details(hearing_details(self._hearing, self._start, self._stream, self._now))

    async def _take_mail(self) -> None:
        while self._mail.waiting:
            seen = self._hearing.sequence
            request = stubs.TakeMail(stream=self._stream, now=self._now, raw=self._mail.take(), seen=seen)
            mail = await on_record(stubs.take_mail, request, "read the inbox")
            self._mail.rung = self._mail.rung or mail.more
            for event in mail.events:
                self._hearing = fold_hearing(self._hearing, event)
                self._catch_up(self._hearing.newest_received_at)
                if was_judged(event, mail.events) and workflow.patched("judged-once"):
                    continue
                if events := heard(self._hearing, event, self._now):
                    await self._record(events)

    def _catch_up(self, newest: datetime | None) -> None:
        """Before anything is judged: what a door stamped is not ahead of us."""
        self._ahead = max(self._ahead, newest - workflow.now()) if newest else self._ahead

    async def _tick(self) -> None:
        if self._clockwork.struck:
            self._clockwork.reset()
        if events := taking_effect(self._hearing, self._now):
            await self._record(events)
        while (clock := self._hearing.clock) and (tick := next_tick(clock)) and tick.at <= self._now:
            warned = ClockWarned(clock_id=clock.clock_id, percent=tick.percent)
            late = late_seconds(clock, self._now)
            body = warned if tick.percent < 100 else ClockBreached(clock_id=clock.clock_id, late_seconds=late)
            event_id = f"clock:{clock.clock_id}:{tick.percent}"
            await self._record((CaseEvent(event_id=event_id, occurred_at=self._now, body=body),))

    def _wait_for_the_clock(self) -> None:
        tick = next_tick(self._hearing.clock) if self._hearing.clock else None
        instants = [tick.at] if tick else []
        if self._hearing.entered:
            instants.append(self._hearing.entered.effect_at)
        self._clockwork.set(min(instants, default=None), self._now, "the appeal's own clock")

    async def _record(self, events: tuple[CaseEvent, ...]) -> tuple[CaseEvent, ...]:
        projection = project_hearing(fold_hearings(self._hearing, events))
        request = stubs.Append(stream=self._stream, now=self._now, events=events, projection=projection)
        stored = await on_record(stubs.record_events, request, f"record {events[0].body.kind}")
        self._hearing = fold_hearings(self._hearing, stored.events)
        return stored.events

    @property
    def _now(self) -> datetime:
        return workflow.now() + self._ahead

    @workflow.signal(description=forms.RING)
    def ring(self, *hints: Any) -> None:
        """The doorbell."""
        self._mail.rung = True

    @workflow.signal(name="decide", description=forms.HEAR_BY_SIGNAL)
    def decide_by_signal(self, *messages: Any) -> None:
        """A decision that nobody waits for; what is wrong with it is recorded."""
        self._mail.put_raw("decide", messages)

    @workflow.update(description=forms.HEAR)
    def decide(self, message: DecisionMessage) -> Accepted:
        """A reviewer's decision on the appeal."""
        self._mail.put("decide", message.decision_id, message)
        return Accepted(message_id=message.decision_id)

    @decide.validator
    def _may_decide(self, message: DecisionMessage) -> None:
        self._refuse_unless_ready()
        if refusal := refuse_hearing(self._hearing, ask_of(message), self._now):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    @workflow.update(description=forms.WITHDRAW)
    def withdraw(self, message: WithdrawalMessage) -> Accepted:
        """A reviewer thinks better of the outcome they found."""
        self._mail.put("withdraw", message.message_id, message)
        return Accepted(message_id=message.message_id)

    @withdraw.validator
    def _may_withdraw(self, message: WithdrawalMessage) -> None:
        self._refuse_unless_ready()
        if refusal := refuse_taking_back(self._hearing, message.decision_id, reviewer_of(message), self._now):
            raise ApplicationError(refusal.text, type=refusal.code, non_retryable=True)

    def _refuse_unless_ready(self) -> None:
        if not self._loaded:
            raise ApplicationError("the appeal is loading; try again", type="CaseLoading", non_retryable=True)
        self._mail.refuse_if_full()

    @workflow.query(description="The appeal in short.")
    def summary(self) -> dict[str, Any]:
        """Ids, times and the outcome."""
        decided = self._hearing.decided
        return {
            "appeal_id": self._hearing.appeal_id,
            "case_id": self._start.case_id,
            "decision_id": self._start.decision_id,
            "due_at": self._start.due_at.isoformat(),
            "outcome": decided.outcome.value if decided else None,
            "refused": self._hearing.refused,
        }
