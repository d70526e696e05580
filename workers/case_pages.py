"""Where reviewers' pages are, for workflows that name their own: handed in by the worker, which alone knows its settings.

Current details are what a query answers, no command: another address on replay changes nothing.
"""

from temporalio.worker import Interceptor, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from cases.names import PAGE_OF_CASE


class CasePages(Interceptor):
    """public_url: where people reach the gateway; empty where nobody said, and then there are no links."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """No interceptor of its own: a function that workflows may call."""
        if self._public_url:
            input.unsafe_extern_functions[PAGE_OF_CASE] = self.page_of
        return None

    def page_of(self, stream: str) -> str:
        """The address of a case's or an appeal's page."""
        return f"{self._public_url}/review/cases/{stream}"
