"""What operators ask and are answered about banks of hashes."""

from typing import Annotated

from pydantic import Field

from cases.banks import ENTRIES_AT_ONCE, Bank, BankEntry, BankName, BankTerms, EntryFallen
from cases.facts import Fact, Message
from cases.messages import MessageId, Text


class BankRequest(BankTerms):
    """Set a bank up. The label is a sign of an area only where the pack's [labels] says so."""

    message_id: MessageId


class BankEntriesRequest(Message):
    """Add hashes to a bank. What is in it already, and what was removed from it as false, is left as it is."""

    message_id: MessageId
    bank: BankName
    entries: Annotated[tuple[BankEntry, ...], Field(min_length=1, max_length=ENTRIES_AT_ONCE)]


class BankDecisionRequest(Message):
    """Add the pictures of a case that a person found a violation. What is added falls with the decision."""

    message_id: MessageId
    bank: BankName
    case_id: Annotated[str, Field(max_length=300)]
    decision_id: MessageId


class BankRemovalRequest(Message):
    """An entry is false. reason: kept, sealed."""

    message_id: MessageId
    bank: BankName
    entry_id: Annotated[str, Field(pattern=r"^e-[0-9a-f]{24}$")]
    reason: Text


class BankMatchingRequest(Message):
    """Look in a bank from now on, or do not."""

    message_id: MessageId
    bank: BankName
    matching: bool


class BankSet(Fact):
    """What was done. changed: False where it was so already; entries: how many are new."""

    bank: str
    changed: bool
    entries: int = 0
    next: str


class BankEntryRemoved(Fact):
    """It matches no more. cases: where it had, the newest first; what rested on it there is a person's to look at again."""

    bank: str
    entry_id: str
    cases: tuple[str, ...]
    next: str


class BankFallen(Fact):
    """What fell with its decision, the oldest first. Taking an entry out says that somebody has looked."""

    bank: str
    entries: tuple[EntryFallen, ...]
    next: str


class BanksAnswer(Fact):
    """Every bank."""

    banks: tuple[Bank, ...]


class SharedEntry(Fact):
    """A hash that may be given away, with the list it comes from."""

    entry_id: str
    hash: str
    reference: str | None = None


class BankExport(Fact):
    """A page of a bank's entries. next_after: give it as `after` for the next page; None after the last."""

    bank: str
    kind: str
    label: str
    source: str
    entries: tuple[SharedEntry, ...]
    next_after: str | None = None
