"""What a validator refuses leaves nothing behind in a run: it is counted where it is refused."""

from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.worker import HandleUpdateInput, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workers.decision_guard import DecisionGuard


class Refusing(WorkflowInboundInterceptor):
    """The run's own validators."""

    def __init__(self, code: str | None) -> None:
        self.code = code

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        if self.code:
            raise ApplicationError("synthetic", type=self.code)


class Counter:
    def __init__(self) -> None:
        self.added: list[dict[str, str]] = []

    def add(self, amount: int, attributes: dict[str, str]) -> None:
        self.added += [attributes] * amount


@pytest.mark.parametrize(
    ("code", "counted"),
    [("already_decided", ["already_decided"]), ("Busy", []), ("CaseLoading", []), (None, [])],
)
def test_a_refused_update_is_counted_by_its_code_and_what_may_be_sent_again_is_none(
    code: str | None, counted: list[str]
):
    guard, counter = DecisionGuard({}), Counter()
    guard._refusals = cast(Any, counter)
    made = guard.workflow_interceptor_class(cast(WorkflowInterceptorClassInput, None))
    assert made is not None
    asked = HandleUpdateInput(id="u-1", update="decide", args=[], headers={})
    if code:
        with pytest.raises(ApplicationError):
            made(Refusing(code)).handle_update_validator(asked)
    else:
        made(Refusing(code)).handle_update_validator(asked)
    assert counter.added == [{"door": "update", "code": one} for one in counted]
