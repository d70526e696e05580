"""Bytes of attachments, fetched and sealed right after the words they came with. Effect: reads the platform."""

import asyncio
import logging
from datetime import datetime
from hashlib import sha256
from typing import Final

from temporalio import activity

from activities.platform_client import PlatformAway, PlatformClient, Snapshot
from cases.media import BYTES_EACH, BYTES_TOGETHER, MediaKind, Medium, Missing, attached, sniffed
from cases.names import SubjectKind
from record import late_media, media
from record.record import Record

WITHIN_SECONDS: Final = 10.0  # for all of one version; its activity has 30
INSISTED: Final = 3  # attempts that want the bytes; then a hold waits no longer for a picture
AT_ONCE: Final = 4  # versions whose bytes are in this process's memory

logger = logging.getLogger("dueprocess.evidence")


class MediaCapture:
    """Fetches from the platform itself, by digest: an address that a snapshot names is never asked."""

    def __init__(self, record: Record, platform: PlatformClient) -> None:
        self._record, self._platform = record, platform
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def capture(self, case_id: str, snapshot: Snapshot, now: datetime) -> None:
        """Keep every attachment's bytes, or why they are not there. What is kept already is not asked for again.

        Raises PlatformAway where the platform fails and the attempt is among the first; words are safe before.
        """
        wanted = await media.known(self._record, case_id, attached(snapshot.attachments))
        asked = list({one.sha256: one for one in wanted if one.missing is Missing.AWAY}.values())  # each digest once
        if not asked:
            return
        away = await self._in_turn(case_id, snapshot, asked, now)
        if away and _insists():
            raise away
        logger.info(
            "attachments captured",
            extra={"event": "media_captured", "case_id": case_id, "attachments": len(wanted), "asked": len(asked)},
        )

    async def _in_turn(
        self, case_id: str, snapshot: Snapshot, asked: list[Medium], now: datetime
    ) -> PlatformAway | None:
        """Waiting for a place counts as waiting for the platform: behind slow files of others no hold waits longer."""
        ends = asyncio.get_running_loop().time() + WITHIN_SECONDS
        try:
            async with asyncio.timeout_at(ends):
                await self._slots.acquire()
        except TimeoutError:
            for one in asked:
                await self._keep(case_id, one.evolve(missing=Missing.AWAY), None, now)
            return PlatformAway("attachments of other cases were not delivered in time", "no_answer")
        try:
            return await self._each(case_id, snapshot, asked, now, ends)
        finally:
            self._slots.release()

    async def _each(
        self, case_id: str, snapshot: Snapshot, asked: list[Medium], now: datetime, ends: float
    ) -> PlatformAway | None:
        """One after the other, as many bytes as there is room and time for. The last failure, if there was one."""
        room, away = BYTES_TOGETHER, None
        for one in asked:
            content: bytes | Missing
            try:
                async with asyncio.timeout_at(ends):
                    limit = min(BYTES_EACH, room)
                    content = await self._platform.attachment(*_owner(snapshot, one), one.sha256, limit)
            except PlatformAway as failure:
                content, away = Missing.AWAY, failure
            except TimeoutError:
                content, away = Missing.AWAY, PlatformAway("attachments were not delivered in time", "no_answer")
            found, kept = await asyncio.to_thread(_judged, one, content)
            room -= found.size
            await self._keep(case_id, found, kept, now)
        return away

    async def _keep(self, case_id: str, found: Medium, content: bytes | None, now: datetime) -> None:
        """What did not come is asked for again; so is the reading of a picture, until it is read."""
        late = found.missing is Missing.AWAY or (found.missing is None and found.kind is MediaKind.PICTURE)
        again = now + late_media.FIRST_WAIT if late else None
        await media.keep(self._record, case_id, found, content, now, again)


def _owner(snapshot: Snapshot, medium: Medium) -> tuple[SubjectKind, str]:
    """Whose attachment it is: of a campaign, one of its members'."""
    if snapshot.kind is not SubjectKind.CAMPAIGN:
        return snapshot.kind, snapshot.id
    of = snapshot.attachments[medium.place - 1]["of"]
    return SubjectKind(of["kind"]), str(of["id"])


def _judged(medium: Medium, content: bytes | Missing) -> tuple[Medium, bytes | None]:
    """What came, by its own type and size; or why nothing is kept of it."""
    if isinstance(content, Missing):
        return medium.evolve(missing=content), None
    if sha256(content).hexdigest() != medium.sha256:
        return medium.evolve(missing=Missing.DIFFERENT), None
    return medium.evolve(missing=None, media_type=sniffed(content), size=len(content)), content


def _insists() -> bool:
    return not activity.in_activity() or activity.info().attempt <= INSISTED
