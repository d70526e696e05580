"""A decision taken over from an exact copy: a decision of its own, under the same rule, undone with its source."""

from typing import Any

from cases.case import Case, Spread
from cases.copying import derived_id
from cases.decisions import Decision, SourceDecision
from cases.duties import SpreadDecision, duties, owes
from cases.events import CaseEvent, CopiesReached
from cases.folding import fold, fold_all
from cases.judging import consequences, decision_digest
from cases.matters import Matter
from cases.measures import OrderStage
from cases.messages import DecisionMessage
from cases.received import CopyDecided, CopyReversed, DecisionReceived, ReversalReceived
from tests.builders import NOON, a_case, a_case_id, a_report, an_ask, an_assessment, an_event, captured, later, triaged

SOURCE = SourceDecision(case_id=a_case_id("post-0"), decision_id="d-0")


def decided(case: Case, number: int = 9, **changes: Any) -> tuple[Case, tuple[CaseEvent, ...]]:
    return told(case, DecisionReceived(number=number, ask=an_ask(**changes), received_at=later(hours=1)))


def told(case: Case, body: Any) -> tuple[Case, tuple[CaseEvent, ...]]:
    event = an_event(f"inbox:{body.number}", body, later(hours=1))
    case = fold(case, event)
    follow = consequences(case, event, later(hours=1))
    return fold_all(case, follow), follow


def source() -> tuple[Decision, Matter]:
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = decided(case, decision_id="d-0", copies=True)
    return case.decision("d-0"), case.matter("harassment/1")


def a_copy(number: int = 5, **changes: Any) -> CopyDecided:
    decision, matter = source()
    plain: dict[str, Any] = {"version": 1, "decision": decision, "matter": matter, "source": SOURCE}
    return CopyDecided(number=number, received_at=later(hours=1), **{**plain, **changes})


def test_a_decision_for_copies_owes_their_cases_a_word_and_its_reversal_another_in_order():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = decided(case, copies=True)
    reversal = ReversalReceived(
        number=10, message_id="r-1", decision_id="d-1", keep=(), reason_id="txt", operator="op-1", received_at=NOON
    )
    case, _ = told(case, reversal)

    spreads = [one for one in duties(case, NOON) if isinstance(one, SpreadDecision)]
    assert [one.spread.reversal_id for one in spreads] == [None]
    case = fold(case, an_event("copies:d-1", CopiesReached(decision_id="d-1", cases=3)))
    assert case.spreads == (Spread(decision_id="d-1", reversal_id="r-1", by="operator:op-1"),)
    case = fold(case, an_event("copies:r-1", CopiesReached(decision_id="d-1", reversal_id="r-1", cases=3)))
    assert case.spreads == ()


def test_a_plain_decision_owes_copies_nothing_and_has_the_digest_it_always_had():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = decided(case)
    assert not case.spreads

    plain = DecisionMessage(decision_id="d-1", matter="harassment/1", outcome="violation", reviewer="rev-1")
    assert "copies" not in plain.model_dump()
    assert decision_digest(plain) != decision_digest(plain.model_copy(update={"copies": True}))


def test_an_open_matter_of_a_copy_is_decided_likewise_with_orders_and_statement_of_its_own():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, events = told(case, a_copy())

    (recorded,) = events
    own = case.decision(derived_id(SOURCE))
    assert recorded.event_id == f"decision:{derived_id(SOURCE)}"
    assert (own.by, own.rule_id, own.copy_of) == ("rev-1", "harassment.rule", SOURCE)
    assert [order.stage for order in case.orders] == [OrderStage.ISSUED]
    assert {notice.kind for notice in case.notices} == {"statement", "outcome_reporter"}
    assert not case.spreads


def test_a_copy_of_which_nobody_alleged_it_takes_the_matter_over_with_its_terms():
    case = fold_all(a_case(), [a_report(area="spam"), captured(), triaged(an_assessment("spam"))])
    case, events = told(case, a_copy())

    assert [event.body.kind for event in events] == ["matter_adopted", "decision_recorded"]
    assert case.matter("harassment/1").terms == source()[1].terms
    assert not case.matter("harassment/1").open
    assert case.matter("spam/1").open


def test_where_nothing_was_found_a_copy_that_nobody_reported_for_it_is_left_alone():
    decision, matter = source()
    case = fold_all(a_case(), [a_report(area="spam"), captured(), triaged(an_assessment("spam"))])
    case, events = told(case, a_copy(decision=decision.evolve(outcome="no_violation"), matter=matter))
    assert events == ()


def test_what_a_person_decided_here_stands():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = decided(case, outcome="no_violation", ground=None, rule_id=None)
    case, (refused,) = told(case, a_copy(number=12))
    assert refused.body.code == "already_decided"
    assert len(case.decisions) == 1


def test_another_version_than_the_copy_is_not_decided():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    _, (refused,) = told(case, a_copy(version=2))
    assert refused.body.code == "no_evidence"


def test_a_copy_hears_of_one_decision_once():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = told(case, a_copy())
    _, events = told(case, a_copy(number=6))
    assert events == ()


def test_its_reversal_undoes_it_here_but_for_the_measures_kept_there_and_once():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    case, _ = told(case, a_copy())
    undo = CopyReversed(number=7, source=SOURCE, reversal_id="r-1", by="operator:op-1", received_at=later(hours=2))
    case, (reversed_,) = told(case, undo)

    assert case.decision(derived_id(SOURCE)).reversed
    assert case.orders[-1].revoke == (f"{derived_id(SOURCE)}/1",)
    _, again = told(case, undo.evolve(number=8))
    assert again == ()
    assert reversed_.body.by == "operator:op-1"


def test_a_reversal_of_what_never_stood_here_changes_nothing():
    case = fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])
    undo = CopyReversed(number=7, source=SOURCE, reversal_id="r-1", by="operator:op-1", received_at=later(hours=2))
    _, events = told(case, undo)
    assert events == ()
    assert owes(case, NOON)
