"""The account picture: what counts towards it, for how long, and when the account itself becomes a case."""

from datetime import timedelta
from typing import Any

from cases.account_picture import AccountMatter, account_facts
from cases.duties import OpenAccountCase, duties, owes
from cases.events import AccountCaseOpened, DecisionReversed
from cases.folding import fold, fold_all
from cases.judging import consequences
from cases.names import SubjectKind
from cases.projection import project
from cases.received import DecisionReceived
from tests.builders import NOON, a_case, a_case_id, a_report, an_ask, an_assessment, an_event, captured, later, triaged

ACCOUNT = a_case_id("account-1", kind=SubjectKind.ACCOUNT)


def a_matter(post: str = "post-2", **changes: Any) -> AccountMatter:
    plain: dict[str, Any] = {
        "case_id": a_case_id(post),
        "matter_id": "harassment/1",
        "area": "harassment",
        "open": True,
        "violation": False,
        "opened_at": NOON,
    }
    return AccountMatter(**{**plain, **changes})


def test_the_content_that_is_assessed_is_in_question_itself():
    assert account_facts(a_case_id(), "harassment", [], NOON).contents_30d == 1
    assert account_facts(ACCOUNT, "harassment", [], NOON).contents_30d == 0


def test_contents_count_once_in_their_own_area_while_undecided_or_found_to_violate():
    matters = [
        a_matter("post-1"),  # this case's own
        a_matter("post-2"),
        a_matter("post-2", matter_id="harassment/2"),
        a_matter("post-3", open=False, violation=True, decided_at=NOON),
        a_matter("post-4", open=False, decided_at=NOON),  # nothing was found
        a_matter("post-5", area="spam", matter_id="spam/1"),
        AccountMatter(**{**a_matter().model_dump(), "case_id": ACCOUNT}),
    ]
    facts = account_facts(a_case_id("post-1"), "harassment", matters, NOON)
    assert (facts.contents_30d, facts.contents_reported) == (3, 5)
    assert (facts.open_matters, facts.violations_90d) == (4, 1)


def test_what_is_long_ago_counts_no_more():
    old = NOON - timedelta(days=31)
    matters = [
        a_matter("post-2", opened_at=old),
        a_matter("post-3", opened_at=old, open=False, violation=True, decided_at=old),
        a_matter("post-4", opened_at=NOON - timedelta(days=100), open=False, violation=True, decided_at=NOON),
    ]
    facts = account_facts(ACCOUNT, "harassment", matters, NOON)
    assert facts.contents_30d == 1, "found yesterday, however long it took"
    assert (facts.violations_90d, facts.contents_reported) == (2, 2)


def test_a_rule_that_wants_an_account_case_is_owed_it_once():
    asked = an_assessment(account_rule="harassment.account-in-question")
    case = fold_all(a_case(), [a_report(), captured(), triaged(asked), triaged(asked, through=2)])

    (wanted,) = [one for one in duties(case, NOON) if isinstance(one, OpenAccountCase)]
    assert wanted.ask.area == "harassment"

    opened = AccountCaseOpened(rule_id=wanted.ask.rule_id, area="harassment", account_case=ACCOUNT)
    case = fold_all(case, [an_event("account:harassment", opened), triaged(asked, through=3)])
    assert not [one for one in duties(case, NOON) if isinstance(one, OpenAccountCase)]
    assert owes(case, NOON)


def test_a_violation_counts_in_the_rows_beside_the_events_until_it_is_taken_back():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    assert [(row.open, row.violation) for row in project(case).matters] == [(True, False)]

    asked = an_event("inbox:9", DecisionReceived(number=9, ask=an_ask(), received_at=NOON))
    case = fold(case, asked)
    case = fold_all(case, consequences(case, asked, later(hours=1)))
    assert [(row.open, row.violation, row.decided_at) for row in project(case).matters] == [
        (False, True, later(hours=1))
    ]

    reversal = DecisionReversed(reversal_id="r-1", decision_id="d-1", by="operator:op-1")
    case = fold(case, an_event("reversal:r-1", reversal))
    assert not project(case).matters[0].violation
