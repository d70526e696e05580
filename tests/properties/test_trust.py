"""What reporters' words weigh: bounded, fading, the same in any order, and deaf to a crowd however large."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.reporting import Traits
from cases.trust import Past, Reported, ReporterRules, heard, trust, voice, weights

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = ReporterRules()
MARKS = st.sampled_from(["", "a", "b", "c"])

outcomes = st.lists(
    st.builds(
        Past,
        area=st.sampled_from(["spam", "harassment"]),
        upheld=st.booleans(),
        at=st.integers(0, 3_000).map(lambda days: NOW - timedelta(days=days)),
        count=st.integers(1, 50),
    ),
    max_size=30,
)
reports = st.lists(
    st.builds(
        Reported,
        number=st.integers(1, 10_000),
        person=st.sampled_from([f"p{n}" for n in range(12)]),
        at=st.integers(0, 20_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        traits=st.builds(
            Traits,
            account_created_at=st.sampled_from([None, NOW, NOW - timedelta(days=400)]),
            network=MARKS,
            campaign=MARKS,
            words=st.lists(st.sampled_from(["x", "y", "z"]), max_size=2).map(tuple),
        ),
    ),
    max_size=40,
    unique_by=lambda report: report.number,
)


@given(outcomes)
def test_trust_is_bounded_and_the_same_in_any_order(past: list[Past]):
    here = trust(past, "spam", NOW, RULES)
    assert 0.0 < here < 1.0
    assert trust(reversed(past), "spam", NOW, RULES) == here
    assert 0.0 <= voice(here, RULES) <= 2.0


@given(outcomes, st.integers(0, 3_000))
def test_an_upheld_report_never_lowers_trust_and_an_unfounded_one_never_raises_it(past: list[Past], days: int):
    at = NOW - timedelta(days=days)
    before = trust(past, "spam", NOW, RULES)
    assert trust([*past, Past(area="spam", upheld=True, at=at)], "spam", NOW, RULES) >= before
    assert trust([*past, Past(area="spam", upheld=False, at=at)], "spam", NOW, RULES) <= before


@given(outcomes)
def test_what_was_fades_until_nothing_is_known(past: list[Past]):
    much_later = NOW + timedelta(days=90 * 40)
    assert abs(trust(past, "spam", much_later, RULES) - RULES.prior) < 1e-6


@given(reports)
def test_independent_reporters_are_never_more_than_reporters_and_at_least_one(came: list[Reported]):
    found = heard(came, {}, RULES)
    assert found.independent <= found.alone + 1e-9 <= found.people + 1e-9 <= found.count + 1e-9
    assert found.independent >= 1 or not came
    assert found.weight <= 2 * found.alone + 1e-9


@given(reports, reports)
def test_no_later_report_takes_weight_from_an_earlier_one(came: list[Reported], later: list[Reported]):
    came = sorted(came, key=lambda one: (one.at, one.number))
    after = [one.evolve(at=one.at + timedelta(days=30), number=one.number + 20_000) for one in later]
    before, now = weights(came, RULES), weights([*came, *sorted(after, key=lambda one: (one.at, one.number))], RULES)
    assert all(now[person] == weight for person, weight in before.items())


@given(reports, st.sampled_from(["network", "campaign", "words"]))
def test_a_sockpuppet_adds_next_to_nothing_and_an_independent_person_adds_one(came: list[Reported], mark: str):
    at = NOW + timedelta(days=60)
    first = Reported(number=90_001, person="new-1", at=at, traits=Traits())
    puppet = Traits.model_validate({mark: ["shared"] if mark == "words" else "shared"})
    crowd = [first.evolve(number=90_002 + n, person=f"puppet-{n}", traits=puppet) for n in range(100)]
    plain = heard(came, {}, RULES).alone
    assert abs(heard([*came, first], {}, RULES).alone - plain - 1) < 1e-9
    one = heard([*came, *crowd[:1]], {}, RULES).alone
    assert heard([*came, *crowd[:2]], {}, RULES).alone - one <= RULES.linked + 1e-9
    assert heard([*came, *crowd], {}, RULES).alone - plain < 1 / (1 - RULES.linked) + 1e-9


@given(reports, st.floats(0.01, 0.99))
def test_somebody_better_trusted_weighs_no_less(came: list[Reported], trusted: float):
    people = {one.person for one in came}
    low = heard(came, dict.fromkeys(people, trusted), RULES).weight
    assert heard(came, dict.fromkeys(people, min(1.0, trusted + 0.2)), RULES).weight >= low
