"""Events and billable actions of a small history made by hand, and of histories with one thing of every other sort."""

import json
from itertools import count
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from benchmarks.counting import Cost, cost_of, is_local_activity

T = EventType


def a_history(*kinds: int | tuple[int, dict[str, Any]]) -> list[HistoryEvent]:
    """Events numbered from 1; a tuple brings attributes."""
    numbers = count(1)
    pairs = [kind if isinstance(kind, tuple) else (kind, {}) for kind in kinds]
    return [HistoryEvent(event_id=next(numbers), event_type=kind, **more) for kind, more in pairs]  # type: ignore[arg-type]


def a_marker(activity: str, workflow_task: int, name: str = "core_local_activity") -> tuple[int, dict[str, Any]]:
    data = Payloads(payloads=[Payload(data=json.dumps({"activity_type": activity}).encode())])
    attributes = {
        "marker_name": name,
        "workflow_task_completed_event_id": workflow_task,
        "details": {"data": data},
    }
    return T.EVENT_TYPE_MARKER_RECORDED, {"marker_recorded_event_attributes": attributes}


def a_start(**attributes: Any) -> tuple[int, dict[str, Any]]:
    return T.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, {"workflow_execution_started_event_attributes": attributes}


SIGNALED = T.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
TASK = (
    T.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    T.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    T.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
)
ACTIVITY = (
    T.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    (T.EVENT_TYPE_ACTIVITY_TASK_STARTED, {"activity_task_started_event_attributes": {"attempt": 1}}),
    T.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
)

GOLDEN = a_history(
    a_start(),
    SIGNALED,  # 2: of signal-with-start
    *TASK,  # 3 to 5
    a_marker("take_mail", 5),
    a_marker("record_events", 5),
    *ACTIVITY,  # 8 to 10
    *TASK,  # 11 to 13
    a_marker("record_events", 13),
    T.EVENT_TYPE_TIMER_STARTED,
    T.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    SIGNALED,  # 17
    *TASK,  # 18 to 20
    T.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    T.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
    T.EVENT_TYPE_TIMER_CANCELED,
    T.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
)


def test_a_small_history_is_counted_whole():
    cost = cost_of(GOLDEN, transitions=11)
    assert cost.actions_by_kind == {
        "start": 1,
        "activity": 1,
        "timer": 1,
        "upsert": 1,
        "signal": 1,
        "update": 1,
        "local activities": 2,
    }
    assert (cost.events, cost.actions, cost.workflow_tasks, cost.transitions) == (24, 8, 3, 11)
    assert cost.history_bytes == sum(event.ByteSize() for event in GOLDEN)
    assert cost.events_by_kind["marker_recorded"] == 3


def test_the_signal_of_a_signal_with_start_is_in_the_start():
    assert cost_of(a_history(a_start(), SIGNALED, *TASK)).actions == 1
    assert cost_of(a_history(a_start(), TASK[0], SIGNALED, *TASK[1:])).actions == 2


@pytest.mark.parametrize("local_activities", [1, 2, 7])
def test_local_activities_of_one_workflow_task_are_one_action(local_activities: int):
    markers = [a_marker("record_events", 4)] * local_activities
    assert cost_of(a_history(a_start(), *TASK, *markers)).actions_by_kind == {"start": 1, "local activities": 1}


def test_a_retry_is_an_action_more():
    started = T.EVENT_TYPE_ACTIVITY_TASK_STARTED, {"activity_task_started_event_attributes": {"attempt": 4}}
    cost = cost_of(a_history(ACTIVITY[0], started, ACTIVITY[2]))
    assert cost.actions_by_kind == {"activity": 1, "activity retry": 3}


def test_a_child_is_two_actions_at_its_parent_and_none_at_its_own_start():
    parent = a_history(a_start(), *TASK, T.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
    child = a_history(a_start(parent_workflow_execution={"workflow_id": "w", "run_id": "r"}), *TASK)
    assert (cost_of(parent).actions, cost_of(child).actions) == (3, 0)


def test_continuing_as_new_is_one_action_over_both_runs():
    first = a_history(a_start(), *TASK, T.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
    second = a_history(a_start(continued_execution_run_id="r"), *TASK)
    assert (cost_of(first) + cost_of(second)).actions_by_kind == {"start": 1, "continue-as-new": 1}


def test_a_run_of_a_schedule_is_three_actions():
    scheduled = {"indexed_fields": {"TemporalScheduledById": Payload(data=b'"sweeper"')}}
    assert cost_of(a_history(a_start(search_attributes=scheduled), *TASK)).actions == 3


def test_a_signal_that_a_workflow_sent_was_billed_at_its_sender():
    sent = {"workflow_execution_signaled_event_attributes": {"external_workflow_execution": {"workflow_id": "w"}}}
    assert cost_of(a_history(a_start(), *TASK, (SIGNALED, sent))).actions == 1


def test_what_is_no_local_activity_costs_no_action():
    assert cost_of(a_history(a_start(), *TASK, a_marker("", 4, name="core_patch"))).actions == 1


def test_a_marker_says_which_local_activity_it_is_of():
    events = a_history(a_start(), *TASK, a_marker("start_filing", 4))
    assert [is_local_activity(one, "start_filing") for one in events] == [False] * 4 + [True]
    assert not is_local_activity(events[-1], "take_mail")


def test_costs_add_up_and_their_difference_is_what_one_adds():
    whole, part = cost_of(GOLDEN, 11), cost_of(GOLDEN[:10], 4)
    assert part + (whole - part) == whole
    assert (whole - part).actions_by_kind == {"timer": 1, "upsert": 1, "signal": 1, "update": 1, "local activities": 1}
    assert sum([part], Cost()) == part
