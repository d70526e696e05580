"""Whether a rule's or detector's behaviour has moved: how often it says yes, and how its scores are spread. Pure.

A rate is compared with what its own history makes likely. History is overdispersed (days and nights, other people), so the
passes of a period are taken as beta-binomial: the mean and the spread between periods are both fitted to it, by moments
(Kleinman 1973). Of a rule that seldom says yes the spread is mostly noise; there it is drawn towards what rules usually have
(shrinkage, as James and Stein 1961). The latest period is an alarm where it, or something further out on its side, has fewer
chances than RAISED_BELOW or LOWERED_BELOW. A rule that suddenly says nothing is as wrong as one that says too much.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from math import exp, inf, lgamma, log
from typing import Final, NamedTuple

from cases.facts import Fact

RAISED_BELOW: Final = 0.03
LOWERED_BELOW: Final = 0.01
"""Chances below which the latest period is an alarm, by side; chosen with the two figures below by benchmarks/drift.py."""
USUAL_SPREAD: Final = 0.03
"""Between periods, the squared coefficient of variation of a rule's rate that nothing happened to: a sixth, up or down."""
AS_PERIODS: Final = 30
"""As many telling periods of its own weigh as much as what is usual."""
FEWEST_PERIODS: Final = 12
FEWEST_EXPECTED: Final = 5.0
"""Passes that history must make likely in the latest period before their absence means something."""
FEWEST_RAISED: Final = 2
"""Passes of the latest period: a rule that never said yes may say it once."""
LEAST_CHANGE: Final = 1.25
"""A rate that moved by less than this factor is not worth waking anybody, however certain it is."""

BINS: Final = 10
MOVED: Final = 0.2
"""Population stability index from which scores count as moved: the usual reading is 0.1 a little, 0.25 much."""
FEWEST_SCORES: Final = 100


class Period(NamedTuple):
    """One stretch of time: how often it was asked, and how often it said yes."""

    passes: int
    runs: int


class Counts(NamedTuple):
    """The same with scores: bins, how many of them lie in each of ten equal parts of 0 to 1; none of a rule."""

    passes: int
    runs: int
    bins: tuple[int, ...] = ()

    def with_more(self, passes: int, runs: int, bins: Sequence[int]) -> "Counts":
        """Both stretches as one."""
        return Counts(self.passes + passes, self.runs + runs, _added(self.bins, bins))


class Drift(StrEnum):
    """What the latest period is, seen from those before it."""

    STEADY = "steady"
    RAISED = "raised"
    LOWERED = "lowered"
    TOO_LITTLE = "too_little"  # of history, or of the latest period, to tell


def rate_drift(latest: Period, before: Sequence[Period]) -> Drift:
    """Whether the rate of the latest period fits those before it, in any order."""
    past = [one for one in before if one.runs > 0]
    if len(past) < FEWEST_PERIODS or latest.runs <= 0:
        return Drift.TOO_LITTLE
    runs = sum(one.runs for one in past)
    # Half a pass more than was seen (Jeffreys): a rule that never passed may pass once.
    mean = (sum(one.passes for one in past) + 0.5) / (runs + 1)
    alpha, beta = _shape(mean, past, runs)
    rate, enough = latest.passes / latest.runs, mean * latest.runs >= FEWEST_EXPECTED
    if latest.passes >= FEWEST_RAISED and rate >= LEAST_CHANGE * mean and _at_least(latest, alpha, beta) < RAISED_BELOW:
        return Drift.RAISED
    if enough and rate * LEAST_CHANGE <= mean and _at_most(latest, alpha, beta) < LOWERED_BELOW:
        return Drift.LOWERED
    return Drift.STEADY


def _shape(mean: float, past: Sequence[Period], runs: int) -> tuple[float, float]:
    """Of the beta distribution that rates of single periods are drawn from."""
    expected = mean * runs / len(past)  # passes of a period
    chance = sum((one.passes - one.runs * mean) ** 2 / (one.runs * mean * (1 - mean)) for one in past) / (len(past) - 1)
    own = max(0.0, chance - 1) / expected
    telling = len(past) * (expected / (1 + expected)) ** 2  # a period with few passes says little of its rate
    varies = (own * telling + USUAL_SPREAD * AS_PERIODS) / (telling + AS_PERIODS)
    strength = max(1.0, min((1 - mean) / (varies * mean) - 1, float(runs)))
    return mean * strength, (1 - mean) * strength


def _log_chance(passes: int, runs: int, alpha: float, beta: float) -> float:
    """Of exactly so many passes: the beta-binomial distribution."""
    choose = lgamma(runs + 1) - lgamma(passes + 1) - lgamma(runs - passes + 1)
    above = lgamma(passes + alpha) + lgamma(runs - passes + beta) - lgamma(runs + alpha + beta)
    return choose + above - (lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta))


def _at_least(seen: Period, alpha: float, beta: float) -> float:
    return _summed(range(seen.passes, seen.runs + 1), lambda passes: _log_chance(passes, seen.runs, alpha, beta))


def _at_most(seen: Period, alpha: float, beta: float) -> float:
    return _summed(range(seen.passes, -1, -1), lambda passes: _log_chance(passes, seen.runs, alpha, beta))


def _summed(counts: range, log_chance: Callable[[int], float]) -> float:
    """Away from the middle, until nothing is added any more."""
    total, last = 0.0, inf
    for count in counts:
        chance = exp(log_chance(count))
        total += chance
        if chance < last and chance < total * 1e-9:
            break
        last = chance
    return min(total, 1.0)


class ScoreDrift(NamedTuple):
    """moved: whether scores are spread otherwise than before. stability: the population stability index; None of too few."""

    moved: bool
    stability: float | None


def score_drift(latest: Sequence[int], before: Sequence[int]) -> ScoreDrift:
    """The population stability index of scores, counted in bins, against what chance alone would give."""
    many, earlier = sum(latest), sum(before)
    if min(many, earlier) < FEWEST_SCORES:
        return ScoreDrift(False, None)
    now, then = _shares(latest), _shares(before)
    index = sum((a - b) * log(a / b) for a, b in zip(now, then, strict=True))
    by_chance = (BINS - 1) * (1 / many + 1 / earlier)  # its mean where nothing moved
    return ScoreDrift(index >= MOVED and index >= 3 * by_chance, round(index, 4))


def binned(scores: Iterable[float]) -> tuple[int, ...]:
    """Scores of 0 to 1, counted in ten equal bins; none where there are none."""
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int(score * BINS))] += 1
    return tuple(counts) if any(counts) else ()


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
        """Whether it fits its past no more."""
        return self.scores_moved or self.drift in (Drift.RAISED, Drift.LOWERED)


def moved(who: str, latest: Counts, before: Sequence[Counts]) -> Moved:
    """How the latest period looks beside those before it."""
    past = Counts(0, 0)
    for one in before:
        past = past.with_more(*one)
    spread = score_drift(latest.bins, past.bins)
    return Moved(
        who=who,
        drift=rate_drift(Period(latest.passes, latest.runs), [Period(one.passes, one.runs) for one in before]),
        runs=latest.runs,
        rate=_rate(latest.passes, latest.runs),
        before=_rate(past.passes, past.runs),
        stability=spread.stability,
        scores_moved=spread.moved,
    )


def _rate(passes: int, runs: int) -> float | None:
    return round(passes / runs, 6) if runs else None


def _added(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    if not one or not other:
        return tuple(one or other)
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _shares(counts: Sequence[int]) -> list[float]:
    raised = [count + 0.5 for count in counts]  # nothing is impossible because it was not seen
    return [count / sum(raised) for count in raised]
