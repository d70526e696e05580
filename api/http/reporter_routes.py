"""The routes about reporters, for operators: their reports' weight, and the misuse of reports."""

from fastapi import APIRouter, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems
from api.operator_answers import MisuseAnswer, MisuseOpened, StandingChanged
from api.requests import MisuseRequest, StandingRequest

_READ = (401, 403, 422, 429, 503)


def reporter_routes(gate: Gate) -> APIRouter:
    """What operators do about reporters."""
    router = APIRouter(tags=["reporters"])

    @router.post(
        "/reporters/invalidations", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(StandingRequest)
    )
    async def invalidate(request: Request) -> StandingChanged:
        """Take the weight of these people's reports in every open question; where a child or a life may be in danger, never."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, StandingRequest, "reports_invalidated", who.tenant)
        return await gate.doors().invalidate_reports(who.tenant, who.person, wanted, who.accounts)

    @router.post(
        "/reporters/reinstatements", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(StandingRequest)
    )
    async def reinstate(request: Request) -> StandingChanged:
        """Give it back."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, StandingRequest, "reports_reinstated", who.tenant)
        return await gate.doors().reinstate_reports(who.tenant, who.person, wanted, who.accounts)

    @router.get("/reporters/misuse", responses=problems(*_READ))
    async def misusing(request: Request) -> MisuseAnswer:
        """Reporters whose reports were nearly always unfounded, by the pack's numbers. A person has to look."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().misusing(who.tenant)

    @router.post("/reporters/misuse", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(MisuseRequest))
    async def open_misuse(request: Request) -> MisuseOpened:
        """Open a task for reviewers about each of these people."""
        who = gate.principal(request, OPERATOR)
        return await gate.doors().open_misuse(
            who.tenant, await gate.message(request, MisuseRequest, "misuse", who.tenant)
        )

    return router
