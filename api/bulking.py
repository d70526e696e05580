"""Bulks at the doors: previewed, approved by a second person, paused, cancelled, undone, shown."""

from collections.abc import Collection, Sequence
from typing import Final

from api.bulk_messages import (
    REFUSALS,
    BlastRadius,
    BulkAnswer,
    BulkApproval,
    BulkChange,
    BulkProgress,
    BulkRefused,
    BulkRequest,
    BulkRowAnswer,
    BulkSampled,
    BulksAnswer,
    BulkStep,
    RefusalName,
)
from api.errors import NotFound, Refused
from api.intake import Clock
from api.library import Library
from api.named_rules import refuse_rule_not_in_force
from api.ringing import Ringer
from cases.bulk import CHILD_SAFETY, RESTRICTS_WHEN_UNDONE, SAMPLE, UNDO, BulkAct
from cases.errors import BadInput, Problem, UnknownSomething
from cases.impartiality import CONFLICT
from cases.names import tenant_of
from cases.tokens import PROTECTED_SUBJECTS
from record import bulk, bulk_members, conflicts
from record.bulk import BulkRow
from record.bulk_members import BulkCounts, RefusedMember
from record.record import Record

LISTED: Final = 100
NEXT: Final = {
    "selecting": "Its members are being found; look again.",
    "refused": "Nothing is done.",
    "previewed": "Another person approves it with its digest, or nothing is done.",
    "carrying_out": "Each case judges its part; what it does is in its own events.",
    "done": "It can be undone.",
    "cancelled": "What was done before can be undone.",
    "undo_asked": "Undoing it restricts people anew: another person approves that with the digest.",
    "undoing": "Each case undoes its part.",
    "undone": "What could be undone is.",
}


class Bulking:
    """Doors of operators. library: of packs, if this process has any."""

    def __init__(
        self, record: Record, ringer: Ringer, clock: Clock, areas: frozenset[str], library: Library | None = None
    ) -> None:
        self._record, self._ringer, self._clock, self._areas, self._library = record, ringer, clock, areas, library

    async def propose(
        self,
        tenant: str,
        operator: str,
        request: BulkRequest,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """Have a selection found and previewed. Nothing is done before a second person approves what is found.

        named_roles: of the operator; accounts: their own on the platform. Raises BadInput, Conflict.
        """
        selection = request.plan.selection
        if self._areas and (unknown := sorted(set(selection.areas) - self._areas)):
            cure = f"one of {', '.join(sorted(self._areas))}"
            raise BadInput([Problem("plan.selection.areas", unknown[0], "is no area of the policy pack", cure)])
        if any(tenant_of(case_id) != tenant for case_id in selection.cases):
            raise NotFound("unknown_case", "plan.selection.cases: there is no such case")
        if request.plan.rule_id and self._library:
            rule_id = request.plan.rule_id
            await refuse_rule_not_in_force(self._library, tenant, selection.areas, rule_id, self._clock())
        await conflicts.introduce(self._record, tenant, operator, accounts)
        await bulk.propose(
            self._record,
            tenant,
            request.bulk_id,
            request.plan,
            request.reason,
            operator,
            named_roles,
            self._clock(),
        )
        await self._ringer.knock(tenant, request.bulk_id)
        return await self.show(tenant, request.bulk_id)

    async def approve(
        self,
        tenant: str,
        operator: str,
        request: BulkApproval,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """The second person's word on what was previewed, by its digest. Said again it changes nothing. Raises Refused."""
        row = await self._row(tenant, request.bulk_id)
        approved_by = {"carrying_out": row.approved_by, "undoing": row.undo_approved_by}.get(row.phase)
        if (request.digest, operator) == (row.digest, approved_by):
            return await self.show(tenant, request.bulk_id)
        await conflicts.introduce(self._record, tenant, operator, accounts)
        await self._may_approve(tenant, operator, row, request.digest, named_roles)
        if not await bulk.approve(self._record, tenant, row, request.digest, operator, self._clock()):
            raise Refused("changed", "bulk_id: it changed in this moment; look at it again")
        await self._ringer.knock(tenant, request.bulk_id)
        return await self.show(tenant, request.bulk_id)

    async def _may_approve(
        self, tenant: str, operator: str, row: BulkRow, digest: str, named_roles: Collection[str]
    ) -> None:
        if row.phase not in ("previewed", "undo_asked"):
            raise Refused("nothing_to_approve", f"bulk_id: it is {row.phase}; only a preview can be approved")
        if operator == (row.undo_by if row.phase == "undo_asked" else row.proposed_by):
            raise Refused("same_person", "operator: two people answer for a bulk; let a colleague approve it")
        if digest != row.digest:
            raise Refused("wrong_digest", "digest: is not the preview's; a changed selection is previewed anew")
        counts, _ = await bulk_members.counts(self._record, tenant, row.bulk_id)
        if row.plan.act not in (BulkAct.REASSESS, BulkAct.RETELL):
            _guarding(counts, named_roles)
        if counts.protected and row.plan.restricts and PROTECTED_SUBJECTS not in named_roles:
            raise Refused(
                "needs_role", f"operator: {counts.protected} accounts are protected; it takes {PROTECTED_SUBJECTS}"
            )
        await self._apart(tenant, operator, row)

    async def _may_undo(
        self, tenant: str, operator: str, row: BulkRow, named_roles: Collection[str], *, at_once: bool
    ) -> None:
        """What nobody else approves is bound as an approval is: it lifts what was imposed."""
        if row.plan.act is BulkAct.RETELL:
            raise Refused("irreversible", "step: what was told cannot be untold")
        if at_once:
            counts, _ = await bulk_members.counts(self._record, tenant, row.bulk_id)
            _guarding(counts, named_roles)
        await self._apart(tenant, operator, row)

    async def _apart(self, tenant: str, operator: str, row: BulkRow) -> None:
        if own := await bulk_members.own_cases(self._record, tenant, row, operator):
            raise Refused(CONFLICT, f"operator: you have a part in {own} of its cases; leave it to somebody else")

    async def change(
        self,
        tenant: str,
        operator: str,
        request: BulkChange,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """Pause, resume, cancel, undo. Raises Refused where the bulk does not stand for it, or the operator may not."""
        row = await self._row(tenant, request.bulk_id)
        now = self._clock()
        under_way = row.phase in ("selecting", "previewed", "carrying_out", "undoing")
        match request.step:
            case BulkStep.PAUSE | BulkStep.RESUME if under_way:
                at = now if request.step is BulkStep.PAUSE else None
                await bulk.pause(self._record, tenant, row.bulk_id, at, operator)
            case BulkStep.CANCEL if row.phase in ("selecting", "previewed", "carrying_out"):
                await bulk.cancel(self._record, tenant, row.bulk_id, now, operator)
            case BulkStep.UNDO if row.phase in ("undo_asked", "undoing", "undone"):
                return await self.show(tenant, row.bulk_id)
            case BulkStep.UNDO if row.phase in ("done", "cancelled") and row.approved_by:
                at_once = row.plan.act not in RESTRICTS_WHEN_UNDONE
                await conflicts.introduce(self._record, tenant, operator, accounts)
                await self._may_undo(tenant, operator, row, named_roles, at_once=at_once)
                await bulk.ask_undo(
                    self._record, tenant, row.bulk_id, operator, now, request.reason or "", at_once=at_once
                )
            case _:
                raise Refused("wrong_phase", f"step: {request.step} is not for a bulk that is {row.phase}")
        await self._ringer.knock(tenant, row.bulk_id)
        return await self.show(tenant, row.bulk_id)

    async def show(
        self, tenant: str, bulk_id: str, limit: int = REFUSALS, after: RefusalName | None = None
    ) -> BulkAnswer:
        """What it reaches, its sample, how far it came, and a page of why cases refused. Raises NotFound."""
        row = await self._row(tenant, bulk_id)
        counts, left_out = await bulk_members.counts(self._record, tenant, bulk_id)
        reason, undo_reason = await bulk.reasons(self._record, tenant, bulk_id)
        drawn = await bulk_members.sample(self._record, tenant, bulk_id, SAMPLE) if row.digest else []
        refused, because = await bulk_members.refused(self._record, tenant, bulk_id, _named(after), limit)
        return BulkAnswer(
            **_short(row).model_dump(),
            plan=row.plan,
            reason=reason,
            undo_reason=undo_reason,
            digest=row.digest,
            reaches=_reaches(counts, left_out),
            progress=BulkProgress.model_validate(counts.model_dump()),
            sample=tuple(BulkSampled.model_validate(one.model_dump()) for one in drawn),
            refused_because=because,
            refused=tuple(BulkRefused.model_validate(one.model_dump()) for one in refused),
            after=_name(refused[-1]) if len(refused) == limit else None,
            next=NEXT[row.phase],
        )

    async def listed(self, tenant: str) -> BulksAnswer:
        """The newest bulks."""
        found = await bulk.rows(self._record, tenant, LISTED)
        return BulksAnswer(bulks=tuple(_short(one) for one in found))

    async def _row(self, tenant: str, bulk_id: str) -> BulkRow:
        try:
            return await bulk.row(self._record, tenant, bulk_id)
        except UnknownSomething:
            raise NotFound("unknown_bulk", "bulk_id: there is no such bulk; see: dueprocess bulk list") from None


def _guarding(counts: BulkCounts, named_roles: Collection[str]) -> None:
    """Raises Refused where what guards a child would be weakened without the role for it (P12)."""
    if counts.child_safety and CHILD_SAFETY not in named_roles:
        raise Refused("needs_role", f"operator: {counts.child_safety} members guard a child; it takes {CHILD_SAFETY}")


def _name(one: RefusedMember) -> RefusalName:
    return f"{one.member_id}{UNDO if one.undo else ''}"


def _named(after: RefusalName | None) -> tuple[str, bool]:
    """Which refusal the page follows: a member's, or that of its undo."""
    return ("", False) if after is None else (after.removesuffix(UNDO), after.endswith(UNDO))


def _short(row: BulkRow) -> BulkRowAnswer:
    return BulkRowAnswer.model_validate({**row.model_dump(), "act": row.plan.act})


def _reaches(counts: BulkCounts, left_out: dict[str, int]) -> BlastRadius:
    return BlastRadius.model_validate({**counts.model_dump(), "left_out": left_out})
