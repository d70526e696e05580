"""What is taken back while the order for it is given up, or was skipped: nothing waits, nothing is left standing, and everybody
hears what was so and nothing else.
"""

from typing import Any

import pytest

from cases.duties import Enforce
from cases.measures import OrderStage
from cases.projection import review_tasks, strikes
from cases.telling import NoticeKind
from cases.undoing import undoings
from tests.builders import HIDE, REMOVE, SUSPEND, terms
from tests.paper import PaperRun, a_reviewed_run
from tests.unit.test_interventions import refusals, step_in

ORDER = "d-1:subject"
NOTHING_FOUND: dict[str, Any] = {"outcome": "no_violation", "ground": None, "rule_id": None}


def a_given_up_run(hold: tuple[Any, ...] = (), **ask: Any) -> PaperRun:
    run = a_reviewed_run(terms=terms(retry_for="P3D"), hold=hold).settle().decide(**ask)
    return run.give_up(ORDER)


def ordered(run: PaperRun) -> list[tuple[str, list[str], tuple[str, ...]]]:
    orders = [one.order for one in run.duties if isinstance(one, Enforce)]
    return [(one.try_id, [m.measure_id for m in one.impose], one.revoke) for one in orders]


def hold_of(run: PaperRun) -> str:
    (hold,) = [one.measure_id for order in run.case.orders if order.cause.startswith("hold") for one in order.impose]
    return hold


def test_a_reversal_of_what_was_given_up_waits_for_nobody_and_the_platform_hears_the_state_without_it():
    run = a_given_up_run().reverse()
    assert run.case.order(ORDER).stage is OrderStage.SKIPPED
    assert not review_tasks(run.case), "nobody has to see to what nobody wants any more"
    assert ordered(run) == [("reversal:r-1:subject", [], ("d-1/1",))]
    assert [step.state for step in undoings(run.case)[0].steps if step.what == "measures"] == ["owed"]
    assert run.settle().stage == "settled"
    assert run.told() == [NoticeKind.REVERSAL_REPORTER], "the author never heard of what never was in force"
    assert not run.kinds("filing_answered")
    assert not any(one.active for one in strikes(run.case))
    assert refusals(step_in(run, "resume")) == ["overtaken"]


def test_a_reversal_on_appeal_or_within_the_grace_drops_it_as_an_operators_does():
    run = a_reviewed_run(terms=terms(retry_for="P3D", grace="PT2M")).decide()
    run.give_up(ORDER).withdraw()
    assert [(one.order_id, one.measures) for one in run.kinds("order_dropped")] == [(ORDER, ("d-1/1",))]
    assert ordered(run) == [("reversal:w-1:subject", [], ("d-1/1",))]
    assert run.case.matters[0].open


def test_the_hold_that_a_given_up_order_was_to_replace_is_lifted_and_its_author_hears_of_that():
    run = a_given_up_run(hold=(HIDE,)).reverse()
    assert [one.revoke for one in run.case.orders if one.open] == [("d-1/1",), (hold_of(run),)]
    assert [step.state for step in undoings(run.case)[0].steps if step.what == "measures"] == ["owed", "owed"]
    told = len(run.told())
    run.settle()
    assert run.told()[told:] == [NoticeKind.REVERSAL_REPORTER, NoticeKind.HOLD_LIFTED]
    assert run.stage == "settled"


def test_what_is_kept_of_a_given_up_order_is_ordered_anew_and_alone_told():
    run = a_given_up_run(enforcements=(REMOVE, HIDE)).reverse(keep=("d-1/1",))
    order = run.case.order(ORDER)
    assert (order.stage, order.round, order.missed) == (OrderStage.ISSUED, 1, ("d-1/2",))
    assert [one[0] for one in ordered(run)] == [f"{ORDER}:round-1"]
    assert not review_tasks(run.case)
    run.settle()
    assert run.case.order(ORDER).missed == ("d-1/2",)
    assert run.told() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    assert len(run.case.filings) == 1


def test_what_is_kept_and_given_up_again_is_dropped_when_the_rest_is_taken_back():
    run = a_given_up_run(enforcements=(REMOVE, HIDE)).reverse(keep=("d-1/1",))
    run.give_up(ORDER).reverse(message_id="r-2")
    assert run.case.order(ORDER).stage is OrderStage.SKIPPED
    assert run.settle().told() == [NoticeKind.REVERSAL_REPORTER]


def test_what_was_confirmed_beside_it_is_taken_back_and_told_as_ever():
    run = a_reviewed_run(terms=terms(retry_for="P3D")).decide(enforcements=(REMOVE, SUSPEND)).confirm("d-1:author")
    run.give_up(ORDER).reverse()
    assert ordered(run) == [("reversal:r-1:subject", [], ("d-1/1",)), ("reversal:r-1:author", [], ("d-1/2",))]
    run.settle()
    assert set(run.told()) == {
        NoticeKind.STATEMENT,
        NoticeKind.OUTCOME_REPORTER,
        NoticeKind.REVERSAL_AUTHOR,
        NoticeKind.REVERSAL_REPORTER,
    }


@pytest.mark.parametrize("outcome", [{}, NOTHING_FOUND])
def test_a_decision_waits_for_no_hold_that_was_given_up_and_of_that_hold_nobody_hears(outcome: dict[str, Any]):
    run = a_reviewed_run(terms=terms(retry_for="P3D", file_statements=True), hold=(HIDE,))
    (hold,) = run.case.orders
    run.give_up(hold.order_id).decide(**outcome)
    assert run.case.order(hold.order_id).stage is OrderStage.SKIPPED
    assert [one[0] for one in ordered(run)] == [ORDER]
    run.settle().reverse().settle()
    assert run.stage == "settled"
    told = {NoticeKind.HOLD_LIFTED, NoticeKind.STATEMENT_PROVISIONAL} & set(run.told())
    assert not told
    lodged = {one.filing_id for one in run.case.filings if one.answered_at}
    assert all(set(one.supersedes) <= lodged for one in run.case.filings)
    assert len(lodged) == (0 if outcome else 2)


@pytest.mark.parametrize("hold", [(), (HIDE,)])
def test_what_is_given_up_after_it_was_taken_back_is_dropped_then(hold: tuple[Any, ...]):
    run = a_reviewed_run(terms=terms(retry_for="P3D", file_statements=True), hold=hold).settle().decide()
    told = len(run.told())
    run.reverse()
    assert [one[0] for one in ordered(run)] == [ORDER], "what may be in force yet is tried first"
    run.give_up(ORDER)
    assert [one[0] for one in ordered(run)] == ["reversal:r-1:subject"]
    assert not review_tasks(run.case)
    run.settle()
    lifted = [NoticeKind.HOLD_LIFTED] if hold else []
    assert run.told()[told:] == [NoticeKind.REVERSAL_REPORTER, *lifted]
    assert [bool(one.supersedes) for one in run.case.filings] == ([False, True] if hold else [])
    assert run.stage == "settled"


def test_of_what_is_given_up_after_a_part_of_it_was_taken_back_the_rest_is_ordered_and_told():
    run = a_reviewed_run(terms=terms(retry_for="P3D")).decide(enforcements=(REMOVE, HIDE)).reverse(keep=("d-1/1",))
    run.give_up(ORDER).settle()
    assert (run.case.order(ORDER).round, run.case.order(ORDER).missed) == (1, ("d-1/2",))
    assert NoticeKind.REVERSAL_AUTHOR not in run.told()
    assert run.told().count(NoticeKind.STATEMENT) == 1
    again = a_reviewed_run(terms=terms(retry_for="P3D")).decide(enforcements=(REMOVE, HIDE)).reverse(keep=("d-1/1",))
    again.give_up(ORDER).give_up(ORDER)
    assert [task.subject for task in review_tasks(again.case)] == [ORDER], "the second time it is a person's again"


def test_what_was_filed_of_a_hold_is_corrected_and_what_never_was_is_not():
    filing = terms(retry_for="P3D", file_statements=True)
    run = a_reviewed_run(terms=filing, hold=(HIDE,)).settle().decide()
    run.give_up(ORDER).reverse().settle()
    assert [bool(one.supersedes) for one in run.case.filings if one.answered_at] == [False, True]
    left_out = a_reviewed_run(terms=filing, hold=(HIDE,))
    (hold,) = left_out.case.orders
    step_in(left_out.stick(hold.order_id), "skip", hold.order_id).settle()
    left_out.decide().settle().reverse().settle()
    lodged = {one.filing_id for one in left_out.case.filings if one.answered_at}
    assert all(set(one.supersedes) <= lodged for one in left_out.case.filings)


@pytest.mark.parametrize("hold_is", ["skipped", "void", "over"])
def test_of_a_hold_that_never_was_in_force_nobody_hears_that_it_is_lifted(hold_is: str):
    hide = HIDE.model_copy(update={"duration": "PT1H"}) if hold_is == "over" else HIDE
    run = a_reviewed_run(terms=terms(file_statements=True), hold=(hide,))
    (hold,) = run.case.orders
    run.stick(hold.order_id).decide(**NOTHING_FOUND)
    if hold_is == "skipped":
        step_in(run, "skip", hold.order_id)
    elif hold_is == "void":
        run.void(hold.order_id)
    else:
        run.forward(hours=2)
        run.confirm(hold.order_id, missed=(hold.impose[0].measure_id,))
    run.settle()
    assert run.told() == [NoticeKind.OUTCOME_REPORTER]
    assert not [one for one in run.case.filings if one.answered_at]


# Skipped, then taken back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["operator", "appeal", "second"])
def test_a_hold_falls_with_the_decision_whose_order_for_it_was_skipped(by: str):
    eyes = {"four_eyes": "after"} if by == "second" else {}
    run = a_reviewed_run(hold=(HIDE,), terms=terms(**eyes)).settle().decide().stick(ORDER)
    step_in(run, "skip").settle()
    told = len(run.told())
    run.reverse()
    assert ordered(run)[0][2] == (hold_of(run),)
    run.settle()
    assert run.told()[told:] == [NoticeKind.HOLD_LIFTED, NoticeKind.REVERSAL_REPORTER]


def test_a_hold_whose_lifting_was_skipped_falls_when_the_finding_is_taken_back():
    run = a_reviewed_run(hold=(HIDE,)).settle().decide(**NOTHING_FOUND).stick(ORDER)
    step_in(run, "skip").settle().reverse()
    assert ordered(run)[0][2] == (hold_of(run),)
    assert NoticeKind.HOLD_LIFTED in run.settle().told()


def test_a_partial_reversal_leaves_the_hold_that_stands_for_what_is_kept():
    run = a_reviewed_run(hold=(HIDE,)).settle().decide(enforcements=(REMOVE, HIDE)).stick(ORDER)
    step_in(run, "skip").settle().reverse(keep=("d-1/1",))
    assert ordered(run) == []
    run.reverse(message_id="r-2")
    assert ordered(run)[0][2] == (hold_of(run),)


def test_a_decision_that_did_lift_its_hold_lifts_it_once():
    run = a_reviewed_run(hold=(HIDE,)).settle().decide().settle().reverse()
    assert run.kinds("decision_reversed")[0].lifts == ()
    assert ordered(run) == [("reversal:r-1:subject", [], ("d-1/1",))]
