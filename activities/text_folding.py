"""Text as a reader sees it: look-alike, invisible and fullwidth letters folded away, each keeping its place."""

import re
import unicodedata
from typing import NamedTuple

# Letters that pass for a Latin one, only ever folded inside a word that also holds Latin letters: the Russian word
# "как" is made of look-alikes only and must stay what it is.
_LOOK_ALIKES = dict(
    zip(
        "аАвВеЕѕіІјЈкКмМнНоОрРсСтТуУхХԁԛԝ" + "αΑΒεΕΗιΙκΚΜνΝοΟρΡΤτυΥχΧΖ" + "ɑɡ",
        "aAbBeEsiIjJkKmMhHoOpPcCtTyYxXdqw" + "aABeEHiIkKMvNoOpPTtuYxXZ" + "ag",
        strict=True,
    )
)
_WORD = re.compile(r"\w+")
# Vowel signs of these scripts are Mn too; dropping them would drop letters, not decoration.
_DECORATED = ("LATIN", "CYRILLIC", "GREEK", "DIGIT")


class FoldedText(NamedTuple):
    """text: the folded text. offsets[i]: where its character i stands in the text as written."""

    text: str
    offsets: tuple[int, ...]

    def span_in_original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span as written for a non-empty half-open span of the folded text."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> FoldedText:
    """The text with compatibility forms unified, invisible characters dropped and mixed-script look-alikes replaced.

    For scoring only, never for display. Leetspeak is left alone (digits mean too much).
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
    return FoldedText(_WORD.sub(_without_look_alikes, folded), tuple(offsets))


def _without_look_alikes(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii() or not any(letter.isascii() and letter.isalpha() for letter in word):
        return word
    return "".join(_LOOK_ALIKES.get(letter, letter) for letter in word)
