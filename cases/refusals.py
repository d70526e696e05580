"""Why a message cannot stand, and the record's note of it."""

from datetime import datetime

from cases.events import CaseEvent
from cases.facts import Fact
from cases.received import MessageRefused


class Refusal(Fact):
    """Why a message cannot stand. code: for programs; text: names field, value and cure, never content."""

    code: str
    text: str


def refused(
    number: int, message_kind: str, refusal: Refusal, received_at: datetime, message_id: str | None
) -> CaseEvent:
    """The record's note of a message that broke a rule."""
    body = MessageRefused(
        message_kind=message_kind,
        code=refusal.code,
        problem=refusal.text,
        number=number,
        message_id=message_id,
        received_at=received_at,
    )
    return CaseEvent(event_id=f"refused:inbox:{number}", occurred_at=received_at, body=body)
