"""What policy people do: release packs, and go back."""

from urllib.parse import quote

from api.client.transport import Transport
from api.policy_messages import (
    ApprovalRequest,
    ExplanationAnswer,
    PolicyChanged,
    ReleaseRequest,
    ReleasesAnswer,
    ReleaseWithdrawal,
    RollbackRequest,
)


class PolicyMaking(Transport):
    """What policy people do: release packs, and go back."""

    async def propose_release(self, request: ReleaseRequest) -> PolicyChanged:
        """Propose a release; somebody else approves it."""
        return await self._post("/v1/policy/releases", request, PolicyChanged)

    async def approve_release(self, request: ApprovalRequest) -> PolicyChanged:
        """Agree to what somebody else proposed."""
        return await self._post("/v1/policy/approvals", request, PolicyChanged)

    async def withdraw_release(self, request: ReleaseWithdrawal) -> PolicyChanged:
        """Take a release back that has not taken effect."""
        return await self._post("/v1/policy/withdrawals", request, PolicyChanged)

    async def roll_back_policy(self, request: RollbackRequest) -> PolicyChanged:
        """Go back to what was in force before."""
        return await self._post("/v1/policy/rollbacks", request, PolicyChanged)

    async def explain_case(self, case_id: str) -> ExplanationAnswer:
        """Which rules looked at what in this case."""
        return await self._get(f"/v1/policy/explanations/{quote(case_id)}", ExplanationAnswer)

    async def releases(self) -> ReleasesAnswer:
        """What is in force, and how it came about."""
        return await self._get("/v1/policy/releases", ReleasesAnswer)
