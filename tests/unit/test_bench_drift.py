"""Our drift alarm beside Coop's, on drawn series of the shape of that project's sample, where nothing is wrong for certain."""

import pytest

from benchmarks.drift import Row, beside, drawn

SEEDS = range(1, 7)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Of six draws together, in the order of the benchmark's table."""
    runs = [beside(drawn(40, seed)) for seed in SEEDS]
    return [
        Row(same[0].what, *(sum(figures) for figures in zip(*(one[1:] for one in same), strict=True)))
        for same in zip(*runs, strict=True)
    ]


def test_series_where_nothing_is_wrong_look_odd_as_seldom_as_the_alarms_own_chances_say(rows: list[Row]):
    quiet = rows[0]
    assert quiet.ours < 0.04 * quiet.of
    assert quiet.ours < 1.15 * quiet.coops


def test_as_many_rises_are_noticed_as_by_coops_rule_and_more_of_the_small_ones(rows: list[Row]):
    tripled, doubled = rows[1:3]
    assert tripled.ours >= 0.995 * tripled.coops
    assert doubled.ours > doubled.coops


def test_a_rule_that_falls_silent_is_noticed_and_coops_rule_looks_only_up(rows: list[Row]):
    halved, silent = rows[3:]
    assert halved.coops == silent.coops == 0
    assert halved.ours > 0.3 * halved.of
    assert silent.ours > 0.85 * silent.of


def test_the_same_seed_draws_the_same_series():
    assert drawn(3, seed=5) == drawn(3, seed=5) != drawn(3, seed=6)
