"""Any strikes, in any order, with any suspensions: what counts, what is reached, and what falls."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.decisions import EnforcementRequest
from cases.ladder import Counting, Crossing, Span, Step, StrikeMark, climb, counted, counting_at
from cases.measures import MeasureKind
from tests.builders import NOON

STEPS = tuple(Step(strikes=n, asked=EnforcementRequest(kind=MeasureKind.WARN)) for n in (2, 3))


def day(number: float) -> datetime:
    return NOON + timedelta(days=number)


def a_mark(number: int, since: float, lasts: int = 90, active: bool = True) -> StrikeMark:
    return StrikeMark(
        case_id=f"case-{number}", decision_id="d-1", since=day(since), expires_at=day(since + lasts), active=active
    )


@st.composite
def lives(draw: st.DrawFn) -> list[StrikeMark]:
    sinces = draw(st.lists(st.integers(0, 60), min_size=1, max_size=7))
    lasts = draw(st.integers(5, 40))
    active = draw(st.lists(st.booleans(), min_size=len(sinces), max_size=len(sinces)))
    return [a_mark(n, since, lasts, on) for n, (since, on) in enumerate(zip(sinces, active, strict=True))]


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    starts = draw(st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20)), max_size=3))
    return [Span(start=day(start), end=day(start + length)) for start, length in starts]


COUNTINGS = st.builds(
    Counting,
    freezes=st.booleans(),
    decays_after=st.sampled_from([None, "P5D", "P30D"]),
    first_forgiven=st.booleans(),
)
INSTANTS = st.integers(0, 120).map(day)


def number(marks: list[StrikeMark], counting: Counting, suspended: list[Span], at: datetime) -> int:
    return len(counting_at(counted(marks, counting, suspended), at))


@given(lives(), COUNTINGS, spans(), INSTANTS, st.randoms())
def test_the_order_in_which_strikes_are_read_changes_nothing(marks, counting, suspended, at, chance):
    shuffled = [*marks]
    chance.shuffle(shuffled)
    assert counted(shuffled, counting, suspended) == counted(marks, counting, suspended)


@given(lives(), spans(), INSTANTS)
def test_decay_and_forgiveness_only_lighten_and_frozen_time_only_lengthens(marks, suspended, at):
    plain = number(marks, Counting(), suspended, at)
    assert number(marks, Counting(decays_after="P5D"), suspended, at) <= plain
    assert number(marks, Counting(first_forgiven=True), suspended, at) in (plain, plain - 1)
    assert number(marks, Counting(freezes=True), suspended, at) >= plain


@given(lives(), COUNTINGS, spans(), INSTANTS)
def test_nothing_counts_before_it_was_left_and_without_freezing_nothing_after_it_expired(
    marks, counting, suspended, at
):
    for mark in counting_at(counted(marks, counting, suspended), at):
        assert mark.since <= at
        assert counting.freezes or at < mark.expires_at


def walked(marks: list[StrikeMark], counting: Counting, suspended: list[Span], days: int = 120) -> list[Crossing]:
    """Asked every day, and again on the same day, as cases happen to ask."""
    standing: list[Crossing] = []
    for at in map(day, range(days)):
        known = [mark for mark in marks if mark.since <= at]
        for _ in range(2):
            found = climb("acc", "spam", STEPS, known, counting, suspended, standing, at)
            assert not found.fallen
            standing += found.crossed
    return standing


@settings(max_examples=60, deadline=None)
@given(lives(), COUNTINGS, spans())
def test_a_step_is_carried_out_once_for_each_unbroken_time_in_which_it_is_reached(marks, counting, suspended):
    standing = walked(marks, counting, suspended)
    assert len({one.crossing_id for one in standing}) == len(standing)
    active = [mark for mark in marks if mark.active]
    for step in STEPS:
        reached = [number(active, counting, suspended, day(n)) >= step.strikes for n in range(120)]
        times = sum(now and not before for before, now in zip([False, *reached], reached, strict=False))
        mine = [one for one in standing if one.strikes == step.strikes]
        assert len(mine) >= times  # a dip within one day is a break too
        for one in mine:
            assert len(one.sources) >= step.strikes


@settings(max_examples=60, deadline=None)
@given(lives(), COUNTINGS, spans(), st.integers(0, 6))
def test_taking_a_decision_back_makes_fall_exactly_what_would_not_have_been_reached(marks, counting, suspended, which):
    standing = walked(marks, counting, suspended)
    gone = marks[which % len(marks)]
    after = [mark.evolve(active=False) if mark == gone else mark for mark in marks]
    found = climb("acc", "spam", STEPS, after, counting, suspended, standing, day(120))
    left = [mark for mark in after if mark.active]
    for one in standing:
        rested = gone.active and gone.source in one.sources
        later = (one.crossed_at, *(mark.since for mark in left if mark.since > one.crossed_at))
        reached = any(number(left, counting, suspended, at) >= one.strikes for at in later)
        assert (one.crossing_id in dict(found.fallen)) == (rested and not reached)
    again = climb("acc", "spam", STEPS, after, counting, suspended, standing, day(120))
    assert again == found
