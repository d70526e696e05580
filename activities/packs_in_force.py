"""Which pack a tenant judges by now, and the very pack a matter opened under. Effect: Postgres, reads files."""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from activities.policy_packs import PolicyPacks
from cases.matters import Matter, PackRef
from cases.packs import reopen_pack
from cases.policy import PolicyPack
from cases.releases import NotStarted, Release, Releases, releases_of, started
from record import policies
from record.record import Record
from record.tenants import tenant_settings

logger = logging.getLogger(__name__)

KNOWN_FOR_SECONDS: Final = 2.0  # a release or its way back is heard of that soon by every process


class _Known(NamedTuple):
    """What one tenant's releases were, when they were last asked for. asked: monotonic seconds; events: how many."""

    asked: float
    pack_id: str
    releases: Releases
    events: int


class PacksInForce:
    """What was released decides; for a tenant that never released anything, what lies in its pack's folder."""

    def __init__(self, record: Record, packs: PolicyPacks) -> None:
        self._record = record
        self._packs = packs
        self._known: dict[str, _Known] = {}

    async def of(self, tenant: str, at: datetime) -> PolicyPack:
        """The pack new matters of this tenant open under, at this time. Raises PolicyError, RecordUnavailable.

        Whoever asks first after a waiting release's day has come says whether it starts; all others hear that.
        """
        known = await self._look_up(tenant)
        while (release := known.releases.to_settle(at)) is not None:
            await self._settle(tenant, release, known, at)
            known = await self._look_up(tenant)
        return await self._pack_at(tenant, known, at)

    async def releases(self, tenant: str, at: datetime) -> Releases:
        """The tenant's releases, each settled whose day has come. Raises as `of`."""
        await self.of(tenant, at)
        return (await self._look_up(tenant)).releases

    async def in_folder(self, tenant: str) -> tuple[PolicyPack, Mapping[str, str]]:
        """What lies in the folder of the tenant's pack, whatever is in force, and its files. Raises PolicyError."""
        pack = self._packs.active((await self._look_up(tenant)).pack_id, tenant)
        return pack, self._packs.files(pack.id, pack.digest)

    async def pinned(self, tenant: str, ref: PackRef) -> PolicyPack:
        """The very pack a matter opened under. Raises PolicyError where neither record nor folders have it."""
        if not self._packs.has(ref.pack_id, ref.digest):
            files = await policies.files_of(self._record, tenant, ref.digest)
            if files is not None:
                self._packs.keep(reopen_pack(files, tenant), files)
        return self._packs.load(ref.pack_id, ref.digest)

    async def of_matters(self, tenant: str, matters: Iterable[Matter]) -> dict[str, PolicyPack]:
        """By matter: the pack it opened under, which it keeps; a new pack never reaches back. Raises as `pinned`."""
        return {matter.matter_id: await self.pinned(tenant, matter.terms.pack) for matter in matters}

    async def templates(self, tenant: str, ref: PackRef) -> Mapping[str, str]:
        """That pack's templates: file name within its templates folder, and text."""
        await self.pinned(tenant, ref)
        return self._packs.templates(ref.pack_id, ref.digest)

    def forget(self, tenant: str) -> None:
        """Ask anew for the tenant's releases when next needed."""
        self._known.pop(tenant, None)

    async def _pack_at(self, tenant: str, known: _Known, at: datetime) -> PolicyPack:
        ref = known.releases.pack_at(at)
        return self._packs.active(known.pack_id, tenant) if ref is None else await self.pinned(tenant, ref)

    async def _settle(self, tenant: str, release: Release, known: _Known, at: datetime) -> None:
        """Compare again, and say so in the record; another process may have been faster, and then its word counts."""
        in_force = (await self._pack_at(tenant, known, release.effective_at or at)).ref
        settled = started(release, in_force, at)
        if await policies.append(self._record, tenant, settled, known.events) and isinstance(settled, NotStarted):
            noted = {"tenant": tenant, "release_id": settled.release_id}
            logger.error("a release did not start", extra={"event": "release_not_started", **noted})
        self.forget(tenant)

    async def _look_up(self, tenant: str) -> _Known:
        known = self._known.get(tenant)
        if known is None or time.monotonic() - known.asked > KNOWN_FOR_SECONDS:
            pack_id = (await tenant_settings(self._record, tenant)).pack_id
            events = await policies.events(self._record, tenant)
            known = _Known(time.monotonic(), pack_id, releases_of(events), len(events))
            self._known[tenant] = known
        return known
