"""What a stranger reads of a case in the Web UI: what it waits for, what to do, and why their message was refused."""

from datetime import timedelta

import pytest

from activities.processes import HearingStart
from cases.appeals import Role
from cases.case import CaseStage
from cases.decisions import FourEyes, Outcome
from cases.hearings import Hearing, fold_hearing
from cases.received import MessageRefused
from tests.builders import NOON, an_event, terms
from tests.paper import PaperRun, a_reviewed_run
from workflows import details
from workflows.details import details_of, hearing_details, timeline_of


@pytest.fixture(autouse=True)
def outside_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are a run's own; `test_workflow_forms` has them."""
    monkeypatch.setattr(details, "page_link", lambda stream: "")


def read(run: PaperRun) -> str:
    return details_of(run.case, run.at)


def a_refusal(number: int) -> MessageRefused:
    return MessageRefused(
        message_kind="decide",
        code="unknown_rule",
        problem=f"rule_id: is no rule of the pack ({number})",
        message_id=f"d-{number}",
        received_at=NOON,
    )


def test_every_stage_says_what_it_waits_for_and_what_to_do():
    assert details._WAITS_FOR.keys() == details._TO_DO.keys() == set(CaseStage)
    assert read(a_reviewed_run()).startswith("**IN REVIEW** — waits for a reviewer.\n\nA reviewer takes the task")


def test_a_decision_that_waits_for_a_second_person_says_what_they_must_name():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.BEFORE)).decide("d-night-1")

    assert "waits for a second person." in read(run)
    assert (
        "- decision `d-night-1` on `harassment/1`: violation by a reviewer; it waits for **a second person**"
        in read(run)
    )
    assert '`"seconds": "d-night-1"`' in read(run)


def test_what_is_stuck_says_at_its_head_that_somebody_must_see_to_it():
    run = a_reviewed_run().decide()
    assert "Nothing: it says **stuck** here after a minute." in read(run)
    run.stick("d-1:subject")
    assert "See to the platform: what is **stuck** stands below" in read(run)
    assert "- ⚠ **stuck**" in read(run)
    assert "to the author: waits for its order to be confirmed" in read(run)
    run.confirm()
    assert "to the author: is being sent" in read(run)
    run.tell()
    assert "notice" not in read(run)


def test_a_statement_that_a_database_has_still_to_answer_is_listed():
    run = a_reviewed_run().decide()
    assert "for the public database: waits for its order to be confirmed" in read(run)
    run.confirm().tell()
    assert "for the public database: has still to be answered" in read(run)
    run.file()
    assert "database" not in read(run)


def test_who_sent_what_was_refused_reads_why_without_a_gateway():
    run = a_reviewed_run()
    for number in range(5):
        run.add(f"refused:{number}", a_refusal(number))

    assert run.case.refused == 5
    assert "5 messages refused." in read(run)
    assert read(run).count("- refused 2026-03-02 12:00 UTC: decide `d-") == 3, "the latest few: a case stays bounded"
    assert "decide `d-4`: rule_id: is no rule of the pack (4)" in read(run)
    refused = [one for one in timeline_of(run.case) if one["what"] == "refused"]
    assert [(one["id"], one["state"]) for one in refused][-1] == (
        "d-4",
        "unknown_rule: rule_id: is no rule of the pack (4)",
    )


def test_a_hearing_says_what_to_do_when_it_is_late_why_a_message_was_refused_and_what_was_found():
    start = HearingStart(
        case_id="case/demo/content/1",
        appeal_id="a-1",
        decision_id="d-1",
        appellant="a" * 16,
        role=Role.AUTHOR,
        opened_at=NOON,
        due_at=NOON + timedelta(days=7),
        deciders=("rev-1",),
        queue="appeals",
        severity=2,
        evidence_digest="",
    )
    hearing = fold_hearing(Hearing(appeal_id="a-1"), an_event("refused:1", a_refusal(1), sequence=1))
    told = hearing_details(hearing, start, "appeal/demo/a-1", NOON)
    assert told.startswith(
        "**UNDER APPEAL** — waits for a reviewer who had no part in the case, due 2026-03-09 12:00 UTC."
    )
    assert "Send a Signal, `decide`" in told
    assert "- refused 2026-03-02 12:00 UTC: decide `d-1`: rule_id" in told
    assert "**MISSED**" in hearing_details(hearing, start, "appeal/demo/a-1", NOON + timedelta(days=8))
    ask = a_reviewed_run().decide("d-2", outcome=Outcome.VIOLATION).kinds("decision_received")[0].ask
    heard = hearing.evolve(decided=ask.evolve(outcome=Outcome.REVERSED))
    assert hearing_details(heard, start, "appeal/demo/a-1", NOON).startswith("**HEARD** — reversed by a reviewer.")
