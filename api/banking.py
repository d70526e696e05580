"""What operators do about banks: set up, fill, look in or not, take a false entry out, give away what may be given."""

from typing import Final

from api.bank_messages import (
    BankEntriesRequest,
    BankEntryRemoved,
    BankExport,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
    BanksAnswer,
    BankSet,
    SharedEntry,
)
from api.errors import NotFound
from api.intake import Clock
from cases.banks import BankTerms, Sharing, may_share
from cases.errors import BadInput, Problem, UnknownSomething
from record import banks
from record.record import Record

PAGE: Final = 1_000
NEXT_MADE: Final = "Fill it. Pictures are looked for in it from their next assessment on."
NEXT_ADDED: Final = "What comes from now on is looked for; what was assessed before is not looked at again."
NEXT_MATCHING: Final = "It holds from the next assessment on."
NEXT_REMOVED: Final = (
    "It matches no more, and is not added again. In the cases listed look at what rested on it: `dueprocess case show`, "
    "`dueprocess reverse`."
)


class Banking:
    """Doors of operators."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def make(self, tenant: str, operator: str, request: BankRequest) -> BankSet:
        """Set a bank up."""
        given = request.model_dump(exclude={"message_id"}, exclude_unset=True)
        made = await banks.make(self._record, tenant, BankTerms.model_validate(given), operator, self._clock())
        return BankSet(bank=request.bank, changed=made, next=NEXT_MADE)

    async def add(self, tenant: str, operator: str, request: BankEntriesRequest) -> BankSet:
        """Add hashes."""
        try:
            new = await banks.add(self._record, tenant, request.bank, request.entries, operator, self._clock())
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        return BankSet(bank=request.bank, changed=bool(new), entries=len(new), next=NEXT_ADDED)

    async def remove(self, tenant: str, operator: str, request: BankRemovalRequest) -> BankEntryRemoved:
        """Take a false entry out, and say where it had matched."""
        now = self._clock()
        try:
            gone = await banks.remove(
                self._record, tenant, request.bank, request.entry_id, operator, request.reason, now
            )
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        return BankEntryRemoved(bank=gone.bank, entry_id=gone.entry_id, cases=gone.cases, next=NEXT_REMOVED)

    async def set_matching(self, tenant: str, request: BankMatchingRequest) -> BankSet:
        """Look in it, or not."""
        try:
            before = await banks.one(self._record, tenant, request.bank)
            await banks.set_matching(self._record, tenant, request.bank, matching=request.matching)
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        return BankSet(bank=request.bank, changed=before.matching is not request.matching, next=NEXT_MATCHING)

    async def show(self, tenant: str) -> BanksAnswer:
        """Every bank."""
        return BanksAnswer(banks=tuple(await banks.rows(self._record, tenant)))

    async def export(self, tenant: str, bank: str, to: Sharing, after: str) -> BankExport:
        """A page of what may be given to those. Raises BadInput where the bank's rule forbids it."""
        try:
            one = await banks.one(self._record, tenant, bank)
        except UnknownSomething as error:
            raise NotFound("unknown_bank", str(error)) from None
        if not may_share(one.sharing, to):
            cure = "leave it where it is: a bank's rule is set once, by whoever vouches for its source"
            raise BadInput([Problem("to", to, f"may not be given what is shared as {one.sharing}", cure)])
        found = await banks.page(self._record, tenant, bank, after, PAGE)
        entries = tuple(SharedEntry(entry_id=id_, hash=entry.hash, reference=entry.reference) for id_, entry in found)
        more = entries[-1].entry_id if len(entries) == PAGE else None
        return BankExport(
            bank=bank, kind=one.kind, label=one.label, source=one.source, entries=entries, next_after=more
        )
