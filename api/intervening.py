"""What operators do about an order that the platform does not confirm: retry, skip, by hand, resume."""

from collections.abc import Sequence
from typing import Final

from api.answers import ChangeAccepted
from api.asking import Asker, NotRunning
from api.deciding import own_case
from api.errors import Refused
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from api.requests import InterventionRequest
from api.ringing import Ringer
from cases.case import Case
from cases.folding import fold_all
from cases.interventions import InterventionMessage
from cases.judging_interventions import intervention_event_id, refuse_intervention
from cases.messages import Accepted
from record import events, inbox, texts
from record.record import Record

NEXT: Final = "The case records it and does what follows; what came of it is an event of the order's."


class Intervening:
    """The door. The reason is sealed in the record first, under an id that follows from the message's own."""

    def __init__(self, record: Record, asker: Asker, ringer: Ringer, clock: Clock) -> None:
        self._record = record
        self._asker = asker
        self._ringer = ringer
        self._clock = clock

    async def intervene(
        self, tenant: str, operator: str, request: InterventionRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """One step, durable when this returns. A case whose run is over, as after a skip, is started by it.

        accounts: the operator's own on the platform (P5). Raises NotFound, Refused with the case's own code and words,
        ServiceUnavailable: send the same again.
        """
        case_id = own_case(tenant, request.case_id)
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "intervene", request)
        reason_id = await texts.put(
            self._record, case_id, "intervention", request.reason, operator, self._clock(), request.message_id
        )
        message = InterventionMessage(
            message_id=request.message_id,
            order_id=request.order_id,
            step=request.step,
            reason_id=reason_id,
            reference=request.reference,
            operator=operator,
        )
        answer = await self._known(case_id, message) or await self._asked(tenant, case_id, message)
        return ChangeAccepted(message_id=request.message_id, case_id=case_id, status=answer.status, next=NEXT)

    async def _asked(self, tenant: str, case_id: str, message: InterventionMessage) -> Accepted:
        try:
            return await self._asker.ask(case_id, "intervene", message, message.message_id)
        except NotRunning:
            return await self._by_inbox(tenant, case_id, message)

    async def _known(self, case_id: str, message: InterventionMessage) -> Accepted | None:
        """A step that was taken before: it changed the order, and the case would refuse it now."""
        taken = intervention_event_id(message.message_id)
        if any(event.event_id == taken for event in await events.load(self._record, case_id)):
            return Accepted(message_id=message.message_id, status="known")
        return None

    async def _by_inbox(self, tenant: str, case_id: str, message: InterventionMessage) -> Accepted:
        """As an appeal would come: the ring starts the run that judges it."""
        case = fold_all(Case(case_id=case_id), await events.load(self._record, case_id))
        if refusal := refuse_intervention(case, message.order_id, message.step, self._clock()):
            raise Refused(refusal.code, refusal.text)
        accepted = await inbox.accept(
            self._record,
            tenant,
            case_id,
            None,
            None,
            "intervene",
            message.message_id,
            message,
            None,
            self._clock(),
        )
        if accepted.ring:
            self._ringer.ring_soon(case_id, accepted.number)
        return Accepted(message_id=message.message_id, status="known" if accepted.known else "accepted")
