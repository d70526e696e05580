"""Text as a reader sees it: look-alike, invisible and fullwidth letters folded away, each keeping its place."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import decancer_py

# Look-alikes are only folded in words that hold plain Latin letters too, and in texts that hold many: the Russian "как" is
# made of look-alikes only and must stay what it is among Russian words. An accent is no disguise either.
_WORD = re.compile(r"\w+")
_BEYOND_LATIN = "\u0250"  # before it stand the letters of Latin alphabets, ß and ı too
# Cyrillic letters that the library leaves alone, or takes for an i (the palochka); within a Latin word they pass for these.
_PASSES_FOR = {"к": "k", "м": "m", "т": "t", "н": "h", "в": "b", "\u04cf": "l"}
# Vowel signs of these scripts are Mn too; dropping them would drop letters, not decoration.
_DECORATED = ("LATIN", "CYRILLIC", "GREEK", "DIGIT")


class FoldedText(NamedTuple):
    """text: the folded text. offsets[i]: where its character i stands in the text as written."""

    text: str
    offsets: tuple[int, ...]

    def span_in_original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span as written for a non-empty half-open span of the folded text, whichever way it was shown."""
        places = self.offsets[start:end]
        return min(places), max(places) + 1


def fold(text: str) -> FoldedText:
    """The text with compatibility forms unified, invisible characters dropped and mixed-script look-alikes replaced.

    For scoring only, never for display. Digits and signs are left alone; `activities.text_disguises` reads them too.
    """
    if text.isascii():
        return FoldedText(text, tuple(range(len(text))))
    characters: list[str] = []
    offsets: list[int] = []
    base = ""
    for place, written in enumerate(text):
        category = unicodedata.category(written)
        if category in ("Cf", "Me") or (category == "Mn" and base.startswith(_DECORATED)):
            continue
        if category != "Mn":
            base = unicodedata.name(written, "") if not written.isascii() else "LATIN"
        for character in unicodedata.normalize("NFKC", written):
            characters.append(character)
            offsets.append(place)
    folded = "".join(characters)
    letters = [letter for letter in folded if letter.isalpha()]
    among_latin = 5 * sum(letter.isascii() for letter in letters) >= len(letters)
    return FoldedText(_WORD.sub(lambda word: _without_look_alikes(word.group(), among_latin), folded), tuple(offsets))


def _without_look_alikes(word: str, among_latin: bool) -> str:
    if word.isascii():
        return word
    if not any(letter.isascii() and letter.isalpha() for letter in word):
        latin = "".join(map(_latin, word))
        return latin if among_latin and latin.isascii() else word
    return "".join(map(_latin, word))


@lru_cache(maxsize=4096)
def _latin(letter: str) -> str:
    """The one plain letter that this one passes for, else itself."""
    latin = unicodedata.name(letter, "").startswith("LATIN")
    if letter.isascii() or (latin and (letter < _BEYOND_LATIN or unicodedata.decomposition(letter))):
        return letter
    seen = _PASSES_FOR.get(letter.lower()) or str(decancer_py.parse(letter))
    if len(seen) != 1 or not seen.isascii() or not seen.isalpha():
        return letter
    return seen.upper() if letter.isupper() else seen
