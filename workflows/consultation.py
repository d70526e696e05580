"""One consultation: vendors asked in order, a callback waited for, the word brought to the case; and, where nobody gives one,
that said to the case, and the asking gone on with, seldomer and seldomer.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.consultations import Tried
    from cases.detections import Detection
    from cases.durations import parse_duration
    from cases.names import CONSULTATION_WORKFLOW, vendor_task_queue
    from workflows import timeouts
    from workflows.recording import on_record
    from workflows.timeouts import ASKING_ATTEMPT, ASKING_TRIES


@workflow.defn(name=CONSULTATION_WORKFLOW)
class ConsultationWorkflow:
    """Vendors asked about one version. The case goes on meanwhile, by its pack's stance, and hears through its inbox."""

    @workflow.init
    def __init__(self, start: processes.ConsultationStart) -> None:
        self._start = start
        self._one = start.consultation
        self._rung = False
        self._tried: list[Tried] = []

    @workflow.run
    async def run(self, start: processes.ConsultationStart) -> None:
        """Until somebody answered, nobody needs to know, or the pack's patience is over."""
        for number in range(start.rounds, start.rounds + timeouts.ROUNDS_A_RUN):
            self._tried = []
            if await self._asked_them_all():
                return
            if number == 0:
                await self._bring((), answered=False)
            pause = min(timeouts.FIRST_PAUSE * 2 ** min(number, 16), timeouts.LONGEST_PAUSE)
            if workflow.now() + pause > start.asked_at + parse_duration(self._one.keep_asking):
                self._say("nobody answered; the pack's stance stays")
                return
            self._say(f"nobody answered; asked again at {workflow.now() + pause:%Y-%m-%d %H:%M} UTC")
            if await self._rings_within(pause):
                return  # a late callback: the door brought it to the case
        workflow.continue_as_new(start.evolve(rounds=start.rounds + timeouts.ROUNDS_A_RUN))

    async def _asked_them_all(self) -> bool:
        """One round through the chain; whether the consultation is over."""
        for vendor in self._one.chain:
            self._say(f"asks {vendor}")
            word = await self._word_of(vendor)
            if word.state == "pending":
                word = await self._called_back(vendor, word.task_id or "")
            if word.state == "answered":
                await self._bring(word.results, answered=True)
            if word.state in ("answered", "moot"):
                self._say(f"{word.state} by {vendor}" if word.state == "answered" else "nobody needs to know any more")
                return True
            self._tried.append(Tried(vendor=vendor, why=word.why))
        return False

    async def _word_of(self, vendor: str) -> processes.VendorWord:
        """Its word; what retrying did not cure is no word of its own."""
        try:
            return await workflow.execute_activity(
                stubs.ask_vendor,
                processes.AskVendor(
                    case_id=self._start.case_id,
                    consultation=self._one.evolve(tried=tuple(self._tried)),
                    vendor=vendor,
                    now=workflow.now(),
                ),
                task_queue=vendor_task_queue(vendor),
                start_to_close_timeout=ASKING_ATTEMPT,
                schedule_to_close_timeout=parse_duration(self._one.within),
                retry_policy=ASKING_TRIES,
                summary=f"ask {vendor}",
            )
        except ActivityError as error:
            return processes.VendorWord(state="passed", why=_code_of(error))

    async def _called_back(self, vendor: str, task_id: str) -> processes.VendorWord:
        """What it called back in time. The ring is a hint; what the door kept is asked in any case."""
        self._say(f"waits for {vendor}'s callback")
        await self._rings_within(parse_duration(self._one.within))
        task = processes.VendorTask(case_id=self._start.case_id, consultation=self._one, vendor=vendor, task_id=task_id)
        return await on_record(stubs.called_back, task, "look for the callback")

    async def _rings_within(self, longest: timedelta) -> bool:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self._rung, timeout=longest)
        rung, self._rung = self._rung, False
        return rung

    async def _bring(self, results: tuple[Detection, ...], *, answered: bool) -> None:
        one = self._one
        news = processes.CaseNews(
            case_id=self._start.case_id,
            kind="vendor_answered",
            message_id=f"{'answered' if answered else 'unanswered'}:{workflow.info().workflow_id.rpartition('/')[2]}"[
                :128
            ],
            payload={
                "consultation_id": one.consultation_id,
                "evidence_version": one.evidence_version,
                "answered": answered,
                "results": [result.model_dump(mode="json") for result in results],
                "tried": [tried.model_dump(mode="json") for tried in self._tried],
                "gave_up": not answered,
                "late": answered and workflow.now() > self._start.asked_at + parse_duration(one.within),
            },
        )
        await on_record(
            stubs.bring_news, news, "bring the word to the case" if answered else "say that nobody answered"
        )

    def _say(self, what: str) -> None:
        tried = "".join(f"\n- {one.vendor}: {one.why}" for one in self._tried)
        workflow.set_current_details(f"**CONSULTATION** — {what}. Case `{self._start.case_id}`.{tried}")

    @workflow.signal(description="A vendor called back, and its word was brought to the case.")
    def ring(self, *_: Any) -> None:
        """The doorbell."""
        self._rung = True


def _code_of(error: ActivityError) -> str:
    """What the last try met: the code of our own refusal, or that no worker or vendor answered in time."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ApplicationError) and cause.type:
            return cause.type[:64]
        if isinstance(cause, TimeoutError):
            return "no_worker_in_time" if cause.type and cause.type.name == "SCHEDULE_TO_START" else "no_answer_in_time"
        cause = cause.__cause__
    return "failed"
