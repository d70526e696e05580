"""The routes about trusted flaggers (DSA Art. 22), for operators."""

from fastapi import APIRouter, Request

from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems


def flagger_routes(gate: Gate) -> APIRouter:
    """The register: whose notices go first, and why."""
    router = APIRouter(tags=["trusted flaggers"])

    @router.post("/trusted-flaggers", responses=problems(*BODY_PROBLEMS), **takes(FlaggerRequest))
    async def add(request: Request) -> FlaggerSet:
        """Enter a body that a Digital Services Coordinator designated. The same again changes nothing."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, FlaggerRequest, "flaggers", who.tenant)
        return await gate.doors().add_flagger(who.tenant, who.person, wanted)

    @router.post("/trusted-flaggers/changes", responses=problems(404, *BODY_PROBLEMS), **takes(FlaggerChangeRequest))
    async def change(request: Request) -> FlaggerSet:
        """Say how a body stands from now on: suspended, active again, ended."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, FlaggerChangeRequest, "flaggers", who.tenant)
        return await gate.doors().change_flagger(who.tenant, who.person, wanted)

    @router.get("/trusted-flaggers", responses=problems(401, 403, 422, 429, 503))
    async def listed(request: Request) -> FlaggersAnswer:
        """The register, with its history, and how often each body was right."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().flaggers(who.tenant)

    return router
