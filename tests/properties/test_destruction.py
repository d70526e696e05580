"""Destroying what was removed: never while somebody may object or it must be kept, whatever happens in between."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.authority_orders import AuthorityOrder, AuthorityOrderStage, OrderKind
from cases.deadlines import ClockKind, appeals_accepted_until
from cases.decisions import EnforcementRequest, Outcome
from cases.destruction import Obstacle, destroyed_from, obstacles
from cases.judging import refuse_extension
from cases.measures import MeasureKind
from cases.telling import NoticeKind
from cases.undoing import undoings
from tests.builders import HIDE, NOON, REMOVE, an_assessment, terms
from tests.paper import PaperRun, a_reviewed_run

ORDER = "destroy:d-1/1:subject"
CLOCK = "destruction:d-1/1"


def a_removed_run(
    destroy_after: str | None = "P30D", enforcements: tuple[EnforcementRequest, ...] = (REMOVE,)
) -> PaperRun:
    """Decided, confirmed, told and filed, where the pack destroys what it removes."""
    run = a_reviewed_run(terms=terms(destroy_after=destroy_after))
    return run.decide(enforcements=enforcements).settle()


def ordered(run: PaperRun) -> list[str]:
    return [body.measure_id for body in run.kinds("destruction_ordered")]


def test_what_was_removed_is_destroyed_once_nobody_may_appeal_any_more():
    run = a_removed_run()
    assert run.owes
    last = appeals_accepted_until(NOON)
    run.forward(days=(last - NOON).days)
    assert not ordered(run)
    run.forward(days=2)
    assert ordered(run) == ["d-1/1"]
    (order,) = [one for one in run.case.orders if one.order_id == ORDER]
    assert [one.kind for one in order.impose] == [MeasureKind.DESTROY]
    assert order.content_version == "v1"  # what its author put there since is not what was judged
    run.confirm()
    assert not run.owes
    assert [event.body.kind for event in run.events].count("told") == 2  # of the removal; nobody is written to again


def test_the_packs_own_time_counts_where_it_is_longer():
    run = a_removed_run("P400D").forward(days=399)
    assert not ordered(run)
    assert ordered(run.forward(days=1)) == ["d-1/1"]


@pytest.mark.parametrize(
    ("destroy_after", "enforcements"),
    [
        (None, (REMOVE,)),
        ("P1D", (HIDE,)),
        ("P1D", (EnforcementRequest(kind=MeasureKind.REMOVE, reach=("DE",)),)),
        ("P1D", (EnforcementRequest(kind=MeasureKind.REMOVE, excerpts=("attachment:1",)),)),
    ],
)
def test_what_is_hidden_or_removed_in_part_is_never_destroyed_nor_where_the_pack_says_nothing(
    destroy_after: str | None, enforcements: tuple[EnforcementRequest, ...]
):
    run = a_removed_run(destroy_after, enforcements)
    assert not run.owes
    assert not [clock for clock in run.case.clocks if clock.kind is ClockKind.DESTRUCTION]


def test_a_reversal_before_stops_the_clock():
    run = a_removed_run().forward(days=40).reverse().settle()
    assert not run.owes
    assert not ordered(run.forward(days=400))
    assert not [step for step in undoings(run.case)[0].steps if step.what == "content"]


def test_a_reversal_after_says_that_the_content_is_gone():
    run = a_removed_run().forward(days=300).confirm().reverse().confirm(how="destroyed").settle()
    (undoing,) = undoings(run.case)
    assert [(step.id, step.state) for step in undoing.steps if step.what == "content"] == [(ORDER, "gone")]
    assert not undoing.owed
    assert NoticeKind.REVERSAL_AUTHOR in run.told()
    assert not run.owes


def test_an_open_appeal_keeps_it_and_what_was_told_of_its_outcome_opens_a_window_anew():
    run = a_removed_run().forward(days=100).appeal()
    run.forward(days=200)
    assert not ordered(run)
    assert run.kinds("destruction_put_off")[0].obstacle is Obstacle.APPEAL_OPEN
    heard = run.hear(Outcome.UPHELD).settle().at
    run.forward(days=(appeals_accepted_until(heard) - heard).days)
    assert not ordered(run)
    assert ordered(run.forward(days=3)) == ["d-1/1"]


def test_another_question_about_it_keeps_it():
    run = a_removed_run().report("spam").triaged(an_assessment("spam", terms=terms(queue="spam")))
    run.forward(days=300)
    assert not ordered(run)
    assert {body.obstacle for body in run.kinds("destruction_put_off")} == {Obstacle.MATTER_OPEN}


def test_what_was_reported_to_an_authority_is_kept():
    found = terms(destroy_after="P1D", authority_report_within="PT24H", authority_report_source="a test's law")
    run = a_reviewed_run(terms=found).decide().settle().forward(days=800)
    assert not ordered(run)
    assert run.kinds("destruction_put_off")[-1].obstacle is Obstacle.REPORTED


def an_order(**changes: Any) -> AuthorityOrder:
    plain: dict[str, Any] = {
        "order_id": "o-1",
        "order": OrderKind.TCO_REMOVAL,
        "area": "terrorism",
        "reference": "synthetic/1",
        "stage": AuthorityOrderStage.INFORMED,
        "measure": MeasureKind.REMOVE,
        "received_at": NOON,
        "within": timedelta(hours=1),
    }
    return AuthorityOrder(**{**plain, **changes})


def test_an_authoritys_order_is_preserved_for_and_a_hold_keeps_it():
    run = a_removed_run()
    until = run.at + timedelta(days=700)
    run.case = run.case.evolve(authority_orders=(an_order(preserve_until=until),))
    assert not ordered(run.forward(days=699))
    assert destroyed_from(run.case, run.at) is not None
    assert ordered(run.forward(days=2)) == ["d-1/1"]
    held = a_removed_run()
    held.case = held.case.evolve(legal_hold=True)
    assert not ordered(held.forward(days=2_000))


def test_its_clock_warns_nobody_and_nobody_sets_it():
    run = a_removed_run()
    refusal = refuse_extension(run.case, CLOCK, run.at + timedelta(days=900))
    assert refusal is not None
    assert refusal.code == "not_extendable"
    assert not run.forward(days=150).kinds("clock_warned")


MOVES = some.lists(
    some.sampled_from(
        ["wait", "wait_long", "appeal", "uphold", "overturn", "report", "no_violation", "reverse", "effects"]
    ),
    max_size=14,
)


@given(MOVES, some.integers(0, 200))
def test_whatever_happens_nothing_is_destroyed_that_somebody_may_still_object_to(moves: list[str], after: int):
    run = a_removed_run(f"P{after}D")
    for number, move in enumerate(moves):
        match move:
            case "wait":
                run.forward(days=17)
            case "wait_long":
                run.forward(days=120)
            case "appeal" if not run.case.appeals and not run.case.decisions[0].reversed:
                run.appeal(informed_at=run.at)
            case "uphold" | "overturn" if any(one.stage == "opened" for one in run.case.appeals):
                run.hear(Outcome.UPHELD if move == "uphold" else Outcome.REVERSED)
            case "report" if not any(one.area == "spam" for one in run.case.matters):
                run.report("spam").triaged(an_assessment("spam", terms=terms(queue="spam")))
            case "no_violation" if any(one.open for one in run.case.matters):
                run.decide(f"d-s{number}", matter="spam/1", outcome=Outcome.NO_VIOLATION, ground=None, rule_id=None)
            case "reverse":
                run.reverse(message_id=f"r-{number}")
            case "effects":
                run.settle()
    _nothing_too_early(run)


def _nothing_too_early(run: PaperRun) -> None:
    told: list[datetime] = []
    opened = 0
    for event in run.events:
        match event.body.kind:
            case "told":
                told.append(event.occurred_at)
            case "appeal_opened":
                opened += 1
            case "appeal_closed":
                opened -= 1
            case "decision_reversed":
                assert not run.case.clocks or CLOCK not in {one.clock_id for one in run.case.clocks}
            case "destruction_ordered":
                assert not opened
                assert all(event.occurred_at > appeals_accepted_until(at) for at in told)
            case "destruction_put_off":
                assert event.body.until > event.occurred_at
    assert len(ordered(run)) <= 1


@given(some.integers(0, 900))
def test_what_is_in_the_way_ends_later_than_now(days: int):
    run = a_removed_run()
    now = run.at + timedelta(days=days)
    assert all(one.until > now for one in obstacles(run.case, now))
    assert bool(obstacles(run.case, now)) == (now <= appeals_accepted_until(NOON) + timedelta(days=1))
