"""The mailbox's pages and its JSON API."""

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from simulators.faults import Faults, control_routes
from simulators.mailbox.delivery import Delivery
from simulators.mailbox.store import ROOM, MailStore, canonical, parse_refusals
from simulators.web import BadRequest, Clock, JsonResponse, Pages, read_object, refuse, utc_now, whole_number

_NEWEST = 2**62


class Mailbox:
    """One mailbox: its state, its faults, its SMTP handler, its ASGI application."""

    def __init__(self, data: Path, clock: Clock = utc_now) -> None:
        self.store = MailStore(data / "mailbox.sqlite3", clock)
        self.faults = Faults()
        self.delivery = Delivery(self.store, self.faults)
        self._pages = Pages(ROOM)
        routes = [
            Route("/", self._inbox, methods=["GET"]),
            Route("/mails/{sequence:int}", self._mail_page, methods=["GET"]),
            Route("/messages", self._messages, methods=["GET"]),
            Route("/messages/{sequence:int}", self._message, methods=["GET"]),
            Route("/messages/{sequence:int}/raw", self._raw, methods=["GET"]),
            Route("/control/recipients", self._read_refusals, methods=["GET"]),
            Route("/control/recipients", self._set_refusals, methods=["POST"]),
            *control_routes(self.faults, self.store.reset, self.store.read_log),
        ]
        self.app: ASGIApp = Starlette(routes=routes, exception_handlers={BadRequest: refuse})

    def close(self) -> None:
        self.store.database.close()

    async def _messages(self, request: Request) -> Response:
        filters = _filters(request)
        before, limit = whole_number(request, "before", _NEWEST, _NEWEST), whole_number(request, "limit", 100, 1_000)
        mails = self.store.mails(filters, before, limit)
        following = mails[-1]["sequence"] if len(mails) == limit else None
        return JsonResponse({**self.store.counts(filters), "messages": mails, "next_before": following})

    async def _message(self, request: Request) -> Response:
        return JsonResponse(self.store.mail(request.path_params["sequence"]))

    async def _raw(self, request: Request) -> Response:
        return Response(self.store.raw(request.path_params["sequence"]), media_type="message/rfc822")

    async def _read_refusals(self, request: Request) -> Response:
        return JsonResponse(self.store.refusals())

    async def _set_refusals(self, request: Request) -> Response:
        refusals = parse_refusals(await read_object(request))
        self.store.set_refusals(refusals["permanent"], refusals["temporary"])
        return JsonResponse(self.store.refusals())

    async def _inbox(self, request: Request) -> Response:
        filters = _filters(request)
        before, limit = whole_number(request, "before", _NEWEST, _NEWEST), whole_number(request, "limit", 100, 500)
        mails = self.store.mails(filters, before, limit)
        values = {
            "mails": mails,
            "counts": self.store.counts(filters),
            "filters": filters,
            "fault": self.faults.fault,
            "refusals": self.store.refusals(),
            "older": mails[-1]["sequence"] if len(mails) == limit else None,
        }
        return self._pages.render("inbox.html", values)

    async def _mail_page(self, request: Request) -> Response:
        mail = self.store.mail(request.path_params["sequence"])
        return self._pages.render("mail.html", {"mail": mail, "fault": self.faults.fault})


def _filters(request: Request) -> Mapping[str, str | None]:
    """What a list is narrowed to: an address, a notice, a Message-ID."""
    to = request.query_params.get("to")
    return {
        "to": canonical(to) if to else None,
        "notice": request.query_params.get("notice") or None,
        "message_id": request.query_params.get("message_id") or None,
    }
