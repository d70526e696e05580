"""Ladders: an account's strikes counted over its cases; what they reach is brought to its own case. Effect: Postgres, rings."""

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from activities.packs_in_force import PacksInForce
from cases.events import CaseEvent, DecisionReversed, OrderConfirmed, OrderVoided
from cases.facts import Message
from cases.ladder_decisions import StepCrossedMessage, StepFellMessage
from cases.names import SubjectKind, case_workflow_id, tenant_of
from cases.policy import PolicyError, PolicyPack
from cases.projection import Projection
from record import inbox, ladders, people
from record.ladders import AreaLadder, Unbrought
from record.record import Record

logger = logging.getLogger(__name__)
RingSoon = Callable[[str, int], None]

LEFT_AFTER: Final = timedelta(seconds=10)  # what nobody brought by then, the sweeper brings


def strikes_moved(events: Iterable[CaseEvent]) -> bool:
    """Whether one of these makes a strike count, or count no longer."""
    return any(isinstance(event.body, OrderConfirmed | OrderVoided | DecisionReversed) for event in events)


class Ladders:
    """Looks at an account's strikes whenever one comes to count or ceases to. Every step is safe to repeat."""

    def __init__(self, record: Record, packs: PacksInForce, ring_soon: RingSoon, now: Callable[[], datetime]) -> None:
        self._record = record
        self._packs = packs
        self._ring_soon = ring_soon
        self._now = now

    async def recounted(self, case_id: str, projection: Projection, at: datetime) -> None:
        """Count the accounts on which this case left strikes, and bring what they reached to the accounts' own cases.

        Nothing is looked at where the case left none, or the tenant's pack has no ladder. Raises RecordUnavailable.
        """
        await self.recount(tenant_of(case_id), {strike.account for strike in projection.strikes}, at)

    async def recount(self, tenant: str, accounts: Collection[str], at: datetime) -> None:
        """Count these accounts' strikes, and bring what they reached to their own cases."""
        if not accounts:
            return
        pack = await self._pack(tenant, at)
        if pack is None or not pack.ladder:
            return
        rungs = {
            area: AreaLadder(counting=pack.counting_of(area), steps=pack.steps_of(area))
            for area in {step.area for step in pack.ladder}
        }
        for account in sorted(accounts):
            await ladders.climbed(self._record, tenant, account, rungs, at)
            for one in await ladders.unbrought(self._record, tenant, account):
                await self._bring(tenant, one, at)

    async def sweep(self, tenant: str) -> None:
        """Bring what was left unbrought, when a worker died between its count and its inbox row."""
        now = self._now()
        for one in await ladders.unbrought(self._record, tenant, before=now - LEFT_AFTER):
            await self._bring(tenant, one, now)

    async def _bring(self, tenant: str, one: Unbrought, at: datetime) -> None:
        crossing_id, fell = one.crossing.crossing_id, one.fall_source
        source = one.crossing.sources[0].case_id
        account_id = await people.account_of(self._record, source, one.account)
        if account_id is None:
            logger.warning(
                "a step was reached by an account that was erased",
                extra={"event": "step_lost", "case_id": source, "crossing_id": crossing_id},
            )
        else:
            if one.brought_at is None:
                crossed = StepCrossedMessage(message_id=crossing_id, crossing=one.crossing)
                await self._put(tenant, one.account, account_id, "step_crossed", crossed, crossing_id, at)
            if fell is not None:
                fall = StepFellMessage(message_id=f"{crossing_id}-fell", crossing_id=crossing_id, source=fell)
                await self._put(tenant, one.account, account_id, "step_fell", fall, fall.message_id, at)
        await ladders.note_brought(self._record, tenant, crossing_id, at, fall=fell is not None)

    async def _put(
        self, tenant: str, account: str, account_id: str, kind: str, message: Message, message_id: str, at: datetime
    ) -> None:
        """An inbox row of the account's own case, which it may open; then a ring, without waiting: the row is what counts."""
        case_id, subject = case_workflow_id(tenant, SubjectKind.ACCOUNT, account), SubjectKind.ACCOUNT
        accepted = await inbox.accept(
            self._record, tenant, case_id, subject, account_id, kind, message_id, message, None, at
        )
        if accepted.ring:
            self._ring_soon(case_id, accepted.number)

    async def _pack(self, tenant: str, at: datetime) -> PolicyPack | None:
        try:
            return await self._packs.of(tenant, at)
        except PolicyError:
            logger.exception("no pack to count strikes by", extra={"event": "no_pack", "tenant": tenant})
            return None
