"""A hold that restricts is told when it is imposed (DSA Art. 17(2)), whatever it lies on."""

from typing import Any

import pytest

from cases.case import Case
from cases.decisions import EnforcementRequest
from cases.folding import fold_all
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.telling import Notice, NoticeKind
from tests.builders import a_case_id, a_report, an_assessment, captured, terms, triaged


def notices(kind: MeasureKind, **changes: Any) -> tuple[Notice, ...]:
    found = an_assessment(hold=(EnforcementRequest(kind=kind),), terms=terms(**changes))
    case = Case(case_id=a_case_id("account-1", kind=SubjectKind.ACCOUNT))
    return fold_all(case, [a_report(), captured(), triaged(found)]).notices


@pytest.mark.parametrize("kind", [MeasureKind.LIMIT, MeasureKind.SUSPEND])
def test_an_account_hold_owes_a_provisional_statement(kind: MeasureKind):
    (notice,) = notices(kind, holds_told=True)
    assert notice.kind is NoticeKind.STATEMENT_PROVISIONAL
    assert notice.after, "only once the platform has confirmed it"


def test_a_matter_that_opened_before_is_told_with_its_decision_as_it_was():
    assert notices(MeasureKind.SUSPEND) == ()
