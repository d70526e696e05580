"""Trusted flaggers: bodies that a Digital Services Coordinator designated, each for its own expertise (DSA Art. 22).

Whether a message goes first as theirs is judged by the time it came in, so that a repetition, a replay and an audit find the
same. A message that does not is taken as an ordinary notice: nothing that somebody tells us is lost over a status.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact


class FlaggerStatus(StrEnum):
    """How a body stands on the register."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # while the coordinator investigates (Art. 22(6))
    ENDED = "ended"  # the coordinator took the status back (Art. 22(7)), or the designation ran out


class NotTrusted(StrEnum):
    """Why a message that claims to be a trusted flagger's is taken as an ordinary notice."""

    UNREGISTERED = "unregistered"
    SUSPENDED = "suspended"
    ENDED = "ended"
    OUTSIDE_EXPERTISE = "outside_expertise"


class FlaggerChange(Fact):
    """From when on a body stands otherwise."""

    status: FlaggerStatus
    at: AwareDatetime


class Flagger(Fact):
    """A body on the register. areas: of the policy pack, for which it was designated. changes: oldest first."""

    flagger_id: str
    areas: tuple[str, ...]
    registered_at: AwareDatetime
    designated_at: AwareDatetime
    designated_until: AwareDatetime | None = None
    changes: tuple[FlaggerChange, ...] = ()


WORDS: Final[Mapping[NotTrusted, str]] = {
    NotTrusted.UNREGISTERED: "its sender is not on the register of trusted flaggers",
    NotTrusted.SUSPENDED: "this trusted flagger's status is suspended (DSA Art. 22(6))",
    NotTrusted.ENDED: "this body's designation as a trusted flagger has ended",
    NotTrusted.OUTSIDE_EXPERTISE: "the area is outside this trusted flagger's expertise (DSA Art. 22(1))",
}


def status_at(flagger: Flagger, at: AwareDatetime) -> FlaggerStatus | None:
    """How the body stood then; None before it was designated, and before we knew of it."""
    if at < max(flagger.registered_at, flagger.designated_at):
        return None
    if flagger.designated_until is not None and at >= flagger.designated_until:
        return FlaggerStatus.ENDED
    return next((one.status for one in reversed(flagger.changes) if one.at <= at), FlaggerStatus.ACTIVE)


def not_trusted(flagger: Flagger | None, area: str, at: AwareDatetime) -> NotTrusted | None:
    """Why a message of this area that came in then is not a trusted flagger's; None where it is."""
    status = status_at(flagger, at) if flagger else None
    if flagger is None or status is None:
        return NotTrusted.UNREGISTERED
    if status is FlaggerStatus.SUSPENDED:
        return NotTrusted.SUSPENDED
    if status is FlaggerStatus.ENDED:
        return NotTrusted.ENDED
    return None if area in flagger.areas else NotTrusted.OUTSIDE_EXPERTISE
