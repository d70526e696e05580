"""What keeps people who look from harm: looking step by step, where one stands, load."""

from api.care_messages import LoadAnswer, OptOutRequest, Revealed, RevealRequest, UnstaffedLine, WellbeingAnswer
from api.caring import Caring
from api.desk import Desk
from api.doors.guarded import Guarded


class CaringDoors(Guarded):
    """What keeps people who look from harm: looking step by step, where one stands, load."""

    desk: Desk
    _caring: Caring

    async def reveal(self, tenant: str, reviewer: str, request: RevealRequest, *, named: bool = False) -> Revealed:
        """The evidence of a task that the reviewer holds, so closely."""
        return await self.desk.reveal(tenant, reviewer, request, named=named)

    async def wellbeing(self, tenant: str, reviewer: str) -> WellbeingAnswer:
        """Where a reviewer stands: what they looked at today, and when a break is due."""
        with self._at("wellbeing", tenant):
            return await self._caring.wellbeing(tenant, reviewer)

    async def opt_out(self, tenant: str, reviewer: str, request: OptOutRequest) -> WellbeingAnswer:
        """What a reviewer does not want to be shown."""
        with self._at("opt_out", tenant):
            return await self._caring.opt_out(tenant, reviewer, request)

    async def unstaffed(self, tenant: str) -> tuple[UnstaffedLine, ...]:
        """What is severe and nobody known here may take now."""
        with self._at("unstaffed", tenant):
            return await self._caring.unstaffed(tenant)

    async def load(self, tenant: str) -> LoadAnswer:
        """Who carries what, and whether anybody is left for what is severe."""
        with self._at("load", tenant):
            return await self._caring.load(tenant)
