"""Pages about the people who look: where one stands, and what one is not shown."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.care_messages import OptOutRequest
from api.http.access import Gate
from api.http.review_pages import YOU, ReviewPages
from api.http.review_rendering import render
from api.http.review_sessions import Session, Sessions
from api.http.tokens import Role

SAID: Final = {"kept": "Kept. What you hold of it you may give back."}


def care_page_routes(gate: Gate, sessions: Sessions) -> APIRouter:
    """Where one stands, and opting out."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = ReviewPages(gate, sessions)

    async def you(session: Session, said: str = "") -> Response:
        who = session.principal
        standing = await gate.doors().wellbeing(who.tenant, who.person)
        return HTMLResponse(render("you", session, standing=standing, said=said, title="You"))

    @router.get(YOU)
    async def standing(request: Request, done: str | None = None) -> Response:
        async def answered() -> Response:
            return await you(await pages.session(request, Role.REVIEWER), SAID.get(done or "", ""))

        return await pages.page_or_problem(request, answered)

    @router.post("/review/opt-outs")
    async def opt_out(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER)
            areas = tuple(name.removeprefix("area-") for name in fields if name.startswith("area-"))
            who = session.principal
            await gate.doors().opt_out(who.tenant, who.person, OptOutRequest(areas=areas))
            return RedirectResponse(f"{YOU}?done=kept", HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    return router
