"""What a public statement says of the content itself: its kind, its day, its language. Never what it says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from cases.evidence import EvidenceVersion, primary_language
from cases.facts import Fact
from cases.names import SubjectKind
from cases.statement_fields import CONTENT_OTHER, LANGUAGES

_MEDIA: Final = {"image": "CONTENT_TYPE_IMAGE", "video": "CONTENT_TYPE_VIDEO", "audio": "CONTENT_TYPE_AUDIO"}
_KINDS: Final[Mapping[SubjectKind, str]] = {
    SubjectKind.ACCOUNT: "Account",
    SubjectKind.COMMUNITY: "Community",
    SubjectKind.TRANSACTION: "Transaction",
}
_EARLIEST: Final = date(2000, 1, 1)


class FiledContent(Fact):
    """types: the database's content types. other: what CONTENT_TYPE_OTHER is. made_on: the day it went up, in UTC."""

    types: tuple[str, ...]
    other: str | None = None
    made_on: date
    language: str | None = None


def made_at(snapshot: Mapping[str, Any] | None) -> datetime | None:
    """When the subject was made, as the platform says; None where it does not, or says something that is no time."""
    try:
        made = datetime.fromisoformat(str((snapshot or {}).get("created_at")))
    except ValueError:
        return None
    return made if made.tzinfo else None


def filed_content(
    kind: SubjectKind,
    evidence: EvidenceVersion | None,
    snapshot: Mapping[str, Any] | None,
    otherwise: datetime,
    excerpts: Sequence[str] = (),
) -> FiledContent:
    """What is said of this subject. snapshot: as captured from the platform; otherwise: its day where none is known.

    excerpts: the pieces that the decision is about; empty: all of it. What it is not about is not among its types.
    The day it was captured stands in for one the platform does not give, or gives as before 2000.
    """
    made = made_at(snapshot) or (evidence.captured_at if evidence else otherwise)
    day = made.astimezone(UTC).date()
    if day < _EARLIEST:
        day = (evidence.captured_at if evidence else otherwise).astimezone(UTC).date()
    types, other = _types(kind, _concerned(snapshot or {}, excerpts))
    said = evidence.language if evidence else None  # by the platform; what a machine saw is no statement of ours
    language = ((said and primary_language(said)) or "").upper()
    return FiledContent(types=types, other=other, made_on=day, language=language if language in LANGUAGES else None)


def _concerned(snapshot: Mapping[str, Any], excerpts: Sequence[str]) -> Mapping[str, Any]:
    """Of a snapshot, the pieces named; all of it where none is, or none of them is there."""
    attachments = list(enumerate(snapshot.get("attachments") or (), start=1))
    named = [item for place, item in attachments if f"attachment:{place}" in excerpts]
    text = snapshot.get("text") if any(one.startswith("text:") for one in excerpts) else None
    return {"text": text, "attachments": named} if named or text else snapshot


def _types(kind: SubjectKind, snapshot: Mapping[str, Any]) -> tuple[tuple[str, ...], str | None]:
    if kind in _KINDS:
        return (CONTENT_OTHER,), _KINDS[kind]
    media = [str(item.get("media_type", "")).partition("/")[0] for item in snapshot.get("attachments") or ()]
    known = {_MEDIA[family] for family in media if family in _MEDIA}
    strange = any(family not in _MEDIA for family in media)
    text = {"CONTENT_TYPE_TEXT"} if snapshot.get("text") or not media else set()
    types = tuple(sorted(known | text | ({CONTENT_OTHER} if strange else set())))
    return types, "Attached file" if strange else None
