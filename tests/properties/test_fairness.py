"""Fairness between tenants: whoever waits has a turn within a bound, whatever the others bring; weights are kept."""

from collections import Counter
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.fairness import LEAD, in_turn, remembered

NAMES = ("ash", "elm", "fir", "oak", "yew")
weights = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 6), min_size=2)


def claims(shares: Mapping[str, int], waiting: list[dict[str, bool]]) -> list[str]:
    """Whose each claim was, the newest last."""
    latest: list[str] = []
    for tasks in waiting:
        if order := in_turn(shares, tasks, latest):
            latest.insert(0, order[0])
    return latest[::-1]


@settings(max_examples=30)
@given(weights, st.data())
def test_no_tenant_that_waits_is_left_out_whatever_the_others_bring(shares, data):
    """One has ordinary tasks all the time; what the others have comes and goes, in danger or not."""
    patient = data.draw(st.sampled_from(sorted(shares)))
    others = st.dictionaries(st.sampled_from(sorted(set(shares) - {patient})), st.booleans())
    bound = remembered(shares)
    tasks = [{**one, patient: False} for one in data.draw(st.lists(others, min_size=bound, max_size=2 * bound))]

    given_out = claims(shares, tasks)
    for start in range(len(given_out) - bound + 1):
        assert patient in given_out[start : start + bound], "it had no turn within the bound"


@given(weights)
def test_where_all_have_tasks_each_gets_what_its_weight_says(shares):
    whole = sum(shares.values())
    counted = Counter(claims(shares, [dict.fromkeys(shares, False)] * whole * 20))

    for tenant, weight in shares.items():
        assert abs(counted[tenant] - 20 * weight) <= 20 * weight // 4 + remembered(shares) // whole + 1


@given(weights, st.data())
def test_danger_goes_first_while_its_tenant_had_no_more_than_its_lead(shares, data):
    endangered = data.draw(st.sampled_from(sorted(shares)))
    waiting = {tenant: tenant == endangered for tenant in shares}

    assert in_turn(shares, waiting, [])[0] == endangered or shares[endangered] * LEAD < max(shares.values())


@given(weights)
def test_who_has_nothing_is_not_asked_and_takes_nobodys_turn(shares):
    only = sorted(shares)[0]

    assert claims(shares, [{only: True}] * 5) == [only] * 5
    assert in_turn(shares, {}, []) == ()
