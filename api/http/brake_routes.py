"""The routes about brakes on automation, for operators."""

from fastapi import APIRouter, Request

from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    ProtectedAnswer,
    ProtectRequest,
    UnprotectRequest,
)
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems

_READ = (401, 403, 422, 429, 503)


def brake_routes(gate: Gate) -> APIRouter:
    """Stop automation, let it go on, look at it, protect accounts from it."""
    router = APIRouter(tags=["brakes"])

    @router.post("/stops", responses=problems(*BODY_PROBLEMS), **takes(BrakeRequest))
    async def stop(request: Request) -> BrakeSet:
        """Stop what rules do alone: of the tenant, an area or a rule. Holds within five seconds."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BrakeRequest, "stop", who.tenant)
        return await gate.doors().stop(who.tenant, who.person, wanted)

    @router.post("/resumptions", responses=problems(*BODY_PROBLEMS), **takes(BrakeRequest))
    async def resume(request: Request) -> BrakeSet:
        """Let it go on, be it stopped or paused."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BrakeRequest, "resume", who.tenant)
        return await gate.doors().resume(who.tenant, who.person, wanted)

    @router.get("/brakes", responses=problems(*_READ))
    async def brakes(request: Request) -> BrakesAnswer:
        """What is stopped, what was held back, how often rules acted alone."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().brakes(who.tenant)

    @router.post("/protected-accounts", responses=problems(*BODY_PROBLEMS), **takes(ProtectRequest))
    async def protect(request: Request) -> BrakeSet:
        """Let nothing automatic befall an account."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ProtectRequest, "protect", who.tenant)
        return await gate.doors().protect(who.tenant, who.person, wanted, who.accounts)

    @router.post("/protected-accounts/removals", responses=problems(*BODY_PROBLEMS), **takes(UnprotectRequest))
    async def unprotect(request: Request) -> BrakeSet:
        """Protect it no more."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, UnprotectRequest, "protect", who.tenant)
        return await gate.doors().unprotect(who.tenant, who.person, wanted, who.accounts)

    @router.get("/protected-accounts", responses=problems(*_READ))
    async def protected(request: Request) -> ProtectedAnswer:
        """Who is protected."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().protected(who.tenant)

    return router
