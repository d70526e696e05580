"""How a workflow reaches its record: quickly where it can, patiently where Postgres is away."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from cases.facts import Fact
    from workflows.timeouts import FOR_EVER, RECORD_ATTEMPT, RECORD_TRIES, RECORD_TRY_SECONDS

Request = TypeVar("Request", bound=Fact)
Answer = TypeVar("Answer")


async def on_record(stub: Callable[[Request], Awaitable[Answer]], request: Request, summary: str) -> Answer:
    """The activity's answer, however long it takes.

    First as a local activity: one event, no hop. A local activity that keeps failing would write some 23 events a minute,
    so after three tries the same function runs as a regular activity: visible, pausable, six events in all.
    """
    try:
        return await workflow.execute_local_activity(
            stub,
            request,
            start_to_close_timeout=RECORD_TRY_SECONDS,
            retry_policy=RECORD_TRIES,
            summary=summary,
        )
    except FailureError as error:  # a local activity raises its own error where it fails fast, not an ActivityError
        if is_cancelled_exception(error):
            raise
    patient: Any = await workflow.execute_activity(
        stub,
        request,
        start_to_close_timeout=RECORD_ATTEMPT,
        retry_policy=FOR_EVER,
        summary=f"{summary} (the record was away)",
    )
    return patient  # type: ignore[no-any-return]
