"""The register of trusted flaggers (DSA Art. 22), as operators keep it. Names in clear become person keys here."""

from collections.abc import Iterable
from typing import Final

from api.flagger_messages import (
    FlaggerChangeRequest,
    FlaggerRequest,
    FlaggersAnswer,
    FlaggerSet,
    FlaggerStanding,
    ListedFlagger,
)
from api.intake import Clock
from api.problems import nearest
from cases.errors import BadInput, Problem
from cases.flaggers import Flagger, FlaggerStatus, status_at
from cases.names import person_key
from record import flaggers
from record.record import Record

NEXT: Final = {
    FlaggerStatus.ACTIVE: "Its notices in its areas go first from now on, and are filed as a trusted flagger's.",
    FlaggerStatus.SUSPENDED: "Its notices are taken as ordinary ones from now on, and their receipts say so.",
    FlaggerStatus.ENDED: "Its notices are taken as ordinary ones from now on. Designated anew, it is added under another id.",
}


class Flaggers:
    """Doors of operators."""

    def __init__(self, record: Record, clock: Clock, areas: frozenset[str]) -> None:
        self._record = record
        self._clock = clock
        self._areas = areas

    async def add(self, tenant: str, operator: str, request: FlaggerRequest) -> FlaggerSet:
        """Enter a body. The same again changes nothing. Raises BadInput, Conflict."""
        now = self._clock()
        self._refuse_unknown(request.areas)
        began = request.designated_at or now
        if request.designated_until is not None and request.designated_until <= max(began, now):
            cure = "give a time to come, after designated_at"
            raise BadInput([Problem("designated_until", request.designated_until.isoformat(), "is over", cure)])
        flagger = Flagger(
            flagger_id=request.flagger_id,
            areas=request.areas,
            registered_at=now,
            designated_at=began,
            designated_until=request.designated_until,
        )
        changed = await flaggers.add(
            self._record, tenant, flagger, request.name, request.coordinator, await self._identities(tenant, request),
            operator, request.reason,
        )  # fmt: skip
        return FlaggerSet(flagger_id=request.flagger_id, changed=changed, next=NEXT[FlaggerStatus.ACTIVE])

    async def change(self, tenant: str, operator: str, request: FlaggerChangeRequest) -> FlaggerSet:
        """How a body stands from now on. Raises NotFound, and Conflict for one that has ended."""
        changed = await flaggers.change(
            self._record, tenant, request.flagger_id, request.status, self._clock(), operator, request.reason
        )
        return FlaggerSet(flagger_id=request.flagger_id, changed=changed, next=NEXT[request.status])

    async def listed(self, tenant: str) -> FlaggersAnswer:
        """The register."""
        now = self._clock()
        found = await flaggers.listed(self._record, tenant)
        return FlaggersAnswer(
            flaggers=tuple(
                ListedFlagger(
                    flagger_id=one.flagger.flagger_id,
                    name=one.name,
                    coordinator=one.coordinator,
                    areas=one.flagger.areas,
                    status=status_at(one.flagger, now),
                    designated_at=one.flagger.designated_at,
                    designated_until=one.flagger.designated_until,
                    recognised_by=one.identities,
                    judged=one.judged,
                    upheld=one.upheld,
                    history=tuple(FlaggerStanding.model_validate(change.model_dump()) for change in one.history),
                )
                for one in found
            )
        )

    async def _identities(self, tenant: str, request: FlaggerRequest) -> list[flaggers.Identity]:
        secret = await self._record.keyring.subject_secret(tenant)
        people = sorted({person_key(secret, name) for name in (*request.accounts, *request.addresses)})
        tokens = sorted(set(request.tokens))
        return [*(("token", name) for name in tokens), *(("person", key) for key in people)]

    def _refuse_unknown(self, areas: Iterable[str]) -> None:
        unknown = [area for area in areas if area not in self._areas]
        if unknown:
            raise BadInput(
                Problem("areas", area, "is not an area of the policy pack", nearest(area, self._areas))
                for area in unknown
            )
