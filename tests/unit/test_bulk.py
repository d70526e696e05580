"""One act on many cases: what a selection finds, what each case makes of its part, and what undoing it leaves."""

from typing import Any

import pytest
from pydantic import ValidationError

from cases.bulk import (
    BulkAct,
    BulkActReceived,
    BulkPlan,
    BulkSelection,
    done_by,
    member_id,
    message_id,
    needs_role,
    swept_by,
    targets,
)
from cases.case import Case
from cases.contested import contested
from cases.decisions import FourEyes, Outcome
from cases.duties import Capture
from cases.folding import fold_all
from cases.judging import unjudged
from cases.matters import MatterStage
from cases.sweeping import swept
from cases.telling import NoticeKind
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, TERMINATE, an_assessment, later, terms
from tests.paper import PaperRun, a_decided_run, a_reviewed_run

REASON = "txt-" + "0" * 32
SPAM = {"areas": ("harassment",)}


def a_plan(act: str = "reverse", selection: dict[str, Any] = SPAM, **changes: Any) -> BulkPlan:
    return BulkPlan.model_validate({"act": act, "selection": selection, **changes})


def told(run: PaperRun, act: str, target: str, bulk: str = "b-1", **changes: Any) -> PaperRun:
    """The bulk reaches this case."""
    undo = bool(changes.get("undo"))
    fields: dict[str, Any] = {
        "message_id": message_id(bulk, member_id(run.case.case_id, target), undo=undo),
        "bulk_id": bulk,
        "act": act,
        "target": target,
        "operator": "op-1",
        "approver": "op-2",
        "reason_id": REASON,
        "received_at": run.at,
        **changes,
    }
    return run.receive(lambda number: BulkActReceived(number=number, **fields))


def found(run: PaperRun, plan: BulkPlan) -> list[tuple[str, str]]:
    return [(one.target, one.left_out) for one in targets(run.case, plan)]


def a_settled_run() -> PaperRun:
    return a_decided_run().settle()


def a_held_run(**assessment: Any) -> PaperRun:
    return a_reviewed_run(**{"hold": (HIDE,), **assessment}).settle()


# What may be asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"selection": {}}, "selects nothing"),
        ({"act": "decide"}, "decide needs what is found"),
        ({"outcome": "violation"}, "are for decide"),
        ({"act": "decide", "outcome": "violation"}, "names the law or rule"),
        ({"act": "release", "selection": {"decider": "rev-1"}}, "release is not about any"),
        ({"selection": {"since": NOON, "until": NOON}}, "since must be before until"),
        (
            {
                "act": "decide",
                "outcome": "violation",
                "ground": "terms",
                "rule_id": "r",
                "enforcements": [TERMINATE],
            },
            "cannot be undone",
        ),
    ],
)
def test_a_plan_that_could_not_be_meant_is_refused_with_its_cure(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        a_plan(**changes)


def test_the_digest_is_of_everything_that_is_asked():
    first = a_plan()
    assert first.digest == a_plan().digest
    others = (a_plan("retell"), a_plan(selection={"areas": ("spam",)}), a_plan(per_second=5.0))
    assert len({first.digest, *(one.digest for one in others)}) == 4


# What a selection finds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        ({"areas": ("harassment",)}, True),
        ({"areas": ("spam",)}, False),
        ({"rule": "harassment.rule"}, True),
        ({"rule": "another"}, False),
        ({"pack_version": "1.0.0"}, True),
        ({"pack_version": "2.0.0"}, False),
        ({"decider": "rev-1"}, True),
        ({"decider": "rev-2"}, False),
        ({"outcome": "violation"}, True),
        ({"outcome": "no_violation"}, False),
        ({"since": NOON}, True),
        ({"since": later(hours=1)}, False),
        ({"until": NOON}, False),
        ({"until": later(hours=1)}, True),
        ({"areas": ("harassment",), "decider": "rev-2"}, False),
    ],
)
def test_everything_that_is_given_must_hold(selection, fits):
    assert bool(found(a_settled_run(), a_plan(selection=selection))) is fits


def test_a_decision_that_was_taken_back_is_found_and_left_out():
    run = a_settled_run().reverse().settle()
    assert found(run, a_plan()) == [("d-1", "already_reversed")]


def test_what_it_reaches_is_counted_by_what_is_in_force_and_who_objects():
    run = a_decided_run(enforcements=(REMOVE, SUSPEND)).settle().appeal()
    (one,) = targets(run.case, a_plan())
    assert (one.measures, one.appeals, one.account) == (2, 1, "b" * 32)


def test_holds_and_questions_are_found_where_they_are_open():
    held, decided = a_held_run(), a_settled_run()
    assert found(held, a_plan("release")) == [("hold:harassment/1", "")]
    assert found(held, a_plan("decide", outcome="no_violation")) == [("harassment/1", "")]
    assert found(decided, a_plan("release")) == found(decided, a_plan("decide", outcome="no_violation")) == []


def test_what_waits_for_a_second_person_and_what_cannot_be_undone_is_left_out():
    violation = {"outcome": "violation", "ground": "terms", "rule_id": "harassment.rule"}
    waits = a_reviewed_run(terms=terms(four_eyes=FourEyes.BEFORE)).decide()
    final = a_reviewed_run(terms=terms(enforcements=(TERMINATE,)))
    assert found(waits, a_plan("decide", **violation)) == [("harassment/1", "awaits_second")]
    assert found(final, a_plan("decide", **violation)) == [("harassment/1", "irreversible")]
    assert found(final, a_plan("decide", outcome="no_violation")) == [("harassment/1", "")]


@pytest.mark.parametrize(
    ("act", "roles", "left_out"),
    [
        ("release", (), "needs_role"),
        ("release", ("child_safety",), ""),
        ("decide", (), "needs_role"),
        ("reassess", (), ""),
    ],
)
def test_what_guards_a_child_is_never_weakened_in_bulk_without_the_named_role(act, roles, left_out):
    run = a_held_run(terms=terms(authority_report_within="PT24H"))
    plan = a_plan(act, **({"outcome": "no_violation"} if act == "decide" else {}))
    assert [one.left_out for one in needs_role(plan, targets(run.case, plan), roles)] == [left_out]


# Taking decisions back, and putting them back -----------------------------------------------------------------------


def test_a_bulk_takes_a_decision_back_in_the_name_of_two_people():
    run = told(a_settled_run(), "reverse", "d-1").settle()

    (reversal,) = run.case.reversals
    assert (reversal.by, reversal.person, reversal.second_by) == ("operator:op-1", "op-1", "op-2")
    assert run.case.decision("d-1").reversed
    about = contested(run.case, reversal.reversal_id)
    assert about is not None
    assert set(about.deciders) == {"rev-1", "op-1", "op-2"}
    (done,) = run.kinds("bulk_act_done")
    assert (done.bulk_id, done.act, done.undo) == ("b-1", "reverse", False)
    assert not unjudged(run.events)


def test_undoing_it_imposes_again_what_was_taken_back_and_tells_everybody():
    run = told(a_settled_run(), "reverse", "d-1").settle()
    run = told(run, "reverse", "d-1", undo=True).settle()

    again = run.case.decisions[-1]
    assert (again.outcome, again.by, again.second_by, again.enforcements) == ("violation", "op-1", "op-2", (REMOVE,))
    assert run.case.matter("harassment/1").decision_id == again.decision_id
    assert run.told().count(NoticeKind.STATEMENT) == 2
    assert not run.owes
    twice = told(run, "reverse", "d-1", undo=True)
    assert twice.kinds("message_refused")[-1].code == "overtaken"


def test_only_what_the_bulk_did_is_undone():
    by_hand = told(a_settled_run().reverse().settle(), "reverse", "d-1")
    assert by_hand.kinds("message_refused")[-1].code == "already_reversed"
    assert told(by_hand, "reverse", "d-1", undo=True).kinds("message_refused")[-1].code == "not_done"


def test_what_was_decided_otherwise_since_is_not_overridden_by_an_undo():
    run = told(a_settled_run(), "reverse", "d-1").settle()
    reversal = run.case.reversals[0].reversal_id
    run = run.appeal(reversal, role="reporter").hear(Outcome.REVERSED).settle()
    assert told(run, "reverse", "d-1", undo=True).kinds("message_refused")[-1].code == "overtaken"


# Holds --------------------------------------------------------------------------------------------------------------


def test_a_hold_is_lifted_and_held_again_for_the_rest_of_its_time():
    week = HIDE.model_copy(update={"duration": "P7D"})
    run = told(a_held_run(hold=(week,)), "release", "hold:harassment/1").settle()
    matter = run.case.matter("harassment/1")
    assert (matter.stage, matter.unheld) == (MatterStage.IN_REVIEW, True)

    run.forward(days=2)
    run = told(run, "release", "hold:harassment/1", undo=True).settle()
    matter = run.case.matter("harassment/1")
    assert (matter.stage, matter.unheld) == (MatterStage.HELD, False)
    (measure,) = run.case.order(matter.hold_order or "").impose
    assert (measure.kind, measure.until) == ("hide", later(days=7))


@pytest.mark.parametrize(("act", "code"), [("decide", "overtaken"), ("expire", "hold_over")])
def test_a_hold_whose_question_is_answered_or_whose_time_is_over_is_not_placed_again(act, code):
    week = HIDE.model_copy(update={"duration": "P7D"})
    run = told(a_held_run(hold=(week,)), "release", "hold:harassment/1").settle()
    run = run.decide(outcome="no_violation").settle() if act == "decide" else run.forward(days=8)
    assert told(run, "release", "hold:harassment/1", undo=True).kinds("message_refused")[-1].code == code


# Decisions ----------------------------------------------------------------------------------------------------------


def test_an_open_question_is_decided_and_undecided():
    run = told(a_held_run(), "decide", "harassment/1", outcome="no_violation").settle()
    decision = run.case.decisions[0]
    assert (decision.outcome, decision.by, decision.second_by) == ("no_violation", "op-1", "op-2")

    run = told(run, "decide", "harassment/1", undo=True).settle()
    assert run.case.decisions[0].reversed


def test_a_restricting_decision_takes_the_areas_list_and_needs_no_third_person():
    grave = terms(four_eyes=FourEyes.BEFORE)
    run = told(
        a_reviewed_run(terms=grave),
        "decide",
        "harassment/1",
        outcome="violation",
        ground="terms",
        rule_id="harassment.rule",
    ).settle()
    (decision,) = run.case.decisions
    assert (decision.enforcements, decision.second, decision.second_by) == ((REMOVE,), "before", "op-2")
    assert not run.case.proposals
    assert run.told().count(NoticeKind.STATEMENT) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"target": "spam/1"}, "unknown_matter"),
        ({"ground": "law"}, "wrong_ground"),
        ({"enforcements": (TERMINATE,)}, "irreversible"),
    ],
)
def test_what_a_case_may_not_decide_is_noted_with_why(changes, code):
    fields = {"outcome": "violation", "ground": "terms", "rule_id": "harassment.rule", **changes}
    target = fields.pop("target", "harassment/1")
    assert told(a_reviewed_run(), "decide", target, **fields).kinds("message_refused")[-1].code == code
    assert told(a_settled_run(), "decide", "harassment/1", outcome="no_violation").kinds("message_refused")


# Sweeps -------------------------------------------------------------------------------------------------------------


def a_swept_run(run: PaperRun) -> PaperRun:
    return told(run, "reassess", "case")


def test_a_sweep_has_what_was_captured_captured_anew_and_asked_about():
    run = a_swept_run(a_reviewed_run().decide(outcome="no_violation").settle())
    (capture,) = [duty for duty in run.duties if isinstance(duty, Capture)]
    name = message_id("b-1", member_id(run.case.case_id, "case"))
    assert swept_by(capture.cause) == name
    run.captured(swept_by=name)
    assert run.case.triage_owed_through > run.case.assessed_through


def test_a_sweep_opens_only_what_the_present_version_says_beyond_the_earlier_one():
    def asked(case: Case, **changes: Any) -> list[str]:
        newer = terms(pack={"pack_id": "test", "version": "2.0.0", "digest": "sha256:1"})
        answer = an_assessment(version=2, **{"terms": newer, **changes})
        run = PaperRun().report().captured().triaged(answer)
        body = run.kinds("triaged")[0]
        return [one.matter_id for one in swept(case, case.evidence[-1], body).assessments]

    def swept_case(run: PaperRun) -> Case:
        return a_swept_run(run).captured(swept_by="b-1.x").case

    cleared = swept_case(a_reviewed_run().decide(outcome="no_violation").settle())
    assert asked(cleared, rule_id="harassment.stricter") == ["harassment/2"]
    assert asked(cleared, rule_id=None) == [], "no rule of the present version speaks"
    assert asked(cleared, terms=terms()) == [], "the very rule and version that was asked before"
    assert asked(swept_case(a_settled_run())) == [], "it is restricted already"
    assert asked(swept_case(a_reviewed_run())) == [], "somebody is asked already"


def test_what_is_reported_while_a_sweep_is_under_way_is_never_lost():
    run = a_swept_run(a_reviewed_run().decide(outcome="no_violation").settle()).captured(swept_by="b-1.x").report()
    triaged = PaperRun().report().captured().triaged(an_assessment(version=2, rule_id=None)).kinds("triaged")[0]
    assert swept(run.case, run.case.evidence[-1], triaged) == triaged


def test_undoing_a_sweep_takes_back_what_rules_did_alone_and_leaves_the_questions():
    name = message_id("b-1", member_id(PaperRun().case.case_id, "case"))
    run = a_swept_run(a_reviewed_run().decide(outcome="no_violation").settle()).captured(swept_by=name)
    run.triaged(an_assessment(version=2, hold=(HIDE,))).settle()
    run = told(run, "reassess", "case", undo=True).settle()
    assert run.case.matter("harassment/2").stage is MatterStage.IN_REVIEW
    assert not [one for one in run.case.orders if one.open]


# Telling again ------------------------------------------------------------------------------------------------------


def test_people_are_told_again_of_a_decision_that_stands():
    run = a_settled_run()
    before = run.told()
    run = told(run, "retell", "d-1").settle()
    again = [NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER]
    assert run.told() == [*before, *again]
    assert told(run, "retell", "d-1", bulk="b-2", undo=True).kinds("message_refused")[-1].code == "irreversible"
    run = told(run.reverse().settle(), "retell", "d-1", bulk="b-3")
    assert run.kinds("message_refused")[-1].code == "already_reversed"


# Ids ----------------------------------------------------------------------------------------------------------------


def test_ids_name_their_cause_and_fit_where_ids_go():
    run = a_settled_run()
    name = message_id("b" * 64, member_id(run.case.case_id, "d-1"), undo=True)
    assert len(name) < 128
    assert done_by(name) == message_id("b" * 64, member_id(run.case.case_id, "d-1"))
    assert BulkSelection(areas=("spam",)) != BulkSelection(areas=("harassment",))


def test_a_case_after_a_bulk_is_the_fold_of_its_events():
    run = told(told(a_settled_run(), "reverse", "d-1").settle(), "reverse", "d-1", undo=True).settle()
    assert fold_all(Case(case_id=run.case.case_id), run.events) == run.case
    assert BulkAct("reverse") in {done.act for done in run.kinds("bulk_act_done")}
