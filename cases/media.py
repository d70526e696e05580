"""Attachments as evidence: which bytes are kept, what they are, and why some are not there. Pure.

What a file is, is read off its first bytes: what somebody calls it was once a stranger's word. Bytes are named by the
SHA-256 that the captured snapshot has of them, and so by the evidence version's own digest.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime

from cases.facts import Fact

PIECES: Final = 20  # attachments of one version whose bytes are kept; of more, the digests only
BYTES_EACH: Final = 16 * 1024 * 1024
BYTES_TOGETHER: Final = 48 * 1024 * 1024
UNKNOWN_TYPE: Final = "application/octet-stream"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_BRAND: Final = slice(8, 12)  # of an ISO base media file: which of its formats it is


class MediaKind(StrEnum):
    """What a person would see or hear of it."""

    PICTURE = "picture"
    FILM = "film"
    SOUND = "sound"
    OTHER = "other"  # kept, and never shown: a page, an archive, a drawing that may run scripts


class Missing(StrEnum):
    """Why bytes are not there."""

    GONE = "gone"  # the platform has no such file, or serves none
    TOO_LARGE = "too_large"  # more than is kept
    DIFFERENT = "different"  # other bytes than the snapshot's digest names
    AWAY = "away"  # the platform did not deliver them in time; they are asked for again (`record.late_media`)
    UNNAMED = "unnamed"  # the snapshot has no digest of them


class Medium(Fact):
    """One attachment of a version. place: from 1, as excerpts count. sha256: empty where the snapshot has none.

    media_type, size: of the bytes as they are; of what is missing, the type that the platform says. tried_at: when it was
    asked for last.
    """

    place: int
    sha256: str
    media_type: str
    size: int = 0
    missing: Missing | None = None
    tried_at: AwareDatetime | None = None

    @property
    def kind(self) -> MediaKind:
        """A picture, a film, a sound, or something that is never shown."""
        family = self.media_type.partition("/")[0]
        if self.media_type not in SHOWN_TYPES:
            return MediaKind.OTHER
        return {"image": MediaKind.PICTURE, "video": MediaKind.FILM, "audio": MediaKind.SOUND}[family]


SHOWN_TYPES: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "video/mp4",
        "video/webm",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
    }
)
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS: Final = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"avif": "image/avif", b"avis": "image/avif"}
_IMAGES: Final = (b"mif1", b"msf1")
_FTYP: Final = 64  # bytes of a file's beginning, in which its brands stand
_FILM_BRANDS: Final = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"dash",
    b"MSNV",
)


def sniffed(content: bytes) -> str:
    """The media type that the first bytes are of; application/octet-stream where that is none that could be shown."""
    if content[:4] == b"RIFF":
        return _RIFF.get(content[_BRAND], UNKNOWN_TYPE)
    if content[4:8] == b"ftyp":
        brand = content[_BRAND]
        if brand in _IMAGES:  # the family alone; the kind is among those it can be read as
            brand = b"avif" if any(one in content[16:_FTYP] for one in (b"avif", b"avis")) else brand
        return "video/mp4" if brand in _FILM_BRANDS else _BRANDS.get(brand, UNKNOWN_TYPE)
    return next((kind for beginning, kind in _BEGINNINGS if content.startswith(beginning)), UNKNOWN_TYPE)


def attached(attachments: Iterable[object]) -> tuple[Medium, ...]:
    """The attachments of a snapshot, as the platform describes them: nothing of it is fetched or known yet.

    Those after the first PIECES are never asked for, and no row is kept of them: a snapshot may list tens of thousands.
    """
    listed = [one if isinstance(one, Mapping) else {} for one in attachments]
    return tuple(_described(place, one) for place, one in enumerate(listed, start=1))


def _described(place: int, attachment: Mapping[str, Any]) -> Medium:
    named = str(attachment.get("sha256") or "").lower()
    digest = named if _SHA256.fullmatch(named) else ""
    said = str(attachment.get("media_type") or UNKNOWN_TYPE)
    missing = Missing.UNNAMED if not digest else Missing.TOO_LARGE if place > PIECES else None
    return Medium(place=place, sha256=digest, media_type=said, missing=missing)
