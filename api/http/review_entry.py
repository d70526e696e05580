"""The way into the reviewers' pages: signing in and out, the style and the script."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.access import Gate
from api.http.forms import form_fields
from api.http.problem_json import HttpProblem
from api.http.review_forms import FIELDS
from api.http.review_pages import PEOPLE, QUEUE, SIGN_IN, ReviewPages
from api.http.review_rendering import MEDIA, render, static
from api.http.review_sessions import Sessions
from api.http.written import kept, refuse_foreign


def review_entry_routes(gate: Gate, sessions: Sessions) -> APIRouter:
    """Signing in and out, the style and the script."""
    router = APIRouter(include_in_schema=False)
    pages = ReviewPages(gate, sessions)

    def form(place: str, held: str = "", problem: str = "", status: int = 200) -> Response:
        page = render("sign_in", None, place=_own_place(place), kept=held, problem=problem, title="Sign in")
        return HTMLResponse(page, status)

    @router.get(SIGN_IN)
    async def sign_in_form(request: Request, next: str = QUEUE) -> Response:
        return form(next)

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        fields: dict[str, str] = {}
        try:
            refuse_foreign(request)
            fields = await form_fields(request, FIELDS)
            principal = gate.sender(request, *PEOPLE, token=fields.get("token", "").strip())
        except HttpProblem as problem:
            said = "No person here has this token." if problem.status == HTTPStatus.UNAUTHORIZED else problem.detail
            return form(fields.get("next", ""), fields.get("kept", ""), said, problem.status)
        session = sessions.new(principal)
        place = _own_place(fields.get("next", ""))
        response: Response = RedirectResponse(place, HTTPStatus.SEE_OTHER)
        if wrote := kept(fields.get("kept", "")):
            response = await pages.page_or_problem(request, partial(pages.resumed, session, wrote))
        sessions.begin(response, session)
        return response

    @router.post("/review/sign-out")
    async def sign_out(request: Request) -> Response:
        async def answered() -> Response:
            session, _ = await pages.posted(request, *PEOPLE)
            await gate.doors().desk.sign_out(session.principal.tenant, session.name, session.ends_at)
            response = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
            sessions.end(response)
            return response

        return await pages.page_or_problem(request, answered)

    @router.get("/review/static/{digest}/{name}")
    async def style_or_script(digest: str, name: str) -> Response:
        if name not in MEDIA or static(name)[0] != digest:
            return Response(status_code=404)
        return Response(static(name)[1], media_type=MEDIA[name])

    return router


def lost_page_routes() -> APIRouter:
    """What is no page of ours, said as a page; after all the others."""
    router = APIRouter(include_in_schema=False)

    @router.get("/review/{place:path}")
    async def lost(place: str) -> Response:
        said = {"title": "No such page", "detail": "There is nothing under this address.", "wrote": "", "place": ""}
        return HTMLResponse(render("problem", None, **said), HTTPStatus.NOT_FOUND)

    return router


def _own_place(place: str) -> str:
    """Where to go after signing in: a page of ours, never another site's."""
    return place if place.startswith("/review/") and "//" not in place and "\\" not in place else QUEUE
