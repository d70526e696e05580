"""The red team: the same seed attacks the same way, what is too little left is said, and runs are compared."""

import json
from pathlib import Path
from random import Random

import pytest

from activities.detectors import in_process_detectors
from activities.policy_packs import read_pack_files
from cases.packs import load_pack
from workers.console import main
from workers.redteam import Labelled, RedTeam, Report, changes, keep, last_like
from workers.redteam_attacks import ATTACKS
from workers.redteam_picture_attacks import PICTURE_ATTACKS

# Mild, synthetic: what the word detector knows as an insult, in sentences of ours.
RUDE = [f"You are an idiot and a moron, number {number}, go away." for number in range(24)]
ORDINARY = ["The bakery has rye bread again.", "Does the pool open in winter?"]
CORPUS = [*(Labelled(text, "harassment") for text in RUDE), *(Labelled(text, None) for text in ORDINARY)]


@pytest.fixture(scope="module")
def report() -> Report:
    pack = load_pack(read_pack_files(Path("policies/baseline")))
    return RedTeam(pack, in_process_detectors(), seed=7).run(CORPUS)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_changes_a_text_and_the_same_seed_changes_it_the_same(attack: str):
    change = ATTACKS[attack].change
    assert change(RUDE[0], Random(3)) != RUDE[0]
    assert change(RUDE[0], Random(3)) == change(RUDE[0], Random(3))


def test_nine_in_ten_are_still_caught_under_every_attack_in_reach(report: Report):
    in_reach = [one for one in report.outcomes if one.in_reach]
    assert {one.attack for one in in_reach} >= {"look_alikes", "zero_width", "spaced", "leet", "base64", "mixed"}
    assert all(one.caught_clean == len(RUDE) for one in in_reach)
    assert not report.failed, [(one.attack, one.kept) for one in report.failed]


def test_what_is_out_of_reach_is_said_to_be(report: Report):
    out = {one.attack: one for one in report.outcomes if not one.in_reach}
    assert out["masked"].kept is not None
    assert out["masked"].kept < 0.9
    assert not out["masked"].too_little_kept, "nobody claimed it"


def test_ordinary_texts_raise_no_alarm(report: Report):
    assert all(not one.flagged for one in report.ordinary)
    assert next(one for one in report.ordinary if one.attack == "as_written").evasive == 0


def test_a_text_that_two_detectors_should_catch_is_counted_for_each():
    pack = load_pack(read_pack_files(Path("policies/baseline")))
    both = [Labelled(one.text, one.label, ("spam",) if one.label else ()) for one in CORPUS[-4:]]
    found = {(one.label, one.attack): one for one in RedTeam(pack, in_process_detectors()).run(both).outcomes}
    assert {label for label, _ in found} == {"harassment", "spam"}
    assert (found["harassment", "leet"].texts, found["harassment", "leet"].caught_clean) == (2, 2)
    assert (found["spam", "leet"].texts, found["spam", "leet"].caught_clean) == (2, 0)


def test_a_report_is_kept_and_the_next_run_like_it_is_compared_with_it(report: Report, tmp_path: Path):
    assert last_like(report, tmp_path) is None
    keep(report, tmp_path, "20260101")
    worse = report.outcomes[0].evolve(kept=0.5)
    now = report.evolve(outcomes=(worse, *report.outcomes[1:]))
    before = last_like(now, tmp_path)
    assert before == report
    assert [(one.attack, one.now) for one in changes(report, now)] == [(worse.attack, 0.5)]
    assert last_like(report.evolve(seed=8), tmp_path) is None
    assert not any(text in (tmp_path / "20260101.json").read_text() for text in (*RUDE, *ORDINARY))


def test_the_command_attacks_a_corpus_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DUEPROCESS_DATA", str(tmp_path / "data"))
    file = tmp_path / "mine.ndjson"
    file.write_text("".join(json.dumps({"text": one.text, "label": one.label}) + "\n" for one in CORPUS))
    assert main(["redteam", "--corpus", str(file), "--sample", "5", "--pictures", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {one["attack"] for one in answer["pictures"]["report"]["outcomes"]} == set(PICTURE_ATTACKS)
    assert len(list((tmp_path / "data" / "redteam" / "pictures").glob("*.json"))) == 1
    assert {one["attack"] for one in answer["report"]["outcomes"]} == set(ATTACKS)
    assert Path(answer["file"]).parent == tmp_path / "data" / "redteam"


@pytest.mark.parametrize("line", ["no json", '{"label": "spam"}', '{"text": 3}', "[]"])
def test_a_corpus_line_that_is_none_is_named(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DUEPROCESS_DATA", str(tmp_path / "data"))
    file = tmp_path / "mine.ndjson"
    file.write_text(f'{{"text": "x", "label": "spam"}}\n{line}\n')
    assert main(["redteam", "--corpus", str(file)]) == 2
    assert "line 2" in capsys.readouterr().err
