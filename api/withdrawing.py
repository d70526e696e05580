"""A reviewer thinks better of it: the door by which they take their own decision back, within its grace."""

from datetime import datetime, timedelta
from typing import Final

from api.answers import ChangeAccepted
from api.asking import Asker, NotRunning
from api.deciding import own_case
from api.errors import NotFound, Refused, ServiceUnavailable
from api.intake import Clock
from api.requests import WithdrawalRequest
from api.ringing import Ringer
from api.signing import SigningKey
from api.tasks import case_of_stream
from cases.case import Case
from cases.errors import UnknownSomething
from cases.folding import fold_all
from cases.hearings import Hearing, effect_at, fold_hearings, refuse_taking_back
from cases.judging_withdrawals import grace_end, refuse_withdrawal, withdrawal_event_id
from cases.messages import Accepted
from cases.names import is_appeal, parse_workflow_id
from cases.tokens import Claims, issue_token, withdrawal_task
from cases.withdrawals import WithdrawalMessage
from record import events, inbox, probes, texts
from record.probes import Probe
from record.record import Record

PROOF_LASTS: Final = timedelta(minutes=1)  # for the one message that it is made for
NEXT: Final = "The question is open again; what the decision had done is undone, and told where it was told."


class Withdrawing:
    """The door. The grace bounds it, not the lease: the proof it sends along is of its own making. signing: as `Deciding`."""

    def __init__(self, record: Record, asker: Asker, ringer: Ringer, clock: Clock, signing: SigningKey | None) -> None:
        self._record = record
        self._asker = asker
        self._ringer = ringer
        self._clock = clock
        self._signing = signing

    async def withdraw(self, tenant: str, reviewer: str, request: WithdrawalRequest) -> ChangeAccepted:
        """Durable when this returns. A case whose run is over is started by it.

        Raises NotFound, Refused with the case's own code and words, ServiceUnavailable: send the same again.
        """
        case_id = await self._own_stream(tenant, request.case_id)
        if probe := await probes.of_stream(self._record, case_id):
            return await self._taken_back(probe, reviewer, request)
        reason_id = request.reason and await texts.put(
            self._record,
            await case_of_stream(self._record, tenant, case_id) or case_id,
            *("withdrawal", request.reason, reviewer, self._clock(), request.message_id),
        )
        message = WithdrawalMessage(
            message_id=request.message_id,
            decision_id=request.decision_id,
            token=self._proof(tenant, reviewer, case_id, request.decision_id),
            reason_id=reason_id,
        )
        answer = await self._known(case_id, message) or await self._asked(tenant, reviewer, case_id, message)
        return ChangeAccepted(message_id=request.message_id, case_id=case_id, status=answer.status, next=NEXT)

    async def _taken_back(self, probe: Probe, reviewer: str, request: WithdrawalRequest) -> ChangeAccepted:
        """An answer to a question that checks, by the rules of a case."""
        case = await self._case(probe.stream_id)
        if refusal := refuse_withdrawal(case, request.decision_id, reviewer, self._clock()):
            raise Refused(refusal.code, refusal.text)
        await probes.reopen(self._record, probe)
        return ChangeAccepted(message_id=request.message_id, case_id=probe.stream_id, status="accepted", next=NEXT)

    async def changeable_until(
        self, tenant: str, reviewer: str, case_id: str, matter_id: str, decision_id: str
    ) -> datetime | None:
        """Until when this reviewer may take back what they just decided; None where they may not. Recorded yet or not."""
        if is_appeal(case_id):
            return await self._outcome_changeable_until(reviewer, case_id, decision_id)
        case, now = await self._case(case_id), self._clock()
        if not any(one.decision_id == decision_id for one in case.asked):
            try:
                return grace_end(case, case.matter(matter_id), now)
            except UnknownSomething:
                return None
        if refuse_withdrawal(case, decision_id, reviewer, now):
            return None
        decision = next(one for one in case.asked if one.decision_id == decision_id)
        return decision.changeable_until or grace_end(case, case.matter(decision.matter_id), now)

    async def _outcome_changeable_until(self, reviewer: str, stream: str, decision_id: str) -> datetime | None:
        hearing, now = await self._hearing(stream), self._clock()
        if hearing.entered is None or hearing.entered.ask.decision_id != decision_id:
            return effect_at(hearing, now) if hearing.decided is None and hearing.entered is None else None
        refusal = refuse_taking_back(hearing, decision_id, reviewer, now)
        return None if refusal else hearing.entered.effect_at

    async def _own_stream(self, tenant: str, stream: str) -> str:
        """A case's id, or an appeal's. Raises NotFound for another tenant's: it is as good as none."""
        if not is_appeal(stream):
            return own_case(tenant, stream)
        if await case_of_stream(self._record, tenant, stream) is None:
            raise NotFound("unknown_case", "case_id: there is no such appeal")
        return stream

    async def _hearing(self, stream: str) -> Hearing:
        stored = await events.load(self._record, stream)
        return fold_hearings(Hearing(appeal_id=parse_workflow_id(stream).rest), stored)

    def _proof(self, tenant: str, reviewer: str, case_id: str, decision_id: str) -> str:
        if self._signing is None:
            raise ServiceUnavailable("this process gives out no proofs; ask the gateway", 30)
        claims = Claims(
            tenant=tenant,
            stream=case_id,
            task_id=withdrawal_task(decision_id),
            lease_id="",
            reviewer=reviewer,
            evidence="",
            expires_at=self._clock() + PROOF_LASTS,
        )
        return issue_token(self._signing.key_id, self._signing.private, claims)

    async def _case(self, case_id: str) -> Case:
        probe = await probes.of_stream(self._record, case_id)
        stored = await probes.told(self._record, probe) if probe else await events.load(self._record, case_id)
        return fold_all(Case(case_id=case_id), stored)

    async def _known(self, case_id: str, message: WithdrawalMessage) -> Accepted | None:
        """What was taken back before: the case would refuse it now."""
        taken = withdrawal_event_id(message.message_id)
        if any(event.event_id == taken for event in await events.load(self._record, case_id)):
            return Accepted(message_id=message.message_id, status="known")
        return None

    async def _asked(self, tenant: str, reviewer: str, case_id: str, message: WithdrawalMessage) -> Accepted:
        try:
            return await self._asker.ask(case_id, "withdraw", message, message.message_id)
        except NotRunning:
            if is_appeal(case_id):  # it ended with its outcome
                return await self._too_late(reviewer, case_id, message)
            return await self._by_inbox(tenant, reviewer, case_id, message)

    async def _too_late(self, reviewer: str, stream: str, message: WithdrawalMessage) -> Accepted:
        refusal = refuse_taking_back(await self._hearing(stream), message.decision_id, reviewer, self._clock())
        if refusal is None:
            raise ServiceUnavailable("the appeal does not run just now; nothing was taken back, send it again", 5)
        raise Refused(refusal.code, refusal.text)

    async def _by_inbox(self, tenant: str, reviewer: str, case_id: str, message: WithdrawalMessage) -> Accepted:
        """As an appeal would come: the ring starts the run that judges it."""
        now = self._clock()
        if refusal := refuse_withdrawal(await self._case(case_id), message.decision_id, reviewer, now):
            raise Refused(refusal.code, refusal.text)
        accepted = await inbox.accept(
            self._record, tenant, case_id, None, None, "withdraw", message.message_id, message, None, now
        )
        if accepted.ring:
            self._ringer.ring_soon(case_id, accepted.number)
        return Accepted(message_id=message.message_id, status="known" if accepted.known else "accepted")
