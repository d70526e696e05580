"""The routes about what was parked, and about flags: for operators, without content."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import BODY_PROBLEMS, problems
from api.http.tokens import Role
from api.operator_answers import FlagsAnswer, ParkedAnswer, ParkedMessage
from api.requests import DiscardRequest, FlagCleared

OPERATOR, AUDITOR = Role.OPERATOR, Role.AUDITOR
READ = (401, 403, 404, 422, 429, 503)


def parking_routes(gate: Gate) -> APIRouter:
    """What operators do about messages that could not be processed."""
    router = APIRouter(tags=["parking"])

    @router.get("/parked", responses=problems(*READ))
    async def listed(
        request: Request, closed: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> ParkedAnswer:
        """What is parked, oldest first; with `closed=true` what was replayed or discarded too."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().parked(who.tenant, limit, closed=closed)

    @router.get("/parked/{parked_id}", responses=problems(*READ))
    async def show(request: Request, parked_id: str) -> ParkedMessage:
        """One of them, without its content."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().parked_message(who.tenant, parked_id)

    @router.post("/parked/{parked_id}/replay", responses=problems(404, 409, *READ))
    async def replay(request: Request, parked_id: str) -> ParkedMessage:
        """Put it through the door again, as the door is now."""
        who = gate.principal(request, OPERATOR)
        return await gate.doors().replay(who.tenant, who.person, parked_id)

    @router.post("/parked/{parked_id}/discard", responses=problems(404, *BODY_PROBLEMS), **takes(DiscardRequest))
    async def discard(request: Request, parked_id: str) -> ParkedMessage:
        """Give it up, for a reason that is kept."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, DiscardRequest, "discard", who.tenant)
        return await gate.doors().discard(who.tenant, who.person, parked_id, wanted, who.accounts)

    @router.get("/flags", responses=problems(*READ))
    async def flags(request: Request) -> FlagsAnswer:
        """What must be done by hand about cases."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().flags(who.tenant)

    @router.post("/flags/clear", responses=problems(404, *BODY_PROBLEMS), **takes(FlagCleared))
    async def clear(request: Request) -> FlagsAnswer:
        """Say that it was done; what is left is answered."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, FlagCleared, "clear_flag", who.tenant)
        return await gate.doors().clear_flag(who.tenant, who.person, wanted)

    return router
