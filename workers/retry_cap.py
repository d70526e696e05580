"""The longest pause between two attempts, as the settings say it. Workflows name the rest of their retry policies.

Set where commands are made, not read by workflows: another cap after a restart is no other history (retry policies are
attributes of a command, and replay does not compare them).
"""

from dataclasses import replace
from datetime import timedelta

from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle


class RetryCap(Interceptor):
    """Caps the pause between attempts of every activity that is retried without end."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """An interceptor that knows the cap."""
        longest = self._longest

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> ActivityHandle:  # type: ignore[type-arg]
                if input.retry_policy is not None:
                    input.retry_policy = replace(input.retry_policy, maximum_interval=longest)
                return super().start_activity(input)

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound
