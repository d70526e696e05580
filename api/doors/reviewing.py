"""Where reviewers work: claims, decisions, queues, on call."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from api.answers import CaseAnswer, ChangeAccepted, Claimed, DecisionAccepted, QueueAnswer, StagesAnswer, TextStored
from api.conflict_messages import ConflictDeclared, ConflictEnded, ConflictRequest, ConflictsAnswer
from api.conflicts import Conflicts
from api.deciding import Deciding
from api.doors.guarded import Guarded
from api.errors import Refused
from api.failing import Failing
from api.oncall import OnCall
from api.operator_answers import StuckAnswer
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
from api.queueing import Queueing
from api.reading import Reading
from api.requests import (
    ClaimRequest,
    DecisionRequest,
    TextRequest,
    WithdrawalRequest,
)
from api.withdrawing import Withdrawing


class ReviewingDoors(Guarded):
    """Where reviewers work: claims, decisions, queues, on call."""

    _conflicts: Conflicts
    _deciding: Deciding
    _oncall: OnCall
    _queueing: Queueing
    _reading: Reading
    _failing: Failing
    _withdrawing: Withdrawing

    async def claim(
        self,
        tenant: str,
        reviewer: str,
        wanted: ClaimRequest,
        accounts: Sequence[str] = (),
        named_roles: Collection[str] = (),
    ) -> Claimed | None:
        """A lease on a task, with its decision token; None where no task is free. accounts: the reviewer's own."""
        with self._at("claim", tenant):
            return await self._deciding.claim(tenant, reviewer, wanted, accounts, named_roles)

    async def claim_in_turn(
        self,
        own: str,
        weights: Mapping[str, int],
        reviewer: str,
        wanted: ClaimRequest,
        accounts: Sequence[str] = (),
        named_roles: Collection[str] = (),
    ) -> Claimed | None:
        """The same for a reviewer of several tenants: of the one whose turn it is.

        own: the first of their tenants; weights: each one's share.
        Where one of them refuses, such as for a break that is due, the next is asked; the first refusal stands if none gives.
        """
        with self._at("claim", own):
            tenants = await self._deciding.tenants_in_turn(weights, reviewer, wanted)
        refusals: list[Refused] = []
        for tenant in tenants:
            try:
                if claimed := await self.claim(tenant, reviewer, wanted, accounts, named_roles):
                    return claimed
            except Refused as refused:
                refusals.append(refused)
        if refusals:
            raise refusals[0]
        return None

    async def release(self, tenant: str, reviewer: str, lease_id: str) -> None:
        """The task is free again."""
        with self._at("release", tenant):
            await self._deciding.release(tenant, reviewer, lease_id)

    async def decide(self, tenant: str, reviewer: str, request: DecisionRequest) -> DecisionAccepted:
        """A decision, durable."""
        with self._at("decide", tenant):
            return await self._deciding.decide(tenant, reviewer, request)

    async def withdraw(self, tenant: str, reviewer: str, request: WithdrawalRequest) -> ChangeAccepted:
        """The reviewer's own decision is taken back, within its grace."""
        with self._at("withdraw", tenant):
            return await self._withdrawing.withdraw(tenant, reviewer, request)

    async def changeable_until(
        self, tenant: str, reviewer: str, case_id: str, matter_id: str, decision_id: str
    ) -> datetime | None:
        """Until when the reviewer may take back what they just decided."""
        with self._at("withdraw", tenant):
            return await self._withdrawing.changeable_until(tenant, reviewer, case_id, matter_id, decision_id)

    async def store_text(self, tenant: str, by: str, request: TextRequest) -> TextStored:
        """A text, sealed and named, for a message that may not carry it."""
        with self._at("text", tenant):
            return await self._deciding.store_text(tenant, by, request)

    async def renew(self, tenant: str, reviewer: str, lease_id: str, named_roles: Collection[str] = ()) -> Claimed:
        """A task is this reviewer's for longer."""
        with self._at("renew", tenant):
            return await self._deciding.renew(tenant, reviewer, lease_id, named_roles)

    async def change_task(
        self, tenant: str, by: str, request: TaskChangeRequest, *, operator: bool, accounts: Sequence[str] = ()
    ) -> TaskChanged:
        """Something is done to a task besides deciding it. accounts: the operator's own."""
        with self._at("change_task", tenant):
            return await self._queueing.change(tenant, by, request, operator=operator, accounts=accounts)

    async def task_changes(self, tenant: str, stream: str, task_id: str) -> TaskChangesAnswer:
        """What was done to it."""
        with self._at("task_changes", tenant):
            return await self._queueing.changes(tenant, stream, task_id)

    async def queues(self, tenant: str) -> QueuesAnswer:
        """Every queue, with what is open in it."""
        with self._at("queues", tenant):
            return await self._queueing.queues(tenant)

    async def oncall(self, tenant: str, limit: int = 50) -> OnCallAnswer:
        """What is due next by law and by rule, and who was called."""
        with self._at("oncall", tenant):
            return await self._oncall.show(tenant, limit)

    async def acknowledge(
        self, tenant: str, by: str, request: PageRequest, accounts: Sequence[str] = ()
    ) -> PageAcknowledged:
        """Somebody answers for a call. accounts: their own."""
        with self._at("acknowledge", tenant):
            return await self._oncall.acknowledge(tenant, by, request, accounts)

    async def register(self, tenant: str, operator: str, request: RegisterRequest) -> RegisterAnswer:
        """What a reviewer may take."""
        with self._at("register", tenant):
            return await self._queueing.register(tenant, operator, request)

    async def unregister(self, tenant: str, operator: str, request: UnregisterRequest) -> RegisterAnswer:
        """A reviewer leaves the register."""
        with self._at("register", tenant):
            return await self._queueing.unregister(tenant, operator, request)

    async def reviewers(self, tenant: str) -> RegisterAnswer:
        """The register."""
        with self._at("register", tenant):
            return await self._queueing.reviewers(tenant)

    async def declare_conflict(self, tenant: str, reviewer: str, by: str, request: ConflictRequest) -> ConflictDeclared:
        """What a reviewer does not judge, from now on."""
        with self._at("conflicts", tenant):
            return await self._conflicts.declare(tenant, reviewer, by, request)

    async def declare_conflict_with_author(
        self, tenant: str, reviewer: str, stream: str, conflict_id: str
    ) -> ConflictDeclared:
        """Likewise, with whoever made what this case is about."""
        with self._at("conflicts", tenant):
            return await self._conflicts.declare_with_author(tenant, reviewer, stream, conflict_id)

    async def end_conflict(self, tenant: str, operator: str, request: ConflictEnded) -> ConflictsAnswer:
        """A conflict is over."""
        with self._at("conflicts", tenant):
            return await self._conflicts.end(tenant, operator, request)

    async def conflicts(self, tenant: str, reviewer: str | None = None) -> ConflictsAnswer:
        """What was declared."""
        with self._at("conflicts", tenant):
            return await self._conflicts.listed(tenant, reviewer)

    async def case(self, tenant: str, case_id: str, reader: str = "", *, reveal_evidence: bool = False) -> CaseAnswer:
        """A case and its timeline; with what was captured, for a reader who holds a live claim on it."""
        with self._at("case", tenant):
            return await self._reading.case(tenant, case_id, reader, reveal_evidence=reveal_evidence)

    async def queue(self, tenant: str, queue: str | None = None, limit: int = 50) -> QueueAnswer:
        """Open tasks, most urgent first."""
        with self._at("queue", tenant):
            return await self._reading.queue(tenant, queue, limit)

    async def stuck(self, tenant: str) -> StuckAnswer:
        """Cases whose order the platform has not confirmed for too long, and runs that cannot move."""
        with self._at("stuck", tenant):
            answer = await self._reading.stuck(tenant)
            return answer.evolve(failing=await self._failing.of(tenant))

    async def stages(self, tenant: str) -> StagesAnswer:
        """How many cases are in each stage."""
        with self._at("stages", tenant):
            return await self._reading.stages(tenant)
