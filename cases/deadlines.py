"""Every clock of a case, each with its source. A run has one timer, for the earliest."""

from collections.abc import Iterable
from datetime import datetime, time
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.durations import add_months
from cases.errors import CaseError
from cases.facts import Fact

WARN_AT: Final = (50, 80)  # per cent of the time from start to due


class NaiveTimestamp(CaseError):
    """A time without a zone says nothing; give it in UTC."""


class ClockKind(StrEnum):
    """What is owed when the clock ends."""

    REVIEW = "review"  # a decision; at the end: escalation and a breach record
    SECOND_LOOK = "second_look"  # the second person's word
    AUTHORITY_REPORT = "authority_report"  # the report owed to an authority
    EXPIRY = "expiry"  # the measure ends
    GRACE = "grace"  # the decision takes effect
    HEARING = "hearing"  # the outcome of an appeal
    RECEIPT = "receipt"  # word to who sent a notice that it came
    OUTCOME_NOTICE = "outcome_notice"  # the decision, told to who sent a notice
    TAKE_DOWN = "take_down"  # the removal of an intimate depiction and of its known identical copies
    ORDER_EFFECT = "order_effect"  # what an authority ordered
    ORDER_INFORMED = "order_informed"  # word to the authority of what was done, and when
    GIVEN_UP = "given_up"  # an operator's step on an order that is not tried any more
    DESTRUCTION = "destruction"  # what was removed is destroyed, unless something is in the way


# Set by law: nobody here may give them longer, and one that is missed is shown as a case that is stuck.
STATUTORY: Final = frozenset(
    {ClockKind.AUTHORITY_REPORT, ClockKind.TAKE_DOWN, ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED}
)


# By the time left, before whoever is on call: owed by law, be it at once without a time that the law fixes.
OWED_BY_LAW: Final = STATUTORY | {ClockKind.RECEIPT, ClockKind.OUTCOME_NOTICE}

NOT_OURS_TO_EXTEND: Final = frozenset({ClockKind.EXPIRY, ClockKind.GRACE, ClockKind.DESTRUCTION}) | STATUTORY
SILENT: Final = frozenset(
    {ClockKind.EXPIRY, ClockKind.GRACE, ClockKind.DESTRUCTION}
)  # they end by themselves, and warn nobody


class Clock(Fact):
    """One running deadline. subject: the matter, decision, measure or appeal it is about; source: article or pack rule.

    warned: per cent marks already told of; breached_at: set once, and the clock runs on until what is owed is done.
    """

    clock_id: str
    kind: ClockKind
    subject: str
    source: str
    started_at: AwareDatetime
    due_at: AwareDatetime
    warned: tuple[int, ...] = ()
    breached_at: AwareDatetime | None = None
    extended_by: str | None = None


class Tick(Fact):
    """Something a clock asks for at an instant. percent: 50 or 80 for a warning, 100 for the end."""

    clock_id: str
    percent: int
    at: AwareDatetime


def next_tick(clock: Clock) -> Tick | None:
    """What this clock asks for next; None once its end was recorded. What ends by itself does not warn."""
    if clock.breached_at is not None:
        return None
    marks = () if clock.kind in SILENT else WARN_AT
    span = clock.due_at - clock.started_at
    for percent in marks:
        if percent not in clock.warned:
            return Tick(clock_id=clock.clock_id, percent=percent, at=clock.started_at + span * percent / 100)
    return Tick(clock_id=clock.clock_id, percent=100, at=clock.due_at)


def late_seconds(clock: Clock, now: datetime) -> int:
    """How long this clock is over; 0 for one that ends now."""
    return max(0, int((now - clock.due_at).total_seconds()))


def earliest(clocks: Iterable[Clock]) -> Tick | None:
    """The next thing any clock asks for; ties go to the lower id, so that every replay agrees."""
    ticks = [tick for tick in map(next_tick, clocks) if tick]
    return min(ticks, key=lambda tick: (tick.at, tick.clock_id), default=None)


def appeals_accepted_until(informed_at: datetime) -> datetime:
    """The last instant an appeal is accepted: end of the UTC day, six calendar months on.

    informed_at: when the person was told, not when the reviewer decided; aware.
    Raises NaiveTimestamp. Source: Regulation (EU) 2022/2065, Article 20(1) and (2).
    """
    if informed_at.tzinfo is None:
        raise NaiveTimestamp
    return datetime.combine(add_months(informed_at, 6).date(), time.max, tzinfo=add_months(informed_at, 6).tzinfo)
