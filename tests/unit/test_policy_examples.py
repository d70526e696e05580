"""Every worked example of the packs that come with Dueprocess is a test."""

from pathlib import Path

import pytest

from activities.policy_packs import PolicyPacks, check_pack, read_pack_files
from cases.consultations import VendorStance
from cases.packs import Example, pack_digest, read_examples, run_example, templates_in

POLICIES = Path(__file__).parents[2] / "policies"
PACKS = ("baseline", "second_opinion")
EXAMPLES = [(name, example) for name in PACKS for example in read_examples(read_pack_files(POLICIES / name))]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[f"{name}: {one.name}" for name, one in EXAMPLES])
def test_a_worked_example_comes_out_as_it_says(name: str, example: Example):
    assert run_example(PolicyPacks(POLICIES).active(name), example) == ()


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_that_comes_with_dueprocess_has_no_mistakes(name: str):
    assert [str(mistake) for mistake in check_pack(POLICIES / name)] == []


def test_the_pack_that_asks_says_all_that_the_baseline_says_and_in_the_same_words():
    """Doors, queues and areas of an installation are the baseline's; a notice that is mended is mended in both."""
    baseline, asking = (PolicyPacks(POLICIES).active(name) for name in PACKS)
    assert (asking.areas, asking.queues, asking.deadlines) == (baseline.areas, baseline.queues, baseline.deadlines)
    assert {rule.id for rule in baseline.rules} <= {rule.id for rule in asking.rules}
    first, second = (templates_in(read_pack_files(POLICIES / name)) for name in PACKS)
    assert first == second


@pytest.mark.parametrize("name", sorted(folder.name for folder in (POLICIES / "archive").iterdir()))
def test_cases_of_an_archived_version_find_it_by_its_digest(name: str):
    files = read_pack_files(POLICIES / "archive" / name)
    pack = PolicyPacks(POLICIES).load("baseline", pack_digest(files))
    assert (f"{pack.id}-{pack.version}", pack.digest) == (name, pack_digest(files))


def test_only_the_pack_that_says_so_asks_and_it_shows_every_stance():
    baseline, asking = (PolicyPacks(POLICIES).active(name) for name in PACKS)
    assert baseline.vendors == ()
    assert {one.on_outage for one in asking.vendors} == {one.meanwhile for one in asking.vendors} == set(VendorStance)
    assert any(len(one.chain) > 1 for one in asking.vendors)
