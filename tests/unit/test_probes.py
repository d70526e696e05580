"""Questions that check: told as the case stood, by another name and at another time, and never of what is restricted."""

from datetime import timedelta

import pytest

from cases.case import Case
from cases.exposure import Wellbeing
from cases.folding import fold_all
from cases.presentation import Shading
from cases.probes import before_decision, first_decision, refuse_probe, retold, task_of_probe
from cases.projection import ReviewTask
from cases.queues import Queue
from cases.severity import Exposure
from tests.paper import PaperRun, a_reviewed_run

ALIAS = "case/demo/content/" + "f" * 32
LATER = timedelta(days=40, hours=3)
CARE = Wellbeing()


def a_decided_run() -> PaperRun:
    return a_reviewed_run().decide()


def the_task(run: PaperRun) -> ReviewTask:
    task = task_of_probe(before_decision(run.events, "harassment/1"), run.case.case_id, "harassment/1")
    assert task
    return task


def test_it_ends_before_anybody_decided():
    run = a_decided_run()
    told = before_decision(run.events, "harassment/1")

    assert 0 < len(told) < len(run.events)
    assert "rev-1" not in str(told), "whoever decided first is not in it"
    assert not any("decision" in event.body.kind for event in told)
    assert before_decision(told, "harassment/1") == told


def test_a_case_told_again_is_the_same_case_by_another_name_and_later():
    run = a_decided_run()
    told = retold(run.events, run.case.case_id, ALIAS, LATER)
    case = fold_all(Case(case_id=ALIAS), told)

    assert run.case.case_id.rpartition("/")[2] not in str(told)
    assert [one.event_id for one in told] == [one.event_id for one in run.events]
    first = fold_all(Case(case_id=run.case.case_id), run.events)
    assert [one.due_at for one in case.clocks] == [one.due_at + LATER for one in first.clocks]
    back = retold(told, ALIAS, run.case.case_id, -LATER)
    assert back == tuple(run.events)


def test_the_question_is_the_one_that_was_asked():
    run = a_decided_run()
    first, told = the_task(run), before_decision(run.events, "harassment/1")
    again = task_of_probe(retold(told, run.case.case_id, ALIAS, LATER), ALIAS, "harassment/1")

    assert again
    assert again == first.evolve(
        due_at=first.due_at + LATER, rank=first.rank and first.rank.evolve(at=first.rank.at + LATER)
    )
    assert task_of_probe(run.events, run.case.case_id, "harassment/1") is None, "it is decided by now"


def test_a_rules_decision_and_one_of_two_people_are_not_asked_again():
    run = a_decided_run()
    made = first_decision(run.events, "harassment/1")
    assert made
    assert made.decision.by == "rev-1"
    by_rule = [
        one.evolve(body=one.body.evolve(decision=one.body.decision.evolve(automated=True)))
        if one.body.kind == "decision_recorded"
        else one
        for one in run.events
    ]
    assert first_decision(by_rule, "harassment/1") is None


def test_what_is_restricted_or_pages_is_never_made_one():
    run = a_decided_run()
    task, case = the_task(run), run.case
    restricted = Wellbeing(areas={"harassment": Shading(exposure=Exposure.RESTRICTED)})
    pages = {task.queue: Queue(description="Synthetic.", pages=True)}

    assert refuse_probe(task, case, {}, CARE) is None
    for wrong, queues, care, code in (
        (task.evolve(severity=0), {}, CARE, "restricted"),
        (task, {}, restricted, "restricted"),
        (task, pages, CARE, "pages"),
        (None, {}, CARE, "not_asked"),
    ):
        refusal = refuse_probe(wrong, case, queues, care)
        assert refusal
        assert refusal.code == code
    raid = case.evolve(case_id=case.case_id.replace("/content/", "/campaign/"))
    campaign = refuse_probe(task, raid, {}, CARE)
    assert campaign
    assert campaign.code == "campaign"


def test_a_case_in_which_anything_is_restricted_by_now_lends_none_of_its_matters():
    """The evidence is one: who was asked whether it is spam would have been shown what another matter hides."""
    run = a_decided_run()
    task = the_task(run)
    (spam,) = run.case.matters
    worse = spam.evolve(matter_id="child_safety/1", area="child_safety", terms=spam.terms.evolve(severity=0))
    refusal = refuse_probe(task, run.case.evolve(matters=(spam, worse)), {}, CARE)
    assert refusal
    assert refusal.code == "restricted"
    shaded = Wellbeing(areas={"gore": Shading(exposure=Exposure.RESTRICTED)})
    gory = spam.evolve(matter_id="gore/1", area="gore")
    assert refuse_probe(task, run.case.evolve(matters=(spam, gory)), {}, shaded) == refusal


@pytest.mark.parametrize("outcome", ["violation", "no_violation"])
def test_a_first_decision_is_found_whatever_it_was(outcome: str):
    run = a_reviewed_run().decide(outcome=outcome, ground="terms" if outcome == "violation" else None)
    made = first_decision(run.events, "harassment/1")
    assert made
    assert made.decision.outcome == outcome
