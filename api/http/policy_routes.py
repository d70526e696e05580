"""The routes about releases of policy packs, for operators."""

from fastapi import APIRouter, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, PEOPLE, problems
from api.policy_messages import (
    ApprovalRequest,
    ExplanationAnswer,
    PolicyChanged,
    ReleaseRequest,
    ReleasesAnswer,
    ReleaseWithdrawal,
    RollbackRequest,
)

PACKS = "/v1/policy/releases"  # a whole pack comes in one request
_READ = (401, 403, 422, 429, 503)


def policy_routes(gate: Gate) -> APIRouter:
    """Propose a release, approve it, withdraw it, go back, and look."""
    router = APIRouter(prefix="/policy", tags=["policy"])

    @router.post("/releases", responses=problems(*BODY_PROBLEMS), **takes(ReleaseRequest))
    async def propose(request: Request) -> PolicyChanged:
        """Propose a release. Nothing changes before another operator approves it."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ReleaseRequest, "policy", who.tenant)
        return await gate.doors().propose_release(who.tenant, who.person, wanted)

    @router.post("/approvals", responses=problems(*BODY_PROBLEMS), **takes(ApprovalRequest))
    async def approve(request: Request) -> PolicyChanged:
        """Approve a release that another operator proposed."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ApprovalRequest, "policy", who.tenant)
        return await gate.doors().approve_release(who.tenant, who.person, wanted)

    @router.post("/withdrawals", responses=problems(*BODY_PROBLEMS), **takes(ReleaseWithdrawal))
    async def withdraw(request: Request) -> PolicyChanged:
        """Take a release back that has not taken effect."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ReleaseWithdrawal, "policy", who.tenant)
        return await gate.doors().withdraw_release(who.tenant, who.person, wanted)

    @router.post("/rollbacks", responses=problems(*BODY_PROBLEMS), **takes(RollbackRequest))
    async def roll_back(request: Request) -> PolicyChanged:
        """Go back to what was in force before, at once."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, RollbackRequest, "policy", who.tenant)
        return await gate.doors().roll_back_policy(who.tenant, who.person, wanted)

    @router.get("/explanations/{case_id:path}", responses=problems(404, *_READ))
    async def explain(request: Request, case_id: str) -> ExplanationAnswer:
        """Which rules looked at what in this case: its recorded facts before the packs its matters opened under."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().explain_case(who.tenant, case_id)

    @router.get("/releases", responses=problems(*_READ))
    async def releases(request: Request) -> ReleasesAnswer:
        """What is in force, and how it came about."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().releases(who.tenant)

    return router
