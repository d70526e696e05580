"""What leads do about quality: known answers, exercises, disagreements, figures."""

from api.doors.guarded import Guarded
from api.quality import Quality
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


class QualityDoors(Guarded):
    """What leads do about quality: known answers, exercises, disagreements, figures."""

    _quality: Quality

    async def add_golden(self, tenant: str, lead: str, request: GoldenRequest) -> GoldenAnswer:
        """A matter with a known answer."""
        with self._at("golden", tenant):
            return await self._quality.add_golden(tenant, lead, request)

    async def retire_golden(self, tenant: str, lead: str, request: RetireRequest) -> GoldenAnswer:
        """It is asked no more."""
        with self._at("golden", tenant):
            return await self._quality.retire(tenant, lead, request)

    async def golden(self, tenant: str) -> GoldenAnswer:
        """Every known answer."""
        with self._at("golden", tenant):
            return await self._quality.golden(tenant)

    async def open_exercise(self, tenant: str, lead: str, request: ExerciseRequest) -> ExerciseAnswer:
        """A set that everybody named judges."""
        with self._at("exercise", tenant):
            return await self._quality.open_exercise(tenant, lead, request)

    async def exercise(self, tenant: str, exercise_id: str) -> ExerciseAnswer:
        """How it went so far."""
        with self._at("exercise", tenant):
            return await self._quality.exercise(tenant, exercise_id)

    async def quality(self, tenant: str, reader: str, by: GroupedBy, days: int) -> QualityAnswer:
        """Figures; who reads those by reviewer is kept."""
        with self._at("quality", tenant):
            return await self._quality.report(tenant, reader, by, days)

    async def disagreements(self, tenant: str) -> DisagreementsAnswer:
        """What leads have to settle."""
        with self._at("disagreements", tenant):
            return await self._quality.disagreements(tenant)

    async def settle(self, tenant: str, lead: str, request: SettleRequest) -> Settled:
        """A lead's word on a disagreement."""
        with self._at("settle", tenant):
            return await self._quality.settle(tenant, lead, request)
