"""What an operator does about an order that is stuck, and who hears what of it."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from api.requests import InterventionRequest
from cases.decisions import Outcome
from cases.duties import Enforce
from cases.interventions import OrderGivenUp, OrderOvertaken, Step
from cases.judging_interventions import tries_end
from cases.measures import OrderStage
from cases.projection import review_tasks
from cases.telling import NoticeKind
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, terms
from tests.paper import PaperRun, a_decided_run, a_reviewed_run

ORDER = "d-1:subject"


def step_in(run: PaperRun, step: str, order_id: str = ORDER, **changes: Any) -> PaperRun:
    return run.step_in(Step(step), order_id, f"i-{len(run.events)}", **changes)


def refusals(run: PaperRun) -> list[str]:
    return [body.code for body in run.kinds("message_refused")]


def a_stuck_run() -> PaperRun:
    return a_decided_run().stick(ORDER)


def test_of_a_skipped_order_nobody_is_told_nothing_is_filed_and_the_case_settles():
    run = step_in(a_stuck_run(), "skip").settle()
    assert run.case.order(ORDER).stage is OrderStage.SKIPPED
    assert run.told() == []
    assert not run.kinds("filing_answered")
    assert (run.stage, run.owes) == ("settled", False)


def test_a_skipped_order_that_is_taken_up_again_is_ordered_in_a_new_round_and_then_told():
    run = step_in(a_stuck_run(), "skip").settle()
    step_in(run, "resume")
    (duty,) = [one for one in run.duties if isinstance(one, Enforce)]
    assert (duty.order.round, duty.order.impose[0].kind, duty.key) == (1, "remove", f"enforce:{ORDER}:round-1")
    run.settle()
    assert run.told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    assert len(run.kinds("filing_answered")) == 1


def test_what_was_confirmed_beside_a_skipped_order_is_told_and_the_rest_when_it_is_so():
    run = a_decided_run(enforcements=(REMOVE, SUSPEND))
    run.confirm("d-1:subject").stick("d-1:author")
    step_in(run, "skip", "d-1:author").settle()
    assert run.told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    first = run.case.filings[0]
    step_in(run, "resume", "d-1:author").settle()
    assert run.told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER, NoticeKind.STATEMENT]
    assert [one.supersedes for one in run.case.filings] == [(), (first.filing_id,)]


def test_an_order_done_by_hand_counts_as_confirmed_and_a_late_answer_changes_nothing():
    run = a_decided_run(enforcements=(SUSPEND,)).stick("d-1:author")
    step_in(run, "by_hand", "d-1:author", reference="TICKET-1")
    assert run.case.order("d-1:author").stage is OrderStage.CONFIRMED
    clocks = run.case.clocks
    run.add("order:late", run.kinds("order_intervened")[0].evolve(step="retry"))
    assert run.case.clocks == clocks
    assert NoticeKind.STATEMENT in run.settle().told()


def test_a_confirmation_that_comes_after_the_skip_stands_and_is_told():
    run = step_in(a_stuck_run(), "skip").settle()
    confirmed = a_decided_run().confirm().kinds("order_confirmed")[0]
    run.add("order:late", confirmed)
    assert run.case.order(ORDER).stage is OrderStage.CONFIRMED
    assert run.settle().told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]


def test_a_decision_that_was_skipped_and_is_taken_back_tells_its_author_of_neither():
    run = step_in(a_stuck_run(), "skip").settle().reverse().settle()
    assert run.told() == [NoticeKind.REVERSAL_REPORTER]
    assert not any(isinstance(one, Enforce) for one in run.duties)
    assert refusals(step_in(run, "resume")) == ["overtaken"]


def test_a_skipped_hold_holds_nothing_and_the_question_stays():
    run = a_reviewed_run(hold=(HIDE,))
    (hold,) = run.case.orders
    run.stick(hold.order_id)
    step_in(run, "skip", hold.order_id)
    assert run.confirm().stage == "in_review", "once the platform has heard the state without it"
    run.decide().settle()
    assert [order.revoke for order in run.case.orders if order.cause == "d-1"] == [()], "there is no hold to lift"


def test_the_platform_hears_the_state_without_a_skipped_order_in_case_it_had_done_it_unheard():
    run = step_in(a_stuck_run(), "skip")
    (duty,) = [one for one in run.duties if isinstance(one, Enforce)]
    assert (duty.order.order_id, duty.order.impose, duty.order.revoke) == (f"{ORDER}:restated", (), ())
    run.stick(duty.order.order_id)
    step_in(run, "skip", duty.order.order_id)
    assert not any(isinstance(one, Enforce) for one in run.duties), "leaving that out, too, owes nothing more"


def test_what_was_taken_back_in_part_meanwhile_is_not_taken_up_again_whole():
    run = step_in(a_decided_run(enforcements=(REMOVE, HIDE)).stick(ORDER), "skip").settle()
    run.reverse(keep=("d-1/1",)).settle()
    assert refusals(step_in(run, "resume")) == ["overtaken"]


def test_taking_back_only_what_was_left_out_is_told_to_nobody_and_corrects_no_filing():
    run = a_decided_run(enforcements=(REMOVE, SUSPEND)).stick("d-1:author")
    step_in(run, "skip", "d-1:author").settle()
    filed = run.case.filings
    run.reverse(keep=("d-1/1",)).settle()
    assert run.told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    assert run.case.filings == filed
    assert refusals(step_in(run, "resume", "d-1:author")) == ["overtaken"]


def test_an_appeal_of_what_was_taken_back_meanwhile_answers_who_appealed_and_files_nothing_anew():
    run = a_decided_run().settle().appeal().reverse().settle()
    told, filed = len(run.told()), run.case.filings
    run.hear(Outcome.REVERSED).settle()
    assert run.told()[told:] == [NoticeKind.REVERSAL_AUTHOR]
    assert run.case.filings == filed


def test_a_retry_is_a_new_try_of_the_same_order():
    run = step_in(a_stuck_run(), "retry")
    (duty,) = [one for one in run.duties if isinstance(one, Enforce)]
    assert (duty.order.stage, duty.order.stuck_since, duty.key) == ("stuck", run.at, f"enforce:{ORDER}:round-1")


def test_where_the_pack_gives_an_end_the_end_is_a_persons_matter():
    run = a_reviewed_run(terms=terms(retry_for="P3D")).decide().stick(ORDER)
    assert tries_end(run.case, run.case.order(ORDER)) == NOON + timedelta(days=3)
    run.add("order:given-up", OrderGivenUp(order_id=ORDER))
    assert not any(isinstance(one, Enforce) for one in run.duties), "it is not tried any more"
    assert (run.stage, run.owes, run.told()) == ("enforcing", True, [])
    step_in(run, "retry")
    assert run.settle().stage == "settled"


def a_given_up_run() -> PaperRun:
    run = a_reviewed_run(terms=terms(retry_for="P3D", severity=1)).decide().stick(ORDER)
    run.add("order:given-up", OrderGivenUp(order_id=ORDER, due_at=run.at + timedelta(hours=1)))
    return run


def test_an_order_that_is_given_up_is_a_task_of_operators_with_a_clock_that_warns_and_is_missed_aloud():
    run = a_given_up_run()
    (task,) = review_tasks(run.case)
    assert (task.task_id, task.kind, task.queue, task.severity) == (f"order:{ORDER}", "order", "orders", 1)
    assert (task.due_at, task.tier) == (run.at + timedelta(hours=1), 1)
    run.forward(hours=2)
    assert [body.percent for body in run.kinds("clock_warned") if body.clock_id == f"given_up:{ORDER}"] == [50, 80]
    assert [body.clock_id for body in run.kinds("clock_breached")] == [f"given_up:{ORDER}"]
    assert review_tasks(run.case)[0].tier == 2


@pytest.mark.parametrize("step", ["retry", "skip", "by_hand"])
def test_the_task_of_a_given_up_order_ends_with_an_operators_step(step: str):
    run = step_in(a_given_up_run(), step, **({"reference": "TICKET-1"} if step == "by_hand" else {}))
    assert not review_tasks(run.case)
    assert not [clock for clock in run.case.clocks if clock.kind == "given_up"]


def test_a_given_up_order_that_a_later_state_brought_into_force_is_told_and_its_task_ends():
    run = a_given_up_run()
    overtaken = OrderOvertaken(number=9, order_id=ORDER, target_version=1, received_at=run.at)
    run.add("inbox:9", overtaken)
    assert not review_tasks(run.case)
    assert run.settle().told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    run.add("inbox:10", overtaken.evolve(number=10))
    assert run.case.order(ORDER).stage is OrderStage.CONFIRMED


def test_an_order_given_up_before_there_was_a_task_has_none():
    run = a_reviewed_run(terms=terms(retry_for="P3D")).decide().stick(ORDER)
    run.add("order:given-up", OrderGivenUp(order_id=ORDER))
    assert (review_tasks(run.case), run.stage) == ((), "enforcing")


def test_a_pack_that_gives_no_end_has_it_tried_for_ever():
    run = a_stuck_run()
    assert tries_end(run.case, run.case.order(ORDER)) is None


@pytest.mark.parametrize(
    ("step", "order_id", "code"),
    [
        ("retry", "d-9:subject", "unknown_order"),
        ("skip", ORDER, "wrong_stage"),
        ("resume", ORDER, "wrong_stage"),
    ],
)
def test_a_step_on_an_order_that_goes_its_way_is_refused(step: str, order_id: str, code: str):
    run = step_in(a_decided_run(), step, order_id)
    assert refusals(run) == [code]
    assert run.case.order(ORDER).stage is OrderStage.ISSUED


@pytest.mark.parametrize(("step", "reference"), [("by_hand", None), ("skip", "TICKET-1")])
def test_only_what_was_done_by_hand_is_proven(step: str, reference: str | None):
    with pytest.raises(ValidationError, match="reference"):
        InterventionRequest.model_validate(
            {
                "message_id": "i-1",
                "case_id": "case/demo/content/1",
                "order_id": ORDER,
                "step": step,
                "reason": "synthetic",
                "reference": reference,
            }
        )
