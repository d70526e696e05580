"""The simulated mobs: what is claimed of them, and the formula they are compared with."""

import pytest

from benchmarks.brigading import CROWDS, discourse_bonus, kept, simulate


def test_three_people_are_heard_and_a_mob_that_leaves_traces_is_not():
    found = [simulate(crowd, 25) for crowd in CROWDS]
    assert kept(found)
    assert found[2].reporters == 100
    assert found[-1].hidden == 1.0  # nobody can tell such a mob from people: an operator invalidates its reports


@pytest.mark.parametrize(
    ("agreed", "disagreed", "bonus"),
    [(3, 2, 0.0), (6, 0, 6.46), (0, 6, -6.46), (7, 3, 0.0), (100, 0, 16.61), (20, 80, -11.86)],
)
def test_discourses_bonus_is_computed_as_its_source_does(agreed: int, disagreed: int, bonus: float):
    assert discourse_bonus(agreed, disagreed) == bonus
