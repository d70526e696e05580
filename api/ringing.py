"""The doorbell: tells a case's run to look into the inbox, starting one if none runs. A hint, never the message."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from opentelemetry import metrics
from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError

from cases.bulk import BulkStart
from cases.errors import CaseError
from cases.names import (
    BULK_WORKFLOW,
    CASE_WORKFLOW,
    CASES_TASK_QUEUE,
    RING,
    bulk_workflow_id,
    parse_workflow_id,
)
from record.errors import RecordUnavailable
from record.views import CaseRow

logger = logging.getLogger("dueprocess.doors")

RING_TIMEOUT: Final = timedelta(seconds=5)  # one attempt; then the sweeper rings
RINGS_AT_ONCE: Final = 32  # under way; more would only wait in Temporal, with everybody else's requests
RINGS_WAITING: Final = 10_000  # beyond this many, rings are left to the sweeper
# A lazy client that cannot connect raises RuntimeError; the codec raises what its key store raises.
_FAILURES: Final = (RPCError, TimeoutError, RuntimeError, OSError, CaseError, RecordUnavailable)
UNKNOWN_PRIORITY: Final = 3  # before triage: in the middle


@dataclass(frozen=True)
class _Ring:
    """One ring that waits its turn."""

    stream_id: str
    number: int
    category: str | None
    settled: CaseRow | None


class Ringer:
    """Rings for streams of cases and appeals. A ring that fails is logged and left to the sweeper.

    Tenants take turns, so that one who rings for a thousand cases keeps nobody else's waiting. A stream waits once.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lines: OrderedDict[str, deque[_Ring]] = OrderedDict()  # by tenant, whose turn it is first
        self._waiting: set[str] = set()
        self._ringing: set[asyncio.Task[None]] = set()
        self._left = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.rings_left", description="rings that failed at a door and were left to the sweeper"
        )

    def ring_soon(
        self, stream_id: str, number: int, category: str | None = None, settled: CaseRow | None = None
    ) -> None:
        """Ring without waiting: the commit was the acknowledgement, and the sender has it whatever Temporal does."""
        if stream_id in self._waiting:
            return  # the ring that waits is for whatever is unread when it rings
        if len(self._waiting) >= RINGS_WAITING:
            self._leave(stream_id, "too many rings waiting")
            return
        self._waiting.add(stream_id)
        tenant = parse_workflow_id(stream_id).tenant
        self._lines.setdefault(tenant, deque()).append(_Ring(stream_id, number, category, settled))
        if len(self._ringing) < RINGS_AT_ONCE:
            task = asyncio.create_task(self._ring_while_any_waits())
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)

    async def _ring_while_any_waits(self) -> None:
        while self._lines:
            tenant, line = self._lines.popitem(last=False)
            one = line.popleft()
            if line:
                self._lines[tenant] = line  # at the end: the next turn is another tenant's
            self._waiting.discard(one.stream_id)
            await self.ring(one.stream_id, one.number, one.category, one.settled)

    async def ring(
        self, stream_id: str, number: int, category: str | None = None, settled: CaseRow | None = None
    ) -> bool:
        """Ring once. False where it failed.

        number: the inbox row's, a hint only. category: a hint for the list of cases, until triage says. settled: what the
        record shows of a case that is appealed, so that a run begun by this ring is listed rightly from its start.
        """
        first = _as_settled(settled) if settled else _as_new(category)
        try:
            async with asyncio.timeout(RING_TIMEOUT.total_seconds()):
                await self._signal(stream_id, number, first)
        except _FAILURES as error:
            self._leave(stream_id, type(error).__name__)
            return False
        return True

    async def knock(self, tenant: str, bulk_id: str) -> bool:
        """Have a bulk's workflow look, starting it where none runs. False where that failed; the sweeper knocks again."""
        workflow_id = bulk_workflow_id(tenant, bulk_id)
        try:
            async with asyncio.timeout(RING_TIMEOUT.total_seconds()):
                await self._client.start_workflow(
                    BULK_WORKFLOW,
                    BulkStart(tenant=tenant, bulk_id=bulk_id),
                    id=workflow_id,
                    task_queue=CASES_TASK_QUEUE,
                    start_signal=RING,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    static_summary="One act done to many cases",
                    priority=Priority(priority_key=4, fairness_key=tenant),
                )
        except _FAILURES as error:
            self._leave(workflow_id, type(error).__name__)
            return False
        return True

    async def aclose(self) -> None:
        """Wait for the rings under way, briefly."""
        if self._ringing:
            await asyncio.wait(self._ringing, timeout=2)

    async def _signal(self, stream_id: str, number: int, first: Mapping[str, str | int | bool | None]) -> None:
        name = parse_workflow_id(stream_id)
        if name.family != "case":  # an appeal runs already, or is over
            await self._client.get_workflow_handle(stream_id).signal(RING, {"number": number})
            return
        await self._client.start_workflow(
            CASE_WORKFLOW,
            id=stream_id,
            task_queue=CASES_TASK_QUEUE,
            start_signal=RING,
            start_signal_args=[{"number": number}],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=_attributes({"CaseTenant": name.tenant, **first}),
            static_summary=f"Case about a {name.rest.partition('/')[0]} of {name.tenant}",
            priority=Priority(priority_key=int(first["CasePriority"] or UNKNOWN_PRIORITY), fairness_key=name.tenant),
        )

    def _leave(self, stream_id: str, reason: str) -> None:
        self._left.add(1)
        logger.warning("ring left to the sweeper", extra={"event": "ring_left", "case_id": stream_id, "reason": reason})


def _as_new(category: str | None) -> dict[str, str | int | bool | None]:
    """What the list of cases shows until the run's first upsert. Ids and enums only: these are never encrypted."""
    return {
        "CaseStage": "assessing",
        "CaseCategory": category,
        "CasePriority": UNKNOWN_PRIORITY,
        "CaseStuck": False,
        "CaseLegalHold": False,
    }


def _as_settled(row: CaseRow) -> dict[str, str | int | bool | None]:
    """The same of a case whose run was over when somebody appealed: an upsert less for it."""
    return {
        "CaseStage": "under_appeal",
        "CaseCategory": row.category,
        "CaseQueue": row.queue,
        "CaseRule": row.rule,
        "CaseJurisdiction": row.jurisdiction,
        "CasePriority": row.priority,
        "CaseStuck": row.stuck,
        "CaseLegalHold": row.legal_hold,
    }


def _attributes(values: Mapping[str, str | int | bool | None]) -> TypedSearchAttributes:
    pairs = [SearchAttributePair(_key(name, value), value) for name, value in values.items() if value is not None]
    return TypedSearchAttributes(pairs)


def _key(name: str, value: str | int | bool) -> SearchAttributeKey[Any]:
    if isinstance(value, bool):
        return SearchAttributeKey.for_bool(name)
    return SearchAttributeKey.for_int(name) if isinstance(value, int) else SearchAttributeKey.for_keyword(name)
