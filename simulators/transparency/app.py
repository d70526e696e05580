"""The transparency database's API and its public pages."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from simulators.faults import Fault, Faults, FaultyDoor, control_routes
from simulators.transparency.filing import ROOM, Filings, Refused
from simulators.transparency.preparation import read_input
from simulators.transparency.statements import Crashed, Stored, from_row, shown_batch, shown_public, shown_single
from simulators.transparency.tokens import CREATE, KEYS, VIEW, RateLimits, User, find_user
from simulators.web import (
    BadRequest,
    Clock,
    JsonResponse,
    Pages,
    read_body,
    read_object,
    refuse,
    stamp,
    utc_now,
    whole_number,
)

_NEWEST = 2**62
_SLOWEST_SECONDS = 60
_TOO_FAST = "Limit Reached. Please do not overload the API"
_DENIED = {"message": "This action is unauthorized."}

Handler = Callable[[Request, User], Awaitable[Response]]


class TransparencyDatabase:
    """One database: its state, its faults, its ASGI application."""

    def __init__(self, data: Path, users: tuple[User, ...], clock: Clock = utc_now) -> None:
        self.faults = Faults()
        self.filings = Filings(data / "transparency.sqlite3", clock, self._take_time)
        self._users, self._clock, self._limits = users, clock, RateLimits(clock)
        self._processing_seconds = 0.0
        self._pages = Pages(ROOM)
        routes = [
            self._route("POST", "/api/v1/statement", CREATE, self._file_one),
            self._route("POST", "/api/v1/statements", CREATE, self._file_many),
            self._route("GET", "/api/v1/statement/existing-puid/{puid}", VIEW, self._existing_puid),
            self._route("GET", "/api/v1/statement/{uuid}", VIEW, self._read_back),
            self._route("GET", "/api/ping", None, self._ping),
            self._route("GET", "/api/user", KEYS, self._user),
            Route("/", self._list_page, methods=["GET"]),
            Route("/statement/{uuid}", self._statement_page, methods=["GET"]),
            Route("/control/processing", self._set_processing, methods=["POST"]),
            Route("/control/statements", self._list_all, methods=["GET"]),
            *control_routes(self.faults, self.filings.reset, self._read_log),
        ]
        inner = Starlette(routes=routes, exception_handlers={BadRequest: refuse})
        self.app: ASGIApp = FaultyDoor(inner, self.faults, _is_wire, self._met)

    def close(self) -> None:
        self.filings.database.close()

    def _route(self, method: str, path: str, permission: str | None, handler: Handler) -> Route:
        """A route behind token, rate limit and permission, in that order."""

        async def guarded(request: Request) -> Response:
            user = find_user(self._users, request.headers.get("authorization", ""))
            wait_seconds = self._limits.wait_seconds(user, request.client.host if request.client else "")
            if wait_seconds:
                return PlainTextResponse(_TOO_FAST, 429, {"retry-after": str(wait_seconds)})
            if user is None:
                return JsonResponse({"message": "Unauthenticated."}, 401)
            if permission is not None and permission not in user.permissions:
                return JsonResponse(_DENIED, 403)
            if permission in (CREATE, VIEW) and user.platform is None:
                return JsonResponse(_DENIED, 403)
            return await handler(request, user)

        return Route(path, guarded, methods=[method])

    async def _file_one(self, request: Request, user: User) -> Response:
        sent = read_input(await read_body(request), request.headers.get("content-type", ""))
        try:
            stored = await self.filings.file_one(user, sent)
        except Refused as refusal:
            self._log("statement", 422, "refused", [sent.get("puid")], refusal.fields)
            return JsonResponse(refusal.body, 422)
        except Crashed:
            self._log("statement", 500, "failed", [sent.get("puid")])
            return JsonResponse({"message": "Server Error"}, 500)
        self._log("statement", 201, "stored", [stored.puid])
        return JsonResponse(shown_single(stored, _base(request)), 201)

    async def _file_many(self, request: Request, user: User) -> Response:
        sent = read_input(await read_body(request), request.headers.get("content-type", ""))
        try:
            filed = await self.filings.file_many(user, sent)
        except Refused as refusal:
            self._log("statements", 422, "refused", [], refusal.fields)
            return JsonResponse(refusal.body, 422)
        except Crashed:
            self._log("statements", 500, "failed", [])
            return JsonResponse({"message": "Server Error"}, 500)
        self._log("statements", 201, "stored", [stored.puid for stored, _ in filed])
        base = _base(request)
        return JsonResponse({"statements": [shown_batch(stored, kept, base) for stored, kept in filed]}, 201)

    async def _existing_puid(self, request: Request, user: User) -> Response:
        puid = request.path_params["puid"]
        if self.filings.puids.exists(user.platform_id, puid):
            return JsonResponse({"message": "statement of reason found", "puid": puid}, 302)
        return JsonResponse({"message": "statement of reason not found", "puid": puid}, 404)

    async def _read_back(self, request: Request, user: User) -> Response:
        stored = self._find(request.path_params["uuid"])
        if stored is None:
            return JsonResponse({"message": "No query results for model."}, 404)
        return JsonResponse(shown_public(stored, _base(request)))

    async def _ping(self, request: Request, user: User) -> Response:
        return JsonResponse({"you_say": "ping", "i_say": "pong"})

    async def _user(self, request: Request, user: User) -> Response:
        return JsonResponse(
            {"id": user.id, "name": user.name, "platform_id": user.platform_id if user.platform else None}
        )

    async def _list_page(self, request: Request) -> Response:
        puid = request.query_params.get("puid") or None
        rows = self._rows(request, puid, limit=100)
        values = {
            "statements": [from_row(row) for row in rows],
            "count": self.filings.database.number("count_statements", puid=puid),
            "fault": self.faults.fault,
            "older": rows[-1]["id"] if len(rows) == 100 else None,
            "puid": puid or "",
        }
        return self._pages.render("list.html", values)

    async def _statement_page(self, request: Request) -> Response:
        stored = self._find(request.path_params["uuid"])
        if stored is None:
            raise BadRequest("uuid", "no such statement", code="unknown_statement", status=404)
        shown = shown_public(stored, _base(request))
        return self._pages.render("statement.html", {"shown": shown, "puid": stored.puid, "fault": self.faults.fault})

    async def _list_all(self, request: Request) -> Response:
        """Every statement with its puid: for comparing with a platform's own record, the real API has no such list."""
        rows = self._rows(request, request.query_params.get("puid") or None, limit=1_000)
        shown = [shown_single(from_row(row), _base(request)) for row in rows]
        total = self.filings.database.number("count_statements", puid=None)
        return JsonResponse({"statements": shown, "total": total, "next_before": rows[-1]["id"] if rows else None})

    async def _set_processing(self, request: Request) -> Response:
        seconds = (await read_object(request)).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _SLOWEST_SECONDS:
            raise BadRequest("seconds", f"a number from 0 to {_SLOWEST_SECONDS}", status=422)
        self._processing_seconds = float(seconds)
        return JsonResponse({"seconds": self._processing_seconds})

    async def _take_time(self) -> None:
        if self._processing_seconds:
            await self.faults.hang(self._processing_seconds)

    def _rows(self, request: Request, puid: str | None, limit: int) -> list[Any]:
        before = whole_number(request, "before", _NEWEST, _NEWEST)
        return self.filings.database.all("statements", before=before, limit=limit, puid=puid)

    def _find(self, uuid: str) -> Stored | None:
        row = self.filings.database.one("statement", uuid=uuid)
        return from_row(row) if row is not None else None

    def _met(self, path: str, fault: Fault) -> None:
        self._log("fault", None, "down" if fault.down else fault.wrong, [])

    def _log(
        self, event: str, status: int | None, outcome: str, puids: list[Any], fields: list[str] | None = None
    ) -> None:
        self.filings.database.run(
            "write_log",
            at=stamp(self._clock()),
            event=event,
            http_status=status,
            outcome=outcome,
            puids=json.dumps([puid for puid in puids if isinstance(puid, str)]),
            fields=json.dumps(fields or []),
        )

    def _read_log(self, after: int, limit: int) -> list[dict[str, Any]]:
        entries = [dict(row) for row in self.filings.database.all("read_log", after=after, limit=limit)]
        return [
            {**entry, "puids": json.loads(entry["puids"]), "fields": json.loads(entry["fields"])} for entry in entries
        ]


def _is_wire(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith("/api/")


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
