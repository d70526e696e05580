"""How attachments are shown: veiled, then without colour, then whole; each one by itself, each step asked for and kept.

Pure. Of what is restricted nobody sees or hears more than a digest, unless the pack says so and the person is named for it.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from cases.media import MediaKind
from cases.presentation import Presentation
from cases.refusals import Refusal
from cases.severity import Exposure

SEVERE_PICTURES: Final = "severe_pictures"  # the named role of who may see pictures of what is restricted


class Sight(StrEnum):
    """How much of one attachment is shown."""

    VEILED = "veiled"  # pictures blurred and grey, as the area has it; films and sounds not at all
    GREY = "grey"  # sharp, without colour; films mute
    CLEAR = "clear"  # in colour, with sound


def sights(shown: Presentation, kind: MediaKind) -> tuple[Sight, ...]:
    """The steps there are for an attachment of this kind, the first one being how it opens. None: it is not shown at all."""
    if not shown.pictures or kind is MediaKind.OTHER:
        return ()
    veiled, grey = {
        MediaKind.PICTURE: (shown.blur, shown.greyscale),
        MediaKind.FILM: (shown.blur or shown.greyscale or shown.mute, shown.greyscale or shown.mute),
        MediaKind.SOUND: (shown.mute, False),
    }[kind]
    whole = shown.exposure is not Exposure.RESTRICTED
    steps = ((Sight.VEILED, veiled or not whole), (Sight.GREY, grey), (Sight.CLEAR, whole))
    return tuple(sight for sight, there in steps if there)


def next_sight(shown: Presentation, kind: MediaKind, had: Collection[Sight]) -> Sight | None:
    """What may be asked for after what was seen; none where nothing more is shown."""
    steps = sights(shown, kind)
    return next(iter(steps[_reached(steps, had) + 1 :]), None)


def refuse_sight(shown: Presentation, kind: MediaKind, had: Collection[Sight], wanted: Sight) -> Refusal | None:
    """Why an attachment may not be shown so; None where it may, now or again."""
    steps = sights(shown, kind)
    if not shown.pictures:
        return Refusal(
            code="restricted", text="attachment: of evidence of this severity nothing but the digest is shown"
        )
    if wanted not in steps:
        return Refusal(code="restricted", text=f"level: an attachment of this kind is not shown {wanted} here")
    if shown.level is None:
        return Refusal(code="not_looked_yet", text="level: look at the words first; each attachment opens after them")
    if steps.index(wanted) > _reached(steps, had) + 1:
        return Refusal(
            code="not_grey_yet", text="level: what may distress is looked at without colour first; ask for grey"
        )
    return None


def may_see(shown: Presentation, kind: MediaKind, had: Collection[Sight], wanted: Sight) -> bool:
    """Whether this was asked for and kept before, or is how it opens under a look that was."""
    steps = sights(shown, kind)
    return shown.level is not None and wanted in steps and steps.index(wanted) <= _reached(steps, had)


def _reached(steps: tuple[Sight, ...], had: Collection[Sight]) -> int:
    return max((place for place, step in enumerate(steps) if step in had), default=0)
