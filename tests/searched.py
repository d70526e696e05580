"""Temporal's search, stood in: runs that it lists as failing, and what their histories end with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsResponse,
    GetWorkflowExecutionHistoryReverseResponse,
    ListWorkflowExecutionsResponse,
)

FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
TIMED_OUT = EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
NON_DETERMINISTIC = ("category=WorkflowTaskFailed", "cause=WorkflowTaskFailedCauseNonDeterministicError")


@dataclass
class SearchedTemporal:
    """problems: what is reported, by workflow id; ends: newest event first. fails: what the search raises, or a history."""

    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ends: Mapping[str, Sequence[tuple[EventType.ValueType, datetime]]] = field(default_factory=dict)
    fails: Exception | None = None
    history_fails: Exception | None = None
    queries: list[str] = field(default_factory=list)
    namespace: str = "default"

    @property
    def workflow_service(self) -> "SearchedTemporal":
        """The calls, as of a client."""
        return self

    async def list_workflow_executions(self, asked: Any) -> ListWorkflowExecutionsResponse:
        """One page."""
        if self.fails:
            raise self.fails
        self.queries.append(asked.query)
        found = list(self.problems.items())[: asked.page_size]
        return ListWorkflowExecutionsResponse(executions=[_listed(name, problems) for name, problems in found])

    async def count_workflow_executions(self, asked: Any) -> CountWorkflowExecutionsResponse:
        """All of them."""
        self.queries.append(asked.query)
        return CountWorkflowExecutionsResponse(count=len(self.problems))

    async def get_workflow_execution_history_reverse(self, asked: Any) -> GetWorkflowExecutionHistoryReverseResponse:
        """One page, newest first."""
        if self.history_fails:
            raise self.history_fails
        answer = GetWorkflowExecutionHistoryReverseResponse()
        for kind, at in self.ends.get(asked.execution.workflow_id, ())[: asked.maximum_page_size]:
            event = HistoryEvent(event_type=kind)
            event.event_time.FromDatetime(at)
            answer.history.events.append(event)
        return answer


def _listed(workflow_id: str, problems: Sequence[str]) -> WorkflowExecutionInfo:
    info = WorkflowExecutionInfo(execution=WorkflowExecution(workflow_id=workflow_id, run_id="r"))
    reported = Payload(data=json.dumps(list(problems)).encode())
    info.search_attributes.indexed_fields["TemporalReportedProblems"].CopyFrom(reported)
    return info
