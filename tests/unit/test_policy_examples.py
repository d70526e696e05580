"""Every worked example of the baseline pack is a test."""

from pathlib import Path

import pytest

from activities.policy_packs import PolicyPacks, check_pack, read_pack_files
from cases.packs import Example, read_examples, run_example

POLICIES = Path(__file__).parents[2] / "policies"
BASELINE = POLICIES / "baseline"
EXAMPLES = read_examples(read_pack_files(BASELINE))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_a_worked_example_comes_out_as_it_says(example: Example):
    assert run_example(PolicyPacks(POLICIES).active("baseline"), example) == ()


def test_the_baseline_pack_has_no_mistakes():
    assert [str(mistake) for mistake in check_pack(BASELINE)] == []
