"""What a pack says in another language than its own: a folder of templates, and beside them its words, whole or not at all.

    templates/de/*.j2         every letter, and its own parts
    templates/de/words.toml   what areas, rules and resources are called there

Half a language would be worse than none: a letter whose reasons are in another one explains nothing.
"""

import tomllib
from collections.abc import Mapping
from typing import Final

from pydantic import Field, ValidationError

from cases.facts import Message
from cases.pack_words import Facts5000, Name, RuleId, ShortWords, Words

WORDS: Final = "words.toml"
FOLDER: Final = "templates/"


class AreaIn(Message):
    """An area in another language. ground, explanation: of its ground; url: left out, the same page."""

    title: ShortWords
    ground: ShortWords
    explanation: Words
    url: ShortWords | None = None


class ResourceIn(Message):
    """Help, as it is called there. contact: left out, the same."""

    name: ShortWords
    contact: ShortWords | None = None


class LanguageWords(Message):
    """words.toml as it is written. facts: by rule; resources: by the name they have in the pack."""

    areas: dict[Name, AreaIn]
    facts: dict[RuleId, Facts5000] = Field(default_factory=dict)
    resources: dict[ShortWords, ResourceIn] = Field(default_factory=dict)


def languages_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """Every folder of templates, whether it is a language or not."""
    within = (name.removeprefix(FOLDER) for name in files if name.startswith(FOLDER))
    return tuple(sorted({name.partition("/")[0] for name in within if "/" in name}))


def read_languages(files: Mapping[str, str]) -> dict[str, LanguageWords]:
    """The words of each language that has its own and whose form is right: what else is wrong, `pack_language_checks` says."""
    read = {}
    for language in languages_of(files):
        try:
            text = files[f"{FOLDER}{language}/{WORDS}"]
            read[language] = LanguageWords.model_validate(tomllib.loads(text))
        except (KeyError, tomllib.TOMLDecodeError, ValidationError):
            continue
    return read
