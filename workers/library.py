"""Packs, letters and detectors as reviewers' pages see them: the very code that decides on holds and writes mails."""

from collections.abc import Mapping
from datetime import datetime

from activities.detectors import assess_text
from activities.letter_checks import letter_mistakes
from activities.letters import paper_of
from activities.packs_in_force import PacksInForce
from activities.text_folding import fold
from api.library import ReadText, Translation, WrittenLetter
from cases.matters import PackRef
from cases.notice_words import NoticeWords
from cases.pack_mistakes import PackMistake
from cases.policy import PolicyPack
from cases.telling import NoticeKind
from workers.translating import NoTranslator, Translator


class PackLibrary:
    """The library over released packs, and those in folders."""

    def __init__(self, packs: PacksInForce, platform_name: str, translator: Translator = NoTranslator()) -> None:
        self._packs = packs
        self._platform_name = platform_name
        self._translator = translator

    @property
    def platform_name(self) -> str:
        """In whose name letters speak."""
        return self._platform_name

    async def in_force(self, tenant: str, at: datetime) -> PolicyPack:
        """The pack new matters open under."""
        return await self._packs.of(tenant, at)

    async def in_folder(self, tenant: str) -> tuple[PolicyPack, Mapping[str, str]]:
        """What lies in the folder of the tenant's pack."""
        return await self._packs.in_folder(tenant)

    def forget(self, tenant: str) -> None:
        """What is in force has changed."""
        self._packs.forget(tenant)

    async def pack(self, tenant: str, ref: PackRef) -> PolicyPack:
        """The pack a matter opened under."""
        return await self._packs.pinned(tenant, ref)

    async def letter(self, tenant: str, pack: PolicyPack, kind: NoticeKind, words: NoticeWords) -> WrittenLetter:
        """The notice as a mail would have it, in the language that the pack speaks."""
        letter = paper_of(pack, await self._packs.templates(tenant, pack.ref)).write(kind, words)
        return WrittenLetter(language=letter.language, subject_line=letter.subject_line, text=letter.text)

    def letter_mistakes(self, files: Mapping[str, str]) -> tuple[PackMistake, ...]:
        """What is wrong with a pack's letters, as `policy check` finds it."""
        return letter_mistakes(files)

    async def translate(self, text: str, language: str) -> Translation | None:
        """By the installation's translator, where it has one."""
        return await self._translator.translate(text, language)

    def read(self, text: str) -> ReadText:
        """Every sign any detector found, and the text as they read it."""
        folded = fold(text)
        spans = {(span.start, span.end) for result in assess_text(text) for span in result.spans}
        return ReadText(spans=tuple(sorted(spans)), folded=folded.text, offsets=folded.offsets)
