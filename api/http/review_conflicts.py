"""Where a reviewer takes their own decision back, and says what they do not judge."""

import json
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.conflict_messages import ConflictRequest
from api.http.access import Gate
from api.http.review_pages import QUEUE, ReviewPages
from api.http.review_rendering import render
from api.http.review_sessions import Session, Sessions
from api.http.tokens import Role
from api.problems import parse
from api.requests import WithdrawalRequest


def review_conflict_routes(gate: Gate, sessions: Sessions) -> APIRouter:
    """What is undone, what was declared, and the form to declare more; of a case, with whoever made what it is about."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = ReviewPages(gate, sessions)

    async def declared(session: Session, fields: dict[str, str]) -> Response:
        who, doors = session.principal, gate.doors()
        said = {"message_id": f"k-{uuid4().hex}", "about": fields.get("about", ""), "name": fields.get("name", "")}
        if stream := fields.get("stream"):
            await doors.declare_conflict_with_author(who.tenant, who.person, stream, said["message_id"])
        else:
            request = parse(ConflictRequest, json.dumps(said).encode())
            await doors.declare_conflict(who.tenant, who.person, who.person, request)
        return RedirectResponse(f"{QUEUE}?done=declared", HTTPStatus.SEE_OTHER)

    @router.post("/review/withdraw")
    async def withdraw(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER)
            stream, decision = fields.get("stream", ""), fields.get("decision_id", "")
            wanted = {"message_id": f"w-{decision}"[:128], "case_id": stream, "decision_id": decision}
            said = parse(WithdrawalRequest, json.dumps(wanted).encode())
            await gate.doors().withdraw(session.principal.tenant, session.principal.person, said)
            return RedirectResponse(f"/review/cases/{stream}?done=withdrawn", HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    @router.get("/review/conflicts")
    async def conflicts(request: Request) -> Response:
        async def answered() -> Response:
            session = await pages.session(request, Role.REVIEWER)
            who, doors = session.principal, gate.doors()
            found = await doors.conflicts(who.tenant, who.person)
            page = render("conflicts", session, found=found, areas=sorted(doors.areas), title="Conflicts")
            return HTMLResponse(page)

        return await pages.page_or_problem(request, answered)

    @router.post("/review/conflicts")
    async def declare(request: Request) -> Response:
        async def answered() -> Response:
            return await declared(*await pages.posted(request, Role.REVIEWER))

        return await pages.page_or_problem(request, answered)

    return router
