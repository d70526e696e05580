"""Which drifts stand: a person hears once when one begins, and once when it is over. Pure.

One odd hour is no drift: by chance alone some rule has one every day. So three hours in a row, or two days, have to be off
in the same way before somebody is called, and as many have to be as they were before it is over. What stands is compared
with what was before it began, so that a drift does not become the past that excuses it; after a week it is how things are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import AwareDatetime

from cases.drift import Counts, Moved, binned, moved
from cases.facts import Fact
from cases.said import Said

HOUR: Final = timedelta(hours=1)
NEW_NORMAL: Final = timedelta(days=7)
HEARD_LATELY: Final = timedelta(days=3)
"""A drift by the hour is one by the day, too: nobody hears of it again that soon."""


class Span(NamedTuple):
    """A stretch of time. history: how many before it are its past; in_a_row: how many are off where something drifts."""

    name: str
    length: timedelta
    history: int
    in_a_row: int

    @property
    def reach(self) -> timedelta:
        """How far back it looks, where a drift has stood for as long as it may."""
        return NEW_NORMAL + (self.history + self.in_a_row) * self.length

    def ends_at(self, at: datetime) -> bool:
        """Whether one ends at this hour."""
        return self.length == HOUR or at.hour == 0


SPANS: Final = (Span("PT1H", HOUR, 72, 3), Span("P1D", timedelta(days=1), 28, 2))


class HourCounts(Fact):
    """What one detector or rule said within an hour. bins: its scores in ten equal parts of 0 to 1."""

    who: str
    hour: AwareDatetime
    runs: int
    passes: int
    bins: tuple[int, ...] = ()


class Standing(Fact):
    """A drift that a person was to hear of. since: where its first stretch began. ended_at: None while it stands."""

    who: str
    span: str
    since: AwareDatetime
    ended_at: AwareDatetime | None = None


def counted(said: Iterable[Said], hour: datetime) -> tuple[HourCounts, ...]:
    """What was said within an hour, by who said it."""
    found: dict[str, list[Said]] = {}
    for one in said:
        found.setdefault(one.who, []).append(one)
    return tuple(_hour_of(who, hour, ones) for who, ones in sorted(found.items()))


def begun(
    hours: Iterable[HourCounts], until: datetime, span: Span, known: Iterable[Standing], since: Mapping[str, datetime]
) -> dict[str, Moved]:
    """Drifts that begin, by who. until: where the latest stretch ends. since: of rules, when the pack they stand in began.

    What was asked otherwise before is no past of it: a rule that was changed on purpose does not drift.
    """
    quiet = {one.who for one in known if one.ended_at is None or one.ended_at > until - HEARD_LATELY}
    found = {}
    for who, periods in _periods(hours, until, span, since).items():
        if who not in quiet:
            latest = _latest(who, periods, span, span.in_a_row)
            if all(one.alarm for one in latest) and len({(one.drift, one.scores_moved) for one in latest}) == 1:
                found[who] = latest[0]
    return found


def over(hours: Iterable[HourCounts], until: datetime, span: Span, standing: Collection[Standing]) -> set[str]:
    """Drifts that are over: as before for as many stretches as began them, or how things have been for a week."""
    periods = _periods(hours, until, span, {})
    nobody = [Counts(0, 0)] * span.in_a_row
    ended = set()
    for one in (one for one in standing if one.span == span.name and one.ended_at is None):
        mine = periods.get(one.who, nobody)
        latest = _latest(one.who, mine, span, max(span.in_a_row, int((until - one.since) / span.length)))
        asked = all(period.runs for period in mine[: span.in_a_row])
        if (asked and not any(look.alarm for look in latest)) or until - one.since >= NEW_NORMAL:
            ended.add(one.who)
    return ended


def _latest(who: str, periods: Sequence[Counts], span: Span, began: int) -> list[Moved]:
    """The latest stretches beside those before something began, so many stretches ago."""
    before = periods[began : began + span.history]
    return [moved(who, one, before) for one in periods[: span.in_a_row]]


def _periods(
    hours: Iterable[HourCounts], until: datetime, span: Span, since: Mapping[str, datetime]
) -> dict[str, list[Counts]]:
    """By who: the latest stretch first, and as many before it as are looked at."""
    many = int(span.reach / span.length)
    found: dict[str, list[Counts]] = {}
    for one in hours:
        age = int((until - one.hour - HOUR) / span.length)
        if 0 <= age < many and one.hour < until and one.hour >= since.get(one.who, one.hour):
            periods = found.setdefault(one.who, [Counts(0, 0)] * many)
            periods[age] = periods[age].with_more(one.passes, one.runs, one.bins)
    return found


def _hour_of(who: str, hour: datetime, said: Sequence[Said]) -> HourCounts:
    bins = binned(one.score for one in said if one.score is not None)
    return HourCounts(who=who, hour=hour, runs=len(said), passes=sum(one.passed for one in said), bins=bins)
