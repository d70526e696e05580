"""Where policy people release packs, and anybody reads why."""

from api.doors.guarded import Guarded
from api.policies import Policies
from api.policy_messages import (
    ApprovalRequest,
    ExplanationAnswer,
    PolicyChanged,
    ReleaseRequest,
    ReleasesAnswer,
    ReleaseWithdrawal,
    RollbackRequest,
)


class PolicyDoors(Guarded):
    """Where policy people release packs."""

    _policies: Policies

    async def propose_release(self, tenant: str, by: str, request: ReleaseRequest) -> PolicyChanged:
        """A pack is to be released."""
        with self._at("policy", tenant):
            return await self._policies.propose(tenant, by, request)

    async def approve_release(self, tenant: str, by: str, request: ApprovalRequest) -> PolicyChanged:
        """Another person agrees."""
        with self._at("policy", tenant):
            return await self._policies.approve(tenant, by, request)

    async def withdraw_release(self, tenant: str, by: str, request: ReleaseWithdrawal) -> PolicyChanged:
        """A release that has not taken effect shall not."""
        with self._at("policy", tenant):
            return await self._policies.withdraw(tenant, by, request)

    async def roll_back_policy(self, tenant: str, by: str, request: RollbackRequest) -> PolicyChanged:
        """What was in force before is in force again."""
        with self._at("policy", tenant):
            return await self._policies.roll_back(tenant, by, request)

    async def explain_case(self, tenant: str, case_id: str) -> ExplanationAnswer:
        """Which rules looked at what."""
        with self._at("policy", tenant):
            return await self._policies.explain(tenant, case_id)

    async def releases(self, tenant: str) -> ReleasesAnswer:
        """What is in force, and how it came about."""
        with self._at("policy", tenant):
            return await self._policies.show(tenant)
