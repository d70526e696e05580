"""Webhooks of vendors: the signature over the raw bytes first, then the event's id, then the payload. The commit answers.

What proves itself and makes no signal is parked for a person, never dropped: the vendor would not send it again.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import from_json

from api.answers import HookAnswer
from api.counting import Refusals
from api.errors import NotProven
from api.hook_sources import HookSource, HookSources
from api.intake import Clock, Intake
from api.problems import problems_of
from cases.errors import BadInput, Problem
from cases.hook_mapping import signal_fields, text_at
from cases.hook_signatures import Headers, Proof, proof_of
from cases.messages import SignalMessage
from record import parked
from record.record import Record

UNPROVEN: Final = (
    "This webhook does not prove to come from a source known here. Sign the raw body with the secret that was agreed on, "
    "within five minutes of now, and send it to the source's own address."
)


class Hooks:
    """The door of every source configured. refusals: what is refused is counted, by source only where it proved itself."""

    def __init__(self, record: Record, intake: Intake, clock: Clock, sources: HookSources, refusals: Refusals) -> None:
        self._record, self._intake, self._clock = record, intake, clock
        self._sources, self._refusals = sources, refusals

    async def take(self, name: str, headers: Headers, raw: bytes) -> HookAnswer:
        """One webhook, durable. headers: names in lower case. Raises NotProven; Conflict for other content under its id."""
        now = self._clock()
        source, proof = self._proven(name, headers, raw, now)
        with self._refusals.at("hook", source.table.tenant):
            return await self._take(source, proof, raw, now)

    def message(self, tenant: str, name: str, message_id: str, raw: bytes) -> SignalMessage | None:
        """The signal a webhook makes; None where it says that nothing was found. Raises BadInput."""
        source = self._sources.get(name)
        if source is None or source.table.tenant != tenant:
            cure = "configure it again, or discard this"
            raise BadInput([Problem("source", name, "is not configured any more", cure)])
        return _signal(source, message_id, _payload(raw))

    async def _take(self, source: HookSource, proof: Proof, raw: bytes, now: datetime) -> HookAnswer:
        tenant, message_id = source.table.tenant, ""
        try:
            message_id = _message_id(source, proof.event_id or sha256(raw).hexdigest())
            payload = _payload(raw)
            if source.table.event_id is not None:
                message_id = _message_id(source, _event_id(payload, source.table.event_id))
            message = _signal(source, message_id, payload)
            if message is None:
                return HookAnswer(status="nothing", message_id=message_id)
            receipt = await self._intake.signal(tenant, message)
        except BadInput as error:
            problem = "; ".join(str(one) for one in error.problems[:8])
            parked_id, known = await parked.park_hook(
                self._record, tenant, source.name, message_id, "unmappable", problem, raw, now
            )
            return HookAnswer(status="known" if known else "parked", message_id=message_id, parked_id=parked_id)
        status = "known" if receipt.known else "accepted"
        return HookAnswer.model_validate({"status": status, "message_id": message_id, "case_id": receipt.case_id})

    def _proven(self, name: str, headers: Headers, raw: bytes, now: datetime) -> tuple[HookSource, Proof]:
        source = self._sources.get(name)
        if source is not None:
            table = source.table
            proof = proof_of(table.signature, source.keys, headers, raw, table.header or "", now)
            if proof is not None:
                return source, proof
        raise NotProven("not_proven", UNPROVEN)


def _signal(source: HookSource, message_id: str, payload: Mapping[str, Any]) -> SignalMessage | None:
    fields = signal_fields(source.table.signal, payload)
    if fields is None:
        return None
    try:
        return SignalMessage.model_validate({**fields, "message_id": message_id})
    except ValidationError as error:
        hidden = (Problem(one.field, "", one.problem, one.cure) for one in problems_of(error, SignalMessage))
        raise BadInput(hidden) from None


def _payload(raw: bytes) -> Mapping[str, Any]:
    try:
        payload = from_json(raw, allow_inf_nan=False)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise BadInput([Problem("body", "", "is not one JSON object", "ask the source what it sends")])
    return payload


def _event_id(payload: Mapping[str, Any], path: str) -> str:
    found = text_at(payload, path)
    if found is None:
        raise BadInput(
            [Problem(path, "", "is missing, and the event's id comes from it", "mend event_id of the source")]
        )
    return found


def _message_id(source: HookSource, event_id: str) -> str:
    """Our id of an event: the same event is one message, however often it is delivered."""
    return f"hook:{source.name}:{sha256(event_id.encode()).hexdigest()[:32]}"
