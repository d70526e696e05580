"""The demo, as a user runs it: a process that starts a stack of its own, plays all acts and accounts for every step."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(400)

NEEDED = {  # what each act must at least show, by the beginning of its steps
    1: (
        "three people and a classifier",
        "the evidence was captured before",
        "the rule's hold is confirmed",
        "a colleague's claim on the same task is refused",
        "the platform confirms the measure, and only then",
        "it holds everything that Art. 17(3)",
        "both statements",
        "each is refused and recorded",
        "a good one, naming a stored rationale",
    ),
    2: ("a friend is worried", "the outcome is support", "no mail has a punitive word"),
    3: (
        "the first reviewer may not hear it",
        "reversed: the post is visible again",
        "a superseding statement",
        "an appeal five months later",
        "an appeal seven months later is refused kindly",
        "seven days on",
    ),
    4: (
        "SIGKILL to gateway",
        "SIGKILL to worker",
        "SIGKILL to temporal",
        "SIGKILL to postgres",
        "nothing lost, nothing double",
        "after a day the case shows that it is stuck",
        "reconcile: record, platform, mailbox and filings agree",
        "a plain fire-and-forget pipeline",
    ),
    5: (
        "a hundred accounts made yesterday",
        "three people who do not know each other",
        "each of the 103 has one receipt",
        "a reviewer finds nothing wrong: the outcome reaches each of the hundred once",
        "three without traces get a post hidden; found out, one command takes the weight",
        "24 accounts post nearly the same: it meets in one campaign",
        "one decision on the sample: each post is removed once",
        "one of them objects",
        "one undo: all the others are visible again",
    ),
    6: (
        "the pack has a vendor asked",
        "the first vendor is down",
        "an operator switches it off",
        "a reported link is covered while its vendor is asked",
        "nobody answers in its fifteen seconds",
        "the callback comes all the same",
        "a callback that proves nothing is refused",
    ),
}


def test_a_whole_demo_holds_every_step_and_shows_its_evidence(tmp_path: Path, repository: Path) -> None:
    exit_code, account = _played(tmp_path / "no stack here", repository)
    broken = [(act["act"], step) for act in account["acts"] for step in act["steps"] if not step["ok"]]
    assert not broken
    assert (exit_code, account["ok"]) == (0, True)
    assert [act["act"] for act in account["acts"]] == [1, 2, 3, 4, 5, 6]
    for act in account["acts"]:
        steps = {step["step"]: step["evidence"] for step in act["steps"]}
        missing = [wanted for wanted in NEEDED[act["act"]] if not any(step.startswith(wanted) for step in steps)]
        assert not missing
        assert all(steps.values())
    whole = json.dumps(account)
    for content in ("idiot", "Guaranteed income", "want to live", "@example.invalid", "Bearer"):
        assert content not in whole


def _played(nowhere: Path, repository: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and account of a demo that finds no stack on this folder, and leaves none there."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("DUEPROCESS_")}
    done = subprocess.run(
        [sys.executable, "-m", "workers.console", "demo", "--json"],
        cwd=repository,
        env={**bare, "DUEPROCESS_DATA": str(nowhere)},
        capture_output=True,
        text=True,
        check=False,
        timeout=380,
    )
    assert done.stdout, done.stderr[-2_000:]
    assert not nowhere.exists()
    return done.returncode, json.loads(done.stdout)
