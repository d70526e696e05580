"""Pictures of captured evidence, known by hashes of their own bytes. Effect: Postgres, and a process that reads pictures."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from activities.pictures import PictureReader, PictureUnread
from cases.evidence import EvidenceVersion
from cases.fingerprints import Fingerprint, Likeness
from cases.media import MediaKind, Medium, Missing, attached
from cases.names import SubjectKind, kind_of
from cases.pictures import PictureHashes, Reading
from record import fingerprints, media, picture_hashes
from record.record import Record

WITHIN_SECONDS: Final = 8.0  # for all pictures of one version; what is not read in it is read the next time
OUR_PLACES: Final = 1_000
"""Places of fingerprints from here on are those of hashes that we worked out; below are the platform's."""

logger = logging.getLogger("dueprocess.evidence")


class KnownPictures(NamedTuple):
    """What is known of a version's attachments without reading anything.

    seen: by place, from 1, what pictures are by their own bytes; unread: places of which that is not known although a picture
    is there, or may be. By SHA-256: here, whose bytes we have; away, which the platform may still deliver; late, pictures
    that may still be read.
    """

    seen: dict[int, PictureHashes]
    unread: frozenset[int]
    here: frozenset[str]
    away: frozenset[str]
    late: frozenset[str]


NOTHING_KNOWN: Final = KnownPictures({}, frozenset(), frozenset(), frozenset(), frozenset())


class PictureEvidence:
    """Hashes each picture once; the answer is sealed beside its bytes, and goes with them."""

    def __init__(self, record: Record, reader: PictureReader | None = None) -> None:
        self._record = record
        self._reader = reader or PictureReader()
        self._turn = asyncio.Semaphore(1)  # who waits holds neither a thread nor a picture

    async def seen(
        self, case_id: str, version: EvidenceVersion, attachments: Sequence[Mapping[str, Any]], *, again: bool = False
    ) -> dict[int, PictureHashes]:
        """By place of the attachment, from 1: what is known of each picture whose bytes we have and can read.

        again: what hung or broke the reader is tried once more. Repeatable. Raises KeyDestroyed, RecordUnavailable.
        """
        if not attachments:
            return {}
        listed = await media.known(self._record, case_id, attached(attachments))
        pictures = [one for one in listed if one.missing is None and one.kind is MediaKind.PICTURE]
        if not pictures:
            return {}
        known = await picture_hashes.known(self._record, case_id, pictures)
        ends = asyncio.get_running_loop().time() + WITHIN_SECONDS
        for one in pictures:
            before = known.get(one.sha256)
            wanted = before is None or (again and before.worth_another_try)
            if wanted and await self._has_turn(ends):
                reading = asyncio.ensure_future(self._read(case_id, one))
                reading.add_done_callback(lambda _: self._turn.release())
                known[one.sha256] = await asyncio.shield(reading)  # it is kept although nobody waits for it any more
        found = {one.place: hashes for one in pictures if (hashes := _hashes(known.get(one.sha256)))}
        await self._note(case_id, version, attachments, found)
        return found

    async def known(self, case_id: str, attachments: Sequence[Mapping[str, Any]]) -> KnownPictures:
        """What was read of them before. Raises KeyDestroyed, RecordUnavailable."""
        listed = await media.known(self._record, case_id, attached(attachments)) if attachments else ()
        pictures = [one for one in listed if one.missing is None and one.kind is MediaKind.PICTURE]
        readings = await picture_hashes.known(self._record, case_id, pictures) if pictures else {}
        seen = {one.place: hashes for one in pictures if (hashes := _hashes(readings.get(one.sha256)))}
        away = [one for one in listed if one.missing is Missing.AWAY]
        late = [one for one in pictures if (had := readings.get(one.sha256)) is None or had.worth_another_try]
        return KnownPictures(
            seen=seen,
            unread=frozenset(one.place for one in (*away, *pictures)) - seen.keys(),
            here=_digests(one for one in listed if one.missing is None),
            away=_digests(away),
            late=_digests(late),
        )

    async def _has_turn(self, ends: float) -> bool:
        """Whether the reader became free in time. One picture is read at once, whoever sent how many that take long."""
        if asyncio.get_running_loop().time() >= ends:
            return False
        try:
            async with asyncio.timeout_at(ends):
                await self._turn.acquire()
        except TimeoutError:
            return False
        return True

    async def _read(self, case_id: str, medium: Medium) -> Reading:
        content = await media.read(self._record, case_id, medium)
        try:
            reading = Reading(hashes=await asyncio.to_thread(self._reader.hashes, content))
        except PictureUnread as unread:
            reading = Reading(unread=str(unread))
            told = {"event": "picture_unread", "case_id": case_id, "reason": str(unread)}
            logger.warning("a picture could not be read", extra=told)
        await picture_hashes.keep(self._record, case_id, medium.sha256, reading)
        return reading

    async def _note(
        self,
        case_id: str,
        version: EvidenceVersion,
        attachments: Sequence[Mapping[str, Any]],
        found: Mapping[int, PictureHashes],
    ) -> None:
        """So that copies of a picture are known as such, whatever the platform says of it, or does not.

        Of a campaign nothing is noted: it would count as a copy of its own members.
        """
        if kind_of(case_id) is SubjectKind.CAMPAIGN:
            return
        told = {str(one.get("pdq", "")).lower() for one in attachments}
        ours = [
            Fingerprint(likeness=Likeness.PICTURE, value=bytes.fromhex(view.hashes[0]), place=OUR_PLACES + place)
            for place, hashes in found.items()
            for view in hashes.views[:1]
            if view.usable and view.hashes[0] not in told
        ]
        if ours:
            await fingerprints.make_up(self._record, case_id, version, ours)


def _digests(media: Iterable[Medium]) -> frozenset[str]:
    return frozenset(one.sha256 for one in media)


def _hashes(reading: Reading | None) -> PictureHashes | None:
    return reading.hashes if reading else None
