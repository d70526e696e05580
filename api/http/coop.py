"""Coop's paths, headers, statuses and error form under /compat/coop: a platform changes base URL and key, and nothing else.

Read from roostorg/coop: docs/api/README.md (paths, X-API-KEY), docs/api/errors.md (errors), docs/api/report.md and
docs/api/appeal.md (201 with reportId, 204). The callbacks are for a platform that keeps Coop's review console: it names these
addresses as callback URLs, with its key as their header (docs/api/actions.md), and Coop signs what it posts there.
Our receipt rides along in headers, and in a field of the body where there is one.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse

from api.answers import DecisionAccepted, Receipt
from api.coop_door import CoopDoor
from api.counting import Refusals
from api.errors import ServiceUnavailable, TooMany
from api.http.access import Gate
from api.http.openapi import takes
from api.http.problem_json import HttpProblem, status_of
from api.http.tokens import Principal, Role
from api.peers.coop import CoopAction, CoopAppeal, CoopAppealDecision, CoopReport
from api.peers.coop_map import SIGNATURE, CoopMaps
from api.problems import parse
from cases.errors import BadInput, CaseError, Problem

PREFIX: Final = "/compat/coop"

# roostorg/coop: server/utils/errors.ts, ErrorType
_TYPES: Final = {
    400: "/errors/invalid-user-input",
    401: "/errors/authentication-failed-or-missing",
    403: "/errors/authorization-failed",
    404: "/errors/not-found",
    409: "/errors/conflict",
}
_KEY_CURE: Final = "Send a service token of yours in the X-API-KEY header; operators give them out."
_INTERNAL: Final = "/errors/internal-server-error"
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
    for status, text in (
        (400, "Not of Coop's form, or of a type that the tenant's table does not have"),
        (401, "No known X-API-KEY"),
        (403, "A key of another role, or no signature of Coop's"),
        (409, "Refused as things stand"),
        (413, "The body is over the limit"),
        (429, "Too much was asked"),
        (503, "Nothing was accepted; send it again"),
    )
}


class _CoopRoute(APIRoute):
    """A route whose every refusal is of Coop's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, its errors answered as Coop would."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except HttpProblem as error:
                Refusals().count("coop", error.code)
                detail = _KEY_CURE if error.status == HTTPStatus.UNAUTHORIZED else error.detail
                return _refused(request, int(error.status), detail, (), error.headers)
            except CaseError as error:
                status = 400 if (found := status_of(error)) in (404, 422) else found
                headers = (
                    {"retry-after": str(error.retry_after_seconds)}
                    if isinstance(error, ServiceUnavailable | TooMany)
                    else {}
                )
                problems = error.problems if isinstance(error, BadInput) else ()
                return _refused(request, status, str(error), problems, headers)

        return answered


def coop_routes(gate: Gate, maps: CoopMaps) -> APIRouter:
    """Coop's routes. maps: each tenant's table."""
    router = APIRouter(tags=["coop"], prefix=PREFIX, route_class=_CoopRoute)

    def door() -> CoopDoor:
        return CoopDoor(gate.doors(), maps)

    def counted(name: str, who: Principal) -> AbstractContextManager[None]:
        return gate.doors().refusals.at(name, who.tenant)

    @router.post("/api/v1/report", status_code=201, responses=_RESPONSES, **takes(CoopReport))
    async def report(request: Request) -> Response:
        """A user's report, as `POST /api/v1/report` of Coop. 201 is the acknowledgement: it is committed."""
        who = _caller(gate, request)
        raw = await gate.body(request)
        with counted("coop_report", who):
            report_id, message = door().read_report(who.tenant, parse(CoopReport, raw), raw)
            gate.admit(request, who, "coop_report", urgent=gate.doors().admission.urgent(message))
            receipt = await gate.doors().report(who.tenant, message)
        body = {"reportId": report_id, "receipt": receipt.model_dump(mode="json")}
        return JSONResponse(body, 201, headers=_headers(receipt))

    @router.post("/api/v1/report/appeal", status_code=204, responses=_RESPONSES, **takes(CoopAppeal))
    async def appeal(request: Request) -> Response:
        """A user's appeal, as `POST /api/v1/report/appeal` of Coop."""
        who = _caller(gate, request)
        raw = await gate.body(request)
        gate.admit(request, who, "coop_appeal")
        with counted("coop_appeal", who):
            receipt = await door().appeal(who.tenant, parse(CoopAppeal, raw))
        return Response(status_code=204, headers=_headers(receipt))

    @router.get("/api/v1/policies", responses=_RESPONSES)
    async def policies(request: Request) -> Response:
        """What a report may name as its policy, as `GET /api/v1/policies/` of Coop."""
        who = _caller(gate, request)
        gate.admit(request, who, "coop_policies")
        return JSONResponse({"policies": door().policies(who.tenant)})

    # People's decisions: no flood of messages shuts them out.

    @router.post("/callbacks/action", responses=_RESPONSES, **takes(CoopAction))
    async def action(request: Request) -> Response:
        """An action that Coop calls back: a moderator's is a decision, a rule's is a signal."""
        who = _caller(gate, request)
        raw = await _signed(gate, request, maps, who)
        gate.admit(request, who, "coop_action", urgent=True)
        with counted("coop_action", who):
            return _taken(await door().action(who.tenant, parse(CoopAction, raw), raw))

    @router.post("/callbacks/appeal", responses=_RESPONSES, **takes(CoopAppealDecision))
    async def appeal_decision(request: Request) -> Response:
        """An appeal that was heard in Coop."""
        who = _caller(gate, request)
        raw = await _signed(gate, request, maps, who)
        gate.admit(request, who, "coop_appeal_decision", urgent=True)
        with counted("coop_appeal_decision", who):
            return _taken(await door().appeal_decision(who.tenant, parse(CoopAppealDecision, raw)))

    for path, endpoint, method in (
        ("/api/v1/report/", report, "POST"),
        ("/api/v1/report/appeal/", appeal, "POST"),
        ("/api/v1/policies/", policies, "GET"),
    ):  # Coop's server takes both forms of a path
        router.add_api_route(path, endpoint, methods=[method], include_in_schema=False)
    return router


def _caller(gate: Gate, request: Request) -> Principal:
    """Whose key it is. Raises HttpProblem."""
    return gate.sender(request, Role.SERVICE, token=request.headers.get("x-api-key", ""))


async def _signed(gate: Gate, request: Request, maps: CoopMaps, who: Principal) -> bytes:
    """The body. Raises HttpProblem unless Coop signed it: what decides must come from Coop itself."""
    raw = await gate.body(request)
    table, headers = maps.get(who.tenant), {SIGNATURE: request.headers.get(SIGNATURE, "")}
    if table is None or not table.signed(headers, raw, gate.doors().now()):
        detail = "The Coop-Signature header does not prove this body; set webhook_key to Coop's own key (Settings, API Keys)."
        raise HttpProblem(HTTPStatus.FORBIDDEN, "not_signed", detail)
    return raw


def _headers(receipt: Receipt) -> dict[str, str]:
    """Our receipt, where Coop's answer has no room for it."""
    return {
        "dueprocess-case-id": receipt.case_id,
        "dueprocess-message-id": receipt.message_id,
        "dueprocess-received-at": receipt.received_at.isoformat(),
        "dueprocess-known": str(receipt.known).lower(),
    }


def _taken(answer: Receipt | DecisionAccepted) -> Response:
    return JSONResponse(answer.model_dump(mode="json"), 200)


def _refused(
    request: Request, status: int, detail: str, problems: tuple[Problem, ...], headers: dict[str, str]
) -> Response:
    """Coop's error document: docs/api/errors.md."""
    kind = _TYPES.get(status, _INTERNAL if status >= 500 else _TYPES[400])
    request_id = request.scope.get("state", {}).get("request_id", "")
    common = {"status": status, "type": [kind], "requestId": request_id}
    title = "Invalid API Key" if status == 401 else HTTPStatus(status).phrase
    errors = [
        {
            **common,
            "title": f"{problem.field} {problem.problem}",
            "detail": problem.cure,
            "pointer": _pointer(problem.field),
        }
        for problem in problems
    ]
    return JSONResponse({"errors": errors or [{**common, "title": title, "detail": detail}]}, status, headers=headers)


def _pointer(field: str) -> str:
    """A JSON pointer into Coop's body. Our own doors name a field in snake case, and Coop's has the same words."""
    return (
        "" if field == "body" else "/" + "/".join(to_camel(part) if "_" in part else part for part in field.split("."))
    )
