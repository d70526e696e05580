"""Our drift alarm beside the one of roostorg/coop, on that project's own sample series: false alarms and what is noticed.

    python -m benchmarks.drift [COOP]

COOP is a checkout of github.com/roostorg/coop (Apache-2.0), of which server/test/stubs/rule_pass_sample_data.yaml is read:
23 rules of a real platform, 47 hours each, in none of which that project sees an anomaly. Without it series are drawn of the
same shape (`drawn`), where nothing is wrong for certain. Coop's rule is built here from its description in
getRuleAlarmStatus.ts: an exact binomial test against the weighted rate of before, and at least a quarter more.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from scipy.stats import binom

from cases.drift import Drift, Period, rate_drift

SAMPLE = Path("server/test/stubs/rule_pass_sample_data.yaml")
HISTORY = 24
Alarm = Callable[[Period, Sequence[Period]], bool]
CHANGES: Mapping[str, Callable[[Period], Period]] = {
    "three times as many": lambda one: Period(min(one.runs, 3 * one.passes), one.runs),
    "twice as many": lambda one: Period(min(one.runs, 2 * one.passes), one.runs),
    "half as many": lambda one: Period(one.passes // 2, one.runs),
    "none at all": lambda one: Period(0, one.runs),
}


def ours(latest: Period, before: Sequence[Period]) -> bool:
    return rate_drift(latest, before) in (Drift.RAISED, Drift.LOWERED)


def coops(latest: Period, before: Sequence[Period]) -> bool:
    weights = [0.98**age for age in range(len(before))]
    runs = sum(one.runs for one in before)
    passes = sum(one.passes for one in before)
    if len(before) < HISTORY or runs < 4000 or not (passes > 2 or runs > 125_000):
        return False
    rate = sum(w * one.passes for w, one in zip(weights, before, strict=True)) / sum(
        w * one.runs for w, one in zip(weights, before, strict=True)
    )
    if latest.passes / latest.runs < 1.25 * rate:
        return False
    return float(binom.sf(latest.passes - 1, latest.runs, rate)) < 0.005


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("coop", type=Path, nargs="?")
    coop = parser.parse_args().coop
    print("| | Coop's | ours |\n|---|---|---|")
    for row in beside(read(coop / SAMPLE) if coop else drawn(23, seed=1)):
        print(f"| {row.what}, of {row.of} | {row.coops} | {row.ours} |")


class Row(NamedTuple):
    """How often each alarm went off, of so many hours."""

    what: str
    of: int
    coops: int
    ours: int


def beside(series: Sequence[Sequence[Period]]) -> list[Row]:
    """Alarms in hours as they were; then in the same hours, of those with five passes, changed."""
    quiet = [at for hours in series for at in hours_of(hours)]
    busy = [(now, before) for now, before in quiet if now.passes >= 5]
    asked = {"as they were: alarms": quiet}
    for name, change in CHANGES.items():
        asked[f"{name}: noticed"] = [(change(now), before) for now, before in busy]
    return [Row(what, len(hours), count(coops, hours), count(ours, hours)) for what, hours in asked.items()]


def drawn(rules: int, seed: int, hours: int = 47) -> list[list[Period]]:
    """Rules as in the sample: asked 2,000 to 30,000 times an hour by day and night, rates from one in 100,000 to one in 100.

    The rate itself varies between hours, of each rule otherwise: by 6 to 40 %, as of the sample's rules. Newest first.
    """
    chance = np.random.default_rng(seed)
    asked = [round(2_000 + 14_000 * (1 - np.cos(2 * np.pi * (hour + 3) / 24))) for hour in range(hours)]
    series = []
    for _ in range(rules):
        rate, varies = 10 ** chance.uniform(-5, -2), 0.4 * 0.15 ** chance.uniform()
        rates = rate * chance.gamma(varies**-2, varies**2, hours)
        series.append(
            [Period(int(chance.binomial(runs, one)), runs) for runs, one in zip(asked, rates, strict=True)][::-1]
        )
    return series


def read(file: Path) -> list[list[Period]]:
    """Each rule's hours, newest first."""
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [[Period(int(hour["passes"]), int(hour["runs"])) for hour in hours] for hours in rules.values()]


def hours_of(hours: Sequence[Period]) -> list[tuple[Period, Sequence[Period]]]:
    """Each hour with enough history, and that history, newest first."""
    return [(hours[at], hours[at + 1 :]) for at in range(len(hours) - HISTORY)]


def count(alarm: Alarm, cases: Sequence[tuple[Period, Sequence[Period]]]) -> int:
    return sum(alarm(now, before) for now, before in cases)


if __name__ == "__main__":
    main()
