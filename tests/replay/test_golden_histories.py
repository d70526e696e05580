"""Old cases run on new code: histories of real runs, sealed with a published key, replayed as every worker would."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.fingerprint import FINGERPRINT, fingerprint
from tests.replay.static_keys import StaticKeys
from workers.codec import CaseCodec, data_converter
from workers.decision_guard import DecisionGuard
from workers.sandbox import guarded_runner
from workers.worker import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
WANTED = {
    "after_the_roll",
    "appealed",
    "automatic",
    "dropped",
    "filing",
    "hearing",
    "held_and_decided",
    "late_and_suspended",
    "raw_signals",
    "record_away",
    "rolled",
    "stuck",
    "waited_behind",
}
CURE = (
    "Workflow code issues other commands than it did. If a case may be open that was begun under the old code, guard the "
    "change with workflow.patched(...) and keep the recorded histories; they must still replay. Then record the new way "
    "with `python -m tests.replay.record` (a new file for a patched life) and accept this fingerprint with "
    "`python -m tests.replay.fingerprint`, both in the commit that changes the workflow."
)


def a_history(name: str) -> WorkflowHistory:
    plain = json.loads((HISTORIES[0].parent / f"{name}.json").read_text())
    return WorkflowHistory.from_json(plain.pop("workflow_id"), plain)


def a_replayer(keys: StaticKeys | None = None) -> Replayer:
    """As workers are wired; the decision's keys are others by now, since validators are not replayed."""
    rotated = {"another": Ed25519PrivateKey.generate().public_key()}
    return Replayer(
        workflows=WORKFLOWS,
        data_converter=data_converter(CaseCodec(keys or StaticKeys())),
        workflow_runner=guarded_runner(),
        interceptors=[DecisionGuard(rotated)],
    )


def test_a_history_of_each_kind_of_life_is_kept():
    assert {file.stem for file in HISTORIES} == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
async def test_an_old_case_runs_on_new_code_and_with_rotated_keys(name: str):
    await a_replayer().replay_workflow(a_history(name))


@pytest.mark.parametrize("name", sorted(WANTED))
def test_what_is_recorded_is_sealed_and_names_no_machine(name: str):
    text = (HISTORIES[0].parent / f"{name}.json").read_text()
    for shown in ("harassment", "spam", "rev-1", "/home", "site-packages", "@", "json/plain"):
        assert shown not in text.replace("recorder", ""), shown


async def test_a_step_that_is_another_now_is_caught():
    """The net has no hole: a history in which another activity ran is refused."""
    plain = json.loads((HISTORIES[0].parent / "held_and_decided.json").read_text())
    changed = json.dumps(plain).replace('"name": "enforce"', '"name": "another"')
    assert changed != json.dumps(plain)
    with pytest.raises(Exception, match=r"TMPRL1100|[Nn]ondeterminism"):
        await a_replayer().replay_workflow(WorkflowHistory.from_json(plain.pop("workflow_id"), json.loads(changed)))


async def test_without_its_key_a_case_does_not_replay_and_is_not_taken_for_another():
    keys = StaticKeys()
    history = a_history("automatic")
    keys.destroyed = {(await keys.case_key("demo", history.workflow_id)).key_id}
    with pytest.raises(Exception, match=r".+"):
        await a_replayer(keys).replay_workflow(history)


def test_the_commands_of_workflow_code_are_those_that_were_recorded():
    assert fingerprint() == json.loads(FINGERPRINT.read_text()), CURE
