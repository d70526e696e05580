"""The routes about wellbeing: looking step by step, where one stands, opting out, load."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.care_messages import LoadAnswer, OptOutRequest, Revealed, RevealRequest, WellbeingAnswer
from api.http.access import Gate
from api.http.openapi import takes
from api.http.ranges import answered
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, REVIEWER, problems
from api.requests import CaseName
from cases.sights import SEVERE_PICTURES, Sight

_READ = (401, 403, 422, 429, 503)

_GUARDS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; sandbox",  # opened by itself, a stranger's file runs nothing
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def care_routes(gate: Gate) -> APIRouter:
    """What keeps people who look from harm."""
    router = APIRouter(tags=["wellbeing"])

    @router.post("/reveals", responses=problems(404, *BODY_PROBLEMS), **takes(RevealRequest))
    async def reveal(request: Request) -> Revealed:
        """Look at the evidence of a task you hold: the warning first, then masked, then clear. Each step is kept."""
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, RevealRequest, "reveal", who.tenant)
        named = SEVERE_PICTURES in who.named_roles
        return await gate.doors().reveal(who.tenant, who.person, wanted, named=named)

    @router.get(
        "/attachments",
        responses={
            200: {"content": {"application/octet-stream": {}}},
            206: {"description": "the part that `Range` asked for", "content": {"application/octet-stream": {}}},
            416: {"description": "no such part; `Content-Range` has the length"},
            **problems(404, 409, *_READ),
        },
        response_class=Response,
    )
    async def attachment(
        request: Request,
        stream: CaseName,
        attachment: Annotated[int, Query(ge=1, le=999)],
        level: Sight = Sight.VEILED,
    ) -> Response:
        """One attachment of a task that you hold, as closely as you asked for by `POST /reveals`. Pictures are drawn anew.

        `Range` is answered with one part, as players of films ask for them; each part takes the same steps as the whole.
        """
        who = gate.principal(request, REVIEWER)
        named = SEVERE_PICTURES in who.named_roles
        seen = await gate.doors().desk.attachment(who.tenant, who.person, stream, attachment, level, named=named)
        return answered(request, seen, _GUARDS)

    @router.get("/wellbeing", responses=problems(*_READ))
    async def wellbeing(request: Request) -> WellbeingAnswer:
        """Where you stand: what you looked at today, when a break is due, what you are not shown."""
        who = gate.principal(request, REVIEWER)
        return await gate.doors().wellbeing(who.tenant, who.person)

    @router.post("/opt-outs", responses=problems(*BODY_PROBLEMS), **takes(OptOutRequest))
    async def opt_out(request: Request) -> WellbeingAnswer:
        """Say which areas you do not want to be shown. No reason is asked, and none is kept."""
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, OptOutRequest, "opt_out", who.tenant)
        return await gate.doors().opt_out(who.tenant, who.person, wanted)

    @router.get("/load", responses=problems(*_READ))
    async def load(request: Request) -> LoadAnswer:
        """Who carries what, breaks that are due, and what is severe and nobody may take now."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().load(who.tenant)

    return router
