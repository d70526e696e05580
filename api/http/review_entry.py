"""The way into the reviewers' pages: signing in and out, the style and the script."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.access import Gate
from api.http.forms import form_fields
from api.http.problem_json import HttpProblem
from api.http.review_forms import FIELDS
from api.http.review_pages import PEOPLE, QUEUE, SIGN_IN, refuse_foreign
from api.http.review_rendering import MEDIA, render, static
from api.http.review_sessions import Sessions


def review_entry_routes(gate: Gate, sessions: Sessions) -> APIRouter:
    """Signing in and out, the style and the script."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    async def sign_in_form(request: Request, next: str = QUEUE) -> Response:
        return HTMLResponse(render("sign_in", None, place=_own_place(next), problem="", title="Sign in"))

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        try:
            refuse_foreign(request)
            fields = await form_fields(request, FIELDS)
            principal = gate.sender(request, *PEOPLE, token=fields.get("token", "").strip())
        except HttpProblem as problem:
            said = "No person here has this token." if problem.status == HTTPStatus.UNAUTHORIZED else problem.detail
            page = render("sign_in", None, place=QUEUE, problem=said, title="Sign in")
            return HTMLResponse(page, problem.status)
        place = _own_place(fields.get("next", ""))
        response = RedirectResponse(place, HTTPStatus.SEE_OTHER)
        sessions.begin(response, principal)
        return response

    @router.post("/review/sign-out")
    async def sign_out(request: Request) -> Response:
        response = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        sessions.end(response)
        return response

    @router.get("/review/static/{digest}/{name}")
    async def style_or_script(digest: str, name: str) -> Response:
        if name not in MEDIA or static(name)[0] != digest:
            return Response(status_code=404)
        return Response(static(name)[1], media_type=MEDIA[name])

    return router


def _own_place(place: str) -> str:
    """Where to go after signing in: a page of ours, never another site's."""
    return place if place.startswith("/review/") and "//" not in place and "\\" not in place else QUEUE
