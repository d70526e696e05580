"""The console as a process: quick help, exit codes a script can rely on, a stack that starts, feeds, and stops on Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import free_port

ROOT = Path(__file__).parent.parent.parent
PORTS = ("TEMPORAL", "TEMPORAL_UI", "GATEWAY", "PLATFORM", "TRANSPARENCY", "MAILBOX", "SMTP", "VENDORS")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of ours but a data folder and free ports; no corpus, so that nothing is fetched."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DUEPROCESS_")}
    ports = {f"DUEPROCESS_{name}_PORT": str(free_port()) for name in PORTS}
    folders = {"DUEPROCESS_DATA": str(tmp_path / "data"), "DUEPROCESS_CACHE": str(tmp_path / "cache")}
    return {**inherited, **ports, **folders, "XDG_STATE_HOME": str(tmp_path / "state"), "PIP_NO_INDEX": "1"}


def dueprocess(environment: dict[str, str], *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers.console", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_help_lists_every_command_and_loads_nothing_heavy(environment):
    code = (
        "import sys; from workers.console import main; main(['--help']);"
        "heavy = {'temporalio', 'pydantic', 'asyncpg', 'httpx2', 'fastapi'} & set(sys.modules); sys.exit(bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    commands = "run up down reset doctor status feed reconcile case queue claim decide appeal report signal stuck"
    for command in f"{commands} reverse extend report-filed policy release".split():
        assert f" {command} " in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("status",), 4, "dueprocess up"),
        (("queue",), 4, "No stack was started here"),
        (("reconcile",), 4, "dueprocess up"),
        (("case", "id", "--id", "post-1"), 4, "dueprocess up"),
        (("reset",), 2, "--yes"),
        (("feed", "nowhere.ndjson"), 2, "FILE"),
        (("run", "--for", "0"), 2, "--for"),
        (("policy", "check", "nowhere"), 2, "DIR"),
        (("policy", "check"), 0, "in order"),
        (("down",), 0, "Nothing ran."),
        (("doctor",), 1, "not as they should be"),
    ],
)
def test_without_a_stack_every_command_says_what_to_do(environment, words, code, says):
    done = dueprocess(environment, *words)
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_variable_is_named_with_the_nearest_one(environment):
    done = dueprocess({**environment, "DUEPROCESS_SMPT_HOST": "mail"}, "doctor")
    assert done.returncode == 2
    assert "DUEPROCESS_SMTP_HOST" in done.stderr


def test_a_packs_mistakes_are_named_with_file_line_and_cure(environment, tmp_path):
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "pack.toml").write_text('id = "mine"\nversion = 1\n')
    done = dueprocess(environment, "policy", "check", str(pack), "--json")
    assert done.returncode == 1
    mistakes = json.loads(done.stdout)["mistakes"]
    assert {"file", "line", "rule", "field", "message", "cure"} == set(mistakes[0])
    assert any(one["field"] == "version" and one["line"] == 2 for one in mistakes)


def test_a_stack_is_run_fed_and_reconciled_and_ctrl_c_stops_it_within_seconds(environment, tmp_path):
    out = tmp_path / "out"
    with out.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.console", "run", "--limit", "4", "--feed-rate", "20"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(lambda: "Gateway: http" in out.read_text(), process, out, seconds=90)
        wait_for(lambda: re.search(r"cases=([4-9]|\d\d)", out.read_text()), process, out, seconds=60)
        assert cases_of(environment) >= 4
        reconciled = dueprocess(environment, "reconcile", "--settle", "30", "--json")
        assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr
        assert dueprocess(environment, "up").returncode == 4  # one already runs
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began < 15
    finally:
        if process.poll() is None:
            process.kill()
    assert "Stopped. Cases are kept" in out.read_text()
    assert "Traceback" not in out.read_text()
    assert dueprocess(environment, "status").returncode == 4


def cases_of(environment: dict[str, str]) -> int:
    answer = dueprocess(environment, "status", "--json")
    return sum(json.loads(answer.stdout)["cases"]["stages"].values()) if answer.returncode == 0 else 0


def wait_for(holds, process: subprocess.Popen, out: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        assert process.poll() is None, out.read_text()
        time.sleep(0.25)
    raise AssertionError(out.read_text())
