"""Durations as packs and messages write them: ISO 8601 days, hours, minutes, seconds, or calendar months and years."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator

_FIXED: Final = re.compile(r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def parse_duration(text: str) -> timedelta:
    """`PT24H`, `P7D`, `P2W`, `P1DT12H` as a timedelta. Raises ValueError for anything else, months and years included."""
    match = _FIXED.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 duration such as PT24H or P7D")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _checked(text: str) -> str:
    parse_duration(text)
    return text


Duration = Annotated[str, AfterValidator(_checked)]


def add_months(at: datetime, months: int) -> datetime:
    """The same day of the month, that many calendar months on; the month's last day where it has no such day. UTC."""
    utc = at.astimezone(UTC)
    year, month = divmod(utc.year * 12 + utc.month - 1 + months, 12)
    day = min(utc.day, calendar.monthrange(year, month + 1)[1])
    return utc.replace(year=year, month=month + 1, day=day)
