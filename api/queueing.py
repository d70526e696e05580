"""What people do about queues: put off, put first, hand on, pass over, give back; and who may take what."""

from collections.abc import Sequence

from api.errors import NotFound
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from api.queue_messages import (
    KeptTaskChange,
    QueueLine,
    QueuesAnswer,
    RegisterAnswer,
    RegisteredReviewer,
    RegisterRequest,
    TaskChanged,
    TaskChangeRequest,
    TaskChangesAnswer,
    UnregisterRequest,
)
from api.tasks import case_of_stream
from cases.errors import BadInput, Problem
from cases.impartiality import TASK
from cases.queues import UNKNOWN
from cases.task_changes import Action
from record import reviewers, task_changes, texts, views
from record.record import Record


class Queueing:
    """Doors of reviewers and operators."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record = record
        self._clock = clock

    async def change(
        self, tenant: str, by: str, request: TaskChangeRequest, *, operator: bool, accounts: Sequence[str] = ()
    ) -> TaskChanged:
        """Do something to a task. accounts: the operator's own on the platform: nobody arranges their own case (P5).

        Raises NotFound, ClaimRefused with what speaks against it, Refused, Conflict.
        """
        if request.to_queue and self._record.queues and request.to_queue not in self._record.queues:
            cure = f"one of {', '.join(sorted(self._record.queues))}"
            raise BadInput([Problem("to_queue", request.to_queue, "is no queue of the policy pack", cure)])
        case_id = await case_of_stream(self._record, tenant, request.stream)
        if case_id is None:
            raise NotFound("unknown_case", "stream: there is no such case or appeal")
        if operator:
            await refuse_who_has_a_part(self._record, tenant, by, accounts, case_id, TASK, request)
        reason_id = await texts.put(
            self._record, case_id, request.action, request.reason, by, self._clock(), request.message_id
        )
        wanted = task_changes.TaskChange(
            change_id=request.message_id,
            stream_id=request.stream,
            task_id=request.task_id,
            action=Action(request.action),
            by=by,
            reason_id=reason_id,
            until=request.until,
            to_queue=request.to_queue,
            to_reviewer=request.to_reviewer,
        )
        done = await task_changes.change(self._record, tenant, wanted, self._clock(), operator=operator)
        return TaskChanged(
            stream=request.stream,
            task_id=request.task_id,
            action=request.action,
            status="accepted" if done else "known",
        )

    async def changes(self, tenant: str, stream: str, task_id: str) -> TaskChangesAnswer:
        """What was done to a task."""
        kept = await task_changes.changes_of(self._record, tenant, stream, task_id)
        return TaskChangesAnswer(changes=tuple(KeptTaskChange.model_validate(one.model_dump()) for one in kept))

    async def register(self, tenant: str, operator: str, request: RegisterRequest) -> RegisterAnswer:
        """What the register says of a reviewer."""
        await reviewers.register(self._record, tenant, request.reviewer, request.profile, self._clock(), operator)
        return await self.reviewers(tenant)

    async def unregister(self, tenant: str, operator: str, request: UnregisterRequest) -> RegisterAnswer:
        """A reviewer leaves. Raises NotFound."""
        if not await reviewers.unregister(self._record, tenant, request.reviewer, self._clock(), operator):
            raise NotFound("unknown_reviewer", "reviewer: is not in the register; see: dueprocess reviewer list")
        return await self.reviewers(tenant)

    async def reviewers(self, tenant: str) -> RegisterAnswer:
        """The register."""
        found = await reviewers.registered(self._record, tenant, self._clock())
        return RegisterAnswer(reviewers=tuple(RegisteredReviewer.model_validate(one.model_dump()) for one in found))

    async def queues(self, tenant: str) -> QueuesAnswer:
        """Every queue, with what is open in it."""
        now = self._clock()
        lengths = {one.queue: one for one in await views.queue_lengths(self._record, tenant, now)}
        lines = []
        for name in sorted({*lengths, *self._record.queues}):
            rules, length = self._record.queues.get(name, UNKNOWN), lengths.get(name)
            lines.append(
                QueueLine(
                    queue=name,
                    open=length.open if length else 0,
                    overdue=length.overdue if length else 0,
                    open_now=rules.hours is None or rules.hours.open_at(now),
                    specialist=rules.specialist,
                    pages=rules.pages,
                    tiers=tuple(tier.name for tier in rules.tiers),
                )
            )
        return QueuesAnswer(queues=tuple(lines))
