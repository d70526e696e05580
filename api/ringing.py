"""The doorbell: tells a case's run to look into the inbox, starting one if none runs. A hint, never the message."""

import asyncio
import logging
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

from cases.errors import CaseError
from cases.names import CASE_WORKFLOW, CASES_TASK_QUEUE, RING, parse_workflow_id
from record.errors import RecordUnavailable

logger = logging.getLogger("dueprocess.doors")

RING_TIMEOUT: Final = timedelta(seconds=5)  # one attempt; then the sweeper rings
RINGS_AT_ONCE: Final = 500  # beyond this many under way, rings are left to the sweeper
# A lazy client that cannot connect raises RuntimeError; the codec raises what its key store raises.
_FAILURES: Final = (RPCError, TimeoutError, RuntimeError, OSError, CaseError, RecordUnavailable)
UNKNOWN_PRIORITY: Final = 3  # before triage: in the middle


class Ringer:
    """Rings for streams of cases and appeals. A ring that fails is logged and left to the sweeper."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._under_way: set[asyncio.Task[bool]] = set()
        self._left = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.rings_left", description="rings that failed at a door and were left to the sweeper"
        )

    def ring_soon(self, stream_id: str, number: int, category: str | None = None) -> None:
        """Ring without waiting: the commit was the acknowledgement, and the sender has it whatever Temporal does."""
        if len(self._under_way) >= RINGS_AT_ONCE:
            self._leave(stream_id, "too many rings under way")
            return
        task = asyncio.create_task(self.ring(stream_id, number, category))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def ring(
        self, stream_id: str, number: int, category: str | None = None, priority: int = UNKNOWN_PRIORITY
    ) -> bool:
        """Ring once. False where it failed.

        number: the inbox row's, a hint only. category, priority: hints for the list of cases, until triage says.
        """
        try:
            async with asyncio.timeout(RING_TIMEOUT.total_seconds()):
                await self._signal(stream_id, number, category, priority)
        except _FAILURES as error:
            self._leave(stream_id, type(error).__name__)
            return False
        return True

    async def aclose(self) -> None:
        """Wait for the rings under way, briefly."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2)

    async def _signal(self, stream_id: str, number: int, category: str | None, priority: int) -> None:
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
            search_attributes=_first_attributes(name.tenant, category, priority),
            static_summary=f"Case about a {name.rest.partition('/')[0]} of {name.tenant}",
            priority=Priority(priority_key=priority, fairness_key=name.tenant),
        )

    def _leave(self, stream_id: str, reason: str) -> None:
        self._left.add(1)
        logger.warning("ring left to the sweeper", extra={"event": "ring_left", "case_id": stream_id, "reason": reason})


def _first_attributes(tenant: str, category: str | None, priority: int) -> TypedSearchAttributes:
    """What the list of cases shows until the run's first upsert. Ids and enums only: these are never encrypted."""
    pairs: list[SearchAttributePair[Any]] = [
        _keyword("CaseTenant", tenant),
        _keyword("CaseStage", "assessing"),
        SearchAttributePair(SearchAttributeKey.for_int("CasePriority"), priority),
        SearchAttributePair(SearchAttributeKey.for_bool("CaseStuck"), False),
        SearchAttributePair(SearchAttributeKey.for_bool("CaseLegalHold"), False),
    ]
    return TypedSearchAttributes([*pairs, *([_keyword("CaseCategory", category)] if category else [])])


def _keyword(name: str, value: str) -> SearchAttributePair[Any]:
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
