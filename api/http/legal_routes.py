"""The /v1 routes that laws ask for: notices, removal requests, orders of authorities."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.answers import Receipt
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import BODY_PROBLEMS, OPERATOR, SERVICE, problems
from api.http.tokens import Role
from api.order_answers import OrdersAnswer
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import MessageId
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest

DESK = (Role.AUTHORITY_DESK, OPERATOR)


def legal_routes(gate: Gate) -> APIRouter:
    """What the law gives a form to. 202 is the acknowledgement; what is missing is named, and refuses nothing."""
    router = APIRouter(tags=["legal"])

    @router.post("/notices", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(NoticeMessage))
    async def notice(request: Request) -> Receipt:
        """Give notice of illegal content (DSA Art. 16). An incomplete or anonymous one is taken as a report."""
        who, message = await gate.sent(request, NoticeMessage, "notice", SERVICE)
        return await gate.doors().notice(who.tenant, message, who.name)

    @router.post("/take-it-down", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(TakeItDownMessage))
    async def take_it_down(request: Request) -> Receipt:
        """Ask for an intimate depiction to be removed (47 U.S.C. 223a), or complete such a request."""
        who, message = await gate.sent(request, TakeItDownMessage, "take_it_down", SERVICE, urgent=True)
        return await gate.doors().take_it_down(who.tenant, message)

    @router.post("/orders", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(AuthorityOrderRequest))
    async def order(request: Request) -> Receipt:
        """Take down an authority's order: DSA Art. 9 or 10, or a removal order under Regulation (EU) 2021/784."""
        who = gate.principal(request, *DESK)
        message = await gate.message(request, AuthorityOrderRequest, "authority_order", who.tenant)
        return await gate.doors().authority_order(who.tenant, who.person, message)

    @router.get("/orders", responses=problems(401, 403, 404, 422, 429, 503))
    async def orders(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: MessageId | None = None,
    ) -> OrdersAnswer:
        """Authorities' orders, the newest, or those before `after`: state, clock, effect, and whether the authority knows."""
        who = gate.principal(request, *DESK)
        return await gate.doors().authority_orders(who.tenant, limit, after)

    @router.post(
        "/order-changes", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(OrderChangeRequest)
    )
    async def order_change(request: Request) -> Receipt:
        """Note what happened to an order: unclear, impossible, clarified, answered, informed, withdrawn, not to be told."""
        who = gate.principal(request, *DESK)
        message = await gate.message(request, OrderChangeRequest, "order_change", who.tenant)
        return await gate.doors().order_change(who.tenant, who.person, message, who.accounts)

    @router.post("/tellings", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(TellingRequest))
    async def telling(request: Request) -> Receipt:
        """Set how open we may be with a person of a case (for an authority, or for somebody's safety), or lift it."""
        who = gate.principal(request, *DESK)
        message = await gate.message(request, TellingRequest, "telling", who.tenant)
        return await gate.doors().telling(who.tenant, who.person, message, who.accounts)

    return router
