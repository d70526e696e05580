"""The routes about bulks, for operators: one act done to many cases."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.bulk_messages import (
    MOST_REFUSALS,
    REFUSALS,
    BulkAnswer,
    BulkApproval,
    BulkChange,
    BulkRequest,
    BulksAnswer,
    RefusalName,
)
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems


def bulk_routes(gate: Gate) -> APIRouter:
    """Preview, approve, pause, resume, cancel, undo, show."""
    router = APIRouter(tags=["bulk"])

    @router.post("/bulks", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(BulkRequest))
    async def propose(request: Request) -> BulkAnswer:
        """Preview an act on everything that a selection finds. Nothing is done before another person approves it."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BulkRequest, "bulk", who.tenant)
        return await gate.doors().propose_bulk(who.tenant, who.person, wanted, who.named_roles, who.accounts)

    @router.post("/bulk-approvals", responses=problems(404, *BODY_PROBLEMS), **takes(BulkApproval))
    async def approve(request: Request) -> BulkAnswer:
        """Approve what somebody else previewed, by its digest: the act, or undoing it."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BulkApproval, "bulk", who.tenant)
        return await gate.doors().approve_bulk(who.tenant, who.person, wanted, who.named_roles, who.accounts)

    @router.post("/bulk-changes", responses=problems(404, *BODY_PROBLEMS), **takes(BulkChange))
    async def change(request: Request) -> BulkAnswer:
        """Pause a bulk, resume it, cancel what is left of it, or undo all it did."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BulkChange, "bulk", who.tenant)
        return await gate.doors().change_bulk(who.tenant, who.person, wanted, who.named_roles, who.accounts)

    @router.get("/bulks", responses=problems(401, 403, 422, 429, 503))
    async def listed(request: Request) -> BulksAnswer:
        """The newest bulks."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().bulks(who.tenant)

    @router.get("/bulks/{bulk_id}", responses=problems(401, 403, 404, 422, 429, 503))
    async def show(
        request: Request,
        bulk_id: str,
        limit: Annotated[int, Query(ge=1, le=MOST_REFUSALS)] = REFUSALS,
        after: RefusalName | None = None,
    ) -> BulkAnswer:
        """What a bulk reaches, a sample of it, how far it came; and why cases refused, the first or those after `after`."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().bulk(who.tenant, bulk_id, limit, after)

    return router
