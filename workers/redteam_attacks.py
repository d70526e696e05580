"""How people write past machines, as seeded changes of a text: what `dueprocess redteam` attacks with. Pure.

Every attack leaves a text that a person still reads, or, for the encodings, one that they know how to read. An attack is in
reach where `activities.text_disguises` claims to see through it; the others are there so that the report says what is not.
"""

import base64
import codecs
from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

SHARE: Final = 0.6
"""Of the letters that could be disguised, so many are."""

_ALIKE: Final = {
    "a": "аɑα", "b": "Ь", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡ", "h": "һ", "i": "іι", "j": "ј", "k": "κк", "l": "ӏ",
    "m": "м", "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛ", "s": "ѕ", "t": "т", "u": "ս", "v": "ν", "w": "ԝ", "x": "хχ", "y": "уү",
}  # fmt: skip
_LEET: Final = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8", "g": "9"}
_MATHEMATICAL: Final = 0x1D41A - ord("a")


class Attack(NamedTuple):
    """change: of a text, with the attack's own random numbers. in_reach: whether it is claimed to be seen through."""

    change: Callable[[str, Random], str]
    in_reach: bool


def _some(swap: Callable[[str, Random], str], share: float = SHARE) -> Callable[[str, Random], str]:
    return lambda text, chance: "".join(
        swap(letter, chance) if letter.isascii() and letter.isalpha() and chance.random() < share else letter
        for letter in text
    )


def _mapped(table: Mapping[str, str]) -> Callable[[str, Random], str]:
    return lambda letter, chance: chance.choice(table.get(letter.lower(), letter))


def _after(mark: str) -> Callable[[str, Random], str]:
    return lambda letter, _: letter + mark


def _each_word(change: Callable[[str, Random], str], share: float = 1.0) -> Callable[[str, Random], str]:
    """The change of each word of four letters and more, in so many of ten."""
    return lambda text, chance: " ".join(
        change(word, chance) if sum(map(str.isalpha, word)) >= 4 and chance.random() < share else word
        for word in text.split()
    )


def _masked(word: str, _: Random) -> str:
    return word[0] + "*" * (len(word) - 2) + word[-1]


def _swapped(word: str, chance: Random) -> str:
    place = chance.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _mixed(text: str, chance: Random) -> str:
    """A word this way, a word that way: as people do who have tried."""
    ways = [ATTACKS[name].change for name in ("look_alikes", "zero_width", "leet", "dotted")]
    return " ".join(chance.choice(ways)(word, chance) for word in text.split())


def _backwards(text: str, _: Random) -> str:
    """Line by line, since an override ends with its line (Unicode UAX #9): what came after it would be shown backwards."""
    return "\n".join(f"\u202e{line[::-1]}\u202c" for line in text.split("\n"))


ATTACKS: Final[Mapping[str, Attack]] = {
    "zero_width": Attack(_some(_after("\u200b")), True),
    "struck_through": Attack(_some(_after("\u0336")), True),
    "look_alikes": Attack(_some(_mapped(_ALIKE)), True),
    "fullwidth": Attack(_some(lambda letter, _: chr(ord(letter) + 0xFEE0), 1.0), True),
    "mathematical": Attack(_some(lambda letter, _: chr(ord(letter.lower()) + _MATHEMATICAL), 1.0), True),
    "spaced": Attack(_each_word(lambda word, _: " ".join(word) + " "), True),
    "dotted": Attack(_each_word(lambda word, _: ".".join(word)), True),
    "leet": Attack(_some(_mapped(_LEET)), True),
    "stretched": Attack(_some(lambda letter, chance: letter * chance.randint(3, 5), 0.2), True),
    "backwards": Attack(_backwards, True),
    "base64": Attack(lambda text, _: base64.b64encode(text.encode()).decode(), True),
    "rot13": Attack(lambda text, _: codecs.encode(text, "rot13"), True),
    "mixed": Attack(_mixed, True),
    "masked": Attack(_each_word(_masked), False),
    "misspelt": Attack(_each_word(_swapped), False),
    "cut_in_two": Attack(_each_word(lambda word, _: f"{word[: len(word) // 2]} {word[len(word) // 2 :]}"), False),
}
