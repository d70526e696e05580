"""Asking a run: an update sent so that its answer means durable, and a refusal reaches the person who asked."""

import asyncio
import re
from typing import Final

from pydantic import BaseModel
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api.errors import Refused, ServiceUnavailable
from cases.errors import TokenRefused
from cases.messages import Accepted
from record.errors import RecordUnavailable

ANSWER_WITHIN_SECONDS: Final = 10.0  # the whole asking, waits for a loading case included
LOADING_PAUSES_SECONDS: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0)
PASSING: Final = frozenset({"CaseLoading", "Busy", "AcceptedUpdateCompletedWorkflow"})
_OWN_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)*")
_AWAY: Final = "the case's run did not answer in time; send the same id again, it is safe"


class NotRunning(Refused):
    """No run of this stream is open."""


class Asker:
    """Sends updates. Every update id is the message's own, so that asking twice is deciding once."""

    def __init__(self, client: Client, answer_within_seconds: float = ANSWER_WITHIN_SECONDS) -> None:
        self._client = client
        self._answer_within_seconds = answer_within_seconds

    async def ask(self, stream_id: str, update: str, message: BaseModel, update_id: str) -> Accepted:
        """The run's answer: durable.

        Raises Refused with the run's own code and words, TokenRefused, NotRunning, or ServiceUnavailable when it is not
        known whether the run took it.
        """
        try:
            async with asyncio.timeout(self._answer_within_seconds):
                return await self._until_ready(stream_id, update, message, update_id)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise ServiceUnavailable(_AWAY) from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NotRunning("not_running", "nothing is open in this case that could be decided") from None
            raise ServiceUnavailable(_AWAY) from None  # its message may quote an address
        except (RuntimeError, RecordUnavailable):  # a lazy client that cannot connect; the codec without its key
            raise ServiceUnavailable(_AWAY, retry_after_seconds=5) from None

    async def _until_ready(self, stream_id: str, update: str, message: BaseModel, update_id: str) -> Accepted:
        handle = self._client.get_workflow_handle(stream_id)
        for pause in LOADING_PAUSES_SECONDS:
            try:
                answer: Accepted = await handle.execute_update(update, message, id=update_id, result_type=Accepted)
            except WorkflowUpdateFailedError as error:
                if _kind(error) not in PASSING:
                    raise _refusal(error) from None
            else:
                return answer
            await asyncio.sleep(pause)
        raise TimeoutError


def _kind(error: WorkflowUpdateFailedError) -> str:
    return (error.cause.type or "") if isinstance(error.cause, ApplicationError) else ""


def _refusal(error: WorkflowUpdateFailedError) -> Refused | TokenRefused:
    """The run's refusal. Only our own codes come with words of ours; another failure's message might quote content."""
    kind = _kind(error)
    words = error.cause.message if isinstance(error.cause, ApplicationError) else ""
    if kind == "not_proven":
        return TokenRefused(words)
    if _OWN_CODE.fullmatch(kind):
        return Refused(kind, words)
    return Refused("not_taken", "the case's run could not read this message; check it against its JSON Schema")
