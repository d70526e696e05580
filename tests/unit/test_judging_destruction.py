"""Who asks that content be destroyed hears from when it may be, and what is in the way."""

import pytest

from cases.decisions import EnforcementRequest
from cases.interventions import Step
from cases.judging import refuse_decision
from cases.judging_destruction import refuse_destruction
from cases.judging_interventions import refuse_intervention
from cases.measures import MeasureKind, Order, OrderStage, Target
from tests.builders import NOON, REMOVE, an_ask, an_assessment, later, terms
from tests.paper import PaperRun, a_reviewed_run

DESTROY = EnforcementRequest(kind=MeasureKind.DESTROY)


def test_before_anything_is_removed_it_is_the_window_that_removing_would_open():
    case = a_reviewed_run().case
    refusal = refuse_decision(case, an_ask(enforcements=(DESTROY,)), NOON)
    assert refusal is not None
    assert refusal.code == "not_destroyable"
    assert "Not before" in refusal.text
    assert "may appeal (DSA Art. 20(1))" in refusal.text


def a_removal() -> PaperRun:
    run = PaperRun().report().captured().triaged(an_assessment(terms=terms(destroy_after="P30D")))
    return run.decide(enforcements=(REMOVE,)).settle()


def test_after_the_removal_it_is_the_day_its_clock_ends():
    run = a_removal()
    (clock,) = [one for one in run.case.clocks if one.kind == "destruction"]
    refusal = refuse_destruction(run.case, (DESTROY,), run.at)
    assert refusal is not None
    assert f"Not before {clock.due_at:%Y-%m-%d %H:%M} UTC" in refusal.text


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"legal_hold": True}, "a legal hold asks that it be kept"), ({}, "somebody was told and may appeal")],
)
def test_a_destruction_that_an_operator_left_out_is_not_taken_up_while_something_is_in_the_way(
    changes: dict[str, bool], why: str
):
    run = a_removal()
    order = Order(order_id="x", cause="destroy:d-1/1", target=Target.SUBJECT, stage=OrderStage.SKIPPED)
    case = run.case.evolve(orders=(*run.case.orders, order), **changes)
    refusal = refuse_intervention(case, "x", Step.RESUME, later(days=400) if changes else run.at)
    assert refusal is not None
    assert refusal.code == "not_destroyable"
    assert why in refusal.text
    if not changes:
        assert refuse_intervention(case, "x", Step.RESUME, later(days=400)) is None


def test_what_nobody_asks_to_destroy_is_not_refused_for_it():
    assert refuse_destruction(a_removal().case, (EnforcementRequest(kind=MeasureKind.HIDE),), NOON) is None
