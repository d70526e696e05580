"""The /v1 routes. Each one names who may enter, what it takes, and which door it is; the doors do the rest."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.answers import (
    CaseAnswer,
    ChangeAccepted,
    Claimed,
    DecisionAccepted,
    QueueAnswer,
    Receipt,
    StagesAnswer,
    TextStored,
)
from api.http.access import Gate
from api.http.claiming import next_or_named
from api.http.openapi import takes
from api.http.tokens import Role
from api.operator_answers import StuckAnswer
from api.requests import (
    AuthorityReportRequest,
    ClaimRequest,
    DecisionRequest,
    ExtensionRequest,
    InterventionRequest,
    ReversalRequest,
    TextRequest,
    WithdrawalRequest,
)
from cases.messages import AppealMessage, ReportMessage, SignalMessage

SERVICE, REVIEWER, OPERATOR, AUDITOR = Role.SERVICE, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR
PEOPLE = (REVIEWER, OPERATOR, AUDITOR)

BODY_PROBLEMS = (400, 401, 403, 409, 413, 415, 422, 429, 503)
_READ = (401, 403, 404, 422, 429, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses, each documented as a problem document."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    headers = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return {
        status: {
            "description": _MEANINGS[status],
            "content": content,
            **({"headers": headers} if status in (429, 503) else {}),
        }
        for status in statuses
    }


_MEANINGS = {
    400: "The body is not JSON",
    401: "No known bearer token",
    403: "A token of another role, or a claim that does not hold",
    404: "Nothing of this id, as far as this tenant goes",
    409: "Refused as things stand: other content under a known id, decided already, claimed by another",
    410: "It was there, and was erased",
    413: "The body is over the limit",
    415: "Not application/json",
    422: "Not of the form asked for; errors names fields and cures",
    429: "A quota is used up, nothing was accepted; errors names the limit, Retry-After says when to come again",
    503: "Nothing was accepted, or it is not known; send the same ids again",
}


def intake_routes(gate: Gate) -> APIRouter:
    """What services send. 202 is the acknowledgement: the message is committed."""
    router = APIRouter(tags=["intake"])

    @router.post("/reports", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(ReportMessage))
    async def report(request: Request) -> Receipt:
        """Report a subject. The same message_id with the same content gets its first receipt again."""
        who, message = await gate.sent(request, ReportMessage, "report", SERVICE)
        return await gate.doors().report(who.tenant, message, who.name)

    @router.post("/signals", status_code=202, responses=problems(*BODY_PROBLEMS), **takes(SignalMessage))
    async def signal(request: Request) -> Receipt:
        """Pass on a machine's indication: a classifier's, a hash list's, a rule engine's."""
        who, message = await gate.sent(request, SignalMessage, "signal", SERVICE)
        return await gate.doors().signal(who.tenant, message)

    @router.post("/appeals", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(AppealMessage))
    async def appeal(request: Request) -> Receipt:
        """Appeal a decision for a person who was told of it. They hear from us whether it is heard, and how it ends."""
        who, message = await gate.sent(request, AppealMessage, "appeal", SERVICE)
        return await gate.doors().appeal(who.tenant, message)

    @router.post(
        "/authority-reports", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(AuthorityReportRequest)
    )
    async def authority_report(request: Request) -> Receipt:
        """Say that the report owed to an authority was filed by a person."""
        who = gate.principal(request, OPERATOR)
        message = await gate.message(request, AuthorityReportRequest, "authority_report", who.tenant)
        return await gate.doors().authority_report(who.tenant, who.person, message, who.accounts)

    return router


def review_routes(gate: Gate) -> APIRouter:
    """What reviewers and operators do."""
    router = APIRouter(tags=["review"])

    @router.post(
        "/claims",
        status_code=201,
        responses={204: {"description": "No task is free"}, **problems(404, *BODY_PROBLEMS)},
        response_model=Claimed,
        **takes(ClaimRequest),
    )
    async def claim(request: Request) -> Claimed | Response:
        """Take a task: a lease, and the token that a decision on it must show. Who works for several tenants takes the next of
        the one whose turn it is.
        """
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, ClaimRequest, "claim", who.tenant)
        claimed = await next_or_named(gate.doors(), who, wanted)
        return claimed or Response(status_code=204)

    @router.delete("/claims/{lease_id}", status_code=204, responses=problems(*_READ))
    async def release(request: Request, lease_id: str) -> Response:
        """Give a task back before its lease ends."""
        who = gate.principal(request, REVIEWER)
        await gate.doors().release(who.tenant, who.person, lease_id)
        return Response(status_code=204)

    @router.post("/decisions", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(DecisionRequest))
    async def decide(request: Request) -> DecisionAccepted:
        """Decide the task that the token names. 202 means durable; on 503 send the same decision_id again."""
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, DecisionRequest, "decide", who.tenant)
        return await gate.doors().decide(who.tenant, who.person, wanted)

    @router.post("/withdrawals", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(WithdrawalRequest))
    async def withdraw(request: Request) -> ChangeAccepted:
        """Take one's own decision back, within its grace: the matter is open again."""
        who = gate.principal(request, REVIEWER)
        wanted = await gate.message(request, WithdrawalRequest, "withdraw", who.tenant)
        return await gate.doors().withdraw(who.tenant, who.person, wanted)

    @router.post("/texts", status_code=201, responses=problems(404, *BODY_PROBLEMS), **takes(TextRequest))
    async def store_text(request: Request) -> TextStored:
        """Seal a text of a case and learn its id, for a message that may not carry text: a raw signal, the Web UI."""
        who = gate.principal(request, REVIEWER, OPERATOR)
        return await gate.doors().store_text(
            who.tenant, who.person, await gate.message(request, TextRequest, "text", who.tenant)
        )

    @router.post("/extensions", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(ExtensionRequest))
    async def extend(request: Request) -> ChangeAccepted:
        """Give a clock of a case longer."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ExtensionRequest, "extend_deadline", who.tenant)
        return await gate.doors().extend(who.tenant, who.person, wanted, who.accounts)

    @router.post("/reversals", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(ReversalRequest))
    async def reverse(request: Request) -> ChangeAccepted:
        """Take a decision back, wholly or but for the measures kept."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ReversalRequest, "reverse", who.tenant)
        return await gate.doors().reverse(who.tenant, who.person, wanted, who.accounts)

    @router.post(
        "/interventions", status_code=202, responses=problems(404, *BODY_PROBLEMS), **takes(InterventionRequest)
    )
    async def intervene(request: Request) -> ChangeAccepted:
        """See to an order that is stuck: retry it now, skip it, mark it done by hand, or take a skipped one up again."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, InterventionRequest, "intervene", who.tenant)
        return await gate.doors().intervene(who.tenant, who.person, wanted, who.accounts)

    return router


def reading_routes(gate: Gate) -> APIRouter:
    """What is read. Ids, kinds and times; content only for a reviewer who holds a claim on the case."""
    router = APIRouter(tags=["reading"])

    @router.get("/cases/{case_id:path}", responses=problems(*_READ))
    async def case(
        request: Request, case_id: str, reveal: Annotated[Literal["evidence"] | None, Query()] = None
    ) -> CaseAnswer:
        """A case and its timeline. `reveal=evidence` adds what was captured, for a reviewer with a live claim on it."""
        who = gate.principal(request, *((REVIEWER,) if reveal else PEOPLE))
        return await gate.doors().case(who.tenant, case_id, who.person, reveal_evidence=reveal is not None)

    @router.get("/queue", responses=problems(*_READ))
    async def queue(
        request: Request,
        queue: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> QueueAnswer:
        """Open tasks, most urgent first."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().queue(who.tenant, queue, limit)

    @router.get("/stuck", responses=problems(*_READ))
    async def stuck(request: Request) -> StuckAnswer:
        """Cases whose order the platform has not confirmed for too long, and runs that cannot move."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().stuck(who.tenant)

    @router.get("/stages", responses=problems(*_READ))
    async def stages(request: Request) -> StagesAnswer:
        """How many cases are in each stage."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().stages(who.tenant)

    return router
