"""What the pages do to tasks besides deciding them, and to calls: put off, put first, hand on, pass over, give back, answer."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.http.access import Gate
from api.http.review_forms import acknowledgement_of, change_of
from api.http.review_pages import QUEUE, ReviewPages
from api.http.review_sessions import Sessions
from api.http.tokens import Role

ON_CALL = "/review/on-call"


def task_page_routes(gate: Gate, sessions: Sessions) -> APIRouter:
    """Forms of the case's page and of whoever is on call."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = ReviewPages(gate, sessions)

    @router.post("/review/task-changes")
    async def change_task(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER, Role.OPERATOR)
            who, doors = session.principal, gate.doors()
            wanted = change_of(fields, doors.now())
            as_operator = who.role is Role.OPERATOR
            await doors.change_task(who.tenant, who.person, wanted, operator=as_operator, accounts=who.accounts)
            return RedirectResponse(f"{QUEUE}?done=changed", HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    @router.post("/review/acknowledgements")
    async def acknowledge(request: Request) -> Response:
        async def answered() -> Response:
            session, fields = await pages.posted(request, Role.REVIEWER, Role.OPERATOR)
            who = session.principal
            await gate.doors().acknowledge(who.tenant, who.person, acknowledgement_of(fields), who.accounts)
            return RedirectResponse(ON_CALL, HTTPStatus.SEE_OTHER)

        return await pages.page_or_problem(request, answered)

    return router
