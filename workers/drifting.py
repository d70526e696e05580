"""What moved lately: each rule's and detector's rate in the latest period against the periods before, and its scores."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cases.drift import Counts, Moved, binned, moved
from cases.said import Said


def drifts(said: Iterable[Said], now: datetime, period: timedelta, history: int) -> tuple[Moved, ...]:
    """Everybody who was asked within the latest period or the `history` periods before it; alarms first."""
    asked: dict[str, list[list[Said]]] = {}
    for one in said:
        age = int((now - one.at) / period)
        if 0 <= age <= history:
            asked.setdefault(one.who, [[] for _ in range(history + 1)])[age].append(one)
    found = [moved(who, _counts(periods[0]), [_counts(one) for one in periods[1:]]) for who, periods in asked.items()]
    return tuple(sorted(found, key=lambda one: (not one.alarm, one.who)))


def _counts(said: Sequence[Said]) -> Counts:
    bins = binned(one.score for one in said if one.score is not None)
    return Counts(sum(one.passed for one in said), len(said), bins)
