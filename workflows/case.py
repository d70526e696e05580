"""One case, from its first signal to the last thing owed. One run lives while something is owed; the next begins when
somebody appeals, reports or orders again, and its first step loads what came before.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():  # deterministic, and too dear to import again for every run
    from activities import stubs
    from cases.case import Case
    from cases.duties import (
        Consult,
        Duty,
        File,
        Hear,
        RunBatch,
        Tell,
        assessment_due,
        due_tick,
        duties,
        next_instant,
        owes,
    )
    from cases.events import CaseEvent
    from cases.facts import Fact
    from cases.folding import fold, fold_all
    from cases.judging import consequences, tick_events
    from cases.judging_given_up import dropped
    from cases.names import CASE_WORKFLOW
    from cases.projection import Projection, project, stuck, without_ranks
    from workflows.case_doors import CaseDoors
    from workflows.clockwork import Clockwork
    from workflows.details import details_of
    from workflows.effects import carry_out
    from workflows.mailbox import Mailbox
    from workflows.pace import Pace, roll_due, storm_pause
    from workflows.recording import on_record
    from workflows.shown import changes, shown_since_start
    from workflows.timeouts import (
        DRAIN_WITHIN,
        FIRST_SECOND,
        ROLL_EVENTS,
        TRY_AGAIN_AFTER,
    )


class CaseStart(Fact):
    """Optional: a case knows who it is by its workflow id, and what came before by its record."""

    rolled: int = 0  # how many runs before this one continued as new
    stormy: bool = False  # whether the one before was in a storm


@workflow.defn(name=CASE_WORKFLOW)
class CaseWorkflow(CaseDoors):
    """A subject's case: matters, decisions, measures, notices, appeals, filings."""

    @workflow.init
    def __init__(self, start: CaseStart | None = None) -> None:
        self._rolled = start.rolled if start else 0
        self._case = Case(case_id=workflow.info().workflow_id)
        self._loaded = False
        self._mail = Mailbox()
        self._clockwork = Clockwork()
        self._doing: dict[str, asyncio.Task[None]] = {}
        self._done: list[tuple[str, tuple[CaseEvent, ...]]] = []
        self._begun: set[str] = set()  # filings and hearings this run has started; asked, never iterated
        self._overtaken: set[str] = set()  # orders in flight that an operator stepped into; asked, never iterated
        self._projected: Projection | None = None
        self._shown = shown_since_start(workflow.info())
        self._roll_asked = False
        self._pace = Pace()
        if start and start.stormy:
            self._pace.was_stormy(workflow.now())
        self._draining = self._stopping = False  # on the way to a roll that does not wait for a quiet point
        self._drain_asked = False
        self._ahead = timedelta(0)  # how far the doors' clock is ahead of this run's

    @workflow.run
    async def run(self, start: CaseStart | None = None) -> None:
        """Take what came in, carry out what is owed, wait; until nothing is owed."""
        while True:
            await self._take_mail()
            await self._record_what_was_done()
            await self._tick()
            await self._assess()
            await self._drop_what_was_taken_back()
            self._carry_out()
            await self._keep_the_projection()
            if not self._mail.waiting and not self._doing and not self._done:
                if not owes(self._case, self._now):
                    return self._show()
                if self._should_roll():
                    self._roll()
            elif self._draining:
                if not self._mail.unread and not self._doing and not self._done:
                    self._roll()  # rows of the inbox wait there: the next run begins by looking
            elif self._must_drain():
                self._draining = True
                self._draining_task = asyncio.create_task(self._stop_what_does_not_end())
            await self._until_something_happens()

    # What came in -------------------------------------------------------------------------------------------------

    async def _take_mail(self) -> None:
        while self._mail.waiting and not self._mail_must_wait():
            request = stubs.TakeMail(
                stream=self._case.case_id,
                now=self._now,
                raw=self._mail.take(),
                seen=None if not self._loaded else self._case.sequence,
            )
            mail = await on_record(stubs.take_mail, request, "read the inbox")
            if mail.earlier is not None:
                self._case = mail.earlier
            self._loaded = True
            self._mail.rung = self._mail.rung or mail.more
            if not mail.more:
                self._pace.took(workflow.now())
            self._catch_up()
            await self._judge(mail.events)

    def _mail_must_wait(self) -> bool:
        """In a storm rows gather in the inbox, and are taken together. What was sent to the run itself never waits."""
        if self._mail.unread:
            return False
        if self._stopping or self._pace.pausing:
            return True
        seconds = self._pace.pause(workflow.now(), storm_pause(self._case))
        if not seconds or not workflow.patched("storm-pause"):
            return False
        self._pace.pausing = True
        self._pausing_task = asyncio.create_task(self._pause(seconds))
        return True

    async def _pause(self, seconds: float) -> None:
        await workflow.sleep(seconds, summary="a storm: what comes is taken together")
        self._pace.pausing = False

    async def _judge(self, received: tuple[CaseEvent, ...]) -> None:
        """Fold each message, and record what the case decides of it."""
        for place, event in enumerate(received, 1):
            self._case = fold(self._case, event)
            self._catch_up()
            owed = consequences(self._case, event, self._now)
            # What follows stands behind all of these in the record: it is folded behind all of them here too.
            if owed and received[place:] and workflow.patched("taken-together"):
                self._case = fold_all(self._case, received[place:])
            await self._record(owed)

    def _catch_up(self) -> None:
        """Before anything is judged: what a door stamped is not ahead of us."""
        newest = self._case.newest_received_at
        self._ahead = max(self._ahead, newest - workflow.now()) if newest else self._ahead

    async def _record(self, events: tuple[CaseEvent, ...]) -> None:
        """Append, and adopt what the record holds: the first writer won."""
        if not events:
            return
        projection = project(fold_all(self._case, events))
        request = stubs.Append(stream=self._case.case_id, now=self._now, events=events, projection=projection)
        stored = await on_record(stubs.record_events, request, f"record {events[0].body.kind}")
        self._projected = None if stored.adopted else projection
        self._case = fold_all(self._case, stored.events)

    async def _record_what_was_done(self) -> None:
        """Only the main loop appends. A duty counts as in flight until what came of it is recorded."""
        while self._done:
            key, events = self._done.pop(0)
            await self._record(events)
            del self._doing[key]

    async def _tick(self) -> None:
        if self._clockwork.struck:
            self._clockwork.reset()
        while tick := due_tick(self._case, self._now):
            await self._record(tick_events(self._case, tick, self._now))

    async def _assess(self) -> None:
        while (through := assessment_due(self._case)) is not None:
            request = stubs.AssessCase(case=self._case, through=through, now=self._now)
            stored = await on_record(stubs.assess_case, request, "ask detectors and policy pack")
            self._case = fold_all(self._case, stored.events)

    async def _drop_what_was_taken_back(self) -> None:
        """Orders that are given up, and that nobody wants any more: nothing waits for an operator to see to them."""
        if (drops := dropped(self._case, self._now)) and workflow.patched("dropped-orders"):
            await self._record(drops)

    # What is owed -------------------------------------------------------------------------------------------------

    def _carry_out(self) -> None:
        """Begin every duty that is not in flight. Each comes back as events for the main loop to record."""
        wanted = duties(self._case, self._now)
        self._stop_what_was_overtaken({duty.key for duty in wanted})
        for duty in wanted:
            if duty.key in self._doing or duty.key in self._begun:
                continue
            if self._stopping or (self._draining and isinstance(duty, Tell)):
                continue  # the next run does it: what is owed is in the record
            if isinstance(duty, File | Hear | RunBatch | Consult):
                self._begun.add(duty.key)
            self._doing[duty.key] = asyncio.create_task(self._do(duty))

    def _stop_what_was_overtaken(self, wanted: set[str]) -> None:
        """An operator stepped in: an order is not waited for any more as it stood before."""
        for key, task in self._doing.items():
            if key.startswith("enforce:") and key not in wanted | self._overtaken:
                self._overtaken.add(key)
                task.cancel()

    async def _do(self, duty: Duty) -> None:
        try:
            events = await self._carried_out(duty)
        except (FailureError, asyncio.CancelledError) as error:
            asked = self._stopping or duty.key in self._overtaken
            if not (asked and is_cancelled_exception(error)):
                raise
            events = ()
        self._overtaken.discard(duty.key)
        self._done.append((duty.key, events))

    async def _carried_out(self, duty: Duty) -> tuple[CaseEvent, ...]:
        """An effect that fails for good (a bug, not an outage) stays owed: shown as a failed activity, tried again later."""
        try:
            return await carry_out(duty, self._case, lambda: self._now)
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
        workflow.logger.error("effect failed for good", extra={"event": "effect_failed", "duty": duty.key})
        await workflow.sleep(TRY_AGAIN_AFTER, summary=f"{duty.key} failed for good; tried again after this")
        self._begun.discard(duty.key)
        return ()

    # Waiting ------------------------------------------------------------------------------------------------------

    async def _until_something_happens(self) -> None:
        if not self._prompt:
            self._show()
        instant = next_instant(self._case, self._now)
        if instant and not self._clockwork.struck:
            self._clockwork.set(instant, self._now, "the earliest clock of the case")
        await workflow.wait_condition(
            lambda: (
                (self._mail.waiting and (bool(self._mail.unread) or not (self._pace.pausing or self._stopping)))
                or bool(self._done)
                or self._clockwork.struck
                or (self._roll_asked and not self._doing)
                or (self._drain_asked and not self._draining)
            )
        )

    @property
    def _prompt(self) -> bool:
        """Whether an effect is in flight that should be over in a moment: not worth showing."""
        return bool(self._doing) and not stuck(self._case)

    def _should_roll(self) -> bool:
        """Continue as new, at quiet points only, and never in the run's first second."""
        info = workflow.info()
        age, length = workflow.now() - info.start_time, info.get_current_history_length()
        instant = next_instant(self._case, self._now)
        due = roll_due(age, length, instant - self._now if instant else None)
        asked, self._roll_asked = self._roll_asked, False
        return (asked or due) and age > FIRST_SECOND

    def _roll(self) -> None:
        stormy = self._pace.stormy(workflow.now(), storm_pause(self._case))
        workflow.continue_as_new(CaseStart(rolled=self._rolled + 1, stormy=stormy))

    def _must_drain(self) -> bool:
        """Whether the run grew long, or an operator asks, while something is in flight: then no telling is begun any more."""
        info = workflow.info()
        if workflow.now() - info.start_time <= FIRST_SECOND:
            return False
        too_long = info.get_current_history_length() > ROLL_EVENTS
        return (too_long or self._drain_asked) and workflow.patched("drain")

    async def _stop_what_does_not_end(self) -> None:
        """An order the platform does not confirm, or a mail server that is away, may last for days: the history must not grow
        with them. They are asked to stop and waited for, so that nothing is done twice at once; the next run goes on with
        them, since the record has them as owed.
        """
        await workflow.sleep(DRAIN_WITHIN, summary="then what is still in flight goes on in a fresh run")
        self._stopping = True
        for task in self._doing.values():
            task.cancel()

    async def _keep_the_projection(self) -> None:
        """Bring the rows beside the events up to date: at once for people's tasks, in passing for the rest."""
        wanted = project(self._case)
        before = without_ranks(self._projected) if self._projected else None
        after = without_ranks(wanted)
        if after == before:
            return
        if self._doing and after.tasks == (before.tasks if before else ()):
            return  # the record of what is in flight brings it along
        request = stubs.Append(stream=self._case.case_id, now=self._now, projection=wanted)
        await on_record(stubs.record_events, request, "refresh the case's row")
        self._projected = wanted

    def _show(self) -> None:
        """What operators see in the Web UI: search attributes where they changed, and the details."""
        updates, self._shown = changes(self._case, project(self._case), self._shown)
        if updates:
            workflow.upsert_search_attributes(updates)
        workflow.set_current_details(details_of(self._case, self._now))

    @property
    def _now(self) -> datetime:
        """Never before the newest door's stamp: a skipped clock moves one chain of runs only."""
        return workflow.now() + self._ahead
