"""Whoever keeps to what is refused is never exposed to more than the rules say, and a rest always ends."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.durations import parse_duration
from cases.exposure import Look, Strain, Weight, Weights, Wellbeing, strain
from cases.presentation import Level
from cases.severity import Severity

DAY = datetime(2026, 3, 2, tzinfo=UTC)
AREAS = ("harassment", "self_harm", "spam")
rules = st.builds(
    Wellbeing,
    weights=st.builds(
        Weights,
        S0=st.builds(Weight, units=st.integers(5, 10), tasks_per_day=st.integers(1, 6)),
        S1=st.builds(Weight, units=st.integers(1, 6), tasks_per_day=st.none() | st.integers(1, 20)),
        S2=st.builds(Weight, units=st.integers(0, 3)),
    ),
    units_per_day=st.integers(20, 120),
    break_after_units=st.integers(10, 60),
    break_after=st.sampled_from(("PT20M", "PT1H", "PT2H")),
    break_lasts=st.sampled_from(("PT5M", "PT15M")),
    in_a_row=st.integers(1, 8),
)
offers = st.lists(
    st.tuples(
        st.integers(0, 40),  # minutes until the next task is asked for
        st.sampled_from(list(Severity)),
        st.sampled_from(AREAS),
        st.sampled_from(list(Level)),
    ),
    max_size=80,
)


def refused(found: Strain, severity: int, area: str) -> bool:
    return found.rests or found.held_back or severity in found.severities or area in found.areas


def a_day(given_rules: Wellbeing, asked: list[tuple[int, Severity, str, Level]]) -> list[Look]:
    """What somebody looked at who takes whatever is not refused."""
    now, looks = DAY + timedelta(hours=1), list[Look]()
    for wait, severity, area, level in asked:
        now += timedelta(minutes=wait)
        if now >= DAY + timedelta(days=1):
            break
        if not refused(strain(given_rules, looks, now, DAY), severity, area):
            looks.append(Look(first_at=now, last_at=now, severity=severity, area=area, level=level))
    return looks


@settings(max_examples=60, deadline=None)
@given(rules, offers)
def test_a_day_never_holds_more_than_its_budget(care: Wellbeing, asked: list[tuple[int, Severity, str, Level]]):
    looks = a_day(care, asked)
    assert sum(care.weights.units(one.severity, one.level) for one in looks) <= care.units_per_day
    for severity in Severity:
        limit = care.weights.of(severity).tasks_per_day
        assert limit is None or sum(one.severity == severity for one in looks) <= limit


@settings(max_examples=60, deadline=None)
@given(rules, offers)
def test_between_two_breaks_lies_no_more_than_a_stretch_and_no_longer_row(
    care: Wellbeing, asked: list[tuple[int, Severity, str, Level]]
):
    lasts, stretch, heaviest = parse_duration(care.break_lasts), list[Look](), 0
    for look in [one for one in a_day(care, asked) if care.weights.of(one.severity).units]:
        if stretch and look.last_at - stretch[-1].last_at >= lasts:
            stretch = []
        if stretch:
            assert look.last_at - stretch[0].last_at < parse_duration(care.break_after) + lasts
        stretch.append(look)
        heaviest = care.weights.of(look.severity).units
        spent = sum(care.weights.units(one.severity, one.level) for one in stretch)
        assert spent < care.break_after_units + heaviest, (
            "a break is due once the stretch is full, not before the last task"
        )


@settings(max_examples=60, deadline=None)
@given(rules, offers)
def test_no_area_is_seen_more_often_in_a_row_than_said(care: Wellbeing, asked: list[tuple[int, Severity, str, Level]]):
    one_each = Weights(**{severity.name: Weight(units=1) for severity in Severity})
    care = Wellbeing.model_validate({**care.model_dump(), "weights": one_each.model_dump()})
    lasts, run, before = parse_duration(care.break_lasts), 0, None
    for look in a_day(care, asked):
        rested = before is not None and look.last_at - before.last_at >= lasts
        run = run + 1 if before is not None and before.area == look.area and not rested else 1
        before = look
        assert run <= care.in_a_row


@settings(max_examples=60, deadline=None)
@given(rules, offers)
def test_every_rest_ends_by_itself_at_the_time_it_says(care: Wellbeing, asked: list[tuple[int, Severity, str, Level]]):
    looks = a_day(care, asked)
    now = looks[-1].last_at if looks else DAY
    found = strain(care, looks, now, DAY)
    if found.break_until:
        assert found.break_until - now <= parse_duration(care.break_lasts)
        after = strain(care, looks, found.break_until, DAY)
        assert (after.rests, after.areas, after.since_break) == (False, (), 0)
    tomorrow = strain(care, looks, DAY + timedelta(days=2), DAY + timedelta(days=2))
    assert tomorrow.evolve(day_ends=None) == Strain(units_per_day=care.units_per_day)


@settings(max_examples=60, deadline=None)
@given(rules, offers, st.integers(1, 30))
def test_claims_kept_unseen_are_counted_as_if_they_were_seen(
    care: Wellbeing, asked: list[tuple[int, Severity, str, Level]], many: int
):
    looks, now = a_day(care, asked), DAY + timedelta(hours=23)
    for _ in range(many):
        found = strain(care, looks, now, DAY)
        if refused(found, Severity.S0, "self_harm"):
            break
        looks = [*looks, Look(first_at=now, last_at=now, severity=Severity.S0, area="self_harm")]
    held = [one for one in looks if one.level is None]
    assert sum(care.weights.of(one.severity).units for one in held) < care.break_after_units + care.weights.S0.units
    assert len(held) <= (care.weights.S0.tasks_per_day or many)
