"""Who takes part in a community, and as what: the ground on which responsibility is decided for each person apart."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from cases.facts import Fact

MODERATORS_KEPT: Final = 20
PARTICIPANTS_KEPT: Final = 30


class Part(StrEnum):
    """As what a person takes part. Who only belongs to it is a bystander, and is answerable for nothing that others do."""

    OWNER = "owner"
    MODERATOR = "moderator"
    PARTICIPANT = "participant"  # wrote something of what was captured


class PartTaken(Fact):
    """One person's part in a captured community. account: the key of their account as a target of measures."""

    part: Part
    account: str


def parts_of(owner: str | None, moderators: Iterable[str], writers: Iterable[str]) -> tuple[PartTaken, ...]:
    """Everybody's part, the highest they have, each person once; bounded, since the case keeps it. All are account keys."""
    known: dict[str, Part] = {owner: Part.OWNER} if owner else {}
    for part, accounts, most in (
        (Part.MODERATOR, moderators, MODERATORS_KEPT),
        (Part.PARTICIPANT, writers, PARTICIPANTS_KEPT),
    ):
        new = [one for one in dict.fromkeys(accounts) if one not in known]
        known |= dict.fromkeys(new[:most], part)
    return tuple(PartTaken(part=part, account=account) for account, part in known.items())
