"""The gateway as feeding uses it: whether a message was known, refused, or nobody answers."""

from collections.abc import Awaitable

from api.answers import Receipt
from api.cli.gateway import Gateway
from api.client import ClientError, Refused
from cases.errors import Problem
from cases.messages import ReportMessage, SignalMessage
from workers.feeding import Away, LineRefused


class GatewayIntake:
    """Reports and signals through the typed client."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def report(self, message: ReportMessage) -> bool:
        """Whether it was known. Raises LineRefused and Away."""
        return await _known("report", self._gateway.submit_report(message))

    async def signal(self, message: SignalMessage) -> bool:
        """Whether it was known. Raises LineRefused and Away."""
        return await _known("signal", self._gateway.submit_signal(message))


async def _known(kind: str, sending: Awaitable[Receipt]) -> bool:
    try:
        return (await sending).known
    except Refused as refusal:
        if refusal.status in (401, 403):
            raise  # every line would be refused for the same reason: it is no line's fault
        problem = refusal.problems[0] if refusal.problems else Problem(kind, "", refusal.text, "see docs/feed.md")
        raise LineRefused(problem) from None
    except ClientError as error:
        raise Away(str(error)) from None
