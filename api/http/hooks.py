"""The route of webhooks. No bearer token: the signature says who sends, and for which tenant."""

from fastapi import APIRouter, Request

from api.answers import HookAnswer
from api.errors import NotProven
from api.http.access import Gate
from api.http.routes import problems


def hook_routes(gate: Gate) -> APIRouter:
    """What vendors call."""
    router = APIRouter(tags=["hooks"])
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

    @router.post(
        "/hooks/{source}",
        status_code=202,
        responses=problems(401, 409, 413, 429, 503),
        openapi_extra={"requestBody": body},
    )
    async def hook(request: Request, source: str) -> HookAnswer:
        """Send a webhook of a source that is configured here. The same event id is one message, however often it comes."""
        gate.admit_stranger(request, "hook")
        try:
            return await gate.doors().hook(source, request.headers, await request.body())
        except NotProven:
            gate.admit_stranger(request, "hook")  # who guesses is soon told to wait
            raise

    return router
