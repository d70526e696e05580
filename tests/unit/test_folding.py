"""What follows of necessity from an event: orders, notices, filings, clocks, strikes."""

import pytest

from cases.case import Case
from cases.decisions import FourEyes, Outcome
from cases.errors import UnknownSomething
from cases.events import EvidenceDelayed, OrderVoided
from cases.fold_telling import filing_id
from cases.folding import compacted, fold, fold_all
from cases.matters import MatterStage
from cases.measures import MeasureKind, OrderStage
from cases.messages import ReportSource
from cases.projection import strikes
from cases.received import AuthorityReportFiled, MessageRefused
from cases.telling import NoticeKind, Stance, Telling
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, a_case, a_report, an_assessment, automatic, terms
from tests.paper import PaperRun, a_decided_run, a_reviewed_run

HIDE_A_WEEK = HIDE.model_copy(update={"duration": "P7D"})
NEVER = Telling(stance=Stance.NEVER, source="a test")


def a_held_run(**assessment: object) -> PaperRun:
    return a_reviewed_run(**{"hold": (HIDE,), **assessment})


# Reading ------------------------------------------------------------------------------------------------------------


def test_an_event_already_folded_changes_nothing():
    run = a_held_run().settle().decide().settle()
    for event in run.events:
        assert fold(run.case, event) == run.case


def test_reports_summed_up_fold_to_the_same_case():
    mixed = [
        a_report(1),
        a_report(2, contactable=0, independent=0),
        a_report(3, source=ReportSource.TRUSTED_FLAGGER),
        a_report(4, source=ReportSource.OTHER, contactable=0),
        a_report(5, area="spam"),
        a_report(6, area="spam", contactable=0),
        a_report(7),
    ]
    events = [event.evolve(sequence=number) for number, event in enumerate(mixed, start=1)]
    few = compacted(events)
    assert len(few) == 5
    assert fold_all(a_case(), few) == fold_all(a_case(), events)


def test_five_hundred_reports_of_one_kind_become_one_event():
    events = [a_report(number).evolve(sequence=number) for number in range(1, 501)]
    (one,) = compacted(events)
    assert fold_all(a_case(), [one]) == fold_all(a_case(), events)
    assert fold_all(a_case(), [one]).counts["harassment"].reports == 500


def test_ten_thousand_reports_leave_a_case_as_small_as_ten():
    def size(reports: int) -> int:
        run = PaperRun()
        run.case = fold_all(
            run.case,
            compacted([a_report(number, contactable=1).evolve(sequence=number) for number in range(1, reports)]),
        )
        return len(run.case.model_dump_json())

    assert size(10_000) - size(10) < 50


def test_reports_are_counted_by_area_person_and_weight():
    run = PaperRun()
    run.report(source=ReportSource.TRUSTED_FLAGGER).report(independent=0).report("spam", source=ReportSource.OTHER)
    harassment, spam = run.case.counts["harassment"], run.case.counts["spam"]
    assert (harassment.reports, harassment.independent, harassment.trusted, harassment.notices) == (2, 1, 1, 2)
    assert (spam.reports, spam.independent, spam.trusted, spam.notices) == (1, 1, 0, 0)


def test_of_several_machines_the_highest_score_counts():
    run = PaperRun().signal(harassment=0.9, spam=0.1).signal(harassment=0.2, spam=0.3)
    assert (run.case.scores, run.case.signals) == ({"harassment": 0.9, "spam": 0.3}, 2)


def test_refusals_are_counted_and_change_nothing_else():
    before = a_reviewed_run().case
    refused = MessageRefused(message_kind="decide", code="malformed", problem="p", number=9, received_at=NOON)
    run = a_reviewed_run()
    run.add("refused:inbox:9", refused)
    assert (run.case.refused, run.case.refusals) == (1, (refused,))
    assert (
        run.case.evolve(refused=0, refusals=(), sequence=before.sequence, inbox_through=before.inbox_through) == before
    )


# Triage and holds ---------------------------------------------------------------------------------------------------


def test_an_allegation_without_a_hold_goes_to_review_with_a_clock():
    run = a_reviewed_run()
    assert run.case.matter("harassment/1").stage is MatterStage.IN_REVIEW
    assert [clock.clock_id for clock in run.case.clocks] == ["review:harassment/1"]
    assert not run.case.orders


def test_a_hold_owes_a_provisional_statement_and_its_filing_once_confirmed():
    run = a_held_run()
    assert run.case.matter("harassment/1").hold_order == "hold:harassment/1:subject"
    assert run.notices() == [NoticeKind.STATEMENT_PROVISIONAL]
    assert run.ready() == []
    run.confirm()
    assert run.ready() == [NoticeKind.STATEMENT_PROVISIONAL]
    assert [filing.cause for filing in run.case.filings] == ["hold:harassment/1"]


def test_a_hold_that_only_slows_is_no_visibility_restriction():
    run = a_held_run(hold=(HIDE.model_copy(update={"kind": MeasureKind.INTERSTITIAL}),))
    assert run.case.orders
    assert run.notices() == []


def test_a_matter_in_review_is_held_late_when_more_speaks_for_it():
    run = a_reviewed_run().report().triaged(an_assessment(hold=(HIDE,)))
    assert run.case.matter("harassment/1").stage is MatterStage.HELD
    assert len(run.case.clocks) == 1


def test_a_hold_ends_by_itself_where_the_pack_says_so_and_the_question_stays():
    run = a_held_run(hold=(HIDE_A_WEEK,)).settle().forward(days=7)
    assert run.case.matter("harassment/1").stage is MatterStage.IN_REVIEW
    assert run.case.orders[-1].revoke == ("hold:harassment/1/1",)
    assert NoticeKind.HOLD_LIFTED in run.notices()
    assert run.owes


def test_the_end_of_a_hold_is_forgotten_when_a_decision_takes_its_place():
    run = a_held_run(hold=(HIDE_A_WEEK,)).settle().decide(outcome=Outcome.NO_VIOLATION, ground=None).settle()
    assert not run.case.clocks
    assert not run.owes
    orders = len(run.case.orders)
    assert len(run.forward(days=8).case.orders) == orders


def test_a_rule_that_decides_alone_opens_no_review():
    run = PaperRun().report("spam").captured().triaged(an_assessment("spam", automatic=automatic()))
    assert run.case.matter("spam/1").stage is MatterStage.ASSESSING
    assert not run.case.clocks


# Decisions ----------------------------------------------------------------------------------------------------------


def test_nobody_is_told_before_the_platform_confirmed_everything():
    run = a_decided_run(enforcements=(REMOVE, SUSPEND))
    assert [order.order_id for order in run.case.orders] == ["d-1:subject", "d-1:author"]
    assert run.ready() == []
    run.confirm("d-1:subject")
    assert run.ready() == []
    run.confirm("d-1:author")
    assert run.ready() == [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]


def test_a_decision_takes_the_place_of_the_hold_in_one_order():
    run = a_held_run().settle().decide()
    order = run.case.orders[-1]
    assert (order.order_id, order.revoke) == ("d-1:subject", ("hold:harassment/1/1",))
    assert [measure.measure_id for measure in order.impose] == ["d-1/1"]


def test_no_violation_lifts_the_hold_and_says_so():
    run = a_held_run().settle().decide(outcome=Outcome.NO_VIOLATION, ground=None).settle()
    assert run.case.orders[-1].revoke == ("hold:harassment/1/1",)
    assert run.case.orders[-1].content_version is None, "lifting has no precondition: an edit must not keep it hidden"
    assert run.told()[-2:] == [NoticeKind.HOLD_LIFTED, NoticeKind.OUTCOME_REPORTER]
    assert not strikes(run.case)


def test_support_punishes_nobody():
    run = a_decided_run(outcome=Outcome.SUPPORT, ground=None, rule_id=None).settle()
    assert run.told() == [NoticeKind.SUPPORT_RESOURCES, NoticeKind.SUPPORT_REPORTER]
    assert not run.case.orders
    assert not run.case.filings
    assert not strikes(run.case)


def test_a_decision_without_any_effect_still_answers_the_reporters():
    run = a_decided_run(enforcements=())
    assert run.ready() == [NoticeKind.OUTCOME_REPORTER]


def test_content_with_no_known_author_restricts_what_is_there_and_tells_whom_there_is():
    run = PaperRun().report().captured(author=None, author_target=None).triaged()
    run.decide(enforcements=(REMOVE, SUSPEND)).settle()
    assert [order.order_id for order in run.case.orders] == ["d-1:subject"]
    assert run.told() == [NoticeKind.OUTCOME_REPORTER]


def test_never_tells_the_person_nothing_and_still_files_what_is_owed():
    run = a_reviewed_run(terms=terms(author=NEVER)).decide().settle()
    assert run.told() == [NoticeKind.OUTCOME_REPORTER]
    assert len(run.case.filings) == 1


def test_a_delay_holds_the_notice_back_until_its_hour():
    delayed = Telling(stance=Stance.DELAY_UNTIL, source="an order", until=NOON.replace(hour=18))
    run = a_reviewed_run(terms=terms(author=delayed)).decide().settle()
    assert run.told() == [NoticeKind.OUTCOME_REPORTER]
    assert run.owes
    run.forward(hours=5, minutes=59).settle()
    assert NoticeKind.STATEMENT not in run.told()
    run.forward(minutes=1).settle()
    assert NoticeKind.STATEMENT in run.told()


def test_those_who_report_what_is_decided_are_answered_with_the_decision():
    run = a_decided_run().settle().report().triaged()
    assert run.ready() == [NoticeKind.OUTCOME_REPORTER]
    assert run.case.matter("harassment/1").stage is MatterStage.DECIDED


def test_an_exempt_statement_is_neither_sent_nor_filed():
    run = a_reviewed_run(terms=terms(statement_exempt=True)).decide().settle()
    assert run.told() == [NoticeKind.OUTCOME_REPORTER]
    assert not run.case.filings


def test_a_report_owed_to_an_authority_is_a_clock_until_a_person_filed_it():
    owed = terms(authority_report_within="PT24H", authority_report_source="a law")
    run = a_reviewed_run(terms=owed).decide().settle()
    assert (run.stage, run.owes) == ("filing", True)
    run.forward(hours=25)
    assert [body.clock_id for body in run.kinds("clock_breached")] == ["authority_report:harassment/1"]
    assert run.owes, "late is not done"
    run.receive(
        lambda number: AuthorityReportFiled(
            number=number, matter_id="harassment/1", reference="A-1", operator="op-1", received_at=run.at
        )
    )
    assert (run.stage, run.owes) == ("settled", False)


# Edits --------------------------------------------------------------------------------------------------------------


def test_an_order_void_by_an_edit_is_told_to_nobody_filed_nowhere_and_assessed_afresh():
    run = a_decided_run().void("d-1:subject")
    assert run.case.order("d-1:subject").stage is OrderStage.VOID
    assert run.notices() == [NoticeKind.OUTCOME_REPORTER]
    assert not run.case.filings
    assert run.case.recapture_for == "d-1:subject"
    run.captured()
    assert run.case.recapture_for is None
    run.triaged()
    assert [matter.matter_id for matter in run.case.matters] == ["harassment/1", "harassment/2"]


def test_a_strike_does_not_count_where_nothing_was_confirmed():
    run = a_decided_run()
    assert [strike.active for strike in strikes(run.case)] == [False]
    assert [strike.active for strike in strikes(run.void("d-1:subject").case)] == [False]
    assert [strike.active for strike in strikes(a_decided_run().confirm().case)] == [True]


def test_a_void_order_still_lifts_the_hold_of_the_version_that_is_no_more():
    run = a_held_run().settle().decide().void("d-1:subject")
    lift = run.case.orders[-1]
    assert (lift.order_id, lift.revoke, lift.impose) == ("d-1:subject:lift", ("hold:harassment/1/1",), ())
    assert lift.open


def test_what_only_lifted_of_a_target_that_the_platform_does_not_know_is_over_and_ordered_no_more():
    run = a_held_run().settle().decide().void("d-1:subject", "unknown_target")
    before = len(run.case.orders)
    run.void("d-1:subject:lift", "unknown_target")
    assert len(run.case.orders) == before
    assert not any(order.open for order in run.case.orders)


def test_an_event_of_before_lifts_again_as_its_run_did():
    run = a_held_run().settle().decide().void("d-1:subject")
    run.add("order:d-1:subject:lift:voided", OrderVoided(order_id="d-1:subject:lift", reason="unknown_target"))
    assert run.case.orders[-1].order_id == "d-1:subject:lift:lift"


def test_evidence_that_cannot_be_had_is_said_and_asked_for_on():
    run = PaperRun().report()
    run.add("evidence:inbox:1:delayed", EvidenceDelayed(cause="inbox:1"))
    assert run.case.evidence_delayed
    assert [type(duty).__name__ for duty in run.duties] == ["Capture", "Tell"], "a receipt does not wait for evidence"
    run.captured()
    assert not run.case.evidence_delayed


# Second looks -------------------------------------------------------------------------------------------------------


def test_a_second_look_that_follows_delays_nothing_and_is_owed():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide().settle()
    assert NoticeKind.STATEMENT in run.told()
    assert (run.stage, run.owes) == ("in_review", True)
    run.decide("d-2", reviewer="rev-2", seconds="d-1").settle()
    assert run.case.decision("d-1").second_by == "rev-2"
    assert (run.stage, run.owes) == ("settled", False)


def test_a_second_person_who_disagrees_takes_the_decision_back():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide().settle()
    run.decide("d-2", reviewer="rev-2", seconds="d-1", outcome=Outcome.NO_VIOLATION).settle()
    assert run.case.decision("d-1").reversed
    assert run.case.orders[-1].revoke == ("d-1/1",)
    assert not run.owes


def test_a_reversed_decision_owes_no_second_look():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide().settle().reverse().settle()
    assert not run.case.clocks
    assert (run.stage, run.owes) == ("settled", False)


# Reversals ----------------------------------------------------------------------------------------------------------


def test_a_reversal_undoes_what_the_decision_did_and_corrects_what_was_filed():
    run = a_held_run().settle().decide(enforcements=(REMOVE, SUSPEND)).settle()
    filed = [filing.filing_id for filing in run.case.filings]
    run.reverse()
    assert [order.revoke for order in run.case.orders[-2:]] == [("d-1/1",), ("d-1/2",)]
    assert run.ready() == [], "not before the platform confirmed it"
    run.settle()
    assert run.told()[-2:] == [NoticeKind.REVERSAL_AUTHOR, NoticeKind.REVERSAL_REPORTER]
    assert run.case.filings[-1].supersedes == tuple(filed)
    assert [strike.active for strike in strikes(run.case)] == [False]
    assert not run.owes


def test_partly_reversed_keeps_what_is_kept_and_the_rest_can_go_later():
    run = a_decided_run(enforcements=(REMOVE, SUSPEND)).settle().reverse(keep=("d-1/2",)).settle()
    assert run.case.orders[-1].revoke == ("d-1/1",)
    assert not run.case.decision("d-1").reversed
    assert [strike.active for strike in strikes(run.case)] == [True]
    run.reverse(message_id="r-2").settle()
    assert run.case.orders[-1].revoke == ("d-1/2",)
    assert run.case.decision("d-1").reversed


def test_a_reversal_before_the_platform_answered_follows_the_order_it_undoes():
    run = a_decided_run(enforcements=(SUSPEND,)).reverse()
    first = [duty.order.order_id for duty in run.duties if hasattr(duty, "order")]
    assert first == ["d-1:author"]
    run.confirm("d-1:author")
    assert not run.case.clocks, "a measure that is revoked needs no end"


def test_a_reversed_suspension_has_no_end_to_wait_for():
    run = a_decided_run(enforcements=(SUSPEND,)).settle()
    assert [clock.clock_id for clock in run.case.clocks] == ["expiry:d-1/1"]
    assert not run.reverse().settle().owes


def test_a_suspension_ends_by_its_clock_and_the_person_hears():
    run = a_decided_run(enforcements=(SUSPEND,)).settle().forward(days=7).settle()
    assert run.case.orders[-1].order_id == "expiry:d-1/1"
    assert run.told()[-1] is NoticeKind.MEASURE_EXPIRED
    assert not run.owes


def test_a_statement_has_one_id_whatever_reruns():
    assert filing_id("case/x", "d-1") == filing_id("case/x", "d-1") != filing_id("case/y", "d-1")
    assert len(filing_id("case/x", "d-1")) == 32


def test_an_id_the_case_does_not_have_is_said():
    case = Case(case_id=a_case().case_id)
    for look_up in (case.matter, case.decision, case.order):
        with pytest.raises(UnknownSomething, match=r"the case has no .* 'x-1'"):
            look_up("x-1")
