"""Which open question comes first. A pure function, and a key that never has to be rewritten while a task waits.

S0 stands before everything and S1 before what is less severe (P12: nothing ordinary delays danger). Within a band a task
stands at the time by which somebody should look at it: the shorter of what its rule and its severity allow, shortened by
its severity, how many people it reaches and how many report it independently, and never later than half of a law's clock on
the case.
Time passes for all tasks alike, so an older task comes first without any row being touched, and nothing starves.
"""

from datetime import datetime, timedelta
from math import log2, log10
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.severity import PROFILES, Severity

BOOSTED: Final = 1  # the band of what a person put first: beside S1, never before S0
ORDINARY: Final = 2


class LegalSpan(Fact):
    """A law's clock on the case."""

    started_at: AwareDatetime
    due_at: AwareDatetime


class Rank(Fact):
    """Lower comes first, by band and then by time."""

    band: int
    at: AwareDatetime

    @property
    def key(self) -> tuple[int, datetime]:
        """What tasks are sorted by."""
        return self.band, self.at


def rank(
    severity: Severity,
    since: datetime,
    due_at: datetime,
    *,
    reach: int = 0,
    independent: int = 0,
    legal: tuple[LegalSpan, ...] = (),
) -> Rank:
    """Where a task stands. since: when it was asked; reach: people who saw it; independent: who do not act together.

    Ten times the reach counts like half a window less, twice the reports like a whole, a step of severity like a quarter:
    1 + (4 - severity) / 4 + log10(1 + reach) / 2 + log2(1 + independent) divides the window. A task due in the past stands
    at its due time.
    """
    window = min(max(due_at - since, timedelta(0)), PROFILES[severity].response_target)
    weight = (Severity.S4 - severity) / 4 + log10(1 + max(reach, 0)) / 2 + log2(1 + max(independent, 0))
    look_by = min(due_at, since + window / (1 + weight))
    halves = (one.started_at + (one.due_at - one.started_at) / 2 for one in legal)
    return Rank(band=min(int(severity), ORDINARY), at=min((look_by, *halves)))
