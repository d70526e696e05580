"""Runs that cannot move, since their workflow task fails again and again: the record cannot know, Temporal's search does.

Temporal lists a run under `TemporalReportedProblems` after a few failures in a row (five, unless its dynamic configuration
`system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute` says otherwise), and takes it off with the next task
that succeeds. Ids, codes and times only: what a failure says may quote what the run was about.
"""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    GetWorkflowExecutionHistoryReverseRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from api.operator_answers import FailingRun, FailingRuns
from cases.names import (
    DRIFT_WORKFLOW,
    FAMILIES,
    LATE_MEDIA_WORKFLOW,
    SWEEPER_WORKFLOW,
    WATCH_WORKFLOW,
    checked_tenant,
)
from record import views
from record.record import Record

RUNS_LISTED: Final = 100
SEARCH_TIMEOUT: Final = timedelta(seconds=3)
EVENTS_READ: Final = 200  # of a run, the newest: a run that cannot move gains them by signals only
LOOKS_AT_ONCE: Final = 10
RUNBOOK: Final = "docs/runbooks/workflow-tasks-that-fail.md"

_FAILING: Final = 'ExecutionStatus = "Running" AND TemporalReportedProblems IS NOT NULL'
_REPORTED: Final = "TemporalReportedProblems"
_OF_TENANTS: Final = (*FAMILIES, "bulk", "events")
_OF_ALL_TENANTS: Final = (SWEEPER_WORKFLOW, WATCH_WORKFLOW, DRIFT_WORKFLOW, LATE_MEDIA_WORKFLOW)
_CAUSE: Final = re.compile(r"cause=(?:WorkflowTask(?:Failed|TimedOut)Cause)?(\w+)")
_FAILED: Final = (EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
# A lazy client that cannot connect raises RuntimeError.
_AWAY: Final = (RPCError, TimeoutError, RuntimeError, OSError)
_CURES: Final = {
    "NonDeterministicError": "the workers' code is not what wrote this run's history: put the version before it back",
    "BadSearchAttributes": "a search attribute is not registered: dueprocess doctor names it",
}
_ANY_CURE: Final = "the worker's log has the error: mend what it could not reach, or put the version before it back"


class Failing:
    """A tenant's runs that cannot move, each with its case."""

    def __init__(self, record: Record, client: Client) -> None:
        self._record, self._client = record, client

    async def of(self, tenant: str) -> FailingRuns:
        """Those that stood still longest first; where the search does not answer, they say so. Raises RecordUnavailable."""
        found = await failing_runs(self._client, of_tenant(tenant))
        if not found.runs:
            return found
        cases = await views.cases_of_workflows(self._record, tenant, [one.workflow_id for one in found.runs])
        named = (one.evolve(case_id=cases.get(one.workflow_id, one.case_id)) for one in found.runs)
        return found.evolve(runs=tuple(named))


def of_tenant(tenant: str) -> str:
    """The tenant's own runs, as a condition of Temporal's search."""
    checked = checked_tenant(tenant)
    return " OR ".join(f'WorkflowId STARTS_WITH "{family}/{checked}/"' for family in _OF_TENANTS)


def of_installation() -> str:
    """The runs that serve every tenant, likewise."""
    return " OR ".join(f'WorkflowType = "{workflow}"' for workflow in _OF_ALL_TENANTS)


async def failing_runs(client: Client, whose: str) -> FailingRuns:
    """The runs that cannot move, a hundred at most. whose: a condition of Temporal's search."""
    service, query = client.workflow_service, f"{_FAILING} AND ({whose})"
    wanted = ListWorkflowExecutionsRequest(namespace=client.namespace, page_size=RUNS_LISTED, query=query)
    counted = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    try:
        async with asyncio.timeout(SEARCH_TIMEOUT.total_seconds()):
            listed = (await service.list_workflow_executions(wanted)).executions
            full = len(listed) >= RUNS_LISTED
            count = (await service.count_workflow_executions(counted)).count if full else len(listed)
    except _AWAY as error:
        return FailingRuns(unsearched=_code(error))
    since = await _since_of(client, [one.execution for one in listed])
    runs = [_run(info, began) for info, began in zip(listed, since, strict=True)]
    runs.sort(key=lambda one: (one.since is None, one.since, one.workflow_id))
    return FailingRuns(runs=tuple(runs), more=max(0, count - len(runs)))


async def _since_of(client: Client, executions: list[WorkflowExecution]) -> list[datetime | None]:
    """Since when each fails, in the time that one search may take; None of those that were not read by then."""
    room = asyncio.Semaphore(LOOKS_AT_ONCE)

    async def look(execution: WorkflowExecution) -> datetime | None:
        async with room:
            try:
                return await _since(client, execution)
            except _AWAY:
                return None

    looks = [asyncio.create_task(look(one)) for one in executions]
    if not looks:
        return []
    _, late = await asyncio.wait(looks, timeout=SEARCH_TIMEOUT.total_seconds())
    for one in late:
        one.cancel()
    found = await asyncio.gather(*looks, return_exceptions=True)
    return [one if isinstance(one, datetime) else None for one in found]


async def _since(client: Client, execution: WorkflowExecution) -> datetime | None:
    """The first failure after the last task that succeeded."""
    page = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace, execution=execution, maximum_page_size=EVENTS_READ
        )
    )
    since = None
    for event in page.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type in _FAILED:
            since = event.event_time.ToDatetime(tzinfo=UTC)
    return since


def _run(info: WorkflowExecutionInfo, since: datetime | None) -> FailingRun:
    workflow_id = info.execution.workflow_id
    cause = _cause(info)
    return FailingRun(
        workflow_id=workflow_id,
        case_id=workflow_id if workflow_id.startswith("case/") else None,
        cause=cause,
        since=since,
        cure=f"{_CURES.get(cause, _ANY_CURE)}; see {RUNBOOK}",
    )


def _cause(info: WorkflowExecutionInfo) -> str:
    """Temporal's name of it, of `["category=WorkflowTaskFailed", "cause=WorkflowTaskFailedCauseNonDeterministicError"]`."""
    reported = json.loads(info.search_attributes.indexed_fields[_REPORTED].data or b"[]")
    for problem in (reported,) if isinstance(reported, str) else reported:
        if found := _CAUSE.fullmatch(problem):
            return found[1]
    return "unknown"


def _code(error: BaseException) -> str:
    return error.status.name.lower() if isinstance(error, RPCError) else type(error).__name__
