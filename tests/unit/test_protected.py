"""A protected account is decided by two people, or by one who was named for it, whenever it came to be protected."""

from typing import Any

import pytest

from cases.brakes import guarded, stance
from cases.case import Case
from cases.decisions import FourEyes
from cases.events import DecisionProposed, DecisionRecorded
from cases.folding import fold_all
from cases.judging import consequences
from cases.received import DecisionReceived
from tests.builders import NOON, a_case_id, a_report, an_ask, an_assessment, an_event, captured, terms, triaged


def decided(found: Any, **ask: Any) -> Any:
    case = fold_all(Case(case_id=a_case_id()), [a_report(), captured(), triaged(found)])
    body = DecisionReceived(number=2, ask=an_ask(**ask), received_at=NOON)
    (follows,) = consequences(case, an_event("inbox:2", body), NOON)
    return follows.body


@pytest.mark.parametrize("found", [an_assessment(), guarded(an_assessment())])
def test_two_people_decide_about_an_account_that_is_protected_now(found: Any):
    assert isinstance(decided(found, protected=True), DecisionProposed)
    assert isinstance(decided(found, protected=True, named=True), DecisionRecorded)


def test_what_was_guarded_when_it_opened_stays_so_and_a_named_reviewer_decides_alone():
    assert isinstance(decided(guarded(an_assessment())), DecisionProposed)
    assert isinstance(decided(guarded(an_assessment()), named=True), DecisionRecorded)


def test_a_name_frees_nobody_from_what_the_area_asks_of_all():
    two = an_assessment(terms=terms(four_eyes=FourEyes.BEFORE))
    assert isinstance(decided(two, protected=True, named=True), DecisionProposed)
    severe = stance(FourEyes.AFTER, guarded=False, protected=True, named=False)
    assert severe is FourEyes.AFTER, "a safeguard delays no duty (P12)"
