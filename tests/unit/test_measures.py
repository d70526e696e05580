"""What is in force on a target."""

from hypothesis import given
from hypothesis import strategies as st

from cases.measures import Measure, MeasureKind, Order, OrderStage, Target, effective
from tests.builders import NOON, later


def a_measure(measure_id: str, hours: float | None = None) -> Measure:
    until = later(hours=hours) if hours is not None else None
    return Measure(measure_id=measure_id, kind=MeasureKind.HIDE, target=Target.SUBJECT, since=NOON, until=until)


def test_what_was_revoked_or_is_over_is_not_in_force():
    all_of_them = [a_measure("d-3"), a_measure("d-1"), a_measure("d-2", hours=1), a_measure("d-4", hours=3)]
    assert [m.measure_id for m in effective(all_of_them, {"d-3"}, later(hours=1))] == ["d-1", "d-4"]


def test_a_measure_ends_at_its_instant_not_after_it():
    assert effective([a_measure("d-1", hours=1)], (), later(minutes=59))
    assert not effective([a_measure("d-1", hours=1)], (), later(hours=1))


def test_lifting_one_leaves_the_others():
    assert [m.measure_id for m in effective([a_measure("a"), a_measure("b")], {"a"}, NOON)] == ["b"]


@given(
    st.permutations([a_measure(name, hours) for name, hours in zip("abcdef", (None, 1, 2, 3, None, 5), strict=True)])
)
def test_the_state_does_not_depend_on_the_order_of_arrival(measures: list[Measure]):
    assert [m.measure_id for m in effective(measures, {"f"}, later(hours=2))] == ["a", "d", "e"]


def test_an_order_is_open_until_the_platform_answered():
    stages = {stage: Order(order_id="o", cause="c", target=Target.SUBJECT, stage=stage).open for stage in OrderStage}
    assert stages == {
        OrderStage.ISSUED: True,
        OrderStage.STUCK: True,
        OrderStage.GIVEN_UP: True,
        OrderStage.SKIPPED: False,
        OrderStage.CONFIRMED: False,
        OrderStage.VOID: False,
    }
