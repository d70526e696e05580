"""Fingerprints: by what a version of some content is known again, exactly or nearly. Pure; words are keyed by tenant.

Exact: digests of the whole content, and of the words alone. Nearly: for words a MinHash (Broder 1997) of 16 values of four
bits, 64 in all; for pictures the 256 bits of a PDQ hash as the platform delivers it (github.com/facebook/ThreatExchange).
Both are found by 16-bit slots: near ones share a slot (of pictures: but for one bit), so that an index finds them.
"""

import hmac
import struct
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b, sha256
from typing import Any, Final

from cases.facts import Fact

SHINGLE: Final = 5  # characters; shorter ones are shared by all texts of a language
LEAST_WORDS: Final = 24  # folded characters; of shorter texts nearly the same says nothing
MOST_READ: Final = 10_000  # characters of a text; more would cost time and change nothing
WORDING_DIFFERS_AT_MOST: Final = 4  # of 16 values: near where at least three quarters are equal
PICTURE_DIFFERS_AT_MOST: Final = 31  # bits of 256, as PDQ's authors advise
PICTURE_QUALITY: Final = 50  # below, a PDQ hash is noise, as its authors advise
_VALUES: Final = 16
_SLOT_BITS: Final = 16


class Likeness(StrEnum):
    """In what way two versions are alike."""

    CONTENT = "content"  # words and attachments, to the letter
    WORDS = "words"  # the words, but for letter case, blanks and look-alike characters
    WORDING = "wording"  # most of the words
    PICTURE = "picture"  # an attached picture, as people see it
    COMMUNITY = "community"  # no likeness of the content: where it was said


class Fingerprint(Fact):
    """One of a version's fingerprints. place: which of several (pictures). value: as long as its likeness has it."""

    likeness: Likeness
    value: bytes
    place: int = 0


def fingerprints(
    secret: bytes, kind: str, text: str, folded: str, attachments: Iterable[Mapping[str, Any]], community: str = ""
) -> tuple[Fingerprint, ...]:
    """Every fingerprint of one captured version. Content without words and attachments has none.

    secret: the tenant's; without it nobody can look whether some text was captured. kind: of the subject, since an
    account's words about itself are no copy of a post. folded: the text without look-alikes, as detectors read it.
    attachments: as the snapshot has them: `sha256`, and of pictures `pdq` (64 hex digits) with `pdq_quality` (0 to 100).
    community: the platform's id of where it was said.
    """
    listed = list(attachments)
    digests = [str(one.get("sha256", "")) for one in listed]
    words = " ".join(folded.casefold().split())
    found = []
    if words or any(digests):
        found.append(Fingerprint(likeness=Likeness.CONTENT, value=_mark(secret, kind, text, *digests)))
    if words:
        found.append(Fingerprint(likeness=Likeness.WORDS, value=_mark(secret, kind, words)))
    if len(words) >= LEAST_WORDS:
        found.append(Fingerprint(likeness=Likeness.WORDING, value=wording(secret, words)))
    pictures = [bytes.fromhex(one["pdq"]) for one in listed if usable_pdq(one)]
    found += [
        Fingerprint(likeness=Likeness.PICTURE, value=value, place=place)
        for place, value in enumerate(dict.fromkeys(pictures))
    ]
    if community:
        found.append(Fingerprint(likeness=Likeness.COMMUNITY, value=_mark(secret, "community", community)))
    return tuple(found)


def wording(secret: bytes, words: str) -> bytes:
    """The MinHash of a text's shingles, 8 bytes. Two texts agree in a value as often as their shingles do, and a bit more."""
    read = words[:MOST_READ].encode()
    key = sha256(b"wording\0" + secret).digest()
    shingles = {read[start : start + SHINGLE] for start in range(max(1, len(read) - SHINGLE + 1))}
    hashed = (struct.unpack("<16I", blake2b(one, digest_size=64, key=key).digest()) for one in shingles)
    least = [min(values) for values in zip(*hashed, strict=True)]
    return bytes((least[place] & 15) << 4 | (least[place + 1] & 15) for place in range(0, _VALUES, 2))


def differing_values(one: bytes, other: bytes) -> int:
    """In how many of their 16 values two wordings differ."""
    apart = bytes(a ^ b for a, b in zip(one, other, strict=True))
    return sum((byte >> 4 > 0) + (byte & 15 > 0) for byte in apart)


def differing_bits(one: bytes, other: bytes) -> int:
    """The Hamming distance of two picture hashes."""
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def slots(fingerprint: Fingerprint) -> tuple[int, ...]:
    """Where a near one would be found: each 16 bits of the value, with their place. Exact fingerprints need none."""
    if fingerprint.likeness not in (Likeness.WORDING, Likeness.PICTURE):
        return ()
    parts = struct.unpack(f">{len(fingerprint.value) // 2}H", fingerprint.value)
    return tuple(place << _SLOT_BITS | part for place, part in enumerate(parts))


def _mark(secret: bytes, *parts: str) -> bytes:
    held = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(secret, b"copy\0" + held, sha256).digest()


def usable_pdq(attachment: Mapping[str, Any]) -> bool:
    """Whether a picture has a PDQ hash of the quality that its authors ask for."""
    pdq, quality = attachment.get("pdq"), attachment.get("pdq_quality", 100)
    if not isinstance(pdq, str) or len(pdq) != 64 or not isinstance(quality, int):
        return False
    return quality >= PICTURE_QUALITY and all(letter in "0123456789abcdef" for letter in pdq)
