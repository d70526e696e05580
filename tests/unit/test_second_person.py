"""What becomes of the second person's word: who is told, what the record says, of every kind of subject.

Each way that was reported of a review queue with a second level (mozilla/addons) is tried here or in test_grace.py.
"""

from typing import Any

import pytest

from cases.appeals import Role
from cases.case import Case
from cases.decisions import EnforcementRequest, FourEyes, Outcome
from cases.enforcement_kinds import KINDS, subject_of
from cases.folding import fold_all
from cases.measures import Target
from cases.messages import DecisionMessage
from cases.names import SubjectKind
from cases.projection import review_tasks
from cases.second_looks import refuse_second_look
from cases.telling import NoticeKind
from tests.builders import HIDE, TERMINATE, an_assessment, later, terms
from tests.paper import PaperRun, a_reviewed_run

REASON = "txt-" + "1" * 32
NOTHING: dict[str, Any] = {"outcome": Outcome.NO_VIOLATION, "ground": None, "rule_id": None, "rationale_id": REASON}
HEARD = (NoticeKind.OUTCOME_REPORTER, NoticeKind.REVERSAL_REPORTER)


def heard(run: PaperRun) -> list[NoticeKind]:
    """What who reported was told, in its order."""
    return [kind for kind in run.told() if kind in HEARD]


def a_held_run(**changes: Any) -> PaperRun:
    return a_reviewed_run(**changes).decide(enforcements=(TERMINATE,)).settle()


# Who is told --------------------------------------------------------------------------------------------------------


def test_who_reported_hears_the_end_though_the_second_person_found_otherwise():
    """mozilla/addons #15384, #15720: approved or given back by the second person, and nobody wrote to who reported."""
    run = a_held_run()
    run.decide("d-2", reviewer="rev-2", seconds="d-1", **NOTHING).settle()
    assert heard(run) == []
    assert run.owes, "it is asked again; nothing was decided"
    run.decide("d-3", reviewer="rev-3", **NOTHING).settle()
    assert heard(run) == [NoticeKind.OUTCOME_REPORTER]


def test_who_reported_hears_it_once_where_the_second_person_agrees():
    run = a_held_run().decide("d-2", reviewer="rev-2", seconds="d-1").settle()
    assert heard(run) == [NoticeKind.OUTCOME_REPORTER]


def test_who_reported_hears_that_a_later_look_took_it_back():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide(enforcements=(HIDE,)).settle()
    run.decide("d-2", reviewer="rev-2", seconds="d-1", **NOTHING).settle()
    assert heard(run) == [*HEARD]


def test_who_reported_hears_that_an_appeal_was_right():
    """mozilla/addons #15477: after an appeal by the author who was right, who reported heard nothing."""
    run = a_held_run().decide("d-2", reviewer="rev-2", seconds="d-1").settle()
    run.appeal().hear(Outcome.REVERSED, by="rev-3").settle()
    assert heard(run) == [*HEARD]


# Found on appeal ----------------------------------------------------------------------------------------------------


def complained_of(two_people: bool = True, **said: Any) -> PaperRun:
    """Nothing was found; who reported it complained, and was right."""
    run = a_reviewed_run(terms=terms(seconds_timed=True, **said)).decide(**NOTHING).settle()
    return run.appeal(role=Role.REPORTER).hear(Outcome.REVERSED, two_people=two_people)


def test_who_hears_a_complaint_does_alone_nothing_that_takes_two_people():
    run = complained_of(enforcements=(TERMINATE,))
    assert not run.case.orders
    assert [task.task_id for task in review_tasks(run.case)] == ["second:appeal-a-1"]
    assert review_tasks(run.case)[0].excluded == ("rev-2",)
    assert [clock.clock_id for clock in run.case.clocks] == ["second_look:appeal-a-1"]
    run.decide("d-2", reviewer="rev-3", seconds="appeal-a-1").settle()
    assert [one.impose[0].kind for one in run.case.orders] == ["terminate"]
    assert run.case.matter("harassment/1").decision_id == "appeal-a-1"
    assert not run.owes
    assert fold_all(Case(case_id=run.case.case_id), run.events) == run.case


def test_what_the_second_person_does_not_find_after_a_complaint_is_decided_anew_in_time():
    run = complained_of(enforcements=(TERMINATE,)).forward(hours=10)
    run.decide("d-2", reviewer="rev-3", seconds="appeal-a-1", **NOTHING)
    assert not run.case.orders
    assert [(clock.clock_id, clock.due_at) for clock in run.case.clocks] == [("review:harassment/1", later(hours=34))]
    run.decide("d-3", reviewer="rev-4", **NOTHING).settle()
    assert run.case.matter("harassment/1").decision_id == "d-3"
    assert not run.owes


def test_after_a_complaint_about_what_is_severe_the_look_follows():
    run = complained_of(four_eyes=FourEyes.AFTER)
    assert [one.impose[0].kind for one in run.case.orders] == ["remove"]
    assert [task.task_id for task in review_tasks(run.case)] == ["second:appeal-a-1"]


def test_answers_of_before_are_carried_out_as_they_were():
    assert complained_of(two_people=False, enforcements=(TERMINATE,)).case.orders


# What is kept -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eyes", [FourEyes.BEFORE, FourEyes.AFTER])
@pytest.mark.parametrize("agrees", [True, False])
def test_whichever_way_the_record_says_who_looked_what_they_found_and_why(eyes: FourEyes, agrees: bool):
    """mozilla/addons #16136: who approved was kept nowhere; #15313, #15652, #15653: a contrary word left no trace."""
    said: dict[str, Any] = {"rationale_id": REASON} if agrees else NOTHING
    run = a_reviewed_run(terms=terms(four_eyes=eyes)).decide(enforcements=(HIDE,)).settle()
    run.decide("d-2", reviewer="rev-2", seconds="d-1", **said)
    (look,) = run.kinds("second_look_taken")
    assert (look.decision_id, look.by, look.agrees, look.reason_id) == ("d-1", "rev-2", agrees, REASON)
    assert look.outcome is (Outcome.VIOLATION if agrees else Outcome.NO_VIOLATION)
    if agrees:
        assert run.case.decision("d-1").second_by == "rev-2"


# Of what kind soever ------------------------------------------------------------------------------------------------


def two_people_for(kind: SubjectKind) -> EnforcementRequest:
    """Something that takes two people in a case about this; hiding, where only a pack can ask for them."""
    for row in KINDS.values():
        for target in Target:
            on = subject_of(target, kind)
            if on in row.lies_on and on in row.two_people and not row.follows:
                return EnforcementRequest(kind=row.kind, target=target)
    return HIDE


@pytest.mark.parametrize("agrees", [True, False])
@pytest.mark.parametrize("kind", SubjectKind)
def test_a_second_person_looks_at_every_kind_of_subject(kind: SubjectKind, agrees: bool):
    """mozilla/addons #15382: what was no add-on could not be approved in the queue of second looks."""
    sample = {"sample_violations": 3} if kind is SubjectKind.CAMPAIGN else {}
    eyes = terms(four_eyes=FourEyes.BEFORE)
    run = PaperRun(kind=kind).report().captured(members=10, sample=5).triaged(an_assessment(terms=eyes))
    run.decide(enforcements=(two_people_for(kind),), **sample)
    assert [task.task_id for task in review_tasks(run.case)] == ["second:d-1"]
    run.decide("d-2", reviewer="rev-2", seconds="d-1", **({} if agrees else NOTHING))
    assert not run.kinds("message_refused")
    assert bool(run.case.orders) is agrees
    assert fold_all(Case(case_id=run.case.case_id), run.events) == run.case


# Held though nothing visible changes --------------------------------------------------------------------------------


def test_what_is_held_follows_from_what_is_asked_and_not_from_what_it_would_change():
    """mozilla/addons #15346, #15568: held though the listing stayed as it was.

    Here it is held all the same: a list of measures is what two people answer for, whatever is in force at the moment, which
    may be lifted before the second has looked.
    """
    run = a_reviewed_run().decide(enforcements=(TERMINATE,)).decide("d-2", reviewer="rev-2", seconds="d-1").settle()
    run.report().captured().triaged(an_assessment(version=2)).decide(
        "d-3", matter="harassment/2", enforcements=(TERMINATE,)
    )
    assert run.case.matter("harassment/2").proposed_id == "d-3"


def test_what_restricts_nothing_waits_for_nobody():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.BEFORE)).decide(**NOTHING)
    assert not review_tasks(run.case)


# The second person's own words --------------------------------------------------------------------------------------


def a_message(**changes: Any) -> DecisionMessage:
    plain: dict[str, Any] = {"decision_id": "d-2", "matter": "spam/1", "outcome": "violation", "rationale_id": REASON}
    return DecisionMessage.model_validate({**plain, **changes})


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"rationale_id": None}, "missing", "rationale_id"),
        ({"enforcements": [{"kind": "hide"}]}, "own_terms", "enforcements"),
        ({"enforcements": []}, "own_terms", "enforcements"),
        ({"territory": ["DE"]}, "own_terms", "territory"),
        ({"duration": "P7D"}, "own_terms", "duration"),
        ({"excerpts": ["text:0-4"]}, "own_terms", "excerpts"),
        ({"copies": True}, "own_terms", "copies"),
        ({"replaces": "d-0"}, "own_terms", "replaces"),
    ],
)
def test_a_second_look_has_a_reason_and_no_terms_of_its_own(changes: dict[str, Any], code: str, field: str):
    """What one did not want would take effect: agreeing with a list of one's own carried the first person's out."""
    refusal = refuse_second_look(a_message(seconds="d-1", **changes))
    assert refusal is not None
    assert (refusal.code, refusal.text.startswith(f"{field}: ")) == (code, True)
    assert refuse_second_look(a_message(**changes)) is None
    assert refuse_second_look(a_message(seconds="d-1")) is None
