"""Every move of a matter, and every one that is none."""

import itertools

import pytest

from cases.errors import IllegalTransition
from cases.matters import NEXT, Matter, MatterStage, matter_id, move
from tests.builders import NOON, later, terms

MOVES = {
    ("assessing", "held"),
    ("assessing", "in_review"),
    ("assessing", "decided"),
    ("held", "in_review"),
    ("held", "decided"),
    ("in_review", "held"),
    ("in_review", "decided"),
    ("decided", "in_review"),
}


def a_matter(stage: MatterStage) -> Matter:
    return Matter(
        matter_id="harassment/1",
        area="harassment",
        evidence_version=1,
        stage=stage,
        stage_since=NOON,
        rule_id="r",
        terms=terms(),
    )


@pytest.mark.parametrize(("one", "other"), list(itertools.product(MatterStage, MatterStage)))
def test_the_table_of_moves_is_all_there_is(one: MatterStage, other: MatterStage):
    if (one.value, other.value) in MOVES:
        moved = move(a_matter(one), other, later(hours=1))
        assert (moved.stage, moved.stage_since) == (other, later(hours=1))
    else:
        with pytest.raises(IllegalTransition, match=f"harassment/1: {one} → {other} is not a move"):
            move(a_matter(one), other, later(hours=1))


def test_a_decided_matter_goes_nowhere_but_back_to_review_when_its_reviewer_thinks_better_of_it():
    with pytest.raises(IllegalTransition, match="decided → held"):
        move(a_matter(MatterStage.DECIDED), MatterStage.HELD, NOON)
    assert NEXT[MatterStage.DECIDED] == {MatterStage.IN_REVIEW}


def test_only_a_decided_matter_is_no_longer_open():
    assert [a_matter(stage).open for stage in MatterStage] == [True, True, True, False]


def test_an_allegation_is_an_area_and_a_version():
    assert matter_id("spam", 3) == "spam/3"
