"""The routes about vendors: their callbacks, proved by signature, and the operators' switch."""

from fastapi import APIRouter, Request

from api.errors import NotProven
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems
from api.vendor_messages import CallbackAnswer, VendorsAnswer, VendorSwitched, VendorSwitchRequest


def vendor_routes(gate: Gate) -> APIRouter:
    """What vendors and operators call."""
    router = APIRouter(tags=["vendors"])
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

    @router.post(
        "/vendors/{vendor}/{tenant}",
        status_code=202,
        responses=problems(401, 409, 413, 429, 503),
        openapi_extra={"requestBody": body},
    )
    async def call_back(request: Request, vendor: str, tenant: str) -> CallbackAnswer:
        """Call back about a task, however late. The same callback may be sent again."""
        gate.admit_stranger(request, "vendor")
        try:
            return await gate.doors().vendor_callback(vendor, tenant, request.headers, await request.body())
        except NotProven:
            gate.admit_stranger(request, "vendor")  # who guesses is soon told to wait
            raise

    @router.post("/vendor-switches", responses=problems(*BODY_PROBLEMS), **takes(VendorSwitchRequest))
    async def switch(request: Request) -> VendorSwitched:
        """Ask a vendor no more, from the next call on; or again."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, VendorSwitchRequest, "vendor_switch", who.tenant)
        return await gate.doors().switch_vendor(who.tenant, who.person, wanted)

    @router.get("/vendors", responses=problems(401, 403, 422, 429, 503))
    async def show(request: Request) -> VendorsAnswer:
        """Which vendors are configured, off, and how much they were used today."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().vendors(who.tenant)

    return router
