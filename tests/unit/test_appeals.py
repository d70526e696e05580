"""Who is heard, until when, and by whom."""

from datetime import timedelta
from typing import Any

import pytest

from cases.appeals import Appeal, AppealRefusal, AppealStage, Role, may_hear, outcome_stage, refuse_appeal
from cases.deadlines import appeals_accepted_until
from cases.decisions import Outcome
from tests.builders import NOON, later


def refusal(**changes: Any) -> AppealRefusal | None:
    plain: dict[str, Any] = {
        "decision_known": True,
        "nothing_left": None,
        "informed_at": NOON,
        "received_at": later(days=10),
        "same_before": [],
    }
    return refuse_appeal(**{**plain, **changes})


def an_earlier_appeal() -> Appeal:
    return Appeal(
        appeal_id="a-0", decision_id="d-1", appellant="p", role=Role.AUTHOR, opened_at=NOON, due_at=later(days=14)
    )


def test_someone_who_was_told_is_heard():
    assert refusal() is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"decision_known": False}, AppealRefusal.UNKNOWN_DECISION),
        ({"informed_at": None}, AppealRefusal.NOT_INFORMED),
        ({"same_before": [an_earlier_appeal()]}, AppealRefusal.ALREADY_HEARD),
        ({"nothing_left": AppealRefusal.NOTHING_LEFT}, AppealRefusal.NOTHING_LEFT),
        ({"received_at": later(days=214)}, AppealRefusal.TOO_LATE),
    ],
)
def test_whoever_is_not_heard_learns_why(changes: dict[str, Any], why: AppealRefusal):
    assert refusal(**changes) is why


def test_the_last_instant_is_in_time_and_the_next_is_not():
    last = appeals_accepted_until(NOON)
    assert refusal(received_at=last) is None
    assert refusal(received_at=last + timedelta(microseconds=1)) is AppealRefusal.TOO_LATE


def test_nobody_hears_the_appeal_of_their_own_decision():
    assert not may_hear("rev-1", ("rev-1", "rev-9"))
    assert not may_hear("rev-9", ("rev-1", "rev-9"))
    assert may_hear("rev-2", ("rev-1", "rev-9"))


def test_only_reversed_reverses():
    assert outcome_stage(Outcome.REVERSED) is AppealStage.REVERSED
    assert outcome_stage(Outcome.UPHELD) is AppealStage.UPHELD
