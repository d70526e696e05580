"""Evidence: the subject as it is, captured and sealed before anything is done about it. Effect: reads the platform."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

from temporalio import activity

from activities import stubs
from activities.campaign_evidence import capture_sample, machines_may_see
from activities.evidence_media import MediaCapture
from activities.fingerprinting import fingerprints_of
from activities.language import language_of
from activities.packs_in_force import PacksInForce
from activities.picture_evidence import PictureEvidence
from activities.platform_client import PlatformAway, PlatformClient, Snapshot, person_of
from cases.errors import KeyDestroyed
from cases.evidence import EvidenceOrigin, EvidenceVersion, Surface
from cases.facts import Fact
from cases.fingerprints import Fingerprint
from cases.names import SubjectKind, subject_key, tenant_of
from cases.parts import parts_of
from cases.rule_scope import off_by
from record import evidence, inbox, media, people
from record.record import Record


class LateLook(Fact):
    """What another try left of a version's attachments, by the names their rows are kept under."""

    version: int = 0
    here: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()


class EvidenceCapture:
    """Captures a version: from the platform; if it has nothing any more, from the earliest report that brought content."""

    def __init__(
        self,
        record: Record,
        platform: PlatformClient,
        packs: PacksInForce,
        pictures: PictureEvidence | None = None,
    ) -> None:
        self._record = record
        self._platform = platform
        self._packs = packs
        self._media = MediaCapture(record, platform)
        self._pictures = pictures or PictureEvidence(record)

    @activity.defn
    async def capture_evidence(self, request: stubs.CaptureEvidence) -> EvidenceVersion:
        """The version as kept, and then its attachments; the latest one again where nothing changed. Retrying is safe.

        Raises PlatformAway.
        """
        subject = await inbox.subject_of(self._record, request.case_id)
        if subject.kind is SubjectKind.CAMPAIGN:
            return await self._sample(request, subject.id)
        snapshot = await self._platform.snapshot(subject.kind, subject.id)
        if snapshot is None:
            return await self._without_platform(request)
        tenant = tenant_of(request.case_id)
        secret = await self._record.keyring.subject_secret(tenant)
        surface = Surface(snapshot.surface)
        country = snapshot.country or (snapshot.author.country if snapshot.author else None)
        looked_at = await self._may_look(request.case_id, surface, country, request.now)
        found = await asyncio.to_thread(fingerprints_of, secret, snapshot, looked_at=looked_at)
        language = await asyncio.to_thread(language_of, snapshot.text) if looked_at and not snapshot.language else None
        async with self._record.together(tenant):
            facts = EvidenceVersion(
                version=1,
                digest="",
                origin=EvidenceOrigin.PLATFORM,
                captured_at=request.now,
                content_version=snapshot.content_version,
                surface=surface,
                jurisdiction=country,
                language=snapshot.language,
                reach=max(0, snapshot.counters.get("reach", 0)),
                **await self._author_of(request.case_id, secret, snapshot),
                community=_community(secret, snapshot),
                characters=len(snapshot.text),
                attachments=len(snapshot.attachments),
                swept_by=request.swept_by,
                language_seen=language,
                **_belonging(secret, snapshot),
            )
            kept = await self._keep(request.case_id, snapshot, facts, found)
        await self._media.capture(request.case_id, snapshot, request.now)
        if looked_at:
            await self._pictures.seen(request.case_id, kept, snapshot.attachments, again=True)
        return kept

    async def _sample(self, request: stubs.CaptureEvidence, name: str) -> EvidenceVersion:
        """What of a campaign is captured; its pictures too, where they were not there the last time."""
        case_id = request.case_id
        kept = await capture_sample(self._record, self._platform, case_id, name, request.now)
        try:
            content = await evidence.read(self._record, case_id, kept.version)
        except KeyDestroyed:
            return kept
        snapshot = Snapshot.model_validate_json(content)
        await self._media.capture(case_id, snapshot, request.now)
        await self._pictures.seen(case_id, kept, machines_may_see(snapshot.attachments), again=True)
        return kept

    async def look_again(self, case_id: str, now: datetime) -> LateLook:
        """Ask for those attachments of the latest version that are not here, and read its pictures that were not read.

        What fails is still waited for. Raises KeyDestroyed, UnknownSomething.
        """
        captured = await evidence.facts_of(self._record, case_id)
        if not captured:
            return LateLook()
        version = captured[-1]
        snapshot = Snapshot.model_validate_json(await evidence.read(self._record, case_id, version.version))
        with suppress(PlatformAway):
            await self._media.capture(case_id, snapshot, now)
        readable = await self._readable(case_id, version, snapshot, now)
        await self._pictures.seen(case_id, version, readable, again=True)
        known = await self._pictures.known(case_id, snapshot.attachments)
        waiting = known.away | (await self._pictures.known(case_id, readable)).late
        return LateLook(
            version=version.version,
            here=await media.names_of(self._record, case_id, known.here - known.late),
            waiting=await media.names_of(self._record, case_id, waiting),
        )

    async def _readable(
        self, case_id: str, version: EvidenceVersion, snapshot: Snapshot, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """The attachments that machines may look at."""
        if snapshot.kind is SubjectKind.CAMPAIGN:
            return machines_may_see(snapshot.attachments)
        may_look = await self._may_look(case_id, version.surface, version.jurisdiction, now)
        return snapshot.attachments if may_look else ()

    async def _without_platform(self, request: stubs.CaptureEvidence) -> EvidenceVersion:
        """The author may have deleted it since: what was captured stays what is judged (P11)."""
        if captured := await evidence.facts_of(self._record, request.case_id):
            return captured[-1]
        reported = await evidence.reported_snapshot(self._record, request.case_id)
        facts = EvidenceVersion(
            version=1,
            digest="",
            origin=EvidenceOrigin.REPORT if reported else EvidenceOrigin.NOTHING,
            captured_at=request.now,
            deleted_by_author=True,
            characters=len(reported or ""),
            attachments=0,
        )
        subject = await inbox.subject_of(self._record, request.case_id)
        content = Snapshot(
            kind=subject.kind, id=subject.id, content_version="", created_at=request.now, text=reported or ""
        )
        secret = await self._record.keyring.subject_secret(tenant_of(request.case_id))
        looked_at = await self._may_look(request.case_id, facts.surface, facts.jurisdiction, request.now)
        found = await asyncio.to_thread(fingerprints_of, secret, content, looked_at=looked_at)
        return await self._keep(request.case_id, content, facts, found)

    async def _may_look(self, case_id: str, surface: Surface, country: str | None, now: datetime) -> bool:
        """Reading it to know it again is looking, too. What somebody reports later is made up for when it is assessed."""
        pack = await self._packs.of(tenant_of(case_id), now)
        barred = off_by(pack.detection_off, surface, country, reported=False)
        if barred and await evidence.was_reported(self._record, case_id):
            barred = off_by(pack.detection_off, surface, country, reported=True)
        return barred is None

    async def _keep(
        self, case_id: str, snapshot: Snapshot, facts: EvidenceVersion, found: tuple[Fingerprint, ...]
    ) -> EvidenceVersion:
        return await evidence.keep(self._record, case_id, snapshot.model_dump_json().encode(), facts, found)

    async def _author_of(self, case_id: str, secret: bytes, snapshot: Snapshot) -> dict[str, str | None]:
        """Who made it. Who wrote something is still known where the platform has forgotten their account meanwhile."""
        author = snapshot.author
        if author is None:
            captured = await evidence.facts_of(self._record, case_id) if snapshot.kind is SubjectKind.CONTENT else []
            latest = captured[-1] if captured else None
            return {"author": latest.author, "author_target": latest.author_target} if latest else {}
        person = person_of(author.account_id, author)
        return {
            "author": await people.keep_author(self._record, case_id, person),
            "author_target": subject_key(secret, SubjectKind.ACCOUNT, author.account_id),
        }


def _community(secret: bytes, snapshot: Snapshot) -> str | None:
    name = (snapshot.community or {}).get("id") if snapshot.kind is SubjectKind.CONTENT else None
    return subject_key(secret, SubjectKind.COMMUNITY, str(name)) if name else None


def _belonging(secret: bytes, snapshot: Snapshot) -> dict[str, Any]:
    """Of a community: how many belong to it, how much of it was captured, and who takes part in it as what."""
    if snapshot.kind is not SubjectKind.COMMUNITY:
        return {}

    def key(account: str) -> str:
        return subject_key(secret, SubjectKind.ACCOUNT, account)

    return {
        "members": (snapshot.community or {}).get("members"),
        "sample": len(snapshot.thread),
        "parts": parts_of(
            key(snapshot.author.account_id) if snapshot.author else None,
            map(key, snapshot.moderators()),
            map(key, snapshot.writers()),
        ),
    }
