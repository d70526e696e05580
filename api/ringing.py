"""The doorbell: tells a case's run to look into the inbox, starting one if none runs. A hint, never the message."""

import asyncio
import logging
from collections.abc import Mapping
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
from record.views import CaseRow

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

    def ring_soon(
        self, stream_id: str, number: int, category: str | None = None, settled: CaseRow | None = None
    ) -> None:
        """Ring without waiting: the commit was the acknowledgement, and the sender has it whatever Temporal does."""
        if len(self._under_way) >= RINGS_AT_ONCE:
            self._leave(stream_id, "too many rings under way")
            return
        task = asyncio.create_task(self.ring(stream_id, number, category, settled))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

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

    async def aclose(self) -> None:
        """Wait for the rings under way, briefly."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2)

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
