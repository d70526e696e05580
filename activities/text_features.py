"""What the spam model looks at in a text: words and a few shapes. One definition, for training and for scoring."""

import re
from collections.abc import Iterator

MAX_WORDS = 400
"""Words read from one text: bounds the time a long text takes; a spam pitch shows itself long before."""

# A label of a host has 63 characters at most: without that bound a text of hyphens would take quadratic time.
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|\b[a-z0-9-]{1,63}\.(?:com|net|org|info|biz|ru|cn|top|xyz|shop)\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£]\s?\d|\d\s?[$€£%]")
_LONG_NUMBER = re.compile(r"\d{4,}")
_SHOUT = re.compile(r"\b[A-Z]{4,}\b")
_EXCLAIM = re.compile(r"!{2,}")
_WORD = re.compile(r"[^\W\d_]{3,20}")


def count_links(text: str) -> int:
    """How many links a text holds, bare hosts of the commonest top-level domains included."""
    return sum(1 for _ in LINK.finditer(text))


def spam_features(text: str) -> frozenset[str]:
    """The distinct features of a text: lower-case words, and shapes named with a leading underscore."""
    return frozenset(_features(text))


def _features(text: str) -> Iterator[str]:
    links = count_links(text)
    if links:
        yield "_link"
    if links > 2:
        yield "_links"
    for name, pattern in (("_money", _MONEY), ("_number", _LONG_NUMBER), ("_shout", _SHOUT), ("_exclaim", _EXCLAIM)):
        if pattern.search(text):
            yield name
    for index, match in enumerate(_WORD.finditer(LINK.sub(" ", text))):
        if index >= MAX_WORDS:
            return
        yield match.group().lower()
