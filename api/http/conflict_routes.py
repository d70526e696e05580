"""The routes about conflicts of interest."""

from typing import Final

from fastapi import APIRouter, Request

from api.conflict_messages import ConflictDeclared, ConflictEnded, ConflictRequest, ConflictsAnswer
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, REVIEWER, problems
from api.http.tokens import Role
from cases.errors import BadInput, Problem

_NAME_THEM: Final = ("is missing", "name whom it is for")
_OWN_ONLY: Final = ("is not yours to name", "leave it out; you declare your own")


def conflict_routes(gate: Gate) -> APIRouter:
    """What a reviewer does not judge."""
    router = APIRouter(tags=["conflicts of interest"])

    @router.post("/conflicts", responses=problems(*BODY_PROBLEMS), **takes(ConflictRequest))
    async def declare(request: Request) -> ConflictDeclared:
        """Declare a conflict: a reviewer their own, a lead one for a reviewer. It counts at once, for what is held too."""
        who = gate.principal(request, REVIEWER, OPERATOR)
        wanted = await gate.message(request, ConflictRequest, "conflicts", who.tenant)
        lead = who.role is Role.OPERATOR
        if lead is (wanted.reviewer is None):
            problem, cure = _NAME_THEM if lead else _OWN_ONLY
            with gate.doors().refusals.at("conflicts", who.tenant):
                raise BadInput([Problem("reviewer", wanted.reviewer or "", problem, cure)])
        return await gate.doors().declare_conflict(who.tenant, wanted.reviewer or who.person, who.person, wanted)

    @router.post("/conflicts/ends", responses=problems(404, *BODY_PROBLEMS), **takes(ConflictEnded))
    async def end(request: Request) -> ConflictsAnswer:
        """End a conflict: a lead's word, not the reviewer's."""
        who = gate.principal(request, OPERATOR)
        return await gate.doors().end_conflict(
            who.tenant, who.person, await gate.message(request, ConflictEnded, "conflicts", who.tenant)
        )

    @router.get("/conflicts", responses=problems(401, 403, 422, 429, 503))
    async def listed(request: Request) -> ConflictsAnswer:
        """What was declared. A reviewer sees their own."""
        who = gate.principal(request, REVIEWER, OPERATOR, AUDITOR)
        return await gate.doors().conflicts(who.tenant, who.person if who.role is Role.REVIEWER else None)

    return router
