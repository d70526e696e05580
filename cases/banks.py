"""Banks: lists of hashes of known content, each with where it comes from, who may be told of it, and what a match is a sign of.

Exact: SHA-256. Nearly: PDQ, up to as many bits as the bank allows, 31 at most, as its authors advise
(github.com/facebook/ThreatExchange). A near match is likeness, no proof: its score says how near.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.case import Case
from cases.decisions import RESTRICTING, FourEyes, SourceDecision
from cases.errors import Problem, UnknownSomething
from cases.facts import Fact, Message
from cases.fingerprints import PICTURE_DIFFERS_AT_MOST, Fingerprint, Likeness, slots, usable_pdq
from cases.names import SubjectKind, kind_of

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
ENTRIES_AT_ONCE: Final = 1_000  # in one request
LEAST_SURE: Final = 0.5
"""The score of a match at the greatest distance that still is one; an equal hash is 1."""

BankName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=r"^[^\x00]+$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$")]


class HashKind(StrEnum):
    """What an entry is. Both are 64 hex digits."""

    SHA256 = "sha256"
    PDQ = "pdq"


class Sharing(StrEnum):
    """Who may be given a bank's entries."""

    PRIVATE = "private"  # nobody: they came under a promise, or are our own decisions about people
    PARTNERS = "partners"  # who has agreed to the same rules
    PUBLIC = "public"


_REACH: Final[Mapping[Sharing, int]] = {Sharing.PRIVATE: 0, Sharing.PARTNERS: 1, Sharing.PUBLIC: 2}


def may_share(bank: Sharing, to: Sharing) -> bool:
    """Whether entries under the bank's rule may be given to those; nothing private is given to anybody."""
    return to is not Sharing.PRIVATE and _REACH[bank] >= _REACH[to]


class BankTerms(Message):
    """A bank as it is set up. label: what a match is a sign of. source: whose list it is, and on what terms it is ours to use.

    within_bits: of PDQ, how many of 256 may differ.
    """

    bank: BankName
    label: LabelName
    kind: HashKind
    source: Words
    sharing: Sharing = Sharing.PRIVATE
    within_bits: Annotated[int, Field(ge=0, le=PICTURE_DIFFERS_AT_MOST)] = PICTURE_DIFFERS_AT_MOST

    @model_validator(mode="after")
    def _bits_are_of_pdq(self) -> "BankTerms":
        if self.kind is HashKind.SHA256 and "within_bits" in self.model_fields_set:
            raise ValueError("within_bits is of PDQ; SHA-256 matches exactly or not at all")
        return self


class BankEntry(Message):
    """One hash. reference: where this very entry comes from, such as a case or the list's own number for it."""

    hash: Hash
    reference: Reference | None = None


class Bank(Fact):
    """A bank as it stands. matching: whether it is looked in. fallen: entries whose decision was reversed, unlooked at."""

    bank: str
    label: str
    kind: HashKind
    source: str
    sharing: Sharing
    within_bits: int
    matching: bool = True
    entries: int = 0
    removed: int = 0
    fallen: int = 0


class BankMatch(Fact):
    """A picture is in a bank, or nearly. differing: of 256 bits; 0 for an exact one. rests_on: whose picture it was first."""

    bank: str
    entry_id: str
    label: str
    kind: HashKind
    differing: int = 0
    rests_on: SourceDecision | None = None

    @property
    def score(self) -> float:
        """How surely it is the same."""
        return sureness(self.differing)


class EntryRemoved(Fact):
    """A false entry that is one no more, and the cases in which it had matched: what rested on it is to be looked at again."""

    bank: str
    entry_id: str
    removed_at: AwareDatetime
    cases: tuple[str, ...] = ()


class EntryFallen(Fact):
    """An entry whose decision was reversed: it matches no more. matched: where it had, for a person to look at again."""

    entry_id: str
    case_id: str
    decision_id: str
    fell_at: AwareDatetime
    matched: tuple[str, ...] = ()


def not_to_bank(case: Case, decision_id: str, now: datetime) -> Problem | None:
    """Why this decision vouches for no entry; None where it does. Only what people found, and nobody can still take back."""
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        cure = "bank the pictures of members' own cases"
        return Problem("case_id", case.case_id, "is a campaign, whose sample holds pictures of whoever took part", cure)
    try:
        decision = case.decision(decision_id)
    except UnknownSomething:
        known = ", ".join(one.decision_id for one in case.decisions) or "none"
        return Problem("decision_id", decision_id, "is not of this case", f"its decisions: {known}")
    if decision.reversed:
        return Problem("decision_id", decision_id, "was reversed", "name one that stands")
    if decision.outcome not in RESTRICTING:
        return Problem("decision_id", decision_id, f"found {decision.outcome}", "bank only what was found a violation")
    if decision.automated and not decision.second_by:
        return Problem(
            "decision_id",
            decision_id,
            "was taken by a machine alone",
            "have a person look: what machines found would feed them",
        )
    if decision.second is FourEyes.AFTER and not decision.second_by:
        return Problem("decision_id", decision_id, "waits for a second look", "ask again after it")
    if decision.changeable_until and now < decision.changeable_until:
        until = decision.changeable_until.isoformat(timespec="seconds")
        return Problem("decision_id", decision_id, "may still be taken back", f"ask again after {until}")
    return None


def hashes_in(attachments: Iterable[Mapping[str, Any]], kind: HashKind) -> tuple[str, ...]:
    """The hashes of this kind that a snapshot's pictures have, each once."""
    if kind is HashKind.PDQ:
        return tuple(dict.fromkeys(one["pdq"] for one in attachments if usable_pdq(one)))
    given = (str(one.get("sha256", "")).lower() for one in attachments)
    return tuple(dict.fromkeys(value for value in given if _DIGEST.fullmatch(value)))


def sureness(distance: int) -> float:
    """A distance in bits as a score: 1 for none, LEAST_SURE at the furthest that counts."""
    return round(1.0 - (1.0 - LEAST_SURE) * distance / PICTURE_DIFFERS_AT_MOST, 6)


def nearest(matches: Iterable[BankMatch]) -> dict[str, BankMatch]:
    """The surest match of each label."""
    found: dict[str, BankMatch] = {}
    for one in matches:
        if one.label not in found or one.differing < found[one.label].differing:
            found[one.label] = one
    return found


def slots_of(hashes: Sequence[str]) -> list[tuple[int, int]]:
    """Where a near hash would be found: place in the list, and each of its sixteen slots (`cases.fingerprints`)."""
    return [
        (place, slot)
        for place, one in enumerate(hashes)
        for slot in slots(Fingerprint(likeness=Likeness.PICTURE, value=bytes.fromhex(one)))
    ]
