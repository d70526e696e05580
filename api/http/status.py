"""The routes of people concerned, by link: a page for a browser, JSON where it is asked for."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.errors import NotFound, TooMany
from api.http.access import Gate
from api.http.forms import FORM, form_fields
from api.http.openapi import takes
from api.http.problem_json import HttpProblem, sentence_of, status_of
from api.http.routes import BODY_PROBLEMS, problems
from api.http.status_pages import PREFIX, failure_page, status_page
from api.http.tokens import Role
from api.operator_answers import LinksRevoked
from api.pages.words import FALLBACK, languages
from api.requests import RevokeLinks
from api.status_answers import StatusAnswer
from cases.errors import CaseError
from cases.messages import TEXT_LIMIT

OPENINGS_PER_MINUTE: Final = 30  # of one link
REMEMBERED_LINKS: Final = 10_000
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "decision_id": {"type": "string", "description": "as the page names it"},
        "form": {"type": "string", "description": "as the page gave it"},
        "grounds": {"type": "string", "maxLength": TEXT_LIMIT},
    },
    "required": ["decision_id", "form"],
}


class Openings:
    """How often each link was opened in the last minute, in this process; the least recently opened are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def refuse_too_many(self, token: str) -> None:
        """Raises TooMany."""
        name, now = sha256(token.encode()).digest(), self._clock()
        began, count = self._seen.pop(name, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        self._seen[name] = (began, count + 1)
        if len(self._seen) > REMEMBERED_LINKS:
            self._seen.popitem(last=False)
        if count >= OPENINGS_PER_MINUTE:
            text = "this link was opened very often just now; try again when Retry-After says"
            raise TooMany("link_openings", (), max(1, round(60 - (now - began))), text)


def status_routes(gate: Gate, platform_name: str) -> APIRouter:
    """What people concerned open. No bearer token: the link is theirs alone."""
    router = APIRouter(tags=["status"])
    openings = Openings()

    @router.get(
        "/status/{token}",
        response_model=StatusAnswer,
        responses={200: {"content": {"text/html": {}}}, **problems(404, 410, 429, 503)},
    )
    async def status(request: Request, token: str) -> Response:
        """Where things stand for the person whose link this is: what they were told, what is next, what they can do."""

        async def answered() -> Response:
            answer = await gate.doors().status(token)
            if _wants_json(request):
                return JSONResponse(answer.model_dump(mode="json"))
            form_of = gate.doors().form_of
            return HTMLResponse(
                status_page(answer, platform_name, _address(token), lambda decision_id: form_of(token, decision_id))
            )

        return await _or_page(request, token, answered)

    @router.post(
        "/status/{token}/appeals",
        status_code=303,
        response_class=Response,
        responses={303: {"description": "Taken; the page says so"}, **problems(404, 409, 410, 413, 415, 422, 429, 503)},
        openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": _FORM_SCHEMA}}}},
    )
    async def appeal(request: Request, token: str) -> Response:
        """Appeal a decision that the page says may be appealed, by the page's own form."""

        async def answered() -> Response:
            sent = await _form_fields(request)
            await gate.doors().appeal_by_link(token, sent["decision_id"], sent["grounds"], sent["form"])
            return RedirectResponse(_address(token), HTTPStatus.SEE_OTHER)

        return await _or_page(request, token, answered)

    async def _or_page(request: Request, token: str, answered: Callable[[], Awaitable[Response]]) -> Response:
        """The answer; for a browser what is wrong is a page, for anybody else the problem document."""
        try:
            with gate.doors().refusals.at("status", ""):
                openings.refuse_too_many(token)
            return await answered()
        except (CaseError, HttpProblem) as error:
            if isinstance(error, NotFound):
                gate.admit_stranger(request, "status")  # who guesses is soon told to wait
            if _wants_json(request):
                raise
            status = error.status if isinstance(error, HttpProblem) else status_of(error)
            detail = error.detail if isinstance(error, HttpProblem) else sentence_of(error)
            page = failure_page(status, detail, platform_name, _language(request), _address(token))
            wait = {"retry-after": str(error.retry_after_seconds)} if isinstance(error, TooMany) else None
            return HTMLResponse(page, status, headers=wait)

    return router


def link_routes(gate: Gate) -> APIRouter:
    """What operators do about links."""
    router = APIRouter(tags=["status"])

    @router.post("/status-links/revoke", responses=problems(404, *BODY_PROBLEMS), **takes(RevokeLinks))
    async def revoke(request: Request) -> LinksRevoked:
        """Make every status link of a case that was given out up to now open nothing: one person's, or everybody's."""
        who = gate.principal(request, Role.OPERATOR)
        wanted = await gate.message(request, RevokeLinks, "revoke_links", who.tenant)
        return await gate.doors().revoke_links(who.tenant, who.person, wanted)

    return router


async def _form_fields(request: Request) -> dict[str, str]:
    """The form's fields, '' for what is left out. Raises HttpProblem."""
    sent = await form_fields(request, 8)
    return {name: sent.get(name, "") for name in _FORM_SCHEMA["properties"]}


def _address(token: str) -> str:
    """The page's own path, as it may stand in a header: an unguessable token needs no escaping, any other leads nowhere."""
    return f"{PREFIX}{token}" if token.isascii() and token.replace("-", "").replace("_", "").isalnum() else PREFIX


def _wants_json(request: Request) -> bool:
    """Whether JSON is asked for, and no page. A browser names text/html."""
    accept = request.headers.get("accept", "")
    return "text/html" not in accept and ("json" in accept or accept in ("", "*/*"))


def _language(request: Request) -> str:
    """The first language the browser names that the pages have, for whom no link says who they are."""
    asked = (
        part.partition(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
    )
    known = set(languages())
    return next((one for one in asked if one in known), FALLBACK)
