"""A pack's lists: named entries in files of their own, `lists/<name>.txt`, to which a tenant may add.

What a list is of says how it is used. `values` are compared in conditions (`jurisdiction in lists.strict`). `hosts` and
`words` are looked for in the content, and a condition asks whether one was found: `"shorteners" in listed`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from cases.facts import Message

FOLDER: Final = "lists/"
MAX_ENTRIES: Final = 100_000
MAX_CHARACTERS: Final = 253  # of one entry: a host's name can be no longer
MAX_PHRASE: Final = 6  # words of one entry: what a text's phrases are looked up by

_HOST = re.compile(r"(?:(?!xn--)[\w-]+\.)+(?!xn--)[\w-]+")
_WORD = re.compile(r"\w+")


class ListOf(StrEnum):
    """What a list's entries are."""

    VALUES = "values"
    HOSTS = "hosts"  # with all that lies under them: an entry `a.example` finds a link to `www.a.example`
    WORDS = "words"  # whole words or phrases, whatever their case, in the text with look-alike letters folded


class ListRule(Message):
    """A list of the pack. tenants_add: whether a tenant may add entries of its own."""

    of: ListOf
    why: str
    tenants_add: bool = False


def entries_of(of: ListOf, text: str) -> tuple[str, ...]:
    """The entries of a list's file: one a line, `#` begins a comment. Words as they are looked for, the rest as written."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(plain_words(line) or line if of is ListOf.WORDS else line for line in lines if line)


def found_in(
    lists: Mapping[str, ListRule], entries: Mapping[str, frozenset[str]], hosts: Iterable[str], words: str
) -> tuple[str, ...]:
    """The names of the lists of which something is in the content.

    hosts: of its links, with the domains above each, as a reader sees them; words: the folded text.
    """
    wanted = {phrase for name, rule in lists.items() if rule.of is ListOf.WORDS for phrase in entries.get(name, ())}
    seen: dict[ListOf, set[str]] = {
        ListOf.HOSTS: set(hosts),
        ListOf.WORDS: {phrase for phrase in _phrases(words) if phrase in wanted} if wanted else set(),
    }
    return tuple(
        sorted(
            name for name, rule in lists.items() if not entries.get(name, frozenset()).isdisjoint(seen.get(rule.of, ()))
        )
    )


def problem_of(of: ListOf, entry: str) -> str | None:
    """What is wrong with an entry; None where it can be looked for."""
    if len(entry) > MAX_CHARACTERS:
        return f"is longer than {MAX_CHARACTERS} characters"
    if of is ListOf.HOSTS and not (_HOST.fullmatch(entry) and entry == entry.lower()):
        return "is no host in lower case as a reader sees it, such as a.example (not its xn-- form)"
    if of is ListOf.WORDS and not 0 < len(plain_words(entry).split()) <= MAX_PHRASE:
        return f"is no phrase of 1 to {MAX_PHRASE} words"
    return None


def plain_words(text: str) -> str:
    """The words of a text, one space between them, whatever their case."""
    return " ".join(_WORD.findall(text.casefold()))


def _phrases(text: str) -> Iterator[str]:
    words = plain_words(text).split()
    for length in range(1, MAX_PHRASE + 1):
        yield from (" ".join(words[place : place + length]) for place in range(len(words) - length + 1))
