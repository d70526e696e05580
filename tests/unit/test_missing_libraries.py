"""A library that is not installed: a command says which and how to get it, a detector gives no answer, and none is clean."""

import subprocess
import sys

import pytest

from activities.detector_port import Detector, Given, asked, failed_labels, max_scores
from activities.detectors import InProcessDetector
from activities.language import LanguageDetector
from activities.pictures import PictureReader, PictureUnread
from activities.text_classifiers import HarassmentWords
from cases.pictures import Reading
from workers.console import main
from workers.libraries import missing_library

WITHOUT_PILLOW = (
    sys.executable,
    "-c",
    "import runpy, sys; sys.modules['PIL'] = None; runpy.run_module('activities.picture_process', run_name='__main__')",
)


def taken_away(monkeypatch: pytest.MonkeyPatch, library: str, *loaded: str) -> None:
    """As if it were not installed; loaded: modules of ours that imported it before."""
    monkeypatch.setitem(sys.modules, library, None)
    for name in loaded:
        room, _, module = name.rpartition(".")
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.delattr(sys.modules[room], module, raising=False)


def test_without_pillow_the_red_team_says_so_before_it_begins_and_how_to_go_on_without_pictures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    taken_away(monkeypatch, "PIL", "workers.redteam_pictures", "activities.picture_decoding")
    assert main(["redteam", "--sample", "1"]) == 4
    told = capsys.readouterr().err
    assert "pip install pillow" in told
    assert "--pictures 0" in told
    assert "Traceback" not in told


def test_without_its_statistics_library_a_command_names_the_package_and_not_the_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    taken_away(monkeypatch, "sklearn", "workers.calibrating")
    for module in [name for name in sys.modules if name.startswith("sklearn.")]:
        monkeypatch.delitem(sys.modules, module)
    assert main(["detectors", "accuracy"]) == 4
    assert "pip install scikit-learn" in capsys.readouterr().err


def test_a_worker_without_a_library_names_the_package_in_one_line():
    without = (
        "import runpy, sys; sys.modules['decancer_py'] = None; runpy.run_module('workers.main', run_name='__main__')"
    )
    ended = subprocess.run((sys.executable, "-c", without), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith("decancer-py is not installed: pip install decancer-py")
    assert ended.stderr.count("\n") == 1


def test_a_module_of_ours_that_is_missing_is_no_library_to_install():
    assert missing_library(ModuleNotFoundError(name="cases.nowhere")) is None
    assert missing_library(ValueError()) is None
    wrapped = ImportError("a command")
    wrapped.__cause__ = ModuleNotFoundError(name="decancer_py")
    assert str(missing_library(wrapped)).startswith("decancer-py is not installed")


@pytest.mark.parametrize("library", ["profanex", "py3langid.langid"])
def test_a_detector_without_its_library_has_failed_and_has_found_nothing_clean(
    library: str, monkeypatch: pytest.MonkeyPatch
):
    taken_away(monkeypatch, library)
    detector: Detector = (
        InProcessDetector(HarassmentWords.load()) if library == "profanex" else LanguageDetector()  # made anew
    )
    results = asked(detector, Given(text="The bakery on our corner has rye bread again."))
    assert [one.error for one in results] == ["NotAvailable"]
    assert failed_labels(results) == set(detector.about.labels)
    assert max_scores(results) == {}


def test_the_red_team_attacks_no_detector_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    taken_away(monkeypatch, "profanex")
    monkeypatch.setattr(
        "activities.detectors.in_process_detectors", lambda: (InProcessDetector(HarassmentWords.load()),)
    )
    assert main(["redteam", "--sample", "1", "--pictures", "0"]) == 4
    assert "harassment is not available" in capsys.readouterr().err


def test_without_pillow_no_picture_is_read_and_all_are_tried_again_once_it_is_there():
    with PictureReader(command=WITHOUT_PILLOW) as reader:
        for _ in range(2):
            with pytest.raises(PictureUnread, match=r"^library$"):
                reader.hashes(b"GIF89a")
    assert Reading(unread="library").worth_another_try
