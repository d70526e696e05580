"""An appeal's own stream: opened, warned, decided once, by somebody else."""

from typing import Any

import pytest

from cases.decisions import MATTER_OUTCOMES, Outcome
from cases.events import AppealDecided, CaseEvent, ClockBreached, ClockWarned, HearingOpened
from cases.hearings import Hearing, fold_hearing, fold_hearings, project_hearing, refuse_hearing
from cases.received import MessageRefused
from tests.builders import NOON, a_case_id, an_ask, an_event, later


def the_opening() -> CaseEvent:
    opened = HearingOpened(
        appeal_id="a-1",
        case_id=a_case_id(),
        decision_id="d-1",
        appellant="p" * 16,
        role="author",  # type: ignore[arg-type]  # as it is stored
        due_at=later(days=14),
        deciders=("rev-1", "rev-9"),
        queue="appeals",
        severity=2,
        evidence_digest="sha256:0",
    )
    return an_event("opened", opened, sequence=1)


def an_answer(**changes: Any) -> Any:
    plain = {"matter": "appeal", "outcome": Outcome.REVERSED, "reviewer": "rev-2", "ground": None, "rule_id": None}
    return an_ask("d-2", **{**plain, **changes})


def open_hearing() -> Hearing:
    return fold_hearing(Hearing(appeal_id="a-1"), the_opening())


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"reviewer": "rev-1"}, "own_decision", "decided the first time"),
        ({"reviewer": "rev-9"}, "own_decision", "decided the first time"),
        ({"outcome": Outcome.VIOLATION}, "wrong_outcome", "is a matter's; give upheld or reversed"),
        ({"rationale_id": None}, "missing", "store the rationale at a door"),
        ({"objection": "token: missing"}, "not_proven", "token: missing"),
    ],
)
def test_what_cannot_be_the_answer_is_refused(changes: dict[str, Any], code: str, text: str):
    refusal = refuse_hearing(open_hearing(), an_answer(**changes))
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text


def test_no_outcome_of_a_matter_answers_an_appeal():
    assert all(refuse_hearing(open_hearing(), an_answer(outcome=outcome)) for outcome in MATTER_OUTCOMES)
    assert refuse_hearing(open_hearing(), an_answer()) is None


def test_an_appeal_that_is_not_open_yet_is_to_be_tried_again():
    refusal = refuse_hearing(Hearing(appeal_id="a-1"), an_answer())
    assert refusal is not None
    assert refusal.code == "not_open"


def test_the_first_answer_stands_and_the_same_again_is_no_error():
    heard = fold_hearing(open_hearing(), an_event("decision:d-2", AppealDecided(ask=an_answer()), sequence=2))
    assert refuse_hearing(heard, an_answer()) is None
    for other in (an_ask("d-3", matter="appeal", outcome=Outcome.UPHELD, reviewer="rev-3"), an_answer(digest="other")):
        refusal = refuse_hearing(heard, other)
        assert refusal is not None
        assert refusal.code == "already_decided"


def test_the_task_is_offered_to_nobody_who_decided_and_goes_up_a_tier_when_late():
    task = project_hearing(open_hearing()).tasks[0]
    assert (task.task_id, task.excluded, task.tier, task.due_at) == ("appeal", ("rev-1", "rev-9"), 1, later(days=14))
    late = fold_hearing(
        open_hearing(), an_event("b", ClockBreached(clock_id="hearing:a-1"), at=later(days=14), sequence=2)
    )
    assert project_hearing(late).tasks[0].tier == 2
    heard = fold_hearing(late, an_event("decision:d-2", AppealDecided(ask=an_answer()), sequence=3))
    assert project_hearing(heard).tasks == ()


def test_the_same_events_again_change_nothing():
    refused = MessageRefused(message_kind="decide", code="c", problem="p", received_at=NOON)
    events = [
        the_opening(),
        an_event("w", ClockWarned(clock_id="hearing:a-1", percent=50), sequence=2),
        an_event("r", refused, sequence=3),
    ]
    once = fold_hearings(Hearing(appeal_id="a-1"), events)
    assert fold_hearings(once, events) == once
    assert once.clock is not None
    assert (once.clock.warned, once.refused) == ((50,), 1)
