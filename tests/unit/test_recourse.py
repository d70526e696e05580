"""Objecting and undoing: what may be appealed beside decisions, what falls with what, what is owed until it is done."""

from typing import Any

import pytest

from cases.appeals import AppealRefusal, Role
from cases.assessments import Triaged
from cases.case import Case
from cases.causes import cause_of_notice, confirmed_measures
from cases.decisions import Outcome, SourceDecision
from cases.duties import duties
from cases.events import AppealRefused, DecisionReversed, EvidenceCaptured, OrderConfirmed
from cases.folding import fold_all
from cases.judging import consequences, unjudged
from cases.judging_reversals import fallen_id
from cases.matters import MatterStage
from cases.measures import Order, missed
from cases.projection import strikes
from cases.received import SourceFell
from cases.telling import NoticeKind, Stance, Telling
from cases.undoing import undoings
from tests.builders import HIDE, REMOVE, SUSPEND, an_assessment, terms
from tests.lives import Life, a_decided_life, a_held_life, baseline_terms
from tests.paper import PaperRun

HOLD = "hold:harassment/1"
REPORTER = "b" * 16
SOURCE = SourceDecision(case_id="case/demo/account/0123456789abcdef0123456789abcdef", decision_id="d-9")


def a_run(hold: Any = (), **changes: Any) -> PaperRun:
    run = PaperRun().report().captured()
    found = an_assessment(version=1, hold=hold, terms=terms(corrects=True, **changes))
    return run.triaged(found).confirm().tell().file()


def settled(run: PaperRun) -> PaperRun:
    return run.confirm().tell().file()


# Holds ----------------------------------------------------------------------------------------------------------------


def test_a_hold_is_appealed_by_itself_and_ends_while_the_question_stays():
    run = a_run((HIDE,)).appeal(HOLD)
    assert run.kinds("appeal_opened")[0].decision_id == HOLD
    run.hear(Outcome.REVERSED)
    assert run.kinds("hold_released")[0].by == "appeal:a-1"
    settled(run)
    assert run.case.orders[-1].revoke == (f"{HOLD}/1",)
    assert run.case.matters[0].stage is MatterStage.IN_REVIEW
    assert run.told()[-1] is NoticeKind.HOLD_LIFTED
    assert run.case.filings[-1].supersedes == (run.case.filings[0].filing_id,)


def test_a_hold_that_a_person_lifted_is_not_placed_again_by_the_next_report():
    run = settled(a_run((HIDE,)).appeal(HOLD).hear(Outcome.REVERSED))
    run.report().triaged(an_assessment(version=1, hold=(HIDE,), terms=terms(corrects=True)))
    assert run.case.matters[0].stage is MatterStage.IN_REVIEW
    assert not [order for order in run.case.orders if order.open]


def test_a_hold_that_stands_is_told_so():
    run = settled(a_run((HIDE,)).appeal(HOLD).hear(Outcome.UPHELD))
    assert run.told()[-1] is NoticeKind.APPEAL_UPHELD
    assert run.case.matters[0].stage is MatterStage.HELD


def test_a_hold_that_a_decision_has_replaced_is_not_heard_and_the_person_learns_why():
    run = settled(a_run((HIDE,)).decide()).appeal(HOLD)
    assert [one.reason for one in run.kinds("appeal_refused")] == [AppealRefusal.HOLD_OVER]


def test_a_hold_replaced_while_its_appeal_was_heard_undoes_nothing_and_the_person_learns_why():
    run = settled(a_run((HIDE,)).appeal(HOLD).decide()).hear(Outcome.REVERSED)
    assert [type(event.body) for event in run.events[-1:]] == [AppealRefused]
    assert not run.kinds("hold_released")
    assert not run.kinds("decision_reversed")


def test_only_holds_of_this_case_can_be_named():
    run = a_run().appeal(HOLD).appeal("hold:harassment/7", "a-2")
    assert {one.reason for one in run.kinds("appeal_refused")} == {AppealRefusal.UNKNOWN_DECISION}


@pytest.mark.parametrize("outcome", [Outcome.NO_VIOLATION, Outcome.UNDECIDABLE, Outcome.DUPLICATE])
def test_a_hold_that_led_to_nothing_is_corrected_in_public(outcome: Outcome):
    run = a_run((HIDE,)).decide(outcome=outcome)
    correction = run.case.filings[-1]
    assert correction.supersedes == (run.case.filings[0].filing_id,)
    assert correction.after == run.case.decisions[0].order_ids, "not before the platform confirmed that it is gone"


def test_a_hold_that_led_to_a_restriction_is_superseded_by_nothing():
    assert not any(filing.supersedes for filing in a_run((HIDE,)).decide().case.filings)


def test_matters_of_before_owe_no_correction_of_a_hold():
    run = PaperRun().report().captured().triaged(an_assessment(version=1, hold=(HIDE,), terms=terms())).confirm()
    assert len(run.decide(outcome=Outcome.NO_VIOLATION).case.filings) == 1


def test_the_correction_of_a_hold_says_who_looked_and_since_when_it_is_over():
    life = a_held_life()
    hide = life.events
    held = next(event for event in hide if isinstance(event.body, Triaged))
    assert isinstance(held.body, Triaged)
    found = held.body.assessments[0]
    corrected = found.evolve(terms=baseline_terms("harassment", corrects=True))
    life.events[hide.index(held)] = held.evolve(body=held.body.evolve(assessments=(corrected,)))
    life.decided(Outcome.NO_VIOLATION).confirmed()
    stated = life.statement(f"{HOLD}:lifted").payload()
    assert life.filing(HOLD).filing_id in stated["decision_visibility_other"]
    assert stated["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert stated["decision_facts"].startswith("It was restricted until it had been looked at by a person")
    assert stated["end_date_visibility_restriction"]


def test_a_measure_that_was_over_before_the_platform_had_it_is_told_to_nobody_and_leaves_no_strike():
    run = a_run().decide(enforcements=(SUSPEND,)).stick("d-1:author").forward(days=8)
    (order,) = run.case.orders
    run.add("order:d-1:author:confirmed", confirmed_now(order, run))
    assert settled(run).told() == [NoticeKind.OUTCOME_REPORTER]
    assert not any(one.active for one in strikes(run.case))
    assert settled(run.reverse()).told() == [NoticeKind.OUTCOME_REPORTER, NoticeKind.REVERSAL_REPORTER]


def test_beside_it_what_has_effect_is_told_without_it():
    run = a_run().decide(enforcements=(REMOVE, SUSPEND)).confirm("d-1:subject").forward(days=8)
    run.add("order:d-1:author:confirmed", confirmed_now(run.case.orders[-1], run))
    assert NoticeKind.STATEMENT in settled(run).told()
    cause = cause_of_notice(run.case, run.case.notices[0], run.events)
    assert [measure.kind for measure in confirmed_measures(run.case, cause)] == ["remove"]


def test_where_only_a_hold_was_lifted_in_the_end_that_is_what_its_author_hears():
    run = a_run((HIDE,)).decide(enforcements=(SUSPEND,)).confirm("d-1:subject").forward(days=8)
    run.add("order:d-1:author:confirmed", confirmed_now(run.case.orders[-1], run))
    assert settled(run).told()[1:] == [NoticeKind.HOLD_LIFTED, NoticeKind.OUTCOME_REPORTER]
    assert settled(run.reverse()).told()[-1] is NoticeKind.REVERSAL_REPORTER


def confirmed_now(order: Order, run: PaperRun) -> OrderConfirmed:
    """As the workflow says it."""
    return OrderConfirmed(
        order_id=order.order_id, target_version=1, how="applied", missed=missed(order, "applied", run.at)
    )


# Reversals ------------------------------------------------------------------------------------------------------------


def test_a_reporter_objects_that_it_may_stay_and_what_was_taken_back_is_imposed_again():
    run = settled(settled(a_run().decide(enforcements=(REMOVE, SUSPEND))).reverse())
    run.appeal("r-1", appellant=REPORTER, role=Role.REPORTER).hear(Outcome.REVERSED, by="rev-3")
    again = run.case.decisions[-1]
    assert (again.decision_id, again.enforcements, again.by) == ("appeal-a-1", (REMOVE, SUSPEND), "rev-3")
    assert NoticeKind.STATEMENT in [notice.kind for notice in run.case.notices if notice.cause == "appeal-a-1"]


def test_of_a_partial_reversal_only_what_it_lifted_is_imposed_again():
    run = settled(settled(a_run().decide(enforcements=(REMOVE, SUSPEND))).reverse(keep=("d-1/2",)))
    run.appeal("r-1", appellant=REPORTER, role=Role.REPORTER).hear(Outcome.REVERSED, by="rev-3")
    assert run.case.decisions[-1].enforcements == (REMOVE,)
    assert not run.case.decision("d-1").reversed


def test_of_a_decision_that_met_an_edit_and_is_taken_back_its_author_hears_neither():
    run = a_run().decide().void("d-1:subject").captured().reverse()
    assert settled(run).told() == [NoticeKind.OUTCOME_REPORTER, NoticeKind.REVERSAL_REPORTER]
    late = a_run().decide().stick("d-1:subject").reverse().void("d-1:subject").captured()
    assert NoticeKind.REVERSAL_AUTHOR not in settled(late).told(), "taken back while it was not yet known to be void"


def test_whoever_was_freed_has_nothing_to_object_to():
    run = settled(settled(a_run().decide()).reverse()).appeal("r-1")
    assert run.kinds("appeal_refused")[0].reason is AppealRefusal.NOTHING_LEFT


def test_a_second_reporters_objection_finds_the_decision_that_took_its_place():
    run = settled(settled(a_run().decide()).reverse())
    run.appeal("r-1", appellant=REPORTER, role=Role.REPORTER).hear(Outcome.REVERSED, by="rev-3")
    run.appeal("r-1", "a-2", appellant="c" * 16, role=Role.REPORTER)
    assert run.kinds("appeal_refused")[0].reason is AppealRefusal.NOTHING_LEFT


def test_the_reporters_letter_names_the_reversal_to_object_to_and_the_authors_names_nothing():
    life = a_decided_life().reversed()
    offered = life.words(NoticeKind.REVERSAL_REPORTER).redress
    assert offered is not None
    assert "decision r-1 of" in offered.how
    assert life.words(NoticeKind.REVERSAL_AUTHOR).redress is None
    assert "appeal form" in life.letter(NoticeKind.REVERSAL_REPORTER).text


def test_reporters_who_may_hear_only_in_general_hear_of_a_reversal_in_general():
    generic = Telling(stance=Stance.GENERIC, source="pack")
    life = Life().reported().captured().triaged(terms=baseline_terms("harassment", reporters=generic))
    life.decided().confirmed().reversed()
    notice = life.case.notices[-1]
    assert (notice.kind, notice.cause) == (NoticeKind.OUTCOME_REPORTER_GENERIC, "r-1")
    assert life.words(NoticeKind.OUTCOME_REPORTER_GENERIC).redress is not None


def test_the_rest_of_a_partial_reversal_supersedes_the_correction_that_stated_the_rest():
    run = settled(settled(settled(a_run().decide(enforcements=(REMOVE, SUSPEND))).reverse(keep=("d-1/1",))))
    run.reverse(message_id="r-2")
    first, partly, whole = run.case.filings
    assert partly.supersedes == (first.filing_id,)
    assert whole.supersedes == (first.filing_id, partly.filing_id)


def test_what_an_authority_was_told_is_to_be_put_right_with_it():
    run = settled(a_run(authority_report_within="PT24H", authority_report_source="18 U.S.C. 2258A").decide())
    run.case = run.case.evolve(clocks=())  # a person filed it
    run.reverse()
    assert [clock.clock_id for clock in run.case.clocks] == ["authority_correction:harassment/1"]
    assert [step.state for step in undoings(run.case)[0].steps if step.what == "report"] == ["owed"]


def test_what_no_authority_was_told_is_not_reported_any_more():
    run = settled(a_run(authority_report_within="PT24H", authority_report_source="18 U.S.C. 2258A").decide()).reverse()
    assert not run.case.clocks


# Decisions that rest on others ------------------------------------------------------------------------------------


def fallen(run: PaperRun, source: SourceDecision = SOURCE) -> PaperRun:
    return run.receive(lambda number: SourceFell(number=number, source=source, received_at=run.at))


def test_a_decision_falls_with_the_one_it_was_derived_from_and_that_once():
    run = settled(a_run().decide(derived_from=(SOURCE,)))
    fallen(fallen(run))
    assert [(one.reversal_id, one.by) for one in run.kinds("decision_reversed")] == [(fallen_id(SOURCE), "source:d-9")]
    assert run.case.decision("d-1").reversed


def test_another_decisions_fall_and_one_that_was_taken_back_already_change_nothing():
    run = settled(a_run().decide(derived_from=(SOURCE,)))
    fallen(run, SourceDecision(case_id=SOURCE.case_id, decision_id="d-8"))
    assert not run.kinds("decision_reversed")
    assert len(fallen(run.reverse()).kinds("decision_reversed")) == 1


def test_a_fall_that_was_read_and_not_judged_is_judged_by_the_next_run():
    run = settled(a_run().decide(derived_from=(SOURCE,)))
    came = run.add("inbox:9", SourceFell(number=9, source=SOURCE, received_at=run.at))
    assert came in unjudged(run.events)
    for event in consequences(run.case, came, run.at):
        run.add(event.event_id, event.body)
    assert came not in unjudged(run.events)


# A reversal as it stands ------------------------------------------------------------------------------------------


def test_a_reversal_lists_what_is_owed_until_everything_is_done():
    run = settled(a_run((HIDE,)).decide(enforcements=(REMOVE, SUSPEND))).reverse()
    (undoing,) = undoings(run.case)
    assert [(step.what, step.state) for step in undoing.steps] == [
        ("measures", "owed"),
        ("measures", "owed"),
        ("strike", "done"),
        ("telling", "owed"),
        ("telling", "owed"),
        ("filing", "owed"),
    ]
    run.confirm("reversal:r-1:subject")
    assert [step.id for step in undoings(run.case)[0].owed][:1] == ["reversal:r-1:author"]
    settled(run)
    assert not undoings(run.case)[0].owed


def test_interrupted_after_any_event_the_next_run_owes_the_rest_and_nothing_twice():
    """The run dies after each event in turn. What the record then has leads to the same end, with every event once."""
    whole = settled(settled(a_run((HIDE,)).decide(enforcements=(REMOVE, SUSPEND))).reverse())
    begins = next(n for n, event in enumerate(whole.events) if event.event_id == "reversal:r-1") - 1
    for died_after in range(begins, len(whole.events)):
        run = PaperRun()
        run.at, run._number = whole.at, whole._number
        run.events = list(whole.events[: died_after + 1])
        run.case = fold_all(Case(case_id=whole.case.case_id), run.events)
        for message in unjudged(run.events):
            for event in consequences(run.case, message, run.at):
                run.add(event.event_id, event.body)
        settled(run)
        assert not undoings(run.case)[0].owed
        assert not duties(run.case, run.at)
        ids = [event.event_id for event in run.events if isinstance(event.body, DecisionReversed)]
        assert ids == ["reversal:r-1"]
        assert run.told() == whole.told()
        assert [one.supersedes for one in run.case.filings] == [one.supersedes for one in whole.case.filings]
        assert isinstance(run.events[1].body, EvidenceCaptured)
