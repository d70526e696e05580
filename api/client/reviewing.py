"""What reviewers do: claims, decisions, queues, on call."""

from urllib.parse import quote

from api.answers import CaseAnswer, ChangeAccepted, Claimed, DecisionAccepted, QueueAnswer, StagesAnswer, TextStored
from api.client.transport import Transport, read
from api.conflict_messages import ConflictDeclared, ConflictEnded, ConflictRequest, ConflictsAnswer
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
from api.requests import (
    ClaimRequest,
    DecisionRequest,
    TextRequest,
    WithdrawalRequest,
)


class Reviewing(Transport):
    """What reviewers do: claims, decisions, queues, on call."""

    async def claim(
        self,
        *,
        queue: str | None = None,
        stream: str | None = None,
        task_id: str | None = None,
        despite_limits: bool = False,
    ) -> Claimed | None:
        """Take a task: the most urgent one, or the one named. None where no task is free."""
        wanted = ClaimRequest(queue=queue, stream=stream, task_id=task_id, despite_limits=despite_limits)
        response = await self._send("POST", "/v1/claims", wanted.model_dump_json(exclude_none=True).encode())
        return None if response.status_code == 204 else read(response, Claimed)

    async def release(self, lease_id: str) -> None:
        """Give a task back."""
        await self._send("DELETE", f"/v1/claims/{quote(lease_id, safe='')}")

    async def decide(self, decision: DecisionRequest) -> DecisionAccepted:
        """Decide the task that the token names. The answer means durable."""
        return await self._post("/v1/decisions", decision, DecisionAccepted)

    async def withdraw(self, withdrawal: WithdrawalRequest) -> ChangeAccepted:
        """Take one's own decision back, within its grace."""
        return await self._post("/v1/withdrawals", withdrawal, ChangeAccepted)

    async def store_text(self, text: TextRequest) -> TextStored:
        """Seal a text and learn its id, for a message that may not carry it."""
        return await self._post("/v1/texts", text, TextStored)

    async def renew(self, lease_id: str) -> Claimed:
        """Hold a task for longer; the answer's token replaces the first."""
        return read(await self._send("POST", f"/v1/claims/{quote(lease_id, safe='')}/renewals"), Claimed)

    async def change_task(self, request: TaskChangeRequest) -> TaskChanged:
        """Snooze, boost, reassign, skip or return a task."""
        return await self._post("/v1/task-changes", request, TaskChanged)

    async def task_changes(self, stream: str, task_id: str) -> TaskChangesAnswer:
        """What was done to a task besides deciding it."""
        return await self._get("/v1/task-changes", TaskChangesAnswer, {"stream": stream, "task_id": task_id})

    async def queues(self) -> QueuesAnswer:
        """Every queue, with what is open in it."""
        return await self._get("/v1/queues", QueuesAnswer)

    async def oncall(self, limit: int = 50) -> OnCallAnswer:
        """What is due next by law and by rule, and who was called."""
        return await self._get("/v1/oncall", OnCallAnswer, {"limit": limit})

    async def acknowledge(self, request: PageRequest) -> PageAcknowledged:
        """Answer for a call."""
        return await self._post("/v1/pages/acknowledgements", request, PageAcknowledged)

    async def register(self, request: RegisterRequest) -> RegisterAnswer:
        """What a reviewer may take."""
        return await self._post("/v1/reviewers", request, RegisterAnswer)

    async def unregister(self, request: UnregisterRequest) -> RegisterAnswer:
        """A reviewer leaves the register."""
        return await self._post("/v1/reviewers/removals", request, RegisterAnswer)

    async def reviewers(self) -> RegisterAnswer:
        """The register of reviewers."""
        return await self._get("/v1/reviewers", RegisterAnswer)

    async def declare_conflict(self, request: ConflictRequest) -> ConflictDeclared:
        """Say what one does not judge; as a lead, what a reviewer does not."""
        return await self._post("/v1/conflicts", request, ConflictDeclared)

    async def end_conflict(self, request: ConflictEnded) -> ConflictsAnswer:
        """Say that a conflict is over, as a lead."""
        return await self._post("/v1/conflicts/ends", request, ConflictsAnswer)

    async def conflicts(self) -> ConflictsAnswer:
        """What was declared; a reviewer sees their own."""
        return await self._get("/v1/conflicts", ConflictsAnswer)

    async def case(self, case_id: str, *, reveal_evidence: bool = False) -> CaseAnswer:
        """A case and its timeline. reveal_evidence: for a reviewer who holds a claim on it."""
        query = {"reveal": "evidence"} if reveal_evidence else {}
        return await self._get(f"/v1/cases/{quote(case_id)}", CaseAnswer, query)

    async def queue(self, queue: str | None = None, limit: int = 50) -> QueueAnswer:
        """Open tasks, most urgent first."""
        return await self._get("/v1/queue", QueueAnswer, {"limit": limit, **({"queue": queue} if queue else {})})

    async def stuck(self) -> StuckAnswer:
        """Cases with an order unconfirmed for too long, and runs that cannot move."""
        return await self._get("/v1/stuck", StuckAnswer)

    async def stages(self) -> StagesAnswer:
        """How many cases are in each stage."""
        return await self._get("/v1/stages", StagesAnswer)
