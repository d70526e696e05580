"""What a run cost, read from its history: events, billable actions, workflow tasks, bytes. Pure; nothing is estimated.

Rules of Temporal Cloud's price list (its documentation, "Actions", 2026): a start is 1, a continue-as-new 1, a signal 1 and
signal-with-start 1 in all, an update 1, a timer 1, an upsert of search attributes 1, a regular activity 1 and 1 more for
each retry, all local activities of one workflow task together 1, a child workflow 2, a run of a schedule 3, a Nexus
operation 1. What leaves no trace in a history is not counted: rejected updates, queries, heartbeats.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

LOCAL_ACTIVITY: Final = "core_local_activity"
SCHEDULED_BY: Final = "TemporalScheduledById"

_ONE_EACH: Final[Mapping[int, str]] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continue-as-new",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "update",
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "upsert",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: "signal",
    EventType.EVENT_TYPE_NEXUS_OPERATION_SCHEDULED: "nexus operation",
}


@dataclass(frozen=True)
class Cost:
    """Of one run, or of several added up. transitions: as the server counts them, which a history does not say."""

    events: int = 0
    actions: int = 0
    workflow_tasks: int = 0
    history_bytes: int = 0
    transitions: int = 0
    actions_by_kind: Mapping[str, int] = field(default_factory=dict)
    events_by_kind: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Cost") -> "Cost":
        return self._combined(other, 1)

    def __sub__(self, other: "Cost") -> "Cost":
        return self._combined(other, -1)

    def _combined(self, other: "Cost", sign: int) -> "Cost":
        return Cost(
            events=self.events + sign * other.events,
            actions=self.actions + sign * other.actions,
            workflow_tasks=self.workflow_tasks + sign * other.workflow_tasks,
            history_bytes=self.history_bytes + sign * other.history_bytes,
            transitions=self.transitions + sign * other.transitions,
            actions_by_kind=_added(self.actions_by_kind, other.actions_by_kind, sign),
            events_by_kind=_added(self.events_by_kind, other.events_by_kind, sign),
        )


def cost_of(history: Iterable[HistoryEvent], transitions: int = 0) -> Cost:
    """What these events cost. A beginning of a history may be counted, or a whole one."""
    events = list(history)
    actions: Counter[str] = Counter()
    batches: set[int] = set()
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == LOCAL_ACTIVITY:
                batches.add(marker.workflow_task_completed_event_id)
        else:
            actions.update(_actions_of(event))
    actions.update({"local activities": len(batches)})
    actions = +actions  # only what there was
    kinds = Counter(kind_of(event) for event in events)
    return Cost(
        events=len(events),
        actions=actions.total(),
        workflow_tasks=kinds["workflow_task_completed"],
        history_bytes=sum(event.ByteSize() for event in events),
        transitions=transitions,
        actions_by_kind=dict(actions),
        events_by_kind=dict(kinds),
    )


def is_local_activity(event: HistoryEvent, name: str) -> bool:
    """Whether this is the marker of a local activity of that type. Markers' own data pass no codec."""
    if event.event_type != EventType.EVENT_TYPE_MARKER_RECORDED:
        return False
    data = event.marker_recorded_event_attributes.details.get("data")
    return data is not None and json.loads(data.payloads[0].data).get("activity_type") == name


def kind_of(event: HistoryEvent) -> str:
    """The event's type in small letters, such as timer_started."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()


def _actions_of(event: HistoryEvent) -> dict[str, int]:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            return _start(event)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            return _signal(event)
        case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            retries = event.activity_task_started_event_attributes.attempt - 1
            return {"activity retry": retries} if retries > 0 else {}
        case EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
            return {"child workflow": 2}
        case _:
            name = _ONE_EACH.get(event.event_type)
            return {name: 1} if name else {}


def _start(event: HistoryEvent) -> dict[str, int]:
    """A child's start is in its parent's two, a continued run's in the continue-as-new before it."""
    started = event.workflow_execution_started_event_attributes
    if started.HasField("parent_workflow_execution") or started.continued_execution_run_id:
        return {}
    return {"schedule run": 3} if SCHEDULED_BY in started.search_attributes.indexed_fields else {"start": 1}


def _signal(event: HistoryEvent) -> dict[str, int]:
    """The signal of a signal-with-start stands right after the start, where else the first workflow task would."""
    sender = event.workflow_execution_signaled_event_attributes
    free = event.event_id == 2 or sender.HasField("external_workflow_execution")  # the latter: its sender was billed
    return {} if free else {"signal": 1}


def _added(one: Mapping[str, int], other: Mapping[str, int], sign: int) -> dict[str, int]:
    totals = {name: one.get(name, 0) + sign * other.get(name, 0) for name in (*one, *other)}
    return {name: count for name, count in totals.items() if count}
