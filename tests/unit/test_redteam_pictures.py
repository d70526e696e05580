"""Attacked pictures: the same seed attacks the same way, what is in reach is found, and no picture is taken for another."""

import json
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from activities.pdq import pdq
from workers.console import main
from workers.redteam import changes, keep, last_like
from workers.redteam_picture_attacks import PICTURE_ATTACKS
from workers.redteam_pictures import ALIKE, PictureReport, attack_pictures
from workers.synthetic_pictures import picture


@pytest.fixture(scope="module")
def report() -> PictureReport:
    return attack_pictures(7, 3, width=320)


def test_what_is_in_reach_is_found_and_what_is_not_is_said(report: PictureReport):
    assert report.caught_clean == 3
    by_name = {one.attack: one for one in report.outcomes}
    for name in ("saved_as_poor_jpeg", "mirrored", "turned_by_90", "stretched", "wide_border", "darker"):
        assert (by_name[name].in_reach, by_name[name].kept) == (True, 1.0), name
    for name in ("cropped_by_a_fifth", "inverted", "beside_another"):
        assert (by_name[name].in_reach, by_name[name].kept) == (False, 0.0), name
    assert not any(one.false for one in report.outcomes)


def test_too_little_left_fails_but_not_of_a_handful(report: PictureReport):
    worse = report.evolve(outcomes=(report.outcomes[0].evolve(kept=0.89), *report.outcomes[1:]))
    assert not worse.failed
    assert report.outcomes[0].attack in [one.attack for one in worse.evolve(caught_clean=20).failed]


@pytest.mark.parametrize("attack", PICTURE_ATTACKS)
def test_an_attack_changes_a_picture_and_the_same_seed_changes_it_the_same(attack: str):
    image, change = Image.fromarray(picture(1, 220, 160)), PICTURE_ATTACKS[attack].change
    assert change(image, Random(3)).tobytes() == change(image, Random(3)).tobytes()
    assert (changed := change(image, Random(3))).size != image.size or changed.tobytes() != image.tobytes()


def test_a_report_is_kept_and_the_next_like_it_is_compared(report: PictureReport, tmp_path: Path):
    keep(report, tmp_path, "20260101")
    worse = report.evolve(outcomes=(report.outcomes[0].evolve(kept=0.5), *report.outcomes[1:]))
    assert last_like(worse, tmp_path, ALIKE) == report
    assert [(one.label, one.now) for one in changes(report, worse)] == [("pictures", 0.5)]
    assert last_like(report.evolve(pictures=5), tmp_path, ALIKE) is None


def test_hashes_are_printed_as_a_bank_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    good, flat, none = tmp_path / "good.png", tmp_path / "flat.png", tmp_path / "none.png"
    Image.fromarray(picture(1)).save(good)
    Image.new("RGB", (90, 90)).save(flat)
    none.write_text("no picture")
    found = pdq(picture(1))
    assert found is not None
    entry = {"hash": found.hashes[0], "reference": f"sha256:{sha256(good.read_bytes()).hexdigest()[:16]}"}
    assert main(["detectors", "hash", str(good), str(flat), str(none), "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == {"kind": "pdq", "entries": [entry], "without": 2}
    assert "too little" in told.err
    assert "format" in told.err
    assert main(["detectors", "hash", str(tmp_path / "missing")]) == 2
