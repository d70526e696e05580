"""Which pack a tenant judges by now, and the very pack a matter opened under. Effect: Postgres, reads files."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from activities.policy_packs import PolicyPacks
from cases.matters import Matter, PackRef
from cases.packs import reopen_pack
from cases.policy import PolicyPack
from cases.releases import Releases, releases_of
from record import policies
from record.record import Record
from record.tenants import tenant_settings

KNOWN_FOR_SECONDS: Final = 2.0  # a release or its way back is heard of that soon by every process


class _Known(NamedTuple):
    """What one tenant's releases were, when they were last asked for. asked: monotonic seconds."""

    asked: float
    pack_id: str
    releases: Releases


class PacksInForce:
    """What was released decides; for a tenant that never released anything, what lies in its pack's folder."""

    def __init__(self, record: Record, packs: PolicyPacks) -> None:
        self._record = record
        self._packs = packs
        self._known: dict[str, _Known] = {}

    async def of(self, tenant: str, at: datetime) -> PolicyPack:
        """The pack new matters of this tenant open under, at this time. Raises PolicyError, RecordUnavailable."""
        known = await self._look_up(tenant)
        release = known.releases.in_force(at)
        if release is None:
            return self._packs.active(known.pack_id, tenant)
        return await self.pinned(tenant, release.proposed.pack)

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

    async def _look_up(self, tenant: str) -> _Known:
        known = self._known.get(tenant)
        if known is None or time.monotonic() - known.asked > KNOWN_FOR_SECONDS:
            pack_id = (await tenant_settings(self._record, tenant)).pack_id
            found = releases_of(await policies.events(self._record, tenant))
            known = _Known(time.monotonic(), pack_id, found)
            self._known[tenant] = known
        return known
