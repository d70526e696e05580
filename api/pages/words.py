"""The words of the status page, by language: `<language>.toml` beside this file. English where there is no such file."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from cases.facts import Message
from cases.status import PersonStage

FALLBACK: Final = "en"
_FOLDER: Final = Path(__file__).parent
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


class Said(Message):
    """What a stage is called, what it means, and what happens next."""

    title: str
    text: str
    next: str


class PageWords(Message):
    """Everything the page says of its own. by, late, until: with {day} in place of a date."""

    language: str
    months: tuple[str, ...]
    heading: str
    by: str
    late: str
    since: str
    next_heading: str
    letters_heading: str
    no_letters: str
    erased_letter: str
    appeal_heading: str
    appeal_text: str
    until: str
    grounds_label: str
    grounds_hint: str
    send: str
    private: str
    gone_title: str
    gone_text: str
    nowhere_title: str
    nowhere_text: str
    busy_title: str
    busy_text: str
    refused_title: str
    back: str
    day: str
    stages: dict[PersonStage, Said]

    def said(self, stage: PersonStage) -> Said:
        """The words of this stage."""
        return self.stages[stage]


@lru_cache(maxsize=32)
def words_in(language: str) -> PageWords:
    """The page's words in this language, or in English."""
    file = _FOLDER / f"{language}.toml"
    if not _LANGUAGE.fullmatch(language) or not file.is_file():
        file = _FOLDER / f"{FALLBACK}.toml"
    return PageWords.model_validate({"language": file.stem, **tomllib.loads(file.read_text(encoding="utf-8"))})


def languages() -> tuple[str, ...]:
    """Every language there are words in."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))
