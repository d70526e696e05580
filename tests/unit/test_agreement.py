"""Agreement beyond chance, held to worked examples of the literature, and silent where there is too little to say."""

import pytest

from api.agreement import many, pairs, share

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section A: two observers, binary data, alpha 0.095.
MEG, OWEN = "0100000010", "1110010000"
# J. Cohen's kappa of the table (20, 5; 10, 15): 0.40.
COHEN = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15


def test_the_figures_are_those_of_the_literature():
    assert pairs(list(zip(MEG, OWEN, strict=True)), too_few=5).alpha.value == pytest.approx(0.095, abs=0.001)  # type: ignore[union-attr]
    found = pairs(COHEN, too_few=5)
    assert found.kappa
    assert found.kappa.value == pytest.approx(0.4)
    assert found.share
    assert found.share.value == pytest.approx(0.7)


def test_each_figure_lies_in_its_interval_and_is_the_same_each_time():
    found = pairs(COHEN, too_few=5)
    for figure in (found.share, found.kappa, found.alpha):
        assert figure
        assert figure.low < figure.value < figure.high
    assert found == pairs(COHEN, too_few=5)


def test_of_few_nothing_is_said():
    found = pairs(COHEN[:19], too_few=20)
    assert (found.items, found.share, found.kappa, found.alpha) == (19, None, None, None)
    assert found.words == "too few to say: 19, and 20 are needed"


def test_where_all_find_the_same_agreement_beyond_chance_says_nothing():
    found = pairs([("violation", "violation")] * 30, too_few=20)
    assert (found.kappa, found.alpha) == (None, None)
    assert "says nothing" in found.words
    assert found.share
    assert found.share.low > 0.85, "thirty of thirty is not certainty"


def test_several_people_over_items_that_not_all_judged():
    alike = [[(who, item, item) for who in ("a", "b", "c")] for item in ("violation", "no_violation", "support")]
    found = many([*alike, [("a", "alone", "violation")]], too_few=5)
    assert found.items == 3
    assert found.alpha
    assert found.alpha.value == pytest.approx(1.0)
    assert many(alike[:1], too_few=5).words.startswith("too few")


def test_a_share_of_nothing_and_of_all_stays_between_nought_and_one():
    assert (share(0, 10).low, share(10, 10).high) == (0.0, 1.0)
