"""An appeal's own stream: opened, warned, decided once, by somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from cases.decisions import MATTER_OUTCOMES, Outcome
from cases.duties import Hear
from cases.events import CaseEvent, ClockBreached, ClockWarned
from cases.hearing_events import AppealDecided, HearingOpened
from cases.hearings import Hearing, fold_hearing, fold_hearings, project_hearing, refuse_hearing
from cases.judging_hearings import heard, taking_effect, was_judged
from cases.received import DecisionReceived, MessageRefused
from cases.withdrawals import WithdrawalReceived
from tests.builders import NOON, a_case_id, an_ask, an_event, later
from tests.paper import a_decided_run
from workflows.effects import _hearing


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
        area="harassment",
    )
    return an_event("opened", opened, sequence=1)


def an_answer(**changes: Any) -> Any:
    plain = {"matter": "appeal", "outcome": Outcome.REVERSED, "reviewer": "rev-2", "ground": None, "rule_id": None}
    return an_ask("d-2", **{**plain, **changes})


def open_hearing() -> Hearing:
    return fold_hearing(Hearing(appeal_id="a-1"), the_opening())


def test_an_appeal_is_a_task_of_the_area_that_it_is_about():
    """So that who opted out of the area is not given it, and its warnings and veils hold."""
    (task,) = project_hearing(open_hearing()).tasks
    case = a_decided_run().confirm().tell().appeal().case
    start = _hearing(Hear(appeal_id="a-1"), case)

    assert (task.area, start.area) == ("harassment", "harassment")


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
    refusal = refuse_hearing(open_hearing(), an_answer(**changes), NOON)
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text


def test_no_outcome_of_a_matter_answers_an_appeal():
    assert all(refuse_hearing(open_hearing(), an_answer(outcome=outcome), NOON) for outcome in MATTER_OUTCOMES)
    assert refuse_hearing(open_hearing(), an_answer(), NOON) is None


def test_an_appeal_that_is_not_open_yet_is_to_be_tried_again():
    refusal = refuse_hearing(Hearing(appeal_id="a-1"), an_answer(), NOON)
    assert refusal is not None
    assert refusal.code == "not_open"


def test_the_first_answer_stands_and_the_same_again_is_no_error():
    heard = fold_hearing(open_hearing(), an_event("decision:d-2", AppealDecided(ask=an_answer()), sequence=2))
    assert refuse_hearing(heard, an_answer(), NOON) is None
    for other in (an_ask("d-3", matter="appeal", outcome=Outcome.UPHELD, reviewer="rev-3"), an_answer(digest="other")):
        refusal = refuse_hearing(heard, other, NOON)
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


# Second thoughts ----------------------------------------------------------------------------------------------------


class Sitting:
    """A hearing whose outcome waits for two minutes, as its run would take what comes."""

    def __init__(self, grace: str | None = "PT2M") -> None:
        opening = the_opening()
        self.events = [opening.evolve(body=opening.body.evolve(grace=grace))]  # type: ignore[union-attr]
        self.at = NOON

    @property
    def hearing(self) -> Hearing:
        return fold_hearings(Hearing(appeal_id="a-1"), self.events)

    def receive(self, body: Any) -> "Sitting":
        self._add(an_event(f"inbox:{body.number}", body, at=self.at))
        for event in heard(self.hearing, self.events[-1], self.at):
            self._add(event)
        return self

    def decide(self, decision_id: str, **changes: Any) -> "Sitting":
        plain = {"matter": "appeal", "outcome": Outcome.REVERSED, "reviewer": "rev-2", "ground": None, "rule_id": None}
        ask = an_ask(decision_id, **{**plain, **changes})
        return self.receive(DecisionReceived(number=len(self.events), ask=ask, received_at=self.at))

    def withdraw(self, decision_id: str, reviewer: str = "rev-2", message_id: str = "w-1") -> "Sitting":
        number = len(self.events)
        named = {"message_id": message_id, "decision_id": decision_id, "reviewer": reviewer, "received_at": self.at}
        return self.receive(WithdrawalReceived(number=number, **named))

    def forward(self, **time: float) -> "Sitting":
        self.at += timedelta(**time)
        for event in taking_effect(self.hearing, self.at):
            self._add(event)
        return self

    @property
    def refused(self) -> list[str]:
        return [one.body.code for one in self.events if isinstance(one.body, MessageRefused)]

    def _add(self, event: CaseEvent) -> None:
        self.events.append(event.evolve(sequence=len(self.events) + 1))


def test_an_outcome_takes_effect_when_its_grace_is_over_and_meanwhile_nobody_else_is_asked():
    sitting = Sitting().decide("d-2")
    assert sitting.hearing.decided is None
    assert project_hearing(sitting.hearing).tasks == ()
    assert project_hearing(sitting.hearing).stage == "under_appeal"
    assert sitting.decide("d-3", reviewer="rev-3").refused == ["in_grace"]
    sitting.forward(minutes=2)
    assert sitting.hearing.decided
    assert sitting.hearing.decided.decision_id == "d-2"
    assert sitting.withdraw("d-2").refused[-1] == "grace_over"


def test_an_outcome_taken_back_in_time_never_was_and_anybody_who_may_hears_the_appeal_anew():
    sitting = Sitting().decide("d-2").forward(minutes=1).withdraw("d-2").forward(minutes=5)
    assert sitting.hearing.decided is None
    assert [task.task_id for task in project_hearing(sitting.hearing).tasks] == ["appeal"]
    assert sitting.decide("d-2").refused == ["conflict"], "an id is used once"
    sitting.decide("d-4", reviewer="rev-3", outcome=Outcome.UPHELD).forward(minutes=2)
    assert sitting.hearing.decided
    assert sitting.hearing.decided.outcome is Outcome.UPHELD


def test_one_outcome_takes_the_place_of_another_and_has_a_grace_of_its_own():
    sitting = Sitting().decide("d-2").forward(minutes=1).decide("d-3", replaces="d-2", outcome=Outcome.UPHELD)
    assert sitting.forward(minutes=1).hearing.decided is None
    sitting.forward(minutes=1)
    assert sitting.hearing.decided
    assert (sitting.hearing.decided.decision_id, sitting.hearing.withdrawn) == ("d-3", ("d-2",))


def test_an_outcome_is_nobody_elses_to_take_back_or_replace():
    sitting = Sitting().decide("d-2").withdraw("d-2", "rev-3").decide("d-3", replaces="d-2", reviewer="rev-3")
    sitting.decide("d-4", replaces="d-2", reviewer="rev-1")
    assert sitting.refused == ["not_yours", "not_yours", "own_decision"]
    assert sitting.forward(minutes=2).hearing.decided


def test_the_grace_makes_no_appeal_late_and_one_that_is_late_is_decided_at_once():
    sitting = Sitting().forward(days=13, hours=23, minutes=59).decide("d-2")
    assert sitting.hearing.entered
    assert sitting.hearing.entered.effect_at == later(days=14)
    late = Sitting().forward(days=15).decide("d-2")
    assert late.hearing.decided


def test_without_a_grace_an_outcome_is_final():
    sitting = Sitting(grace=None).decide("d-2")
    assert sitting.hearing.decided
    assert sitting.withdraw("d-2").refused == ["no_grace"]


def test_a_run_that_takes_over_judges_nothing_twice():
    sitting = Sitting().decide("d-2").withdraw("d-2").decide("d-3").decide("d-4", reviewer="rev-3")
    for event in sitting.events:
        if event.event_id.startswith("inbox:"):
            assert was_judged(event, sitting.events)
            assert not was_judged(event, [event])


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
