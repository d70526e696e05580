"""Every refusal at a door is counted by door and code, and logged without content."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import metrics

from api.errors import DoorError, NotJson, ServiceUnavailable
from cases.errors import BadInput, CaseError, Conflict, TokenRefused

logger = logging.getLogger("dueprocess.doors")


class Refusals:
    """The counter `dueprocess.refusals`, by door and code. Neither it nor the log line says what was sent, or by whom."""

    def __init__(self) -> None:
        meter = metrics.get_meter("dueprocess")
        self._counter = meter.create_counter("dueprocess.refusals", description="messages refused at a door")

    @contextmanager
    def at(self, door: str, tenant: str) -> Iterator[None]:
        """Count what is refused within, and let it pass on. A thing refused within two of these is counted once."""
        try:
            yield
        except CaseError as error:
            if not getattr(error, "_counted", False):
                error._counted = True  # type: ignore[attr-defined]  # a note to the outer door, which sees it too
                self.count(door, code_of(error), tenant)
            raise

    def count(self, door: str, code: str, tenant: str = "") -> None:
        """Count one refusal."""
        self._counter.add(1, {"door": door, "code": code})
        level = logging.WARNING if code == "unavailable" else logging.INFO
        logger.log(level, "refused", extra={"event": "door_refused", "door": door, "code": code, "tenant": tenant})


def code_of(error: CaseError) -> str:
    """What programs know a refusal by. Part of the contract: docs/contract.md lists them."""
    if isinstance(error, DoorError):
        return error.code
    return next((code for kind, code in _CODES if isinstance(error, kind)), "refused")


_CODES: tuple[tuple[type[CaseError], str], ...] = (
    (NotJson, "not_json"),
    (BadInput, "bad_input"),
    (Conflict, "conflict"),
    (TokenRefused, "token_refused"),
    (ServiceUnavailable, "unavailable"),
)
