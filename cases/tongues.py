"""Every language that letters can be written in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cases.phrases import Phrases
from cases.phrases_de import GERMAN
from cases.phrases_en import ENGLISH

TONGUES: Final[Mapping[str, Phrases]] = MappingProxyType({one.language: one for one in (ENGLISH, GERMAN)})


def phrases_in(language: str) -> Phrases:
    """The small words of this language; the English ones for a pack that is written in one we do not know."""
    return TONGUES.get(language, ENGLISH)


def name_of(language: str) -> str:
    """What people call it, in English; its tag where we have no words in it."""
    return TONGUES[language].name if language in TONGUES else language
