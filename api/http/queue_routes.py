"""The routes about queues: changes to a task, longer leases, the register of reviewers."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request

from api.answers import Claimed
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, PEOPLE, REVIEWER, problems
from api.http.tokens import Role
from api.queue_messages import (
    OnCallAnswer,
    PageAcknowledged,
    PageRequest,
    QueuesAnswer,
    RegisterAnswer,
    RegisterRequest,
    TaskChanged,
    TaskChangeRequest,
    TaskChangesAnswer,
    UnregisterRequest,
)

_READ = (401, 403, 422, 429, 503)

_NO_NUL: Final = r"^[^\x00]+$"  # a text column takes none


def queue_routes(gate: Gate) -> APIRouter:
    """What happens to tasks besides being decided, and who may take which."""
    router = APIRouter(tags=["queues"])

    @router.post("/task-changes", responses=problems(404, *BODY_PROBLEMS), **takes(TaskChangeRequest))
    async def change_task(request: Request) -> TaskChanged:
        """Snooze, boost or reassign a task; skip or return the one you hold. An operator may change any open task."""
        who = gate.principal(request, REVIEWER, OPERATOR)
        wanted = await gate.message(request, TaskChangeRequest, "change_task", who.tenant)
        as_operator = who.role is Role.OPERATOR
        return await gate.doors().change_task(
            who.tenant, who.person, wanted, operator=as_operator, accounts=who.accounts
        )

    @router.get("/task-changes", responses=problems(*_READ))
    async def task_changes(
        request: Request,
        stream: Annotated[str, Query(min_length=1, max_length=255, pattern=_NO_NUL)],
        task_id: Annotated[str, Query(min_length=1, max_length=256, pattern=_NO_NUL)],
    ) -> TaskChangesAnswer:
        """What was done to a task besides deciding it: who, when, and which text says why."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().task_changes(who.tenant, stream, task_id)

    @router.post("/claims/{lease_id}/renewals", responses=problems(404, 409, *_READ))
    async def renew(request: Request, lease_id: str) -> Claimed:
        """Hold a task for longer: the same lease, and a new token that ends with it."""
        who = gate.principal(request, REVIEWER)
        return await gate.doors().renew(who.tenant, who.person, lease_id, who.named_roles)

    @router.get("/queues", responses=problems(*_READ))
    async def queues(request: Request) -> QueuesAnswer:
        """Every queue, with what is open and overdue in it."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().queues(who.tenant)

    @router.get("/oncall", responses=problems(*_READ))
    async def oncall(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> OnCallAnswer:
        """Law's clocks and open tasks, the least time left first; calls to people whose task is open."""
        who = gate.principal(request, *PEOPLE)
        return await gate.doors().oncall(who.tenant, limit)

    @router.post("/pages/acknowledgements", responses=problems(404, *BODY_PROBLEMS), **takes(PageRequest))
    async def acknowledge(request: Request) -> PageAcknowledged:
        """Answer for a call: nobody is called for it any more. The first who does is kept."""
        who = gate.principal(request, REVIEWER, OPERATOR)
        wanted = await gate.message(request, PageRequest, "acknowledge", who.tenant)
        return await gate.doors().acknowledge(who.tenant, who.person, wanted, who.accounts)

    @router.post("/reviewers", responses=problems(*BODY_PROBLEMS), **takes(RegisterRequest))
    async def register(request: Request) -> RegisterAnswer:
        """Say what a reviewer may take: skills, certifications, languages, hours, how much."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, RegisterRequest, "register", who.tenant)
        return await gate.doors().register(who.tenant, who.person, wanted)

    @router.post("/reviewers/removals", responses=problems(404, *BODY_PROBLEMS), **takes(UnregisterRequest))
    async def unregister(request: Request) -> RegisterAnswer:
        """Take a reviewer out of the register."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, UnregisterRequest, "register", who.tenant)
        return await gate.doors().unregister(who.tenant, who.person, wanted)

    @router.get("/reviewers", responses=problems(*_READ))
    async def reviewers(request: Request) -> RegisterAnswer:
        """The register of reviewers."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().reviewers(who.tenant)

    return router
