"""The routes of the reviewers' pages: which address shows what, to whom."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.boards import load_of
from api.errors import Refused
from api.http import ranges
from api.http.access import Gate
from api.http.claiming import next_or_named
from api.http.review_forms import claim_of
from api.http.review_pages import (
    DONE,
    LEADS,
    PEOPLE,
    QUALITY_DAYS,
    QUEUE,
    START,
    YOU,
    ReviewPages,
    Undo,
    level_of,
    sees_restricted,
)
from api.http.review_rendering import render
from api.http.review_sessions import Sessions
from api.http.tokens import Role
from api.http.web_ui import views_of
from cases.reviewers import PROTECTIONS
from cases.sights import Sight


def review_page_routes(gate: Gate, sessions: Sessions, web_ui: str) -> APIRouter:
    """Every page a signed-in person opens. web_ui: the address of the Temporal Web UI's list of workflows, or empty."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = ReviewPages(gate, sessions)

    @router.get(START)
    async def start() -> Response:
        return RedirectResponse(QUEUE, HTTPStatus.SEE_OTHER)

    @router.get(QUEUE)
    async def queue(
        request: Request,
        queue: Annotated[str | None, Query(pattern=r"^([a-z0-9][a-z0-9._-]{0,63})?$")] = None,
        done: str | None = None,
        tenant: str | None = None,
        stream: str | None = None,
        decision: str | None = None,
        until: datetime | None = None,
    ) -> Response:
        undo = Undo(stream, decision, until) if stream and decision and until else None

        async def answered() -> Response:
            return await pages.queue_page(await pages.session(request, *PEOPLE), queue or None, done, tenant, undo)

        return await pages.page_or_problem(request, answered)

    @router.post("/review/claim")
    async def claim(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER)
            try:
                claimed = await next_or_named(gate.doors(), session.principal, claim_of(fields))
            except Refused as refused:
                if refused.code in PROTECTIONS:  # for the reviewer's own sake: a page says why, and until when
                    return RedirectResponse(YOU, HTTPStatus.SEE_OTHER)
                raise
            place = f"/review/cases/{claimed.task.stream}" if claimed else f"{QUEUE}?done=none"
            return RedirectResponse(place, HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    @router.post("/review/release")
    async def release(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER)
            await gate.doors().release(session.principal.tenant, session.principal.person, fields.get("lease_id", ""))
            return RedirectResponse(f"{QUEUE}?done=released", HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    @router.get("/review/cases/{stream:path}")
    async def case(request: Request, stream: str, done: str | None = None) -> Response:
        async def answered() -> Response:
            return await pages.case_page(await pages.session(request, *PEOPLE), stream, said=DONE.get(done or "", ""))

        return await pages.page_or_problem(request, answered)

    @router.post("/review/reveal")
    async def reveal(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER)
            stream, acknowledged = fields.get("stream", ""), fields.get("acknowledged") == "yes"
            chosen = await pages.asked_for(session, stream, fields)
            return await pages.case_page(session, stream, level_of(fields), acknowledged=acknowledged, chosen=chosen)

        return await pages.page_or_problem(request, answered)

    @router.get("/review/attachments/{place}/{sight}/{stream:path}")
    async def attachment(request: Request, place: int, sight: Sight, stream: str) -> Response:
        async def answered() -> Response:
            who = (await pages.session(request, Role.REVIEWER)).principal
            seen = await gate.doors().desk.attachment(
                who.tenant, who.person, stream, place, sight, named=sees_restricted(who)
            )
            return ranges.answered(request, seen, {"content-disposition": "inline"})

        return await pages.page_or_problem(request, answered)

    @router.post("/review/preview")
    async def preview(request: Request) -> Response:
        async def answered() -> Response:
            return await pages.previewed(*await pages.posted(request, Role.REVIEWER))

        return await pages.page_or_problem(request, answered)

    @router.post("/review/decide")
    async def decide(request: Request) -> Response:
        async def answered() -> Response:
            return await pages.decided(*await pages.posted(request, Role.REVIEWER))

        return await pages.page_or_problem(request, answered)

    @router.get("/review/lead")
    async def lead(request: Request) -> Response:
        async def answered() -> Response:
            session = await pages.session(request, *LEADS)
            who, doors = session.principal, gate.doors()
            board = await doors.desk.board(who.tenant)
            means = {
                "people": await doors.load(who.tenant),
                "quality": await doors.quality(who.tenant, who.person, "queue", QUALITY_DAYS),
                "differing": (await doors.disagreements(who.tenant)).disagreements,
            }
            return HTMLResponse(render("lead", session, board=board, load=load_of(board), title="Load", **means))

        return await pages.page_or_problem(request, answered)

    @router.get("/review/on-call")
    async def on_call(request: Request) -> Response:
        async def answered() -> Response:
            session = await pages.session(request, *PEOPLE)
            found = await gate.doors().desk.on_call(session.principal.tenant)
            law = await gate.doors().oncall(session.principal.tenant)
            views = views_of(web_ui, session.principal.tenant, gate.doors().now(), gate.doors().areas)
            alone = await gate.doors().unstaffed(session.principal.tenant)
            means = {"found": found, "law": law, "views": views, "unstaffed": alone}
            return HTMLResponse(render("on_call", session, title="On call", **means))

        return await pages.page_or_problem(request, answered)

    return router
