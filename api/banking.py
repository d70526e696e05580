"""What operators do about banks: set up, fill, look in or not, take a false entry out, give away what may be given."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from api.bank_messages import (
    BankDecisionRequest,
    BankEntriesRequest,
    BankEntryRemoved,
    BankExport,
    BankFallen,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
    BanksAnswer,
    BankSet,
    SharedEntry,
)
from api.errors import NotFound
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from cases.banks import Bank, BankEntry, BankTerms, Sharing, hashes_in, may_share, not_to_bank
from cases.case import Case
from cases.decisions import SourceDecision
from cases.errors import BadInput, IdentityError, Problem, UnknownSomething
from cases.folding import fold_all
from cases.impartiality import BANK
from cases.names import tenant_of
from record import banks, events, evidence
from record.record import Record

PAGE: Final = 1_000
FALLEN_SHOWN: Final = 100
NEXT_MADE: Final = "Fill it. Pictures are looked for in it from their next assessment on."
NEXT_ADDED: Final = "What comes from now on is looked for; what was assessed before is not looked at again."
NEXT_MATCHING: Final = "It holds from the next assessment on."
NEXT_FALLEN: Final = (
    "They match no more, and what a rule had decided alone by them was taken back. Look at the cases in which they had "
    "matched: `dueprocess case show`; then say so: `dueprocess banks remove`."
)
NEXT_REMOVED: Final = (
    "It matches no more, and is not added again. In the cases listed look at what rested on it: `dueprocess case show`, "
    "`dueprocess reverse`."
)

_Asked = BankRequest | BankEntriesRequest | BankDecisionRequest | BankRemovalRequest | BankMatchingRequest


class Banking:
    """Doors of operators."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def make(self, tenant: str, operator: str, request: BankRequest) -> BankSet:
        """Set a bank up."""
        given = request.model_dump(exclude={"message_id"}, exclude_unset=True)
        terms = BankTerms.model_validate(given)
        async with self._once(tenant, request):
            made = await banks.make(self._record, tenant, terms, operator, self._clock())
        return BankSet(bank=request.bank, changed=made, next=NEXT_MADE)

    async def add(self, tenant: str, operator: str, request: BankEntriesRequest) -> BankSet:
        """Add hashes."""
        try:
            async with self._once(tenant, request):
                new = await banks.add(self._record, tenant, request.bank, request.entries, operator, self._clock())
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        return BankSet(bank=request.bank, changed=bool(new), entries=len(new), next=NEXT_ADDED)

    async def add_decided(
        self, tenant: str, operator: str, request: BankDecisionRequest, accounts: Sequence[str] = ()
    ) -> BankSet:
        """Add the pictures that a decision was about; they stand and fall with it. accounts: the operator's own."""
        now, source = self._clock(), SourceDecision(case_id=request.case_id, decision_id=request.decision_id)
        bank = await self._known(tenant, request.bank)
        case = await self._case(tenant, request.case_id)
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, request.case_id, BANK, request)
        if problem := not_to_bank(case, request.decision_id, now):
            raise BadInput([problem])
        version = case.decision(request.decision_id).evidence_version
        content = await evidence.read(self._record, request.case_id, version)
        hashes = hashes_in(json.loads(content).get("attachments") or (), bank.kind)
        if not hashes:
            cure = f"the platform delivers hashes with its pictures; this bank takes {bank.kind}"
            raise BadInput([Problem("case_id", request.case_id, f"has no picture with a {bank.kind} hash", cure)])
        entries = [BankEntry(hash=one) for one in hashes]
        async with self._once(tenant, request):
            new = await banks.add(self._record, tenant, request.bank, entries, operator, now, source)
        if (await self._case(tenant, request.case_id)).decision(request.decision_id).reversed:
            await banks.fall(self._record, source, now)  # it fell while we looked
        return BankSet(bank=request.bank, changed=bool(new), entries=len(new), next=NEXT_ADDED)

    async def fallen(self, tenant: str, bank: str) -> BankFallen:
        """What fell with its decision."""
        await self._known(tenant, bank)
        found = await banks.fallen(self._record, tenant, bank, FALLEN_SHOWN)
        return BankFallen(bank=bank, entries=tuple(found), next=NEXT_FALLEN)

    async def remove(self, tenant: str, operator: str, request: BankRemovalRequest) -> BankEntryRemoved:
        """Take a false entry out, and say where it had matched."""
        now = self._clock()
        try:
            async with self._once(tenant, request):
                gone = await banks.remove(
                    self._record, tenant, request.bank, request.entry_id, operator, request.reason, now
                )
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        return BankEntryRemoved(bank=gone.bank, entry_id=gone.entry_id, cases=gone.cases, next=NEXT_REMOVED)

    async def set_matching(self, tenant: str, request: BankMatchingRequest) -> BankSet:
        """Look in it, or not. What was asked before is not done again: somebody may have thought better of it since."""
        before, changed = await self._known(tenant, request.bank), False
        async with self._once(tenant, request) as first:
            if first:
                await banks.set_matching(self._record, tenant, request.bank, matching=request.matching)
                changed = before.matching is not request.matching
        return BankSet(bank=request.bank, changed=changed, next=NEXT_MATCHING)

    async def show(self, tenant: str) -> BanksAnswer:
        """Every bank."""
        return BanksAnswer(banks=tuple(await banks.rows(self._record, tenant)))

    async def export(self, tenant: str, bank: str, to: Sharing, after: str) -> BankExport:
        """A page of what may be given to those. Raises BadInput where the bank's rule forbids it."""
        one = await self._known(tenant, bank)
        if not may_share(one.sharing, to):
            cure = "leave it where it is: a bank's rule is set once, by whoever vouches for its source"
            raise BadInput([Problem("to", to, f"may not be given what is shared as {one.sharing}", cure)])
        found = await banks.page(self._record, tenant, bank, after, PAGE)
        entries = tuple(SharedEntry(entry_id=id_, hash=entry.hash, reference=entry.reference) for id_, entry in found)
        more = entries[-1].entry_id if len(entries) == PAGE else None
        return BankExport(
            bank=bank, kind=one.kind, label=one.label, source=one.source, entries=entries, next_after=more
        )

    @asynccontextmanager
    async def _once(self, tenant: str, request: _Asked) -> AsyncIterator[bool]:
        """What is done inside is kept with the message, or neither is. Gives whether it is new; raises Conflict."""
        async with self._record.together(tenant):
            yield await banks.note_message(self._record, tenant, request.message_id, request, self._clock())

    async def _known(self, tenant: str, bank: str) -> Bank:
        try:
            return await banks.one(self._record, tenant, bank)
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None

    async def _case(self, tenant: str, case_id: str) -> Case:
        stored = await events.load(self._record, case_id) if _of_tenant(case_id, tenant) else []
        if not stored:
            raise NotFound("unknown_case", f"case_id: there is no case {case_id[:200]!r}; see: dueprocess case list")
        return fold_all(Case(case_id=case_id), stored)


def _of_tenant(case_id: str, tenant: str) -> bool:
    try:
        return tenant_of(case_id) == tenant
    except IdentityError:
        return False
