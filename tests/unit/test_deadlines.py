"""Clocks: what they ask for and when, and until when an appeal is in time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cases.deadlines import Clock, ClockKind, NaiveTimestamp, appeals_accepted_until, earliest, next_tick
from tests.builders import NOON, later


def a_clock(clock_id: str = "review:harassment/1", kind: ClockKind = ClockKind.REVIEW, hours: float = 10) -> Clock:
    return Clock(clock_id=clock_id, kind=kind, subject="s", source="a test", started_at=NOON, due_at=later(hours=hours))


def test_a_clock_warns_at_half_and_four_fifths_then_ends_then_is_quiet():
    clock, asked = a_clock(), []
    while tick := next_tick(clock):
        asked.append((tick.percent, tick.at))
        changes = {"warned": (*clock.warned, tick.percent)} if tick.percent < 100 else {"breached_at": tick.at}
        clock = clock.evolve(**changes)
    assert asked == [(50, later(hours=5)), (80, later(hours=8)), (100, later(hours=10))]


def test_a_measures_end_is_not_warned_of():
    tick = next_tick(a_clock("expiry:d-1/1", ClockKind.EXPIRY))
    assert tick is not None
    assert (tick.percent, tick.at) == (100, later(hours=10))


def test_the_earliest_of_all_clocks_is_next_and_ties_go_to_the_lower_id():
    clocks = [a_clock("c", hours=4), a_clock("b", hours=2), a_clock("a", hours=2)]
    tick = earliest(clocks)
    assert tick is not None
    assert (tick.clock_id, tick.at) == ("a", later(hours=1))
    assert earliest(reversed(clocks)) == tick
    assert earliest([]) is None


@pytest.mark.parametrize(
    ("informed", "last_day"),
    [
        ("2026-03-02T12:00:00+00:00", "2026-09-02"),
        ("2026-08-31T23:59:59+00:00", "2027-02-28"),
        ("2027-08-31T00:00:00+00:00", "2028-02-29"),
        ("2026-03-31T10:00:00+00:00", "2026-09-30"),
        ("2026-12-31T23:30:00-05:00", "2027-07-01"),  # the next day, and year, in UTC
    ],
)
def test_an_appeal_is_in_time_until_the_end_of_the_day_six_calendar_months_on(informed: str, last_day: str):
    until = appeals_accepted_until(datetime.fromisoformat(informed))
    assert until.date().isoformat() == last_day
    assert until.time().isoformat() == "23:59:59.999999"
    assert until.utcoffset() == timedelta(0)


def test_half_a_year_is_at_least_181_days_wherever_the_person_was_told():
    start = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-11)))
    for day in range(0, 730):
        informed = start + timedelta(days=day)
        assert appeals_accepted_until(informed) - informed >= timedelta(days=181)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(NaiveTimestamp, match="without a zone"):
        appeals_accepted_until(datetime(2026, 3, 2, 12, 0))


def test_the_window_is_of_being_told_not_of_deciding():
    decided = datetime(2026, 3, 2, tzinfo=UTC)
    assert appeals_accepted_until(decided + timedelta(days=30)) > appeals_accepted_until(decided)
