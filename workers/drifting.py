"""What moved lately: each rule's and detector's rate in the latest period against the periods before, and its scores."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cases.drift import Drift, Period, rate_drift, score_drift
from cases.facts import Fact
from workers.judged import Said


class Moved(Fact):
    """One rule or detector. rate: of the latest period; before: of all before. stability: of its scores; None of a rule."""

    who: str
    drift: Drift
    runs: int
    rate: float | None
    before: float | None
    stability: float | None
    scores_moved: bool

    @property
    def alarm(self) -> bool:
        return self.scores_moved or self.drift in (Drift.RAISED, Drift.LOWERED)


def drifts(said: Iterable[Said], now: datetime, period: timedelta, history: int) -> tuple[Moved, ...]:
    """Everybody who was asked within the latest period or the `history` periods before it; alarms first."""
    asked: dict[str, list[list[Said]]] = {}
    for one in said:
        age = int((now - one.at) / period)
        if 0 <= age <= history:
            asked.setdefault(one.who, [[] for _ in range(history + 1)])[age].append(one)
    found = [_moved(who, periods[0], periods[1:]) for who, periods in asked.items()]
    return tuple(sorted(found, key=lambda one: (not one.alarm, one.who)))


def _moved(who: str, latest: Sequence[Said], before: Sequence[Sequence[Said]]) -> Moved:
    earlier = [one for period in before for one in period]
    spread = score_drift(_scores(latest), _scores(earlier))
    return Moved(
        who=who,
        drift=rate_drift(_period(latest), [_period(one) for one in before]),
        runs=len(latest),
        rate=_rate(latest),
        before=_rate(earlier),
        stability=spread.stability,
        scores_moved=spread.moved,
    )


def _period(said: Sequence[Said]) -> Period:
    return Period(sum(one.passed for one in said), len(said))


def _rate(said: Sequence[Said]) -> float | None:
    return round(sum(one.passed for one in said) / len(said), 6) if said else None


def _scores(said: Iterable[Said]) -> list[Any]:
    return [one.score for one in said if one.score is not None]
