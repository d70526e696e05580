"""A picture by its hashes, as they follow from its bytes. Pure; how they are worked out: `activities.pdq`.

Limits are about strangers' files: what is larger is not read, and what is not read is never clean.
"""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from cases.facts import Fact
from cases.fingerprints import PICTURE_QUALITY

HASHING: Final = "pdq-1"
"""What worked the hashes out; another version would find others."""
MOST_BYTES: Final = 25_000_000
MOST_PIXELS: Final = 50_000_000
"""Of one frame: a phone's largest picture. The header says so before anything is decoded."""
MOST_FRAMES: Final = 16
"""Of an animation, spread evenly; of a longer one the rest is not seen, and the answer says `partial`."""
MOST_PIXELS_OF_FRAMES: Final = 200_000_000
FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")

Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

LACKS_LIBRARY: Final = 69
"""How a process that reads pictures ends where Pillow or numpy is not installed (EX_UNAVAILABLE of sysexits.h)."""


class View(Fact):
    """One way in which a picture looks: a frame, or what is seen through it.

    hashes: PDQ, 64 hex digits, of the eight ways to lay it: as it is, turned by 90, 180, 270 degrees, and these mirrored.
    """

    quality: Annotated[int, Field(ge=0, le=100)]
    hashes: Annotated[tuple[Hex, ...], Field(min_length=8, max_length=8)]

    @property
    def usable(self) -> bool:
        """A hash below the quality that PDQ's authors ask for is noise."""
        return self.quality >= PICTURE_QUALITY


class PictureHashes(Fact):
    """What is known of a picture by its bytes. partial: some frames were not looked at, or are too small to be hashed."""

    sha256: Hex
    format: Annotated[str, StringConstraints(max_length=16)]
    width: int
    height: int
    frames: int
    partial: bool
    views: Annotated[tuple[View, ...], Field(max_length=2 * MOST_FRAMES)]
    version: str = HASHING
    took_ms: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether everything that it shows can be matched."""
        return not self.partial and bool(self.views) and all(one.usable for one in self.views)


class Reading(Fact):
    """What came of reading a picture: its hashes, or a word why there are none. version: of the hashing."""

    hashes: PictureHashes | None = None
    unread: str = ""
    version: str = HASHING

    @property
    def worth_another_try(self) -> bool:
        """It may have been our machine's fault, not the picture's."""
        return self.unread in ("time", "crashed", "library")


def looks(pictures: Iterable[PictureHashes], most: int) -> tuple[tuple[str, ...], bool]:
    """PDQ hashes to look for, no more than so many; and whether that is all of them. As they are laid first, then turned."""
    views = [view.hashes for one in pictures for view in one.views if view.usable]
    turned = [hashes[place] for place in range(8) for hashes in views]
    wanted = tuple(dict.fromkeys(turned))
    return wanted[:most], len(wanted) <= most
