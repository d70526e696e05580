"""What reviewers' pages need of packs, letters and detectors. Doors may not import those; who wires a gateway hands it in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cases.facts import Fact
from cases.matters import PackRef
from cases.notice_words import NoticeWords
from cases.pack_mistakes import PackMistake
from cases.policy import PolicyPack
from cases.telling import NoticeKind


class ReadText(Fact):
    """A text as detectors read it. spans: half-open, in code points of the text as written, where a sign stands.

    folded: the text with look-alike and invisible characters unified; offsets[i]: where its character i stands as written.
    """

    spans: tuple[tuple[int, int], ...] = ()
    folded: str = ""
    offsets: tuple[int, ...] = ()


class WrittenLetter(Fact):
    """A notice in words, as the mail would have it. language: which all of it is in."""

    language: str = "en"
    subject_line: str
    text: str


class Translation(Fact):
    """A machine's translation. translator: its name and version, as `libretranslate/1.6.2`."""

    text: str
    into: str
    translator: str


class Library(Protocol):
    """platform_name: in whose name letters speak."""

    @property
    def platform_name(self) -> str: ...

    async def in_force(self, tenant: str, at: datetime) -> PolicyPack:
        """The pack new matters of this tenant open under. Raises PolicyError."""
        ...

    async def in_folder(self, tenant: str) -> tuple[PolicyPack, Mapping[str, str]]:
        """What lies in the folder of the tenant's pack, whatever is in force, and its files. Raises PolicyError."""
        ...

    def forget(self, tenant: str) -> None:
        """What is in force for this tenant has changed."""
        ...

    async def pack(self, tenant: str, ref: PackRef) -> PolicyPack:
        """The very pack a matter opened under. Raises PolicyError."""
        ...

    async def letter(self, tenant: str, pack: PolicyPack, kind: NoticeKind, words: NoticeWords) -> WrittenLetter:
        """The notice as that pack's templates say it, in the language that it speaks (`PolicyPack.in_language`)."""
        ...

    def letter_mistakes(self, files: Mapping[str, str]) -> tuple[PackMistake, ...]:
        """What is wrong with a pack's letters, in each of its languages. Blocking, some tenths of a second."""
        ...

    async def translate(self, text: str, language: str) -> Translation | None:
        """In the reviewers' language, where it is written in another and the installation has a translator."""
        ...

    def read(self, text: str) -> ReadText:
        """Blocking, about a millisecond."""
        ...
