"""The batch door: `POST /v1/batches`. A plain answer, since a thousand results need no second validation."""

from typing import Final

from fastapi import APIRouter, Request, Response

from api.answers import BatchAnswer
from api.batches import DOOR, read_items
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import BODY_PROBLEMS, SERVICE, problems
from api.requests import BatchRequest

BATCHES: Final = "/v1/batches"


def batch_routes(gate: Gate) -> APIRouter:
    """Many messages in one request."""
    router = APIRouter(tags=["intake"])

    @router.post(
        BATCHES.removeprefix("/v1"),
        status_code=200,
        responses=problems(*BODY_PROBLEMS),
        response_model=BatchAnswer,
        **takes(BatchRequest),
    )
    async def batch(request: Request) -> Response:
        """Send up to 1,000 reports and signals; each has a result of its own, and a bad one spoils no other.

        accepted and known are the acknowledgement: the message is committed. On 503 or no answer send the same again, and
        postponed ones after retry_after_seconds: a quota is used up, which never keeps urgent ones beside them out.
        """
        who = gate.sender(request, SERVICE)
        raw = await gate.body(request)
        with gate.doors().refusals.at(DOOR, who.tenant):
            items = await read_items(raw)
        urgent = gate.doors().urgent_among(items)
        over = gate.admit_batch(request, who, DOOR, urgent, len(items) - urgent)
        answer = await gate.doors().batch(who.tenant, items, who.name, over)
        return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")

    return router
