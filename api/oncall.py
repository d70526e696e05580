"""What whoever is on call asks: what is due next by law and by rule, who was called, and that somebody answers."""

from collections.abc import Sequence

from api.intake import Clock
from api.queue_messages import (
    OnCallAlarm,
    OnCallAnswer,
    OnCallClock,
    OnCallPage,
    OnCallTask,
    PageAcknowledged,
    PageRequest,
)
from record import alarms, conflicts, watching
from record.record import Record


class OnCall:
    """Doors of whoever is on call."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record = record
        self._clock = clock

    async def show(self, tenant: str, limit: int) -> OnCallAnswer:
        """Law's clocks, tasks and calls."""
        now = self._clock()
        clocks = await watching.legal_clocks(self._record, tenant, limit)
        tasks = await watching.due_tasks(self._record, tenant, now, limit)
        pages = await watching.pages(self._record, tenant, limit)
        standing = await alarms.since(self._record, tenant, now, limit)
        return OnCallAnswer(
            at=now,
            clocks=tuple(
                OnCallClock(
                    case_id=one.case_id,
                    stage=one.stage,
                    category=one.category,
                    queue=one.queue,
                    clock=one.legal_clock,
                    source=one.legal_source,
                    due_at=one.legal_due_at,
                    seconds_left=int((one.legal_due_at - now).total_seconds()),
                )
                for one in clocks
            ),
            tasks=tuple(
                OnCallTask(
                    stream=one.stream_id,
                    task_id=one.task_id,
                    queue=one.queue,
                    severity=one.severity,
                    tier=one.tier,
                    due_at=one.due_at,
                    seconds_left=int((one.due_at - now).total_seconds()),
                    elapsed=_elapsed(
                        (now - one.opened_at).total_seconds(), (one.due_at - one.opened_at).total_seconds()
                    ),
                    claimed=bool(one.claimed),
                )
                for one in tasks
            ),
            pages=tuple(
                OnCallPage(
                    page_id=one.page_id,
                    stream=one.stream_id,
                    task_id=one.task_id,
                    queue=one.queue,
                    severity=one.severity,
                    due_at=one.due_at,
                    opened_at=one.opened_at,
                    level=one.level,
                    sent_at=one.sent_at,
                    acknowledged_at=one.acknowledged_at,
                    acknowledged_by=one.acknowledged_by,
                )
                for one in pages
            ),
            alarms=tuple(
                OnCallAlarm(
                    alarm_id=one.alarm_id,
                    kind=one.kind,
                    about=one.about,
                    told=dict(one.told),
                    since=one.since,
                    sent_at=one.sent_at,
                    acknowledged_at=one.acknowledged_at,
                    acknowledged_by=one.acknowledged_by,
                )
                for one in standing
            ),
        )

    async def acknowledge(
        self, tenant: str, by: str, request: PageRequest, accounts: Sequence[str] = ()
    ) -> PageAcknowledged:
        """Somebody answers for a call; the first who does. accounts: their own: nobody stills a call about themselves (P5).

        Raises UnknownSomething, ClaimRefused.
        """
        await conflicts.introduce(self._record, tenant, by, accounts)
        first, at = await watching.acknowledge(self._record, tenant, request.page_id, by, self._clock())
        return PageAcknowledged(page_id=request.page_id, by=first, at=at)


def _elapsed(passed: float, whole: float) -> int:
    return 100 if whole <= 0 else max(0, int(100 * passed / whole))
