"""Bulk: members found, told what to do, and heard from, a page at a time. Effect: inbox rows of their cases, and rings.

An act is an inbox row under an id that names bulk and member. A page that dies is followed by one that tells again whoever
was not noted as told; a case that was told already knows the id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import activity

from activities import processes
from activities.packs_in_force import PacksInForce
from cases.brakes import stopped
from cases.bulk import (
    MOST_MEMBERS,
    PAGE,
    BulkAct,
    BulkActMessage,
    BulkStart,
    BulkTarget,
    message_id,
    needs_role,
    targets,
)
from cases.case import Case
from cases.errors import KeyDestroyed, UnknownSomething
from cases.folding import fold_all
from cases.person_caps import NEVER_CAPPED
from cases.policy import PolicyPack
from record import brakes, bulk, bulk_members, events, inbox, review, texts
from record.bulk import BulkRow
from record.bulk_members import Member
from record.record import Record

Ring = Callable[[str, int], Awaitable[bool]]
AT_ONCE: Final = 4  # cases of one page told together: fewer than the record has connections
SURVEYED: Final = 200  # cases looked through in one page
LOOKED_EVERY: Final = timedelta(
    seconds=30
)  # noted while a page is told: well under what is taken for nobody's (record.bulk)
PREVIEW_STANDS: Final = timedelta(days=7)


class Bulk:
    """Carries a bulk out. What is its turn stands in its row."""

    def __init__(self, record: Record, packs: PacksInForce, ring: Ring, now: Callable[[], datetime]) -> None:
        self._record, self._packs, self._ring, self._now = record, packs, ring, now

    @activity.defn
    async def carry_out_bulk_page(self, request: BulkStart) -> processes.BulkPage:
        """The next page of whatever is this bulk's turn. Repeatable at every step."""
        tenant, bulk_id = request.tenant, request.bulk_id
        row = await bulk.row(self._record, tenant, bulk_id)
        if row.phase == "previewed" and self._now() - row.proposed_at > PREVIEW_STANDS:
            why = f"nobody approved it within {PREVIEW_STANDS.days} days; preview it anew"
            await bulk.refuse(self._record, tenant, bulk_id, self._now(), why)
            page = processes.BulkPage(state="done")
        elif row.phase in ("previewed", "undo_asked") or row.paused_at:
            page = processes.BulkPage(state="paused", after=request.after)
        elif row.phase == "selecting":
            await bulk.look(self._record, tenant, bulk_id, self._now(), row.note)
            page = await self._survey(request, row)
        elif row.phase in ("carrying_out", "undoing"):
            await bulk.look(self._record, tenant, bulk_id, self._now(), row.note)
            page = await self._tell(request, row)
        else:
            page = processes.BulkPage(state="done")
        return page.evolve(label=_label(await bulk.row(self._record, tenant, bulk_id)))

    # Selecting ----------------------------------------------------------------------------------------------------

    async def _survey(self, request: BulkStart, row: BulkRow) -> processes.BulkPage:
        """The cases after the last one: what of them is selected becomes members."""
        tenant, after = request.tenant, request.after
        cases = await bulk_members.candidates(self._record, tenant, row, after, SURVEYED)
        found: list[tuple[str, BulkTarget]] = []
        for case_id in cases:
            found += [(case_id, one) for one in await self._targets(case_id, row)]
            activity.heartbeat(len(found))
        found = await self._without_own(tenant, row, found)
        members = await bulk_members.add_members(self._record, tenant, row.bulk_id, found, self._now())
        if len(cases) == SURVEYED and members <= MOST_MEMBERS:
            return processes.BulkPage(state="more", after=cases[-1])
        await bulk_members.previewed(self._record, tenant, row.bulk_id, self._now())
        return processes.BulkPage(state="more")

    async def _targets(self, case_id: str, row: BulkRow) -> tuple[BulkTarget, ...]:
        case = fold_all(Case(case_id=case_id), await events.load(self._record, case_id))
        return needs_role(row.plan, targets(case, row.plan), row.named_roles)

    async def _without_own(
        self, tenant: str, row: BulkRow, found: list[tuple[str, BulkTarget]]
    ) -> list[tuple[str, BulkTarget]]:
        """Nobody judges their own account or report, or takes their own decision back (P5)."""
        cases = sorted({case_id for case_id, _ in found})
        judged = row.plan.act is BulkAct.REVERSE
        others = await review.without_part(self._record, tenant, cases, row.proposed_by, judged=judged)
        return [
            (case_id, one if case_id in others or one.left_out else one.evolve(left_out="own"))
            for case_id, one in found
        ]

    # Telling ------------------------------------------------------------------------------------------------------

    async def _tell(self, request: BulkStart, row: BulkRow) -> processes.BulkPage:
        """Members told at the rate that is set, until somebody stops it; then their answers are waited for."""
        tenant, told = request.tenant, 0
        members = await bulk_members.next_members(self._record, tenant, row, PAGE)
        reason, undo_reason = await bulk.reasons(self._record, tenant, row.bulk_id)
        words = (undo_reason if row.undoing else reason) or "no reason is left: its key was destroyed"
        pack = await self._pack(tenant, row) if members else None
        for start in range(0, len(members), AT_ONCE):
            now = await bulk.row(self._record, tenant, row.bulk_id)  # it may have been stopped in the pause before
            if now.paused_at or now.cancelled_at != row.cancelled_at:
                return processes.BulkPage(state="more", acts=told)
            began = asyncio.get_running_loop().time()
            some = members[start : start + AT_ONCE]
            allowed, held_by = await self._allowed(tenant, row, some, pack)
            await asyncio.gather(*(self._tell_one(tenant, row, one, words) for one in allowed))
            told += len(allowed)
            if held_by:
                await bulk.look(self._record, tenant, row.bulk_id, self._now(), held_by)
                return processes.BulkPage(state="paused", acts=told)
            activity.heartbeat(told)
            if self._now() - now.looked_at > LOOKED_EVERY:
                await bulk.look(self._record, tenant, row.bulk_id, self._now())
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, len(some) / row.plan.per_second - spent))
        await bulk.look(self._record, tenant, row.bulk_id, self._now())
        planned, asked = await bulk_members.settle(self._record, tenant, row)
        if not planned and not asked:
            await bulk.end(self._record, tenant, row.bulk_id, self._now())
            return processes.BulkPage(state="done", acts=told)
        return processes.BulkPage(state="more" if planned else "waiting", acts=told)

    async def _pack(self, tenant: str, row: BulkRow) -> PolicyPack | None:
        """The tenant's, where what is done restricts people: what is lifted has no cap."""
        restricts = row.plan.restricts and not row.undoing
        return await self._packs.of(tenant, self._now()) if restricts else None

    async def _allowed(
        self, tenant: str, row: BulkRow, some: list[Member], pack: PolicyPack | None
    ) -> tuple[list[Member], str]:
        """Who may be restricted now, and what holds up the next: a stop of the area or of all, a cap of this hour or day."""
        if pack is None:
            return some, ""
        severe = {name for name, area in pack.areas.items() if area.severity <= NEVER_CAPPED}
        stops = await brakes.stops(self._record, tenant)
        for place, one in enumerate(some):
            brake = stopped(stops, one.area, None)
            brake = brake or await bulk_members.over_cap(
                self._record, tenant, row, one, pack.caps, self._now(), of_person=one.area not in severe
            )
            if brake:
                return some[:place], f"held up: {brake.reason} {brake.name}".strip()
        return some, ""

    async def _tell_one(self, tenant: str, row: BulkRow, member: Member, words: str) -> None:
        name = message_id(row.bulk_id, member.member_id, undo=row.undoing)
        now = self._now()
        try:
            reason_id = await texts.put(self._record, member.case_id, "bulk", words, row.operator, now, name)
            message = BulkActMessage(
                message_id=name,
                bulk_id=row.bulk_id,
                act=row.plan.act,
                target=member.target,
                undo=row.undoing,
                operator=row.operator,
                approver=row.approver,
                reason_id=reason_id,
                outcome=row.plan.outcome,
                ground=row.plan.ground,
                rule_id=row.plan.rule_id,
                enforcements=row.plan.enforcements,
            )
            accepted = await inbox.accept(
                self._record, tenant, member.case_id, None, None, "bulk_act", name, message, None, now
            )
        except (KeyDestroyed, UnknownSomething):  # erased meanwhile: nothing is left to act on
            await bulk_members.note_erased(self._record, tenant, row, member.member_id)
            return
        await bulk_members.note_told(self._record, tenant, row, member.member_id)
        if accepted.ring or accepted.known:  # whoever had told it may have died before the ring
            await self._ring(member.case_id, accepted.number)


def _label(row: BulkRow) -> str:
    return (
        f"{row.phase.upper().replace('_', ' ')}{' (PAUSED)' if row.paused_at else ''} {row.plan.act} {row.note}".strip()
    )
