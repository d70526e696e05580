"""What leads do about quality: known answers, exercises, disagreements, figures."""

from urllib.parse import quote

from api.client.transport import Transport
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


class LeadingQuality(Transport):
    """What leads do about quality: known answers, exercises, disagreements, figures."""

    async def add_golden(self, request: GoldenRequest) -> GoldenAnswer:
        """Keep a matter with its known answer."""
        return await self._post("/v1/quality/golden", request, GoldenAnswer)

    async def retire_golden(self, request: RetireRequest) -> GoldenAnswer:
        """Ask it no more."""
        return await self._post("/v1/quality/golden/retirements", request, GoldenAnswer)

    async def golden(self) -> GoldenAnswer:
        """Every known answer."""
        return await self._get("/v1/quality/golden", GoldenAnswer)

    async def open_exercise(self, request: ExerciseRequest) -> ExerciseAnswer:
        """Let everybody named judge a set."""
        return await self._post("/v1/quality/exercises", request, ExerciseAnswer)

    async def exercise(self, exercise_id: str) -> ExerciseAnswer:
        """How it went so far."""
        return await self._get(f"/v1/quality/exercises/{quote(exercise_id, safe='')}", ExerciseAnswer)

    async def quality(self, by: GroupedBy = "queue", days: int = 30) -> QualityAnswer:
        """Figures of the last days; reading those by reviewer is kept."""
        return await self._get("/v1/quality", QualityAnswer, {"by": by, "days": days})

    async def disagreements(self) -> DisagreementsAnswer:
        """What is to be settled."""
        return await self._get("/v1/quality/disagreements", DisagreementsAnswer)

    async def settle(self, request: SettleRequest) -> Settled:
        """Say which answer was right."""
        return await self._post("/v1/quality/settlements", request, Settled)
