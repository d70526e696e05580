"""The routes about quality: known answers, exercises, disagreements, figures."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems
from api.quality_messages import (
    DisagreementsAnswer,
    ExerciseAnswer,
    ExerciseRequest,
    GoldenAnswer,
    GoldenRequest,
    GroupedBy,
    QualityAnswer,
    RetireRequest,
    Settled,
    SettleRequest,
)

_READ = (401, 403, 422, 429, 503)


def quality_routes(gate: Gate) -> APIRouter:
    """What leads do about quality."""
    router = APIRouter(tags=["quality"])

    @router.get("/quality", responses=problems(*_READ))
    async def quality(
        request: Request,
        by: Annotated[GroupedBy, Query()] = "queue",
        days: Annotated[int, Query(ge=1, le=366)] = 30,
    ) -> QualityAnswer:
        """Whether people judge alike, with intervals, or that there are too few to say. Reading by reviewer is kept."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().quality(who.tenant, who.person, by, days)

    @router.get("/quality/golden", responses=problems(*_READ))
    async def golden(request: Request) -> GoldenAnswer:
        """Matters with a known answer."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().golden(who.tenant)

    @router.post("/quality/golden", responses=problems(404, *BODY_PROBLEMS), **takes(GoldenRequest))
    async def add_golden(request: Request) -> GoldenAnswer:
        """Keep a matter with its known answer. Never one that is restricted, nor of a queue that pages."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, GoldenRequest, "golden", who.tenant)
        return await gate.doors().add_golden(who.tenant, who.person, wanted)

    @router.post("/quality/golden/retirements", responses=problems(404, *BODY_PROBLEMS), **takes(RetireRequest))
    async def retire_golden(request: Request) -> GoldenAnswer:
        """Ask a golden item no more."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, RetireRequest, "golden", who.tenant)
        return await gate.doors().retire_golden(who.tenant, who.person, wanted)

    @router.post("/quality/exercises", responses=problems(404, *BODY_PROBLEMS), **takes(ExerciseRequest))
    async def open_exercise(request: Request) -> ExerciseAnswer:
        """Let everybody named judge a set of golden items."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, ExerciseRequest, "exercise", who.tenant)
        return await gate.doors().open_exercise(who.tenant, who.person, wanted)

    @router.get("/quality/exercises/{exercise_id}", responses=problems(404, *_READ))
    async def exercise(request: Request, exercise_id: str) -> ExerciseAnswer:
        """How an exercise went so far."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().exercise(who.tenant, exercise_id)

    @router.get("/quality/disagreements", responses=problems(*_READ))
    async def disagreements(request: Request) -> DisagreementsAnswer:
        """Double reviews that came to another answer, for a lead to settle."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().disagreements(who.tenant)

    @router.post("/quality/settlements", responses=problems(404, *BODY_PROBLEMS), **takes(SettleRequest))
    async def settle(request: Request) -> Settled:
        """Say which answer was right."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, SettleRequest, "settle", who.tenant)
        return await gate.doors().settle(who.tenant, who.person, wanted)

    return router
