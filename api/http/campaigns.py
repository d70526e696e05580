"""Routes of campaigns: members in, how it stands out, pause and resume. Taking one back is a reversal like any other."""

from fastapi import APIRouter, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import BODY_PROBLEMS, OPERATOR, PEOPLE, SERVICE, problems
from api.operator_answers import CampaignAnswer, CampaignJoined, CampaignPaused
from api.requests import CampaignPause, CampaignRequest


def campaign_routes(gate: Gate) -> APIRouter:
    """What services and operators do with a raid."""
    router = APIRouter(tags=["campaigns"])

    @router.post("/campaigns", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(CampaignRequest))
    async def join(request: Request) -> CampaignJoined:
        """Name members of a campaign, a thousand at once; the request that is complete opens its case."""
        who = gate.principal(request, SERVICE, OPERATOR)
        wanted = await gate.message(request, CampaignRequest, "campaign", who.tenant)
        return await gate.doors().join_campaign(who.tenant, wanted)

    @router.post("/campaign-pauses", responses=problems(404, *BODY_PROBLEMS), **takes(CampaignPause))
    async def pause(request: Request) -> CampaignPaused:
        """Pause a campaign's batches, or resume them. What was ordered stays ordered."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, CampaignPause, "campaign", who.tenant)
        return await gate.doors().pause_campaign(who.tenant, who.person, wanted, who.accounts)

    @router.get("/campaigns/{case_id:path}", responses=problems(401, 403, 404, 422, 429, 503))
    async def show(request: Request, case_id: str) -> CampaignAnswer:
        """How a campaign stands: members, sample, and how far each of its batches came."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().campaign(who.tenant, case_id)

    return router
