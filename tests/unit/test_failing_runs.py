"""Runs whose workflow task fails again and again: since when, and the cure; a hundred at most; unknown is not none."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from api import failing
from api.failing import RUNBOOK, RUNS_LISTED, failing_runs, of_installation, of_tenant
from api.operator_answers import FailingRun, FailingRuns
from cases.errors import IdentityError
from cases.names import SubjectKind, case_workflow_id
from tests.searched import COMPLETED, FAILED, NON_DETERMINISTIC, SIGNALED, TIMED_OUT, SearchedTemporal
from workers.doctor_failing import failing_finding
from workers.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = case_workflow_id("demo", SubjectKind.CONTENT, "c" * 32)
APPEAL = "appeal/demo/a-1"
UNHANDLED = ("category=WorkflowTaskFailed", "cause=WorkflowTaskFailedCauseWorkflowWorkerUnhandledFailure")


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


async def looked(temporal: SearchedTemporal, whose: str = "") -> FailingRuns:
    return await failing_runs(temporal, whose or of_tenant("demo"))  # type: ignore[arg-type]  # stood in


async def test_a_run_fails_since_the_first_failure_after_its_last_task_that_succeeded():
    ends = {
        CASE: [
            (FAILED, minutes(9)),
            (SIGNALED, minutes(8)),
            (TIMED_OUT, minutes(7)),
            (FAILED, minutes(5)),
            (COMPLETED, minutes(4)),
            (FAILED, minutes(1)),
        ],
        APPEAL: [(FAILED, minutes(3))],
    }
    found = await looked(SearchedTemporal({CASE: NON_DETERMINISTIC, APPEAL: UNHANDLED}, ends))

    assert [(one.workflow_id, one.case_id, one.since) for one in found.runs] == [
        (APPEAL, None, minutes(3)),
        (CASE, CASE, minutes(5)),
    ]
    assert (found.more, found.unsearched) == (0, None)


@pytest.mark.parametrize(
    ("problems", "cause", "cure"),
    [
        (NON_DETERMINISTIC, "NonDeterministicError", "put the version before it back"),
        (UNHANDLED, "WorkflowWorkerUnhandledFailure", "worker's log"),
        (("cause=WorkflowTaskFailedCauseBadSearchAttributes",), "BadSearchAttributes", "is not registered"),
        (
            ("category=WorkflowTaskTimedOut", "cause=WorkflowTaskTimedOutCauseStartToClose"),
            "StartToClose",
            "worker's log",
        ),
        ((), "unknown", "worker's log"),
    ],
)
async def test_each_cause_has_a_cure_and_the_runbook(problems, cause, cure):
    (run,) = (await looked(SearchedTemporal({CASE: problems}))).runs
    assert run.cause == cause
    assert cure in run.cure
    assert run.cure.endswith(f"see {RUNBOOK}")


async def test_a_hundred_are_listed_and_the_others_counted():
    many = {case_workflow_id("demo", SubjectKind.CONTENT, f"{number:032x}"): UNHANDLED for number in range(137)}
    found = await looked(SearchedTemporal(many))
    assert (len(found.runs), found.more) == (RUNS_LISTED, 37)


async def test_a_search_that_does_not_answer_is_told_and_never_taken_for_none(monkeypatch: pytest.MonkeyPatch):
    for error, code in (
        (RPCError("synthetic: no such attribute", RPCStatusCode.INVALID_ARGUMENT, b""), "invalid_argument"),
        (RuntimeError("synthetic: cannot connect"), "RuntimeError"),
    ):
        assert await looked(SearchedTemporal(fails=error)) == FailingRuns(unsearched=code)

    class Silent(SearchedTemporal):
        async def list_workflow_executions(self, asked: Any) -> Any:
            await asyncio.Event().wait()

    monkeypatch.setattr(failing, "SEARCH_TIMEOUT", timedelta(milliseconds=1))
    assert await looked(Silent()) == FailingRuns(unsearched="TimeoutError")


async def test_a_history_that_cannot_be_read_leaves_the_run_listed_without_its_time():
    away = RPCError("synthetic", RPCStatusCode.NOT_FOUND, b"")
    (run,) = (await looked(SearchedTemporal({CASE: UNHANDLED}, history_fails=away))).runs
    assert (run.workflow_id, run.since) == (CASE, None)


async def test_only_running_ones_of_the_tenant_are_asked_for_and_its_name_cannot_widen_that():
    temporal = SearchedTemporal()
    await looked(temporal)
    (query,) = temporal.queries
    assert query.startswith('ExecutionStatus = "Running" AND TemporalReportedProblems IS NOT NULL AND (')
    for family in ("case", "appeal", "filing", "batch", "consultation", "bulk"):
        assert f'WorkflowId STARTS_WITH "{family}/demo/"' in query
    assert "demo" not in of_installation()
    with pytest.raises(IdentityError):
        of_tenant('demo" OR WorkflowId STARTS_WITH "case')


def test_the_doctor_names_run_case_time_and_cure_and_says_what_it_does_not_know():
    runs = tuple(
        FailingRun(workflow_id=f"appeal/demo/a-{n}", case_id=CASE, cause="X", since=NOON, cure="mend") for n in "12345"
    )
    found = failing_finding("runs of demo", FailingRuns(runs=runs, more=7))
    assert not found.ok
    assert found.found.startswith(f"12 cannot move: appeal/demo/a-1 of {CASE} since 2026-11-22 12:00:00Z (X); ")
    assert found.found.endswith("…")
    assert found.cure == "mend; all: dueprocess stuck"
    assert failing_finding("runs of demo", FailingRuns()).ok
    unknown = failing_finding("runs of demo", FailingRuns(unsearched="unavailable"))
    assert not unknown.ok
    assert "not known" in unknown.cure


async def test_the_doctor_that_reaches_no_temporal_says_so_once(unused_address: str):
    from workers.doctor_failing import check_failing

    settings = Settings(temporal_address=unused_address, tenants=("demo", "other"))
    (found,) = [one async for one in check_failing(settings)]
    assert (found.name, found.ok) == ("runs of demo", False)


@pytest.fixture
def unused_address() -> str:
    from tests.conftest import free_port

    return f"127.0.0.1:{free_port()}"


def test_the_runbook_that_cures_name_is_there(repository):
    page = (repository / RUNBOOK).read_text()
    for cause in ("NonDeterministicError", "BadSearchAttributes", "WorkflowWorkerUnhandledFailure"):
        assert cause in page
