"""The /v1 routes that laws ask for: notices, removal requests."""

from fastapi import APIRouter, Request

from api.answers import Receipt
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import SERVICE, problems
from cases.legal_requests import NoticeMessage, TakeItDownMessage

_BODY = (400, 401, 403, 409, 413, 415, 422, 503)


def legal_routes(gate: Gate) -> APIRouter:
    """What the law gives a form to. 202 is the acknowledgement; what is missing is named, and refuses nothing."""
    router = APIRouter(tags=["legal"])

    @router.post("/notices", status_code=202, responses=problems(*_BODY), **takes(NoticeMessage))
    async def notice(request: Request) -> Receipt:
        """Give notice of illegal content (DSA Art. 16). An incomplete or anonymous one is taken as a report."""
        who, message = await gate.sent(request, NoticeMessage, "notice", SERVICE)
        return await gate.doors().notice(who.tenant, message)

    @router.post("/take-it-down", status_code=202, responses=problems(404, *_BODY), **takes(TakeItDownMessage))
    async def take_it_down(request: Request) -> Receipt:
        """Ask for an intimate depiction to be removed (47 U.S.C. 223a), or complete such a request."""
        who, message = await gate.sent(request, TakeItDownMessage, "take_it_down", SERVICE, urgent=True)
        return await gate.doors().take_it_down(who.tenant, message)

    return router
