"""A rate is compared with what its own past makes likely, both ways; scores with how they were spread."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.detections import Detection
from cases.drift import Drift, Period, binned, rate_drift, score_drift
from cases.events import CaseEvent, Triaged
from cases.packs import load_pack
from cases.said import Said, said_in
from tests.vendor_means import pack_files
from workers.drifting import drifts

STEADY = [Period(20 + wobble % 5, 1_000) for wobble in range(24)]


@pytest.mark.parametrize(
    ("passes", "expected"), [(22, Drift.STEADY), (60, Drift.RAISED), (0, Drift.LOWERED), (26, Drift.STEADY)]
)
def test_what_fits_the_past_is_steady_and_what_does_not_is_told(passes: int, expected: Drift):
    assert rate_drift(Period(passes, 1_000), STEADY) is expected


def test_a_rate_that_varies_by_itself_is_given_more_room():
    restless = [Period(passes, 1_000) for passes in (5, 60, 10, 45, 30, 8, 70, 25, 12, 50, 6, 40)]
    assert rate_drift(Period(60, 1_000), restless) is Drift.STEADY
    assert rate_drift(Period(60, 1_000), STEADY) is Drift.RAISED


def test_without_enough_past_nothing_is_said():
    assert rate_drift(Period(60, 1_000), STEADY[:5]) is Drift.TOO_LITTLE
    assert rate_drift(Period(0, 0), STEADY) is Drift.TOO_LITTLE


def test_a_rule_that_never_held_may_hold_once():
    never = [Period(0, 10_000)] * 24
    assert rate_drift(Period(1, 10_000), never) is Drift.STEADY
    assert rate_drift(Period(100, 10_000), never) is Drift.RAISED
    assert rate_drift(Period(0, 10_000), never) is Drift.STEADY


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 200)), min_size=12, max_size=40),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_more_passes_are_never_lower_and_fewer_never_raised(past: list[tuple[int, int]], one: int, more: int):
    before = [Period(min(passes, runs), runs) for passes, runs in past]
    order = [Drift.LOWERED, Drift.STEADY, Drift.RAISED]
    fewer, many = sorted((one, more))
    told = [rate_drift(Period(passes, 200), before) for passes in (fewer, many)]
    assert order.index(told[0]) <= order.index(told[1])


def test_scores_that_are_spread_otherwise_have_moved():
    chance = Random(1)
    before = binned(chance.betavariate(2, 8) for _ in range(2_000))
    assert not score_drift(binned(chance.betavariate(2, 8) for _ in range(500)), before).moved
    assert score_drift(binned(chance.betavariate(4, 4) for _ in range(500)), before).moved
    assert score_drift(binned([0.9] * 50), before).stability is None


def test_a_detector_that_fell_silent_is_an_alarm_and_stands_first():
    now = datetime(2026, 6, 1, tzinfo=UTC)
    hours = [(now - timedelta(hours=age, minutes=30), age) for age in range(25) for _ in range(200)]
    said = [
        Said(who="dueprocess/spam-words spam", at=at, passed=age > 0 and n % 5 == 0)
        for n, (at, age) in enumerate(hours)
    ]
    said += [Said(who="a.rule", at=at, passed=n % 5 == 0) for n, (at, _) in enumerate(hours)]
    found = drifts(said, now, timedelta(hours=1), 24)
    assert [(one.who, one.drift) for one in found] == [
        ("dueprocess/spam-words spam", Drift.LOWERED),
        ("a.rule", Drift.STEADY),
    ]


def test_a_detector_that_only_fails_is_an_alarm_too():
    now = datetime(2026, 6, 1, tzinfo=UTC)
    story = [
        CaseEvent(
            event_id=f"triage:{age}/{n}",
            occurred_at=now - timedelta(hours=age, minutes=30),
            body=Triaged(
                through=1,
                evidence_version=1,
                assessments=(),
                facts={},
                detections=(
                    Detection(
                        detector="acme/eyes", version="1", label="gore", score=0.1 if age else None, failed=not age
                    ),
                ),
            ),
        )
        for age in range(25)
        for n in range(40)
    ]
    found = drifts(said_in(story, load_pack(pack_files())), now, timedelta(hours=1), 24)
    assert [(one.who, one.drift) for one in found if one.alarm] == [("acme/eyes gore, without an answer", Drift.RAISED)]
