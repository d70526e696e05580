"""Looking at attachments: for who holds the task, each by itself and step by step, each step kept as an exposure."""

import asyncio
import logging
from typing import Final, NamedTuple

from pydantic import AwareDatetime

from api.errors import NotFound, NotYours, Refused
from api.intake import Clock
from api.looking import Held
from api.veiling import Unreadable, drawn
from cases.errors import KeyDestroyed, UnknownSomething
from cases.facts import Fact
from cases.media import MediaKind, Medium, Missing
from cases.names import tenant_of
from cases.sights import Sight, may_see, next_sight, refuse_sight, sights
from record import care, late_media, media
from record.record import Record

AT_ONCE: Final = 2  # pictures that are drawn by this process's helpers

logger = logging.getLogger("dueprocess.access")


class ShownMedium(Fact):
    """An attachment as this reader is shown it. place: from 1. sight: how it is shown now, none where it is not; next_sight:
    what may be asked for. missing: why its bytes were not captured. tried_at: when they were asked for last, if they may still
    come.
    """

    place: int
    kind: MediaKind
    media_type: str
    size: int
    sha256: str
    missing: Missing | None = None
    tried_at: AwareDatetime | None = None
    sight: Sight | None = None
    next_sight: Sight | None = None


class Seen(NamedTuple):
    """Bytes for one reader's eyes. media_type: of these bytes."""

    content: bytes
    media_type: str


class Viewing:
    """The one way to attachments that a reviewer has."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def listed(self, held: Held, chosen: int = 0) -> tuple[ShownMedium, ...]:
        """The attachments of what is looked at. chosen: the one that is shown as closely as was asked; others open anew.

        What the platform still owes is asked for again within a minute, since somebody looks.
        """
        found = await media.of_version(self._record, held.case_id, held.version) if held.version else ()
        if away := [one.sha256 for one in found if one.missing is Missing.AWAY]:
            await late_media.want(self._record, held.case_id, away, self._clock())
        return tuple(_shown(one, held, chosen=one.place == chosen) for one in found)

    async def ask(self, held: Held, reader: str, place: int, wanted: Sight) -> None:
        """One step closer to one attachment, kept before anything is shown.

        Raises NotYours for what is never shown so, Refused for a step left out, NotFound.
        """
        medium = await self._medium(held, place)
        if refusal := refuse_sight(held.presentation, medium.kind, held.seen.sights.get(place, ()), wanted):
            raise (NotYours if refusal.code == "restricted" else Refused)(refusal.code, refusal.text)
        tenant, task = tenant_of(held.case_id), held.task
        await care.look(
            *(self._record, tenant, held.lease_id, reader, task, held.version, wanted, self._clock()), place=place
        )

    async def see(self, held: Held, reader: str, place: int, sight: Sight) -> Seen:
        """The attachment, as it may be shown after what was asked for; each time is logged.

        Raises NotYours, NotFound; Refused where it cannot be drawn.
        """
        medium = await self._medium(held, place)
        if not may_see(held.presentation, medium.kind, held.seen.sights.get(place, ()), sight):
            raise NotYours("not_asked_for", "level: ask for this step first; each one is kept")
        if medium.kind is not MediaKind.PICTURE and sight is Sight.VEILED:
            raise NotYours("not_asked_for", "level: films and sounds are not played before they are asked for")
        try:
            content = await media.read(self._record, held.case_id, medium)
        except (UnknownSomething, KeyDestroyed):
            raise NotFound("no_bytes", "attachment: its bytes are not kept") from None
        _log(held, reader, place, sight)
        if medium.kind is not MediaKind.PICTURE:
            return Seen(content, medium.media_type)
        veiled, how = sight is Sight.VEILED, held.presentation
        try:
            async with self._slots:
                picture = await drawn(
                    content, blur=veiled and how.blur, grey=sight is Sight.GREY or (veiled and how.greyscale)
                )
        except Unreadable:
            raise Refused("unreadable", "attachment: it cannot be drawn as a picture; judge it by the rest") from None
        return Seen(picture, "image/png")

    async def _medium(self, held: Held, place: int) -> Medium:
        found = await media.of_version(self._record, held.case_id, held.version) if held.version else ()
        medium = next((one for one in found if one.place == place), None)
        if medium is None or medium.missing:
            raise NotFound("no_bytes", f"attachment: there is none of this number; the version has {len(found)}")
        return medium


def _shown(medium: Medium, held: Held, *, chosen: bool) -> ShownMedium:
    """How it stands: opened, or as closely as was asked for. The next step is after everything that was seen of it."""
    steps = () if medium.missing else sights(held.presentation, medium.kind)
    had = held.seen.sights.get(medium.place, ())
    latest = next((step for step in reversed(steps) if step in had), None) if chosen else None
    return ShownMedium(
        place=medium.place,
        kind=medium.kind,
        media_type=medium.media_type,
        size=medium.size,
        sha256=medium.sha256,
        missing=medium.missing,
        tried_at=medium.tried_at if medium.missing is Missing.AWAY else None,
        sight=latest or next(iter(steps), None),
        next_sight=next_sight(held.presentation, medium.kind, had if chosen else ()) if steps else None,
    )


def _log(held: Held, reader: str, place: int, sight: Sight) -> None:
    logger.info(
        "attachment shown",
        extra={
            "event": "attachment_shown",
            "tenant": tenant_of(held.case_id),
            "case_id": held.case_id,
            "version": held.version,
            "reader": reader,
            "task_id": held.task.task_id,
            "attachment": place,
            "sight": sight.value,
        },
    )
