"""What a case owes next, and when time alone makes something due."""

from cases.duties import Capture, Enforce, File, Hear, Tell, assessment_due, next_instant
from cases.measures import Target
from cases.telling import NoticeKind
from tests.builders import HIDE, REMOVE, SUSPEND, an_assessment, later
from tests.paper import PaperRun, a_decided_run, a_reviewed_run


def names(run: PaperRun) -> list[str]:
    return [type(duty).__name__ for duty in run.duties]


def test_a_first_report_owes_evidence_before_anything_else():
    run = PaperRun().report()
    assert run.duties == (Capture(cause="inbox:1"),)
    assert assessment_due(run.case) is None
    assert assessment_due(run.captured().case) == 1


def test_an_edit_is_captured_again_before_anything_is_assessed():
    run = a_reviewed_run(hold=(HIDE,)).void("hold:harassment/1:subject")
    assert run.duties[0] == Capture(cause="hold:harassment/1:subject")
    assert assessment_due(run.case) is None
    assert assessment_due(run.captured().case) is not None, "the new version is assessed though nobody reported again"


def test_orders_of_one_target_go_one_after_the_other_and_targets_side_by_side():
    run = a_reviewed_run(hold=(HIDE,)).decide(enforcements=(REMOVE, SUSPEND))
    asked = [(duty.order.order_id, duty.order.target) for duty in run.duties if isinstance(duty, Enforce)]
    assert asked == [("hold:harassment/1:subject", Target.SUBJECT), ("d-1:author", Target.AUTHOR)]
    run.confirm("hold:harassment/1:subject")
    assert [duty.key for duty in run.duties if isinstance(duty, Enforce)] == [
        "enforce:d-1:subject",
        "enforce:d-1:author",
    ]
    assert next(duty.order.order_id for duty in run.duties if isinstance(duty, Enforce)) == "d-1:subject"


def test_a_stuck_order_is_still_a_duty():
    run = a_decided_run().stick("d-1:subject")
    assert [duty.order.order_id for duty in run.duties if isinstance(duty, Enforce)] == ["d-1:subject"]
    assert run.case.order("d-1:subject").open


def test_a_receipt_waits_a_moment_for_more_to_say_and_not_for_a_platform_that_is_away():
    run = a_reviewed_run(hold=(HIDE,))
    assert "Tell" not in names(run), "the hold is confirmed in a moment"
    run.stick("hold:harassment/1:subject")
    tell = next(duty for duty in run.duties if isinstance(duty, Tell))
    assert (tell.notices, tell.receipts_through) == ((), 1)


def test_whoever_hears_the_outcome_needs_no_receipt():
    run = PaperRun().report("spam").captured().triaged(an_assessment("spam")).decide(matter="spam/1").confirm()
    tell = next(duty for duty in run.duties if isinstance(duty, Tell))
    assert tell.receipts_through == 0
    assert NoticeKind.OUTCOME_REPORTER in [notice.kind for notice in tell.notices]
    assert not run.settle().owes


def test_a_reporter_of_another_area_gets_a_receipt_though_one_area_is_answered():
    run = PaperRun().report().report("spam").captured().triaged(an_assessment(), an_assessment("spam"))
    run.decide(outcome="no_violation", ground=None)
    tell = next(duty for duty in run.duties if isinstance(duty, Tell))
    assert tell.receipts_through == 2


def test_nobody_who_cannot_be_told_is_owed_a_receipt():
    run = PaperRun().report(contactable=0).captured().triaged()
    assert "Tell" not in names(run)


def test_statements_are_filed_once_what_they_state_is_so():
    run = a_decided_run()
    assert not any(isinstance(duty, File) for duty in run.duties)
    run.confirm()
    assert [duty.filing.cause for duty in run.duties if isinstance(duty, File)] == ["d-1"]
    run.file()
    assert not any(isinstance(duty, File) for duty in run.duties)


def test_an_open_appeal_is_a_duty_until_it_is_answered():
    run = a_decided_run().settle().appeal()
    assert Hear(appeal_id="a-1") in run.duties
    run.hear("upheld")  # type: ignore[arg-type]  # as it is stored
    assert not any(isinstance(duty, Hear) for duty in run.duties)


def test_nothing_owed_is_nothing_owed():
    run = a_decided_run().settle()
    assert (run.duties, run.stage, run.owes, next_instant(run.case, run.at)) == ((), "settled", False, None)


def test_time_makes_the_first_warning_due_first():
    run = a_reviewed_run()
    assert next_instant(run.case, run.at) == later(hours=12)
    run.forward(hours=12)
    assert next_instant(run.case, run.at) == later(hours=19.2)
