"""Durations and calendar months."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cases.durations import add_months, parse_duration


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P7D", timedelta(days=7)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("PT10M", timedelta(minutes=10)),
        ("PT0S", timedelta(0)),
        ("P1W2DT3H4M5S", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
    ],
)
def test_a_duration_is_read_as_iso_8601_writes_it(text: str, means: timedelta):
    assert parse_duration(text) == means


@pytest.mark.parametrize("text", ["", "P", "PT", "P1M", "P1Y", "7D", "PT1.5H", "-P1D", "P1D ", "pt1h", "PT5", "P1DT"])
def test_anything_else_is_refused_months_and_years_included(text: str):
    with pytest.raises(ValueError, match="not an ISO 8601 duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("at", "months", "then"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-12-31", 6, "2027-06-30"),
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-11-30", 3, "2027-02-28"),
    ],
)
def test_months_are_the_calendars_and_end_with_a_shorter_month(at: str, months: int, then: str):
    day = datetime.fromisoformat(at).replace(hour=23, minute=59, tzinfo=UTC)
    assert add_months(day, months).date().isoformat() == then


def test_months_are_counted_in_utc_wherever_the_time_was_written():
    kiritimati = datetime(2026, 3, 1, 5, 0, tzinfo=timezone(timedelta(hours=14)))  # still February in UTC
    assert add_months(kiritimati, 6).date().isoformat() == "2026-08-28"
