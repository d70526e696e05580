"""Evidence versions: what the subject was when it was captured. Immutable, digested; decisions and orders name one."""

from enum import StrEnum

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.parts import PartTaken


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


class EvidenceVersion(Fact):
    """The facts about one captured version; the content itself is sealed in the record.

    digest: `sha256:…` of the sealed content. content_version: the platform's own tag, the precondition of orders.
    author: the person key; author_target: the key of the author's account as a target of measures. members, sample: of a
    campaign, how many there were and how many of them were drawn and captured; of a community, how many belong to it and
    how many of its contents were captured. parts: of a community, who took part in it as what.
    characters, attachments: of the content, so that a piece of it can be named; versions of before did not count them.
    community: the key of the one that it stands in.
    swept_by: the bulk's message for which it was captured anew, changed or not.
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
