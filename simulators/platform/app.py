"""The platform's doors: signed orders and reads, the users' API, the pages."""

import hashlib
import sqlite3
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from simulators.faults import Fault, Faults, FaultyDoor, control_routes
from simulators.platform.enforcement import carry_out
from simulators.platform.measures import SUPPORTED
from simulators.platform.orders import parse_order
from simulators.platform.pages import page_routes
from simulators.platform.signatures import SignatureRefused, Verifier
from simulators.platform.snapshots import snapshot, target_state
from simulators.platform.users_api import users_routes
from simulators.platform.world import MASKING_MODES, World
from simulators.web import BadRequest, Clock, JsonResponse, read_body, read_object, refuse, utc_now


def _is_wire(scope: Scope) -> bool:
    """Machines post orders and read back; people look at GET /orders even while the platform is down for machines."""
    path: str = scope["path"]
    return path.startswith(("/targets/", "/subjects/", "/capabilities")) or (
        path == "/orders" and scope["method"] == "POST"
    )


class Platform:
    """One platform: its state, its faults, its ASGI application."""

    def __init__(self, data: Path, keys: tuple[bytes, ...], clock: Clock = utc_now) -> None:
        self.world = World(data / "platform.sqlite3", clock)
        self.faults = Faults()
        self._verifier = Verifier(keys, clock)
        routes = [
            Route("/orders", self._order, methods=["POST"]),
            Route("/targets/{kind}/{id:path}", self._target, methods=["GET"]),
            Route("/subjects/{kind}/{id:path}/attachments/{digest}", self._attachment, methods=["GET"]),
            Route("/subjects/{kind}/{id:path}", self._subject, methods=["GET"]),
            Route("/capabilities", self._capabilities, methods=["GET"]),
            Route("/control/masking", self._set_masking, methods=["POST"]),
            Route("/control/versions", self._set_versions, methods=["POST"]),
            *control_routes(self.faults, self.world.reset, self.world.read_log),
            *users_routes(self.world),
            *page_routes(self.world, self.faults),
        ]
        inner = Starlette(routes=routes, exception_handlers={BadRequest: refuse, SignatureRefused: _refuse_signature})
        self.app: ASGIApp = FaultyDoor(inner, self.faults, _is_wire, self._met)

    def close(self) -> None:
        self.world.database.close()

    async def _order(self, request: Request) -> Response:
        body = await read_body(request)
        message_id = self._verify(request, body)
        order = parse_order(body)
        key = request.headers.get("idempotency-key", "")
        if not message_id == key == order.order_id:
            raise BadRequest("idempotency-key", "webhook-id, idempotency-key and order_id must be the same")
        answer = carry_out(self.world, order, key, hashlib.sha256(body).hexdigest())
        return JsonResponse(answer.body, answer.http_status)

    async def _target(self, request: Request) -> Response:
        subject = await self._signed_subject(request)
        if subject is None:
            return JsonResponse({"code": "unknown_target"}, 404)
        return JsonResponse(target_state(self.world, subject, request.query_params.get("tenant")))

    async def _subject(self, request: Request) -> Response:
        subject = await self._signed_subject(request)
        if subject is None:
            return JsonResponse({"code": "unknown_subject"}, 404)
        if self.world.destroyed(subject):
            return JsonResponse({"code": "destroyed"}, 410)
        if subject["deleted_at"] is not None:
            return JsonResponse({"code": "deleted_by_author"}, 410)
        return JsonResponse(snapshot(self.world, subject))

    async def _attachment(self, request: Request) -> Response:
        subject = await self._signed_subject(request)
        if subject is None or self.world.destroyed(subject) or subject["deleted_at"] is not None:
            return JsonResponse({"code": "unknown_subject"}, 404)
        content = self.world.attachment(subject, request.path_params["digest"])
        if content is None:
            return JsonResponse({"code": "unknown_attachment"}, 404)
        return Response(content, media_type="application/octet-stream")

    async def _capabilities(self, request: Request) -> Response:
        self._verify(request, await read_body(request))
        return JsonResponse({"kinds": {kind: sorted(kinds) for kind, kinds in SUPPORTED.items()}})

    async def _signed_subject(self, request: Request) -> sqlite3.Row | None:
        self._verify(request, await read_body(request))
        return self.world.subject(request.path_params["kind"], request.path_params["id"])

    def _verify(self, request: Request, body: bytes) -> str:
        try:
            return self._verifier.verify(request.headers, body)
        except SignatureRefused as refusal:
            self.world.log("signature", refusal.code, http_status=401)
            raise

    async def _set_masking(self, request: Request) -> Response:
        mode = (await read_object(request)).get("mode")
        if mode not in MASKING_MODES:
            raise BadRequest("mode", f"one of {', '.join(MASKING_MODES)}", status=422)
        self.world.masking = mode
        return JsonResponse({"mode": mode})

    async def _set_versions(self, request: Request) -> Response:
        kept = (await read_object(request)).get("kept")
        if not isinstance(kept, bool):
            raise BadRequest("kept", "true or false", status=422)
        self.world.versions = kept
        return JsonResponse({"kept": kept})

    def _met(self, path: str, fault: Fault) -> None:
        self.world.log("fault", "down" if fault.down else fault.wrong)


async def _refuse_signature(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignatureRefused)
    return JsonResponse({"code": error.code}, 401)
