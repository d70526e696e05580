"""What people do to words so that machines do not see them, undone: each way of writing gives one more reading of a text.

The text itself is never changed. A reading is for scoring only: it keeps, for each of its characters, the place in the text
as written, so that what is found in it can be shown where it stands. What is undone here, and what is out of reach, is
measured by `dueprocess redteam`; the list is `REACH`.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from math import prod
from typing import Final, NamedTuple

from activities.text_features import LINK
from activities.text_folding import FoldedText, fold

MOST_READINGS: Final = 9
"""Readings of one text at most, the text as written among them: bounds what a detector's look costs."""

MOSTLY_LETTERS: Final = 0.6
SELDOM_UNSHOWN: Final = 0.05
"""Of what is decoded: an advertisement has prices, addresses and stray controls, and other bytes are hardly ever so."""
MOST_READ: Final = 10_000


class Disguise(StrEnum):
    """A way of writing that hides words from machines and not from people."""

    REVERSED = "reversed"  # right-to-left override: shown backwards
    INVISIBLE = "invisible"  # characters without a width, or struck through, within a word
    LOOK_ALIKES = "look_alikes"  # letters of another script within a word
    COMPATIBILITY = "compatibility"  # fullwidth, mathematical, circled letters
    SPACED = "spaced"  # s p a c e d, s.p.a.c.e.d
    LEET = "leet"  # d1g1t5 for letters
    STRETCHED = "stretched"  # looong
    BASE64 = "base64"
    ROT13 = "rot13"


REACH: Final = frozenset(Disguise)
"""The disguises that `readings` sees through; an attack of another kind is out of reach, and said to be."""

# How strongly one word disguised so says that somebody hides something. Honest people stretch words, use digits in names
# and paste from elsewhere; they do not write one word in two scripts. Set by hand, measured by `dueprocess redteam`.
_STRENGTH: Final[Mapping[Disguise, float]] = {
    Disguise.REVERSED: 0.6,
    Disguise.INVISIBLE: 0.4,
    Disguise.LOOK_ALIKES: 0.5,
    Disguise.COMPATIBILITY: 0.15,
    Disguise.SPACED: 0.35,
    Disguise.LEET: 0.15,
    Disguise.STRETCHED: 0.05,
    Disguise.BASE64: 0.3,
    Disguise.ROT13: 0.5,
}


class Evasion(NamedTuple):
    """How much a text looks as if written past a machine. score: 0 to 1; words: how many are disguised, by kind."""

    score: float
    words: Mapping[Disguise, int]


def readings(text: str) -> tuple[FoldedText, ...]:
    """The text as written, then each other way in which a person may read it; no two alike, `MOST_READINGS` at most."""
    written = FoldedText(text, tuple(range(len(text))))
    plain = _folded(_turned(written))
    plain = _from_base64(plain) or plain
    found = [written, plain]
    unspaced = _unspaced(plain)
    for ones in "il" if _AMBIGUOUS.search(plain.text) else "i":
        letters = _unleeted(unspaced, ones)
        found += [letters, _shortened(letters, 1), _shortened(letters, 2)]
    found += [turned] if (turned := _from_rot13(plain)) else []
    unlike: dict[str, FoldedText] = {}
    for reading in found:
        unlike.setdefault(reading.text, reading)
    return tuple(unlike.values())[:MOST_READINGS]


def evasion(text: str) -> Evasion:
    """How much the first `MOST_READ` characters look written past a machine: one minus the chance that all is innocent."""
    text = text[:MOST_READ]
    turned = _turned(FoldedText(text, tuple(range(len(text)))))
    folded = _folded(turned)
    decoded = _from_base64(folded)
    plain = decoded or folded
    words = {
        Disguise.REVERSED: len(_OVERRIDDEN.findall(text)),
        **_folded_words(turned.text),
        Disguise.SPACED: _spaced(plain),
        Disguise.LEET: sum(1 for _ in _leet_words(plain.text)),
        Disguise.STRETCHED: _stretched(plain.text),
        Disguise.BASE64: int(decoded is not None),
        Disguise.ROT13: int(_from_rot13(plain, least=3) is not None),
    }
    seen = {disguise: count for disguise, count in words.items() if count}
    score = 1 - prod((1 - _STRENGTH[disguise]) ** count for disguise, count in seen.items())
    return Evasion(round(score, 6), seen)


# ------------------------------------------------------------------------------------------ shown backwards

_OVERRIDDEN = re.compile("\u202e([^\u202c\u202d\u202e\u2069\n]+)[\u202c\u2069]?")


def _turned(reading: FoldedText) -> FoldedText:
    """What a right-to-left override shows backwards, in the order in which it is seen."""
    return _replaced(reading, _OVERRIDDEN, lambda match: range(match.end(1) - 1, match.start(1) - 1, -1))


# --------------------------------------------------------------------- look-alike and invisible characters


def _folded(reading: FoldedText) -> FoldedText:
    folded = fold(reading.text)
    return FoldedText(folded.text, tuple(reading.offsets[place] for place in folded.offsets))


def _folded_words(text: str) -> dict[Disguise, int]:
    """How many words hold something that folding takes away, by what it is."""
    if text.isascii():
        return {}
    found = dict.fromkeys((Disguise.INVISIBLE, Disguise.LOOK_ALIKES, Disguise.COMPATIBILITY), 0)
    for match in _WRITTEN.finditer(text):
        word = match.group()
        folded = fold(word).text
        if word.isascii() or folded == word or not re.search("[A-Za-z]{2}", folded):
            continue  # another script's words, an accent, an emoji of several parts
        if len(folded) < len(word):
            found[Disguise.INVISIBLE] += 1
        elif re.search("[A-Za-z]", word):
            found[Disguise.LOOK_ALIKES] += 1
        else:
            found[Disguise.COMPATIBILITY] += 1
    return found


_WRITTEN = re.compile(r"\S+")

# ------------------------------------------------------------------------------------------ s p a c e d

_SPACED = re.compile(r"(?<![^\W_])[^\W\d_]([ .\-_*|~·]{1,2})[^\W\d_](?:\1[^\W\d_])+(?![^\W_])")
_BETWEEN = re.compile(r"(?<=[^\W\d_])[.\-_*|~·^]{1,2}(?=[^\W\d_])")
_JOINED = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:[.\-_*|~·^]{1,2}[^\W\d_]++)+")


def _unspaced(reading: FoldedText) -> FoldedText:
    """Single letters with something between them as one word, and words broken within by a mark whole again."""
    together = _replaced(
        reading, _SPACED, lambda match: range(*match.span()) if _initials(match) else _letters_of(match)
    )
    broken = {match.start() for match in _broken(together.text)}
    return _replaced(
        together, _JOINED, lambda match: _letters_of(match) if match.start() in broken else range(*match.span())
    )


def _spaced(reading: FoldedText) -> int:
    apart = sum(not _initials(match) for match in _SPACED.finditer(reading.text))
    return apart + sum(1 for _ in _broken(_together(reading).text))


def _together(reading: FoldedText) -> FoldedText:
    return _replaced(reading, _SPACED, lambda match: range(*match.span()) if _initials(match) else _letters_of(match))


def _broken(text: str) -> Iterator[re.Match[str]]:
    """Words with marks where nobody puts one: only parts of one or two letters. Not "e-mail", "U.S.A.", or a link."""
    for match in _JOINED.finditer(text):
        parts = _BETWEEN.split(match.group())
        if len(parts) > 2 and max(map(len, parts)) <= 2 and not (match.group().isupper() or LINK.search(match.group())):
            yield match


def _initials(match: re.Match[str]) -> bool:
    return match.group().isupper() and "." in match.group()


def _letters_of(match: re.Match[str]) -> list[int]:
    return [place for place in range(*match.span()) if match.string[place].isalpha()]


# ------------------------------------------------------------------------------------------ d1g1t5

_LEET: Final = {
    "0": "o",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "€": "e",
    "+": "t",
}
MANY_LEET: Final = 3
LEET_SHARE: Final = 0.2
"""So many words, and such a share of all, say that a text is written with digits for letters throughout."""
_AMBIGUOUS = re.compile(r"(?<=[^\W\d_])[1!|]|[1!|](?=[^\W\d_])")
_LEET_WORD = re.compile(r"[\w@$€+!|]{2,}")
_NUMBERED = re.compile(r"\d+[a-z]{0,2}|[a-z]+\d+|(?=\w+\Z)\w*?\d{3}\w*", re.IGNORECASE)
"""Words in which digits are digits: 4th, 10k, mp3, a number within a name. Looks to the end first: else quadratic time."""


def _unleeted(reading: FoldedText, ones: str) -> FoldedText:
    """Digits and signs for the letters they stand for; ones: what 1, ! and | are taken for."""
    letters = {**_LEET, "1": ones, "!": ones, "|": ones}
    wanted = {match.start() for match in _leet_words(reading.text)}
    text = list(reading.text)
    for match in _LEET_WORD.finditer(reading.text):
        if match.start() in wanted:
            end = len(match.group().rstrip("!")) + match.start()  # an exclamation mark at the end is one
            for place in range(match.start(), end):
                text[place] = letters.get(text[place], text[place])
    return FoldedText("".join(text), reading.offsets)


def _leet_words(text: str) -> Iterator[re.Match[str]]:
    """Words with digits or signs for letters. Where many are, what could be a number or a name elsewhere is one too."""
    words = list(_LEET_WORD.finditer(text))
    sure = [match for match in words if _is_leet(match.group().rstrip("!"))]
    if len(sure) < MANY_LEET or len(sure) < LEET_SHARE * len(words):
        yield from sure
        return
    for match in words:
        if any(letter in _LEET or letter in "1!|" for letter in match.group().rstrip("!")):
            yield match


def _is_leet(word: str) -> bool:
    signs = sum(letter in _LEET or letter in "1!|" for letter in word)
    letters = sum(letter.isalpha() for letter in word)
    return bool(
        signs and letters >= 2 and signs <= 2 * letters and not _NUMBERED.fullmatch(word) and word[0] not in "@"
    )


# ------------------------------------------------------------------------------------------ looong

_STRETCHED = re.compile(r"(?!www\b)([^\W\d_])\1{2,}")
_LETTERS = re.compile(r"[^\W\d_]++")


def _stretched(text: str) -> int:
    return sum(1 for match in _LETTERS.finditer(text) if _STRETCHED.search(match.group()))


def _shortened(reading: FoldedText, to: int) -> FoldedText:
    """Stretched letters as one or as two: who stretches "good" stretches what is two already."""
    return _replaced(reading, _STRETCHED, lambda match: range(match.start(), match.start() + to))


# ------------------------------------------------------------------------------------------ encoded

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z0-9+/=])")
_ENGLISH = frozenset(
    [
        "the", "and", "you", "are", "is", "to", "of", "in", "that", "it", "for", "not", "your", "this", "have", "be",
        "with", "was", "he", "she", "they", "my", "me", "on", "at", "as", "his", "her", "but", "what", "who", "all",
        "can", "just", "like", "out", "up", "so", "if", "an", "from", "will", "would", "has", "had", "we", "their",
        "them", "him", "get",
    ]
)  # fmt: skip


def _from_base64(reading: FoldedText) -> FoldedText | None:
    """With every run that decodes to a text replaced by it; None where none does."""
    characters: list[str] = []
    offsets: list[int] = []
    end = 0
    for match in _BASE64.finditer(reading.text):
        decoded = _text_in(match.group())
        if decoded is None:
            continue
        characters += reading.text[end : match.start()] + decoded
        offsets += reading.offsets[end : match.start()]
        last = match.end() - match.start() - 1
        offsets += [reading.offsets[match.start() + min(last, i * 4 // 3)] for i in range(len(decoded))]
        end = match.end()
    if not end:
        return None
    return FoldedText("".join(characters) + reading.text[end:], (*offsets, *reading.offsets[end:]))


def _text_in(encoded: str) -> str | None:
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    letters = sum(letter.isalpha() or letter.isspace() for letter in decoded)
    unshown = sum(not letter.isprintable() and not letter.isspace() for letter in decoded)  # a line's end is shown
    shown = unshown <= SELDOM_UNSHOWN * len(decoded)
    return decoded if shown and letters >= MOSTLY_LETTERS * len(decoded) and " " in decoded.strip() else None


def _from_rot13(reading: FoldedText, least: int = 1) -> FoldedText | None:
    """Turned by thirteen letters, where that gives more of the commonest English words than the text has, and so many."""
    turned = codecs.encode(reading.text, "rot13")
    before, after = _common(reading.text), _common(turned)
    return FoldedText(turned, reading.offsets) if after >= least and after > 2 * before else None


def _common(text: str) -> int:
    return sum(word in _ENGLISH for word in re.findall("[a-z]+", text.lower()[:2000]))


def _replaced(
    reading: FoldedText, pattern: re.Pattern[str], places: Callable[[re.Match[str]], Iterable[int]]
) -> FoldedText:
    """The reading with each match replaced by the characters at these places of it."""
    if not pattern.search(reading.text):
        return reading
    characters: list[str] = []
    offsets: list[int] = []
    end = 0
    for match in pattern.finditer(reading.text):
        kept = [*range(end, match.start()), *places(match)]
        characters += [reading.text[place] for place in kept]
        offsets += [reading.offsets[place] for place in kept]
        end = match.end()
    rest = range(end, len(reading.text))
    return FoldedText("".join(characters) + reading.text[end:], (*offsets, *(reading.offsets[place] for place in rest)))
