"""Vendors at the door: their signed callbacks, and what operators do about them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json

from api.counting import Refusals
from api.errors import NotProven
from api.intake import Clock
from api.ringing import Ringer
from api.vendor_messages import CallbackAnswer, VendorsAnswer, VendorState, VendorSwitched, VendorSwitchRequest
from cases.consultations import VendorAnsweredMessage
from cases.errors import BadInput, IdentityError, Problem, UnknownSomething
from cases.hook_signatures import Headers, proof_of
from cases.names import checked_tenant, consultation_workflow_id
from cases.vendor_forms import Malformed, RawWord, detections
from cases.vendor_table import CALLBACKS, Vendor, Vendors
from record import inbox, parked, vendors
from record.record import Record
from record.tenants import tenant_settings

WITHIN_SECONDS: Final = 1.0
CLAIMED_AFTER: Final = timedelta(hours=1)
NEXT_OFF: Final = (
    "It is not asked from the next call on; the next of the chain is, and where there is none the pack's stance holds. "
    "Callbacks about what it was asked before are taken."
)
NEXT_ON: Final = "It is asked again, about what waits for it at the next try."
UNPROVEN: Final = (
    "This callback does not prove to come from a vendor configured here. It has to be signed with the callback secret that "
    "was agreed on, within five minutes of now, and sent to the address it was given."
)


class VendorDesk:
    """Doors of vendors, and of operators about them."""

    def __init__(self, record: Record, ringer: Ringer, clock: Clock, configured: Vendors, refusals: Refusals) -> None:
        self._record, self._ringer, self._clock = record, ringer, clock
        self._vendors, self._refusals = configured, refusals

    # Callbacks ----------------------------------------------------------------------------------------------------------

    async def call_back(self, name: str, tenant: str, headers: Headers, raw: bytes) -> CallbackAnswer:
        """One callback, durable, whoever asked for it and whenever it comes. Raises NotProven."""
        now = self._clock()
        vendor = await self._proven(name, tenant, headers, raw, now)
        try:
            word = vendor.form.callback(vendor.table, _payload(raw))
        except Malformed as malformed:
            message_id = f"callback:{name}:{sha256(raw).hexdigest()[:32]}"
            source, problem = f"vendor-{name}", str(malformed)
            parked_id, _ = await parked.park_hook(
                self._record, tenant, source, message_id, "unmappable", problem, raw, now
            )
            return CallbackAnswer(status="parked", parked_id=parked_id)
        if not word.over or word.task_id is None:
            return CallbackAnswer(status="ongoing")
        return await self._keep(vendor, tenant, word.task_id, word, now)

    async def _keep(self, vendor: Vendor, tenant: str, task_id: str, word: RawWord, now: datetime) -> CallbackAnswer:
        task = await vendors.note_callback(self._record, tenant, vendor.name, task_id, word, now)
        if task.case_id is None or task.consultation is None or task.word is None:
            return CallbackAnswer(status="kept")  # it was faster than the answer to the request
        asked, called = task.asked_at or now, task.called_at or now
        took = max(0.0, (called - asked).total_seconds() * 1000)
        labels, partly = task.consultation.labels, task.consultation.partly
        results = detections(vendor.table, labels, [task.word], took, task.cost_micros or 0, partly=partly)
        late = task.due_at is not None and called > task.due_at
        message = VendorAnsweredMessage(
            message_id=f"callback:{vendor.name}:{sha256(task_id.encode()).hexdigest()[:32]}",
            consultation_id=task.consultation.consultation_id,
            evidence_version=task.consultation.evidence_version,
            answered=not all(result.failed for result in results),
            results=results,
            tried=task.consultation.tried,
            late=late,
        )
        accepted = await inbox.accept(
            self._record,
            *(tenant, task.case_id, None, None, "vendor_answered", message.message_id, message, None, now),
        )
        await vendors.brought(self._record, tenant, vendor.name, task_id, now)
        if accepted.ring:
            self._ringer.ring_soon(task.case_id, accepted.number)
        if not late:  # later it has given up waiting, and hears of it from the case
            stream = consultation_workflow_id(task.case_id, task.consultation.consultation_id)
            self._ringer.ring_soon(stream, accepted.number)
        return CallbackAnswer(status="accepted")

    async def _proven(self, name: str, tenant: str, headers: Headers, raw: bytes, now: datetime) -> Vendor:
        vendor = self._vendors.get(name)
        if vendor is not None and vendor.callback_keys:
            family, header = CALLBACKS[vendor.table.form]
            if proof_of(family, vendor.callback_keys, headers, raw, header, now) and await self._known(tenant):
                return vendor
        raise NotProven("not_proven", UNPROVEN)

    async def _known(self, tenant: str) -> bool:
        try:
            await tenant_settings(self._record, checked_tenant(tenant))
        except (IdentityError, UnknownSomething):
            return False
        return True

    # Operators ----------------------------------------------------------------------------------------------------------

    async def switch(self, tenant: str, operator: str, request: VendorSwitchRequest) -> VendorSwitched:
        """Off, or on again. One that is not configured may be switched off all the same: it may be, in another process."""
        now, name = self._clock(), request.vendor
        if not request.off:
            changed = await vendors.switch_on(self._record, tenant, name, operator, now)
            return VendorSwitched(vendor=name, changed=changed, within_seconds=WITHIN_SECONDS, next=NEXT_ON)
        if self._vendors and name not in self._vendors:
            raise BadInput([Problem("vendor", name, "is not configured", f"one of {', '.join(sorted(self._vendors))}")])
        changed = await vendors.switch_off(
            self._record, tenant, name, request.message_id, operator, request.reason, now
        )
        return VendorSwitched(vendor=name, changed=changed, within_seconds=WITHIN_SECONDS, next=NEXT_OFF)

    async def show(self, tenant: str) -> VendorsAnswer:
        """What is configured, what of it is off, and what was used today."""
        now = self._clock()
        off = {one.vendor: one for one in await vendors.switched_off(self._record, tenant)}
        used = {one.vendor: one for one in await vendors.day_of(self._record, tenant, now)}
        names = sorted({*self._vendors, *off, *used})
        unclaimed = await vendors.unclaimed(self._record, tenant, now - CLAIMED_AFTER)
        return VendorsAnswer(
            vendors=tuple(_state(name, self._vendors.get(name), off.get(name), used.get(name)) for name in names),
            unclaimed_callbacks=unclaimed,
        )


def _state(name: str, vendor: Vendor | None, off: vendors.SwitchedOff | None, used: vendors.Day | None) -> VendorState:
    table = vendor.table if vendor else None
    spent = used or vendors.Day(vendor=name)
    return VendorState(
        vendor=name,
        form=table.form if table else None,
        configured=table is not None,
        calls=spent.calls,
        failed=spent.failed,
        micros=spent.micros,
        calls_per_day=table.calls_per_day if table else None,
        micros_per_day=table.micros_per_day if table else None,
        off_by=off.by if off else None,
        off_reason=off.reason if off else None,
        off_at=off.at if off else None,
    )


def _payload(raw: bytes) -> Mapping[str, Any]:
    try:
        payload = from_json(raw, allow_inf_nan=False)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise Malformed("the body is no JSON object")
    return payload
