"""Drifts that a person hears of: once when one begins, once when it is over, and not for one odd hour."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import cos, tau
from random import Random

from cases.drift import Drift
from cases.drift_alarms import HOUR, SPANS, HourCounts, Span, Standing, begun, counted, over
from cases.said import Said

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
BY_HOUR, BY_DAY = SPANS
Passes = Callable[[int], int]


def hours(passes: Passes, many: int = 280, runs: int = 1_000, who: str = "a.rule") -> list[HourCounts]:
    """passes: of the hour of this number."""
    return [HourCounts(who=who, hour=MONDAY + n * HOUR, runs=runs, passes=passes(n)) for n in range(many)]


def told(counts: list[HourCounts], looks: Iterable[int], span: Span = BY_HOUR) -> list[tuple[str, int]]:
    """What a person hears, and after how many stretches, where each look is made when one ends."""
    known: dict[tuple[str, datetime], Standing] = {}
    heard = []
    for n in looks:
        until = MONDAY + n * span.length
        seen = [one for one in counts if until - span.reach <= one.hour < until]
        for who in over(seen, until, span, list(known.values())):
            (stood,) = [one for one in known.values() if one.who == who and one.ended_at is None]
            known[who, stood.since] = stood.evolve(ended_at=until)
            heard.append(("over", n))
        for who in begun(seen, until, span, known.values(), {}):
            since = until - span.in_a_row * span.length
            known[who, since] = Standing(who=who, span=span.name, since=since)
            heard.append(("began", n))
    return heard


DAY_OF_IT = range(95, 120)


def test_two_odd_hours_call_nobody_and_three_in_a_row_call_once():
    assert told(hours(lambda n: 90 if n in (100, 101, 104) else 20 + n % 5), DAY_OF_IT) == []
    assert told(hours(lambda n: 90 if n in (100, 101, 102) else 20 + n % 5), DAY_OF_IT) == [
        ("began", 103),
        ("over", 106),
    ]


def test_a_rule_that_falls_silent_is_heard_of_until_it_speaks_again():
    assert told(hours(lambda n: 0 if 100 <= n < 112 else 20 + n % 5), DAY_OF_IT) == [("began", 103), ("over", 115)]


def test_a_drift_is_not_the_past_that_excuses_it_and_is_how_things_are_after_a_week():
    looks = [*range(100, 106), 150, 200, 267, 268, 269]
    assert told(hours(lambda n: 90 if n >= 100 else 20 + n % 5), looks) == [("began", 103), ("over", 268)]


def test_up_in_one_hour_and_down_in_the_next_is_no_drift():
    assert told(hours(lambda n: {100: 90, 101: 0, 102: 90}.get(n, 20 + n % 5)), DAY_OF_IT) == []


def test_while_nobody_is_asked_a_drift_is_not_over():
    counts = [one for one in hours(lambda n: 90 if n >= 100 else 20 + n % 5) if one.hour < MONDAY + 103 * HOUR]
    assert told(counts, DAY_OF_IT) == [("began", 103)]


def test_a_small_platform_hears_of_a_slow_drift_by_the_day():
    few = hours(lambda n: int(n % (2 if n >= 24 * 30 else 24) == 0), many=24 * 33, runs=4)
    assert told(few, range(29, 34), BY_DAY) == [("began", 32)]
    assert told(few, range(24 * 30, 24 * 31)) == []


def test_who_heard_of_a_drift_by_the_hour_does_not_hear_of_it_by_the_day_as_well():
    counts = hours(lambda n: 90 if n >= 24 * 14 else 20 + n % 5, many=24 * 16)
    until = MONDAY + 24 * 16 * HOUR
    assert set(begun(counts, until, BY_DAY, (), {})) == {"a.rule"}
    lately = Standing(who="a.rule", span="PT1H", since=until - 30 * HOUR, ended_at=until - 10 * HOUR)
    assert begun(counts, until, BY_DAY, (lately,), {}) == {}


def test_what_was_changed_on_purpose_has_no_past_to_drift_from():
    counts = hours(lambda n: 90 if n >= 100 else 20 + n % 5, many=103)
    until = MONDAY + 103 * HOUR
    (seen,) = begun(counts, until, BY_HOUR, (), {}).values()
    assert (seen.drift, seen.rate, seen.runs) == (Drift.RAISED, 0.09, 1_000)
    assert begun(counts, until, BY_HOUR, (), {"a.rule": MONDAY + 100 * HOUR}) == {}


def test_restless_rules_with_days_and_nights_cause_no_storm():
    chance, counts = Random(1), []
    for rule in range(10):
        usual = chance.uniform(0.005, 0.3)
        for n in range(24 * 5):
            busy = int(chance.gauss(400, 40) * (1.2 + cos(tau * n / 24)))
            rate = min(0.9, max(0.0, usual * (1 + 0.3 * cos(tau * n / 24)) * chance.gauss(1, 0.15)))
            passes = min(busy, max(0, round(chance.gauss(busy * rate, (busy * rate * (1 - rate)) ** 0.5))))
            counts.append(HourCounts(who=f"rule-{rule}", hour=MONDAY + n * HOUR, runs=busy, passes=passes))
    assert told(counts, range(24 * 4, 24 * 5 + 1)) == []


def test_scores_are_counted_in_ten_parts_and_the_hour_by_who_said_it():
    said = [Said(who="d/x spam", at=MONDAY + timedelta(minutes=n), passed=n > 5, score=n / 10) for n in range(11)]
    said.append(Said(who="a.rule", at=MONDAY, passed=True))
    rule, detector = counted(said, MONDAY)
    assert (rule.who, rule.runs, rule.passes, rule.bins) == ("a.rule", 1, 1, ())
    assert (detector.runs, detector.passes, detector.bins) == (11, 5, (1, 1, 1, 1, 1, 1, 1, 1, 1, 2))
