"""Attachments that did not come in time, asked for again; pictures that were not read, read. Effect: Postgres, the platform."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

from temporalio import activity

from activities.evidence import EvidenceCapture
from cases.errors import KeyDestroyed, UnknownSomething
from cases.evidence import AttachmentsCameMessage
from cases.names import tenant_of
from record import inbox, late_media
from record.late_media import Due
from record.pool import tenants
from record.record import Record

WITHIN_SECONDS: Final = 60.0  # for the cases of one sweep; the one begun last may take some twenty more

logger = logging.getLogger("dueprocess.evidence")


class LateMedia:
    """A sweep, case by case: the one that waits longest first. A case that was assessed without them hears what came."""

    def __init__(
        self,
        record: Record,
        capture: EvidenceCapture,
        ring: Callable[[str, int], Awaitable[bool]],
        now: Callable[[], datetime],
    ) -> None:
        self._record, self._capture, self._ring, self._now = record, capture, ring, now

    @activity.defn
    async def ask_for_late_media(self) -> int:
        """How many cases heard. What there was no time for is due at the next sweep."""
        clock, heard = asyncio.get_running_loop().time, 0
        ends = clock() + WITHIN_SECONDS
        for tenant in await tenants(self._record.pool):
            while clock() < ends and (due := await late_media.next_due(self._record, tenant, self._now())):
                heard += await self._tried(due)
        return heard

    async def _tried(self, due: Due) -> bool:
        """Whether something came, and the case was told."""
        try:
            look = await self._capture.look_again(due.case_id, self._now())
            here = due.names & look.here
            if here:
                await self._tell(due.case_id, look.version, here)
            await late_media.settle(self._record, due.case_id, due.names - look.waiting)
        except (KeyDestroyed, UnknownSomething):  # the case was erased, and its attachments with it
            return False
        return bool(here)

    async def _tell(self, case_id: str, version: int, here: Iterable[str]) -> None:
        """Once for the same attachments of the same version, whoever brings it."""
        named = sorted(here)
        name = f"attachments-{sha256(f'{version} {named}'.encode()).hexdigest()[:32]}"
        message = AttachmentsCameMessage(message_id=name, evidence_version=version, attachments=len(named))
        now, tenant = self._now(), tenant_of(case_id)
        accepted = await inbox.accept(
            self._record, tenant, case_id, None, None, "attachments_came", name, message, None, now
        )
        if accepted.ring:
            await self._ring(case_id, accepted.number)
        told = {"event": "attachments_came", "case_id": case_id, "attachments": len(named)}
        logger.info("attachments came late", extra=told)
