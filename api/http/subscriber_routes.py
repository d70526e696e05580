"""The routes about subscribers of events."""

from fastapi import APIRouter, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems
from api.subscriber_messages import SubscriberChanged, SubscriberChangeRequest, SubscribersAnswer


def subscriber_routes(gate: Gate) -> APIRouter:
    """What operators call."""
    router = APIRouter(tags=["subscribers"])

    @router.get("/subscribers", responses=problems(401, 403, 422, 429, 503))
    async def show(request: Request) -> SubscribersAnswer:
        """Who is sent events, what waits for them, and what they refused."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().subscribers(who.tenant)

    @router.post("/subscriber-changes", responses=problems(404, 409, *BODY_PROBLEMS), **takes(SubscriberChangeRequest))
    async def change(request: Request) -> SubscriberChanged:
        """Stop or start a subscriber, try or leave out what it refused, or send events once more."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, SubscriberChangeRequest, "subscriber_change", who.tenant)
        return await gate.doors().change_subscriber(who.tenant, who.person, wanted)

    return router
