"""The workflow sandbox, with what is safe to share passed through once.

asyncpg imported anew by the sandbox kills the worker process at its first transaction, and so may any C extension; our
pure rooms are passed through because importing them for every run would cost more than the run.
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = (
    "activities",
    "asyncpg",
    "cases",
    "cel_expr_python",
    "cryptography",
    "orjson",
    "pydantic",
    "pydantic_core",
    "record",
    "workflows.asks",
    "workflows.clockwork",
    "workflows.details",
    "workflows.effects",
    "workflows.mailbox",
    "workflows.recording",
    "workflows.shown",
    "workflows.timeouts",
)


def workflow_runner() -> SandboxedWorkflowRunner:
    """The runner of every worker and replayer."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
