"""Whether every language that a pack offers is whole."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from cases.pack_languages import FOLDER, WORDS, LanguageWords, languages_of
from cases.pack_mistakes import PackMistake, TomlFile, form_mistakes, nearest
from cases.policy import PackBody
from cases.tongues import TONGUES

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_WHOLE: Final = "Write it: a language has every letter, or remove its folder."


def language_mistakes(
    file: TomlFile, pack: PackBody, files: Mapping[str, str], letters: Iterable[str]
) -> Iterator[PackMistake]:
    """Every language that is not whole, with what it lacks. letters: names of the templates there have to be."""
    if pack.language not in TONGUES:
        yield file.mistake(
            ("language",), f"letters cannot be written in {pack.language!r}", nearest(pack.language, TONGUES)
        )
    wanted = frozenset(letters)
    for language in languages_of(files):
        folder = f"{FOLDER}{language}/"
        present = {name.removeprefix(folder) for name in files if name.startswith(folder)}
        if problem := _no_language(language, pack.language):
            yield PackMistake(folder, 1, "", "", *problem)
            continue
        for name in sorted(wanted - present):
            yield PackMistake(f"{folder}{name}", 1, "", "", "the template is missing", _WHOLE)
        for name in sorted(present - wanted - {WORDS}):
            if not name.startswith("_"):
                yield PackMistake(f"{folder}{name}", 1, "", "", "no notice is called so", nearest(name, wanted))
        yield from _words(f"{folder}{WORDS}", files.get(f"{folder}{WORDS}"), pack)


def _no_language(language: str, own: str) -> tuple[str, str] | None:
    if not _LANGUAGE.fullmatch(language):
        return "the folder's name is no language", "Name it by two or three lower-case letters, such as de."
    if language == own:
        return "is the pack's own language", "Its letters stand in templates/ itself: remove the folder."
    if language not in TONGUES:
        return f"letters cannot be written in {language!r}", nearest(language, TONGUES)
    return None


def _words(name: str, text: str | None, pack: PackBody) -> Iterator[PackMistake]:
    if text is None:
        yield PackMistake(
            name, 1, "", "", "the file is missing", "Say in it what areas, rules and resources are called there."
        )
        return
    try:
        file = TomlFile.of(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        yield PackMistake(name, 1, "", "", f"is not TOML: {error}", "Strings stand in quotes, tables in [brackets].")
        return
    try:
        words = LanguageWords.model_validate(file.body)
    except ValidationError as error:
        yield from form_mistakes(file, LanguageWords, error)
        return
    resources = {one.name for area in pack.areas.values() for one in area.resources}
    stated = {rule.id for rule in pack.rules if rule.then.facts}
    for what, have, need in (
        ("areas", words.areas.keys(), pack.areas.keys()),
        ("facts", words.facts.keys(), stated),
        ("resources", words.resources.keys(), resources),
    ):
        for missing in sorted(need - have):
            yield file.mistake((what,), f"{missing!r} is missing", "Say it in this language too.")
        for unknown in sorted(have - need):
            yield file.mistake((what, unknown), f"the pack has no {unknown!r} to say", nearest(unknown, need))
