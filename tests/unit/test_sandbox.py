"""What the workflow sandbox loads: nothing that would kill the worker, nothing that acts."""

import subprocess
import sys
from pathlib import Path

import pytest
from temporalio import workflow

from workers.worker import WORKFLOWS

PREPARED = """
import asyncio, sys
import asyncpg, asyncpg.protocol.protocol
from workers.worker import WORKFLOWS
from workers.sandbox import guarded_runner

before = {name: id(module) for name, module in sys.modules.items() if name.startswith("asyncpg")}
loaded = []


class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("asyncpg", "record", "cryptography", "orjson", "cel_expr_python"):
            loaded.append(name)


from temporalio import workflow

sys.meta_path.insert(0, Watch())


async def prepare():
    runner = guarded_runner()
    for one in WORKFLOWS:
        runner.prepare_workflow(workflow._Definition.must_from_class(one))


asyncio.run(prepare())
after = {name: id(module) for name, module in sys.modules.items() if name.startswith("asyncpg")}
print(sorted(loaded), before == after)
"""


@pytest.fixture(scope="module")
def prepared(repository: Path) -> str:
    """Every workflow prepared for the sandbox, in a process of its own: an import is remembered for good."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED], cwd=repository, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_preparing_every_workflow_imports_no_driver_and_no_c_extension_anew(prepared: str):
    assert prepared == "[] True"


def test_workflows_are_not_what_loads_the_record(repository: Path):
    """Workflow files name effects by stubs; whoever imports them alone gets no driver with them."""
    check = (
        "import sys, workflows.case, workflows.appeal, workflows.filing, workflows.sweeper; "
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('asyncpg', 'record', 'aiosmtplib', 'jinja2', 'httpx2')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=repository, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("one", WORKFLOWS, ids=lambda one: one.__name__)
def test_every_update_has_a_validator(one: type):
    """The SDK asks the decision guard only where there is one: an update without would be open to anybody."""
    definition = workflow._Definition.must_from_class(one)
    for name, update in definition.updates.items():
        assert update.validator is not None, name
        assert update.description, f"{name}: the Web UI's form shows it"


@pytest.mark.parametrize("one", WORKFLOWS, ids=lambda one: one.__name__)
def test_every_handler_is_synchronous_described_and_takes_whatever_comes(one: type):
    import asyncio
    import inspect

    definition = workflow._Definition.must_from_class(one)
    for signal in definition.signals.values():
        assert not asyncio.iscoroutinefunction(signal.fn), signal.name
        kinds = [parameter.kind for parameter in list(inspect.signature(signal.fn).parameters.values())[1:]]
        assert kinds == [inspect.Parameter.VAR_POSITIONAL], f"{signal.name}: a wrong argument count parks the case"
        assert signal.description, signal.name
    for update in definition.updates.values():
        assert not asyncio.iscoroutinefunction(update.fn), update.name
    assert not definition.failure_exception_types
