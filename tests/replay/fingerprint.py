"""The commands that workflow code issues, read from its syntax: what must not change under open cases unnoticed.

`python -m tests.replay.fingerprint` writes the fingerprint anew. (The idea is PostHog's.)
"""

import ast
import json
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FINGERPRINT: Final = Path(__file__).parent / "fingerprint.json"

# Whatever becomes a command or a marker of history, and our own two calls that stand for one.
COMMANDS: Final = frozenset(
    {
        "execute_activity",
        "start_activity",
        "execute_local_activity",
        "start_local_activity",
        "execute_child_workflow",
        "start_child_workflow",
        "continue_as_new",
        "sleep",
        "wait_condition",
        "wait",
        "as_completed",
        "upsert_search_attributes",
        "upsert_memo",
        "patched",
        "deprecate_patch",
        "uuid4",
        "random",
        "create_task",
        "gather",
        "on_record",
    }
)
BRANCHES: Final = (ast.If, ast.For, ast.While, ast.Try, ast.Match, ast.AsyncFor)


def fingerprint() -> dict[str, list[str]]:
    """By file: each command, in order, as `function: branches it stands in: call(what it calls)`."""
    return {
        file.name: found
        for file in sorted((ROOT / "workflows").glob("*.py"))
        if (found := _commands(ast.parse(file.read_text()), "", ()))
    }


def _commands(node: ast.AST, where: str, branches: tuple[str, ...]) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where, branches = f"{where}.{node.name}".lstrip("."), ()
    elif isinstance(node, BRANCHES):
        branches = (*branches, type(node).__name__.lower())
    found = [inner for child in ast.iter_child_nodes(node) for inner in _commands(child, where, branches)]
    if isinstance(node, ast.Call) and (name := _name(node.func)) in COMMANDS:
        called = ast.unparse(node.args[0]) if node.args and name.startswith(("execute", "start", "on_")) else ""
        found.append(f"{where}: {'/'.join(branches)}: {name}({called})")
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


if __name__ == "__main__":
    FINGERPRINT.write_text(json.dumps(fingerprint(), indent=1) + "\n")
