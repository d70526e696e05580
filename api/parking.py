"""What operators do about messages that were parked, and about flags. No content is shown; a replay validates anew."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from api.errors import NotFound, Refused
from api.hooks import Hooks
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock, Intake
from api.operator_answers import Flag, FlagsAnswer, ParkedAnswer, ParkedMessage
from api.problems import problems_of
from api.requests import DiscardRequest, FlagCleared
from api.tasks import case_of_stream
from cases.errors import BadInput, Problem
from cases.facts import Message
from cases.impartiality import DISCARD, Parts, refuse_act
from cases.legal_requests import NOTICE, TAKE_IT_DOWN
from cases.names import tenant_of
from record import parked, views
from record.parsing import DOOR_MODELS, as_sent
from record.record import Record

REPORTS: Final = frozenset({"report", NOTICE, TAKE_IT_DOWN})  # whose senders are reporters
# What a person asked for is asked again by that person: their token, or their right to ask, may be another by now.
ASKED: Final = frozenset({"decide", "extend_deadline", "reverse", "intervene", "withdraw"})
MODELS: Final[Mapping[str, type[Message]]] = {kind: one for kind, one in DOOR_MODELS.items() if kind not in ASKED}


class Parking:
    """Replays and discards; lists and clears flags."""

    def __init__(self, record: Record, intake: Intake, hooks: Hooks, clock: Clock) -> None:
        self._record, self._intake, self._hooks, self._clock = record, intake, hooks, clock

    async def listed(self, tenant: str, limit: int, *, closed: bool) -> ParkedAnswer:
        """What is parked, oldest first; closed: what was replayed or discarded too."""
        found = await parked.listed(self._record, tenant, limit + 1, closed=closed)
        return ParkedAnswer(parked=tuple(_shown(one) for one in found[:limit]), more=len(found) > limit)

    async def show(self, tenant: str, parked_id: str) -> ParkedMessage:
        """One of them. Raises UnknownSomething."""
        return _shown(await parked.get(self._record, tenant, parked_id))

    async def replay(self, tenant: str, operator: str, parked_id: str) -> ParkedMessage:
        """Put it through the door again, as the door is now. Raises BadInput where it still cannot be read, Refused."""
        one = await self._open(tenant, parked_id)
        if one.stream_id is None:
            replayed_as = await self._replay_hook(tenant, one)
        else:
            replayed_as = await self._replay_row(tenant, one)
        await parked.close(
            self._record, tenant, parked_id, "replayed", operator, self._clock(), replayed_as=replayed_as
        )
        return await self.show(tenant, parked_id)

    async def discard(
        self, tenant: str, operator: str, parked_id: str, request: DiscardRequest, accounts: Sequence[str] = ()
    ) -> ParkedMessage:
        """Give it up, for a reason that is kept. Raises Refused where it was closed before.

        accounts: the operator's own on the platform: what was parked about them, or came from them, others give up.
        """
        one = await self._open(tenant, parked_id)
        await self._refuse_own(tenant, operator, one, request, accounts)
        await parked.close(self._record, tenant, parked_id, "discarded", operator, self._clock(), why=request.reason)
        return await self.show(tenant, parked_id)

    async def flags(self, tenant: str) -> FlagsAnswer:
        """What must be done by hand."""
        found = await views.flags(self._record, tenant)
        return FlagsAnswer(
            flags=tuple(Flag(stream=one.stream_id, flag=one.flag, raised_at=one.raised_at) for one in found)
        )

    async def clear_flag(self, tenant: str, operator: str, request: FlagCleared) -> FlagsAnswer:
        """It was done; what is left. Raises NotFound where no such flag is up."""
        own = tenant_of(request.stream) == tenant
        if not own or not await views.clear_flag(self._record, request.stream, request.flag, self._clock(), operator):
            raise NotFound("unknown_flag", f"no flag {request.flag} is up there; see: dueprocess flags list")
        return await self.flags(tenant)

    async def _open(self, tenant: str, parked_id: str) -> parked.Parked:
        one = await parked.get(self._record, tenant, parked_id)
        if one.closed_as is not None:
            raise Refused("already_closed", f"{parked_id} was {one.closed_as} before; nothing is left to do")
        return one

    async def _refuse_own(
        self, tenant: str, operator: str, one: parked.Parked, request: DiscardRequest, accounts: Sequence[str]
    ) -> None:
        """Of a webhook that is no message yet, all that can be asked is whether it names one of the operator's accounts."""
        if one.stream_id is not None:
            case_id = await case_of_stream(self._record, tenant, one.stream_id) or one.stream_id
            await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, DISCARD, request)
        elif accounts:
            held = await parked.kept(self._record, tenant, one.parked_id)
            parts = Parts(part=any(name.encode() in held.raw for name in accounts), decided=False)
            if refusal := refuse_act(DISCARD, {}, parts):
                raise Refused(refusal.code, refusal.text)

    async def _replay_hook(self, tenant: str, one: parked.Parked) -> str:
        held = await parked.kept(self._record, tenant, one.parked_id)
        message = self._hooks.message(tenant, one.source, one.message_id, held.raw)
        if message is None:
            raise BadInput([Problem("body", "", "says by now that nothing was found", "discard it")])
        await self._intake.signal(tenant, message)
        return message.message_id

    async def _replay_row(self, tenant: str, one: parked.Parked) -> str:
        model = MODELS.get(one.kind)
        if model is None:
            text = (
                f"what is parked is of the kind {one.kind[:40]}: have it asked for again at the door, and discard this"
            )
            raise Refused("not_replayable", text)
        held = await parked.kept(self._record, tenant, one.parked_id)
        assert held.case_id is not None  # of a row
        replayed_as = f"replay:{one.parked_id}"
        try:
            sent, made = as_sent(model, one.kind, held.message)
            message = model.model_validate({**sent, "message_id": replayed_as})
        except ValidationError as error:
            hidden = (Problem(found.field, "", found.problem, found.cure) for found in problems_of(error, model))
            raise BadInput(hidden) from None
        accepted = await self._intake.replay(tenant, held.case_id, one.kind, message, held.received_at, made)
        if one.kind in REPORTS:
            await parked.succeed(self._record, one, held.case_id, accepted.number)
        self._intake.ring(accepted)
        return replayed_as


def _shown(one: parked.Parked) -> ParkedMessage:
    return ParkedMessage.model_validate({**one.model_dump(), "stream": one.stream_id})
