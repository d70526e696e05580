"""What operators ask and are answered about vendors, and what a vendor's callback is answered."""

from typing import Literal

from pydantic import AwareDatetime

from cases.consultations import VendorName
from cases.facts import Fact, Message
from cases.messages import MessageId, Text


class VendorSwitchRequest(Message):
    """Ask a vendor no more, or again. reason: kept, sealed, where it is switched off."""

    message_id: MessageId
    vendor: VendorName
    off: bool
    reason: Text


class VendorSwitched(Fact):
    """What was done. changed: False where it was so already. within_seconds: when it holds at the latest."""

    vendor: VendorName
    changed: bool
    within_seconds: float
    next: str


class VendorState(Fact):
    """One vendor. calls, failed, micros: of this UTC day, in this tenant; calls_per_day, micros_per_day: how many there may be.

    configured: whether the installation's file has it; off_by, off_reason, off_at: where it is switched off.
    """

    vendor: str
    form: str | None = None
    configured: bool = True
    calls: int = 0
    failed: int = 0
    micros: int = 0
    calls_per_day: int | None = None
    micros_per_day: int | None = None
    off_by: str | None = None
    off_reason: str | None = None
    off_at: AwareDatetime | None = None


class VendorsAnswer(Fact):
    """Every vendor, and how many callbacks are about tasks that nobody asked for."""

    vendors: tuple[VendorState, ...]
    unclaimed_callbacks: int = 0


class CallbackAnswer(Fact):
    """A callback is durable. accepted: it is in its case's inbox; kept: who asked is not known yet; ongoing: more will come;
    parked: it cannot be read, and is kept for a person.
    """

    status: Literal["accepted", "kept", "ongoing", "parked"]
    parked_id: str | None = None
