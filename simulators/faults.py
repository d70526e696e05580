"""Ways for the outside world to fail on demand, the same for every simulator.

The failure that idempotency exists for is among them: the work is done, and the answer is an error or never comes.
Faults live in memory: a restarted simulator is a healthy one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.web import BadRequest, JsonResponse, read_object, whole_number

WRONG = {
    "none": "answers as it should",
    "500": "answers 500 and does nothing",
    "garbage": "answers 200 with something that is no JSON, and does nothing",
    "timeout": "accepts the request, does nothing, never answers",
    "lost": "does nothing and drops the connection within the answer",
    "apply_then_500": "does the work, then answers 500",
    "apply_then_timeout": "does the work, then never answers",
    "apply_then_lost": "does the work, then drops the connection within the answer",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and for whom.

    times: how many requests it meets before it heals; None, until it is taken back.
    paths: beginnings of the paths it meets; empty, every path of the wire format.
    """

    down: bool = False
    delay_seconds: float = 0.0
    wrong: str = "none"
    times: int | None = None
    paths: tuple[str, ...] = ()
    retry_after_seconds: int = 1

    @property
    def active(self) -> bool:
        return self.down or self.delay_seconds > 0 or self.wrong != "none"

    @property
    def applies_work(self) -> bool:
        return self.wrong == "none" or self.wrong.startswith("apply_then_")

    @property
    def ending(self) -> str:
        """How the answer fails: none, 500, garbage, timeout or lost."""
        return self.wrong.removeprefix("apply_then_")


HEALTHY = Fault()


@dataclass
class Faults:
    """The fault in force, and a way to let go of everything that hangs."""

    fault: Fault = HEALTHY
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def meet(self, path: str) -> Fault:
        """The fault this request meets; one that has been met `times` times is gone."""
        fault = self.fault
        if not fault.active or (fault.paths and not path.startswith(fault.paths)):
            return HEALTHY
        if fault.times is not None:
            self.fault = replace(fault, times=fault.times - 1) if fault.times > 1 else HEALTHY
        return fault

    async def hang(self, seconds: float | None = None) -> None:
        """Wait: that long, or for ever; ended by release()."""
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return

    def release(self) -> None:
        """Let every hanging request go: the process is stopping."""
        self._released.set()


def parse_fault(values: Mapping[str, Any]) -> Fault:
    """A fault as `POST /control/faults` states it, missing fields healthy. Raises BadRequest."""
    known = asdict(HEALTHY)
    for name in values:
        if name not in known:
            raise BadRequest(name, f"unknown; known are {', '.join(known)}", status=422)
    checks: dict[str, Callable[[Any], bool]] = {
        "down": lambda value: isinstance(value, bool),
        "delay_seconds": lambda value: type(value) in (int, float) and 0 <= value <= 3600,
        "wrong": lambda value: isinstance(value, str) and value in WRONG,
        "times": lambda value: value is None or (type(value) is int and value >= 1),
        "paths": lambda value: isinstance(value, list) and all(isinstance(path, str) and path for path in value),
        "retry_after_seconds": lambda value: type(value) is int and 0 <= value <= 86_400,
    }
    for name, value in values.items():
        if not checks[name](value):
            raise BadRequest(name, f"wrong value; `wrong` is one of {', '.join(WRONG)}", status=422)
    return Fault(**{**known, **values, "paths": tuple(values.get("paths", ()))})


class FaultyDoor:
    """ASGI middleware: requests of the wire format meet the fault in force, pages and control pass."""

    def __init__(
        self, app: ASGIApp, faults: Faults, is_wire: Callable[[Scope], bool], met: Callable[[str, Fault], None]
    ) -> None:
        self._app, self._faults, self._is_wire, self._met = app, faults, is_wire, met

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_wire(scope):
            return await self._app(scope, receive, send)
        fault = self._faults.meet(scope["path"])
        if not fault.active:
            return await self._app(scope, receive, send)
        self._met(scope["path"], fault)
        await self._fail(fault, scope, receive, send)
        return None

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.delay_seconds:
            await self._faults.hang(fault.delay_seconds)
        if fault.down:
            headers = {"retry-after": str(fault.retry_after_seconds)}
            return await JsonResponse({"code": "down"}, 503, headers)(scope, receive, send)
        if fault.applies_work:
            await self._app(scope, receive, send if fault.ending == "none" else _swallow)
        if fault.ending == "500":
            await JsonResponse({"code": "internal_error"}, 500)(scope, receive, send)
        elif fault.ending == "garbage":
            await Response('{"status": "app', 200, media_type="application/json")(scope, receive, send)
        elif fault.ending == "timeout":
            await self._never_answer(receive)
            await JsonResponse({"code": "stopping"}, 503)(scope, receive, send)
        elif fault.ending == "lost":
            await _drop(send)
        return None

    async def _never_answer(self, receive: Receive) -> None:
        """Until the client gives up or the process stops."""
        waits = {asyncio.ensure_future(_disconnected(receive)), asyncio.ensure_future(self._faults.hang())}
        _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in left:
            wait.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _swallow(message: Message) -> None:
    """Where the answer to work that was done goes, when nobody is to learn of it."""


async def _drop(send: Send) -> None:
    """Begin an answer and leave it: the server closes a connection whose announced body never comes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def control_routes(
    faults: Faults, reset: Callable[[], None], log: Callable[[int, int], list[dict[str, Any]]]
) -> list[Route]:
    """The control API every simulator has: faults, log, reset, health."""

    async def read_fault(request: Request) -> Response:
        return JsonResponse(asdict(faults.fault))

    async def set_fault(request: Request) -> Response:
        faults.fault = parse_fault(await read_object(request))
        return JsonResponse(asdict(faults.fault))

    async def start_afresh(request: Request) -> Response:
        faults.fault = HEALTHY
        reset()
        return JsonResponse({"reset": True})

    async def read_log(request: Request) -> Response:
        after = whole_number(request, "after", 0, 2**62)
        return JsonResponse({"entries": log(after, whole_number(request, "limit", 500, 10_000))})

    async def health(request: Request) -> Response:
        return JsonResponse({"status": "ok"})

    return [
        Route("/control/faults", read_fault, methods=["GET"]),
        Route("/control/faults", set_fault, methods=["POST"]),
        Route("/control/reset", start_afresh, methods=["POST"]),
        Route("/control/log", read_log, methods=["GET"]),
        Route("/control/health", health, methods=["GET"]),
    ]
