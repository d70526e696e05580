"""The codec server: Temporal's Web UI and command line read sealed payloads through it. It is a decryption oracle, so it
asks who is there, logs every use by count, and lets no page of another origin read its answers.

Protocol: POST /codec/encode and /codec/decode, JSON `Payloads`, header X-Namespace; the key id stands in each payload's
metadata, since the protocol names no workflow.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payloads
from temporalio.converter import PayloadCodec

from api.errors import ServiceUnavailable
from api.http.access import bearer_of
from api.http.problem_json import HttpProblem
from api.http.tokens import Role, Tokens
from cases.errors import CaseError
from record.errors import RecordUnavailable

logger = logging.getLogger("dueprocess.codec")

MAY_READ: Final = frozenset({Role.OPERATOR, Role.AUDITOR})


class CodecServer:
    """Encodes and decodes for people who operate.

    codec: raises ServiceUnavailable until there is one. origins: where the Web UI is served. An origin on loopback is let
    in without a token when the caller is on loopback too: the embedded stack, where whoever can connect could read the
    key file as well. Any other needs a token of an operator or auditor.
    """

    def __init__(self, codec: Callable[[], PayloadCodec], tokens: Tokens, origins: Iterable[str]) -> None:
        self._codec = codec
        self._tokens = tokens
        self._origins = frozenset(origins)

    def routes(self) -> list[Route]:
        """Plain routes: no model stands between, payloads may be megabytes."""
        return [
            Route("/codec/encode", self._encode, methods=["POST", "OPTIONS"]),
            Route("/codec/decode", self._decode, methods=["POST", "OPTIONS"]),
        ]

    async def _encode(self, request: Request) -> Response:
        return await self._serve(request, "encode")

    async def _decode(self, request: Request) -> Response:
        return await self._serve(request, "decode")

    async def _serve(self, request: Request, direction: str) -> Response:
        origin = request.headers.get("origin", "")
        if origin and origin not in self._origins:
            raise HttpProblem(HTTPStatus.FORBIDDEN, "wrong_origin", "Pages of this origin may not read payloads.")
        allowed = _cross_origin(origin)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        try:
            reader = self._reader(request, origin)
            turned = await self._turned(await _payloads(request), direction)
        except HttpProblem as problem:
            problem.headers = {**problem.headers, **allowed}  # else the page sees no reason
            raise
        logger.info(
            "codec used",
            extra={
                "event": "codec_used",
                "direction": direction,
                "payloads": len(turned.payloads),
                "reader": reader,
                "namespace": request.headers.get("x-namespace", "")[:64],
            },
        )
        return Response(MessageToJson(turned), media_type="application/json", headers=allowed)

    async def _turned(self, payloads: Payloads, direction: str) -> Payloads:
        try:
            codec = self._codec()
            turn = codec.encode if direction == "encode" else codec.decode
            return Payloads(payloads=await turn(payloads.payloads))
        except (RecordUnavailable, ServiceUnavailable):
            detail = "The keys cannot be reached now; try again."
            raise HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, {"retry-after": "2"}) from None
        except CaseError:  # another installation's key, or bytes that were changed
            detail = "A payload does not open under any key of this installation."
            raise HttpProblem(HTTPStatus(422), "unreadable", detail) from None

    def _reader(self, request: Request, origin: str) -> str:
        """Who reads. Raises HttpProblem."""
        if token := bearer_of(request):
            principal = self._tokens.find(token)
            if principal and principal.role in MAY_READ:
                return principal.name
        elif request.client and _loopback(request.client.host) and _loopback(urlsplit(origin).hostname or ""):
            return "web-ui"
        detail = "Send the bearer token of an operator or auditor (temporal … --codec-auth 'Bearer <token>')."
        raise HttpProblem(HTTPStatus.UNAUTHORIZED, "unauthorised", detail, {"www-authenticate": "Bearer"})


async def _payloads(request: Request) -> Payloads:
    try:
        return Parse(await request.body(), Payloads())
    except (ParseError, UnicodeDecodeError):
        detail = "Send Temporal's Payloads message as JSON."
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "not_payloads", detail) from None


def _cross_origin(origin: str) -> dict[str, str]:
    if not origin:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "content-type, x-namespace, authorization",
        "vary": "origin",
    }


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def ui_origins(ui_url: str) -> tuple[str, ...]:
    """The origins a browser may have the Web UI under: of one on loopback, both of its names."""
    parts = urlsplit(ui_url)
    if not parts.scheme or not parts.hostname:
        return ()
    names = ("127.0.0.1", "localhost") if _loopback(parts.hostname) else (parts.hostname,)
    return tuple(f"{parts.scheme}://{name}{f':{parts.port}' if parts.port else ''}" for name in names)
