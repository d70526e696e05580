"""What keeps people who look from harm: looking step by step, where one stands, load."""

from api.care_messages import LoadAnswer, OptOutRequest, Revealed, RevealRequest, WellbeingAnswer
from api.client.transport import Transport


class Caring(Transport):
    """What keeps people who look from harm: looking step by step, where one stands, load."""

    async def reveal(self, request: RevealRequest) -> Revealed:
        """Look at the evidence of a task you hold: masked first, then clear."""
        return await self._post("/v1/reveals", request, Revealed)

    async def wellbeing(self) -> WellbeingAnswer:
        """Where you stand."""
        return await self._get("/v1/wellbeing", WellbeingAnswer)

    async def opt_out(self, request: OptOutRequest) -> WellbeingAnswer:
        """What you do not want to be shown."""
        return await self._post("/v1/opt-outs", request, WellbeingAnswer)

    async def load(self) -> LoadAnswer:
        """Who carries what, and whether anybody is left for what is severe."""
        return await self._get("/v1/load", LoadAnswer)
