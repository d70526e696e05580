"""What every request passes first: an id, a bound on its body, and an answer of our own if all else fails.

Plain ASGI: nothing here reads ahead, so that a body over the limit is refused while it streams.
"""

import asyncio
import logging
import re
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.counting import Refusals
from api.http.problem_json import HTTP, HttpProblem, problem_response

logger = logging.getLogger("dueprocess.http")

LET_PASS_BYTES: Final = 16 * 1_048_576  # of a body that is refused
LET_PASS_SECONDS: Final = 2.0

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestFrame:
    """Gives each request an id, a span and one line of log without content, and turns what nobody caught into a bare 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tracer = trace.get_tracer("dueprocess")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.monotonic(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with self._tracer.start_as_current_span(scope["method"], kind=SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, send_with_id)
            except Exception as error:  # its message may quote content, so it goes nowhere
                _log_failure(error, request_id)
                if not status:
                    detail = "Something is wrong on our side; the request id helps to find it."
                    await problem_response(scope, 500, "internal", detail)(scope, receive, send_with_id)
            span.update_name(f"{scope['method']} {_route(scope)}")
            span.set_attributes({"http.route": _route(scope), "http.response.status_code": status})
        _log_request(scope, request_id, status, time.monotonic() - began)


class BodyLimit:
    """Refuses bodies over their limit with 413: by their announced length at once, else as soon as they pass it.

    What is still on its way is let pass and dropped, within bounds: a connection closed amid it is reset, and the sender, who
    writes before they read, would never see the answer.
    larger: limits of their own, by the beginning of the path.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._larger = dict(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        limit = next((one for start, one in self._larger.items() if path.startswith(start)), self._limit_bytes)
        if _announced(scope) > limit:
            problem = _too_large(limit)
            Refusals().count(HTTP, problem.code)
            if not _asks_first(scope):
                await _let_pass(receive)
            await problem_response(scope, problem.status, problem.code, problem.detail, headers=problem.headers)(
                scope, receive, send
            )
            return
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                if message.get("more_body"):
                    await _let_pass(receive)
                raise _too_large(limit)
            return message

        await self._app(scope, receive_within, send)


def _too_large(limit: int) -> HttpProblem:
    detail = f"The body is over {limit} bytes; send fewer messages a request, and content by its subject id."
    return HttpProblem(HTTPStatus(413), "too_large", detail, {"connection": "close"})


async def _let_pass(receive: Receive) -> None:
    """The rest of a body, dropped: so much of it, and for so long."""
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LET_PASS_SECONDS):
            while dropped < LET_PASS_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _asks_first(scope: Scope) -> bool:
    """Whether the sender waits for our word before they send a body: then there is none to let pass."""
    return any(name == b"expect" for name, _ in scope["headers"])


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def _request_id(scope: Scope) -> str:
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _route(scope: Scope) -> str:
    """The route's own words, never the address as sent."""
    return getattr(scope.get("route"), "path", "")


def _log_request(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    route = _route(scope)
    if route not in ("/healthz", "/readyz"):
        logger.info(
            "request",
            extra={
                "event": "http_request",
                "request_id": request_id,
                "method": scope["method"],
                "route": route,
                "status": status,
                "duration_seconds": round(seconds, 4),
            },
        )


def _log_failure(error: Exception, request_id: str) -> None:
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    logger.error(
        "request failed",
        extra={
            "event": "http_failed",
            "request_id": request_id,
            "kind": type(error).__qualname__,
            "places": places[-8:],
        },
    )
