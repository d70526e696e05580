"""Asking a run that is slow, loading, or gone. Nothing here waits longer than it is told to."""

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api import asking
from api.asking import Asker, NotRunning
from api.errors import Refused, ServiceUnavailable
from cases.errors import TokenRefused
from cases.messages import Accepted, DecisionMessage
from record.errors import RecordUnavailable

DECISION = DecisionMessage.model_validate({"decision_id": "d-1", "matter": "spam/1", "outcome": "no_violation"})


class Run:
    """A client and its only handle, whose updates end as told."""

    def __init__(self, *ends: Exception | Accepted | None) -> None:
        self._ends = list(ends)
        self.asked: list[str] = []

    def get_workflow_handle(self, workflow_id: str) -> "Run":
        return self

    async def execute_update(self, update: str, message: Any, *, id: str, result_type: type) -> Accepted:
        self.asked.append(id)
        end = self._ends.pop(0) if len(self._ends) > 1 else self._ends[0]
        if end is None:
            await asyncio.Event().wait()
        if isinstance(end, Exception):
            raise end
        assert end is not None
        return end


def a_failure(kind: str, words: str = "field: problem; cure") -> Exception:

    return WorkflowUpdateFailedError(ApplicationError(words, type=kind, non_retryable=True))


async def ask(run: Run, within_seconds: float = 30) -> Accepted:
    return await Asker(run, within_seconds).ask("case/x", "decide", DECISION, "d-1")  # type: ignore[arg-type]


async def test_an_answer_is_passed_on():
    assert (await ask(Run(Accepted(message_id="d-1", status="known")))).status == "known"


async def test_a_run_that_does_not_answer_in_time_is_unavailable():
    with pytest.raises(ServiceUnavailable, match="send the same id again"):
        await ask(Run(None), within_seconds=0.05)


async def test_a_case_that_goes_on_loading_is_unavailable_after_a_bounded_number_of_tries(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(asking, "LOADING_PAUSES_SECONDS", (0.001,) * len(asking.LOADING_PAUSES_SECONDS))
    run = Run(a_failure("CaseLoading"))
    with pytest.raises(ServiceUnavailable):
        await ask(run)

    assert len(run.asked) == 10
    assert set(run.asked) == {"d-1"}


async def test_a_case_that_was_loading_is_asked_again():
    assert await ask(Run(a_failure("CaseLoading"), Accepted(message_id="d-1")))


@pytest.mark.parametrize("kind", ["already_decided", "unknown_matter"])
async def test_a_refusal_keeps_its_code_and_words(kind: str):
    with pytest.raises(Refused, match="field: problem; cure") as caught:
        await ask(Run(a_failure(kind)))

    assert caught.value.code == kind


async def test_a_proof_that_does_not_hold_is_a_token_refused():
    with pytest.raises(TokenRefused, match="cure"):
        await ask(Run(a_failure("not_proven")))


async def test_a_strange_failures_words_are_not_passed_on():
    with pytest.raises(Refused) as caught:
        await ask(Run(a_failure("ValidationError", "input_value='content'")))

    assert "content" not in str(caught.value)


async def test_no_open_run_is_said_so():
    with pytest.raises(NotRunning):
        await ask(Run(RPCError("not found", RPCStatusCode.NOT_FOUND, b"")))


@pytest.mark.parametrize(
    "failure",
    [
        RPCError("10.0.0.1 refused", RPCStatusCode.UNAVAILABLE, b""),
        RPCError("limit", RPCStatusCode.RESOURCE_EXHAUSTED, b""),
        WorkflowUpdateRPCTimeoutOrCancelledError(),
        RuntimeError("Failed client connect"),
        RecordUnavailable("no key"),
    ],
)
async def test_whatever_is_away_is_unavailable(failure: Exception):
    with pytest.raises(ServiceUnavailable) as caught:
        await ask(Run(failure))

    assert "10.0.0.1" not in str(caught.value)
