"""Severity: a total order with response target, exposure class and default stance."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator


class Severity(IntEnum):
    """S0 is severest and sorts first: `min` of severities is the severest."""

    S0 = 0  # a child or a life is in danger now
    S1 = 1  # someone may come to serious harm soon
    S2 = 2  # someone is harmed
    S3 = 3  # many are bothered, or a right is touched
    S4 = 4  # a rule of the house

    @property
    def priority(self) -> int:
        """The search attribute CasePriority: S + 1, since Temporal's lowest priority key is 1."""
        return int(self) + 1


class Exposure(StrEnum):
    """What a reviewer is exposed to; queues and screens follow it."""

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"  # masked until asked for
    RESTRICTED = "restricted"  # trained people only, never shown in full


class DefaultStance(StrEnum):
    """What happens while nobody has looked, unless a rule says otherwise."""

    HOLD = "hold"
    REVIEW = "review"


class SeverityProfile(NamedTuple):
    """response_target: by then something protective has happened: a hold in force, or a person looking."""

    response_target: timedelta
    exposure: Exposure
    stance: DefaultStance


PROFILES: Final[Mapping[Severity, SeverityProfile]] = {
    Severity.S0: SeverityProfile(timedelta(minutes=5), Exposure.RESTRICTED, DefaultStance.HOLD),
    Severity.S1: SeverityProfile(timedelta(minutes=10), Exposure.SENSITIVE, DefaultStance.REVIEW),
    Severity.S2: SeverityProfile(timedelta(hours=24), Exposure.SENSITIVE, DefaultStance.REVIEW),
    Severity.S3: SeverityProfile(timedelta(days=3), Exposure.ORDINARY, DefaultStance.REVIEW),
    Severity.S4: SeverityProfile(timedelta(days=7), Exposure.ORDINARY, DefaultStance.REVIEW),
}


def severest(severities: Iterable[Severity]) -> Severity:
    """The severest of at least one. Raises ValueError for none."""
    return min(severities)


def _from_name(value: Any) -> Any:
    if isinstance(value, str):
        if value not in Severity.__members__:
            raise ValueError(f"is one of {', '.join(Severity.__members__)}")
        return Severity[value]
    return value


NamedSeverity = Annotated[Severity, BeforeValidator(_from_name)]
"""A severity as packs write it ("S0") or as records keep it (0)."""
