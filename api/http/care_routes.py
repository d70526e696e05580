"""The routes about wellbeing: looking step by step, where one stands, opting out, load."""

from fastapi import APIRouter, Request

from api.care_messages import LoadAnswer, OptOutRequest, Revealed, RevealRequest, WellbeingAnswer
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, REVIEWER, problems

_READ = (401, 403, 422, 429, 503)


def care_routes(gate: Gate) -> APIRouter:
    """What keeps people who look from harm."""
    router = APIRouter(tags=["wellbeing"])

    @router.post("/reveals", responses=problems(404, *BODY_PROBLEMS), **takes(RevealRequest))
    async def reveal(request: Request) -> Revealed:
        """Look at the evidence of a task you hold: the warning first, then masked, then clear. Each step is kept."""
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, RevealRequest, "reveal", who.tenant)
        return await gate.doors().reveal(who.tenant, who.person, wanted)

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
