"""The in-process classifiers: spam words, harassment words, phrases of danger, known items. What each can and cannot do,
measured, is in models/MODEL_CARD.md. Texts are read as written and with their disguises undone; the highest score counts."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple, Self

from activities.detector_port import NotAvailable
from activities.text_disguises import readings
from activities.text_features import spam_features
from activities.text_folding import FoldedText


class Reading(NamedTuple):
    """A classifier's view of one text: score 0 to 1, its own label and score, half-open spans in the text as written."""

    score: float
    raw_label: str
    raw_score: float
    spans: tuple[tuple[int, int], ...] = ()
    folded: bool = False


class Sign(NamedTuple):
    """A found word or phrase: its kind, how strongly it speaks (0 to 1), its span in the text that was read."""

    kind: str
    strength: float
    start: int
    end: int


class SpamWords:
    """Naive Bayes over the words present, trained by benchmarks/train_spam.py."""

    name, label = "spam-words", "spam"

    def __init__(self, model: str, version: str, weights: Mapping[str, float], bias: float, slope: float) -> None:
        self.model, self.version = model, version
        self._weights, self._bias, self._slope = dict(weights), bias, slope

    @classmethod
    def load(cls) -> Self:
        return cls(**_read_json("spam_words.json"))

    def read(self, text: str) -> Reading:
        return highest_reading(text, self._read)

    def _read(self, text: str) -> tuple[Reading, Sequence[Sign]]:
        known = [self._weights[feature] for feature in spam_features(text) if feature in self._weights]
        odds = self._bias + self._slope * math.fsum(known) / math.sqrt(len(known) + 1)
        score = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        return Reading(round(score, 6), "spam", round(odds, 6)), ()


class HarassmentWords:
    """profanex' word lists and our mild insults; words aimed at a person ("you", "@name") weigh more.

    Says that words are rude, not that someone is harassed: never enough to act on alone.
    """

    name, label, model = "harassment-words", "harassment", "profanex+insults"

    def __init__(self, strengths: Mapping[str, float], aimed: float, insults: Mapping[str, float]) -> None:
        self._strengths, self._aimed = dict(strengths), aimed
        self._filter, installed = _profanity_filter()
        self.version = f"{installed}+1"
        self._insults = _Phrases({phrase: ("insult", strength) for phrase, strength in insults.items()})

    @classmethod
    def load(cls) -> Self:
        return cls(**_read_json("harassment_words.json"))

    def read(self, text: str) -> Reading:
        """Raises NotAvailable where profanex is not installed."""
        if self._filter is None:
            raise NotAvailable
        return highest_reading(text, self._read)

    def _read(self, text: str) -> tuple[Reading, Sequence[Sign]]:
        signs = [*self._rude_words(text), *self._insults.find(text)]
        signs = [sign._replace(strength=self._strength_in(text, sign)) for sign in signs]
        return joined(signs), signs

    def _rude_words(self, text: str) -> list[Sign]:
        found = []
        for match in self._filter.find(text):
            kind = max(
                (category.value for category in match.categories), key=lambda name: self._strengths.get(name, 0.0)
            )
            found.append(Sign(kind, self._strengths.get(kind, 0.0), match.start, match.end))
        return found

    def _strength_in(self, text: str, sign: Sign) -> float:
        near = text[max(0, sign.start - _AIM_REACH) : sign.end + _AIM_REACH]
        return 1 - (1 - sign.strength) * (1 - self._aimed) if _AIMED.search(near) else sign.strength


def _profanity_filter() -> tuple[Any, str]:
    """profanex' filter and version; no filter where it is not installed."""
    try:
        import profanex
    except ModuleNotFoundError:
        return None, "none"
    return profanex.Filter(profanex.FilterConfig(normalize_repeated_chars=True)), profanex.__version__


_AIM_REACH = 24
"""Characters before and after a rude word in which a "you" makes it aimed: about four words."""
_AIMED = re.compile(r"\b(?:you|your|you're|youre|ur|u)\b|@\w", re.IGNORECASE)


class SelfHarmPhrases:
    """Phrases by which people say that they are in danger. A sign to look within minutes, never a verdict."""

    name, label, model = "self-harm-phrases", "self_harm", "phrases"

    def __init__(self, version: str, phrases: Mapping[str, float]) -> None:
        self.version = version
        self._phrases = _Phrases({phrase: ("danger", strength) for phrase, strength in phrases.items()})

    @classmethod
    def load(cls) -> Self:
        return cls(**_read_json("self_harm_phrases.json"))

    def read(self, text: str) -> Reading:
        return highest_reading(text, self._read)

    def _read(self, text: str) -> tuple[Reading, Sequence[Sign]]:
        signs = self._phrases.find(text)
        return joined(signs), signs


class KnownItems:
    """Exact SHA-256 matches against a list. The list that ships is synthetic; a platform loads its own."""

    name, label, model = "known-items", "known_hash", "sha256"

    def __init__(self, version: str, entries: Mapping[str, str]) -> None:
        self.version = version
        self._entries = {digest.lower(): provenance for digest, provenance in entries.items()}

    @classmethod
    def load(cls) -> Self:
        return cls(**_read_json("known_items.json"))

    def read(self, text: str) -> Reading:
        """1.0 if the text's UTF-8 bytes, blanks at both ends dropped, are on the list, else 0.0."""
        return self.read_digest(hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest())

    def read_digest(self, sha256: str) -> Reading:
        """The same for a digest in hex, such as an attachment's."""
        provenance = self._entries.get(sha256.lower())
        return Reading(0.0, "", 0.0) if provenance is None else Reading(1.0, provenance, 1.0)


class _Phrases:
    """Finds phrases on word boundaries, any case, any run of blanks, straight or curly apostrophe or none."""

    def __init__(self, phrases: Mapping[str, tuple[str, float]]) -> None:
        self._by_key = {_key(phrase): sign for phrase, sign in phrases.items()}
        longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
        alternatives = "|".join(re.escape(p).replace(r"\ ", r"\s+").replace("'", "['’]?") for p in longest_first)
        self._pattern = re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)

    def find(self, text: str) -> list[Sign]:
        return [
            Sign(*self._by_key[_key(match.group())], match.start(), match.end())
            for match in self._pattern.finditer(text)
        ]


def _key(phrase: str) -> str:
    return " ".join(phrase.lower().replace("’", "").replace("'", "").split())


def joined(signs: Sequence[Sign]) -> Reading:
    """Signs as independent witnesses: one minus the chance that all are wrong. The strongest names the reading."""
    if not signs:
        return Reading(0.0, "", 0.0)
    strongest = max(signs, key=lambda sign: sign.strength)
    score = 1 - math.prod(1 - sign.strength for sign in signs)
    return Reading(round(min(score, 1.0), 6), strongest.kind, strongest.strength)


def highest_reading(text: str, read: Callable[[str], tuple[Reading, Sequence[Sign]]]) -> Reading:
    """The highest of the text's readings, the text as written before its equals; spans always in the text as written."""
    best: Reading | None = None
    for one in readings(text):
        reading, signs = read(one.text)
        if best is None or reading.score > best.score:
            best = reading._replace(folded=best is not None, spans=_original_spans(one, signs))
    assert best is not None
    return best


def _original_spans(folded: FoldedText, signs: Sequence[Sign]) -> tuple[tuple[int, int], ...]:
    return tuple(folded.span_in_original(sign.start, sign.end) for sign in signs)


def _read_json(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((resources.files("activities") / "models" / name).read_text(encoding="utf-8"))
    return loaded
