"""What runs workflow code: the SDK's sandbox in tests and replays, nothing in between in production.

The sandbox catches mistakes of whoever writes workflows, and costs a worker an eighth of its time. So it stands where code
is written: every workflow test and every replay of a golden history runs in it, and tests/unit/test_determinism.py reads
what it cannot see, the pure rooms that are passed through it (docs/decisions/0010-sandbox-in-tests.md).

asyncpg imported anew by the sandbox kills the process at its first transaction, and so may any C extension; our pure rooms
are passed through because importing them for every run would cost more than the run.
"""

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
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
    "workflows.pace",
    "workflows.recording",
    "workflows.shown",
    "workflows.timeouts",
)


def workflow_runner() -> WorkflowRunner:
    """The runner of a worker in production."""
    return UnsandboxedWorkflowRunner()


def guarded_runner() -> SandboxedWorkflowRunner:
    """The runner of every test and replay: what is not deterministic fails in it."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
