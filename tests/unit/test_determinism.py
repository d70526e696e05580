"""What a run executes asks no clock, no chance and no machine: read from the source, since production has no sandbox.

The SDK's sandbox sees only the four files that define workflows; this reads everything that is passed through it, too.
"""

import ast
from pathlib import Path

import pytest

FORBIDDEN_MODULES = frozenset(
    {
        "glob",
        "io",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "ssl",
    }
    | {
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
        "http",
        "concurrent",
        "logging",
        "locale",
    }
)
FORBIDDEN_CALLS = frozenset({"open", "input", "print", "exec", "eval", "id", "hash"})
FORBIDDEN_METHODS = frozenset({"now", "utcnow", "today", "fromtimestamp", "to_thread", "run_in_executor"})
FROM_THE_RUN = frozenset({"workflow", "clock"})  # workflow.now() is the run's own time


def sources(repository: Path) -> list[Path]:
    """Every file of the two rooms whose code runs inside a workflow."""
    return sorted([*(repository / "cases").glob("*.py"), *(repository / "workflows").glob("*.py")])


def faults(source: Path) -> list[str]:
    """What this file names that a replay would answer otherwise."""
    found = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Global):
            found.append(f"global {', '.join(node.names)}")
        elif isinstance(node, ast.Call):
            found += _called(node)
    return found


def _called(node: ast.Call) -> list[str]:
    match node.func:
        case ast.Name(id=name) if name in FORBIDDEN_CALLS:
            return [f"{name}()"]
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
            name in FORBIDDEN_METHODS and owner not in FROM_THE_RUN
        ):
            return [f"{owner}.{name}()"]
    return []


def test_what_runs_in_a_workflow_asks_no_clock_no_chance_and_no_machine(repository: Path):
    found = {str(one.relative_to(repository)): faults(one) for one in sources(repository)}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "mistake",
    [
        "import random",
        "from time import monotonic",
        "datetime.now(UTC)",
        "open('x')",
        "def f():\n    global a\n    a = 1",
    ],
)
def test_a_mistake_is_seen(tmp_path: Path, mistake: str):
    (tmp_path / "mistake.py").write_text(mistake)
    assert faults(tmp_path / "mistake.py")
