"""Evidence versions: what the subject was when it was captured. Immutable, digested; decisions and orders name one."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from cases.facts import Fact, Message
from cases.parts import PartTaken

LANGUAGE_LABEL: Final = "language"
UNDETERMINED: Final = "und"  # ISO 639
SURE_OF_LANGUAGE: Final = 0.8
"""From here on what was seen counts as the language; measured in activities/models/MODEL_CARD.md."""
_PRIMARY: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]|$)")


class EvidenceOrigin(StrEnum):
    """Where a version came from."""

    PLATFORM = "platform"
    REPORT = "report"  # the platform no longer has it; what the report brought is what is judged
    NOTHING = "nothing"  # neither the platform nor a report has it: a person must look


class Surface(StrEnum):
    """Where content stood; it switches duties."""

    PUBLIC = "public"
    GROUP = "group"
    PRIVATE = "private"
    END_TO_END = "end_to_end"
    LIVE = "live"


class LanguageSeen(Fact):
    """What a detector said of the words. sure: 0 to 1. by: vendor and detector. version: of its model."""

    language: str = UNDETERMINED
    sure: float = 0.0
    by: str
    version: str
    latency_ms: float = 0.0


class EvidenceVersion(Fact):
    """The facts about one captured version; the content itself is sealed in the record.

    digest: `sha256:…` of the sealed content. content_version: the platform's own tag, the precondition of orders.
    author: the person key; author_target: the key of the author's account as a target of measures. members, sample: of a
    campaign, how many there were and how many of them were drawn and captured; of a community, how many belong to it and
    how many of its contents were captured. parts: of a community, who took part in it as what.
    characters, attachments: of the content, so that a piece of it can be named; versions of before did not count them.
    community: the key of the one that it stands in.
    swept_by: the bulk's message for which it was captured anew, changed or not. language: as the platform says;
    language_seen: what a detector said of the words where it does not.
    """

    version: int
    digest: str
    origin: EvidenceOrigin
    captured_at: AwareDatetime
    content_version: str | None = None
    surface: Surface = Surface.PUBLIC
    jurisdiction: str | None = None
    language: str | None = None
    author: str | None = None
    author_target: str | None = None
    deleted_by_author: bool = False
    reach: int = 0
    members: int | None = None
    sample: int | None = None
    parts: tuple[PartTaken, ...] = ()
    characters: int | None = None
    attachments: int | None = None
    community: str | None = None
    swept_by: str | None = None
    language_seen: LanguageSeen | None = None

    @property
    def written_in(self) -> str | None:
        """The language, without region or script: the platform's word, or what was seen where that is sure. None: unknown."""
        if self.language:
            return primary_language(self.language)
        return self._seen_language() if self.language_sure >= SURE_OF_LANGUAGE else None

    @property
    def language_sure(self) -> float:
        """How surely `written_in` is right, 0 to 1: 1 for the platform's word."""
        if self.language:
            return 1.0
        return self.language_seen.sure if self.language_seen and self._seen_language() else 0.0

    def _seen_language(self) -> str | None:
        seen = self.language_seen
        return primary_language(seen.language) if seen and seen.language != UNDETERMINED else None


def primary_language(tag: str) -> str | None:
    """`de` of `de-AT` (BCP 47); None of what is no tag."""
    found = _PRIMARY.match(tag)
    return found[1].lower() if found else None


class AttachmentsCame(Fact):
    """Attachments of this version came, or were read, after it had been assessed without them. attachments: how many."""

    kind: Literal["attachments_came"] = "attachments_came"
    number: int
    evidence_version: int
    attachments: int
    received_at: AwareDatetime


class AttachmentsCameMessage(Message):
    """The same as the sweep brings it to the case."""

    message_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
    evidence_version: Annotated[int, Field(ge=1)]
    attachments: Annotated[int, Field(ge=1)]
