"""What a workflow's handlers fill and its main loop empties. Handlers are synchronous: they queue, nothing else."""

from typing import Any, Literal

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from activities.stubs import RawMessage

UNREAD_LIMIT = 200  # updates beyond this are refused; signals are never refused


class Mailbox:
    """Messages not yet read, and whether the bell was rung for rows in the inbox."""

    def __init__(self) -> None:
        self.rung = True  # a run begins by looking
        self.unread: list[RawMessage] = []

    @property
    def waiting(self) -> bool:
        """Whether there is anything to take."""
        return self.rung or bool(self.unread)

    def put(self, kind: str, message_id: str, message: BaseModel) -> None:
        """An update that its validator let through."""
        raw = RawMessage(kind=kind, channel="update", payload=message.model_dump(mode="json"), message_id=message_id)
        self.unread.append(raw)

    def put_raw(self, kind: str, messages: tuple[Any, ...]) -> None:
        """A signal, whatever it carries: one JSON object is judged in the loop, anything else is recorded as refused."""
        channel: Literal["signal"] = "signal"
        payload = messages[0] if len(messages) == 1 else {"arguments": len(messages)}
        known = payload.get("decision_id") or payload.get("message_id") if isinstance(payload, dict) else None
        message_id = known if isinstance(known, str) else None
        self.unread.append(RawMessage(kind=kind, channel=channel, payload=payload, message_id=message_id))

    def take(self) -> tuple[RawMessage, ...]:
        """Everything unread; the bell is quiet again."""
        taken, self.unread, self.rung = tuple(self.unread), [], False
        return taken

    def refuse_if_full(self) -> None:
        """Raises ApplicationError Busy, which clients retry."""
        if len(self.unread) >= UNREAD_LIMIT:
            raise ApplicationError(
                f"{UNREAD_LIMIT} messages wait to be read; try again in a second", type="Busy", non_retryable=True
            )
