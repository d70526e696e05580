"""What reports count for, in the fold: down, up, and a hold that nothing speaks for any more."""

from cases.case import Case, ReportCount
from cases.folding import fold_all
from cases.matters import MatterStage
from cases.measures import OrderStage
from cases.standing import ReportSetAside, ReportsInvalidated, ReportsReinstated
from cases.telling import NoticeKind
from tests.builders import HIDE, NOON, a_case, a_report, an_assessment, an_event, captured, triaged

THREE = {"harassment": ReportCount(reports=3, independent=3, notices=3)}


def changed(model: type, number: int = 4):
    body = model(number=number, message_id=f"x-{number}", counts=THREE, by="operator:op", received_at=NOON)
    return an_event(f"inbox:{number}", body)


def a_held_case() -> Case:
    reports = [a_report(number) for number in (1, 2, 3)]
    return fold_all(a_case(), [*reports, captured(), triaged(an_assessment(hold=(HIDE,)), through=3)])


def test_invalidated_reports_are_counted_no_more_and_the_pack_is_asked_again():
    case = fold_all(a_held_case(), [changed(ReportsInvalidated)])
    assert case.counts["harassment"] == ReportCount()
    assert case.triage_owed_through > case.assessed_through


def test_a_hold_without_ground_is_lifted_once_the_platform_confirms_and_its_author_told():
    case = fold_all(a_held_case(), [changed(ReportsInvalidated), triaged(an_assessment(), through=4)])
    assert (case.matters[0].stage, case.matters[0].hold_order) == (MatterStage.IN_REVIEW, None)
    order = case.orders[-1]
    assert (order.order_id, order.revoke) == ("hold:harassment/1:lifted:subject", ("hold:harassment/1/1",))
    lifted = next(notice for notice in case.notices if notice.kind is NoticeKind.HOLD_LIFTED)
    assert lifted.after == (order.order_id,)
    assert not case.ground_withdrawn


def test_a_hold_that_still_has_ground_stays():
    case = fold_all(a_held_case(), [changed(ReportsInvalidated), triaged(an_assessment(hold=(HIDE,)), through=4)])
    assert case.matters[0].stage is MatterStage.HELD
    assert len(case.orders) == 1


def test_an_answer_that_asks_for_no_hold_lifts_none_where_no_report_lost_its_weight():
    case = fold_all(a_held_case(), [a_report(4), triaged(an_assessment(), through=4)])
    assert case.matters[0].stage is MatterStage.HELD


def test_reinstated_reports_hold_again_under_a_name_of_its_own_and_a_decision_takes_the_place_of_the_last_hold():
    case = fold_all(
        a_held_case(),
        [
            changed(ReportsInvalidated),
            triaged(an_assessment(), through=4),
            changed(ReportsReinstated, 5),
            triaged(an_assessment(hold=(HIDE,)), through=5),
        ],
    )
    assert case.counts == THREE
    assert case.matters[0].stage is MatterStage.HELD
    assert [order.order_id for order in case.orders] == [
        "hold:harassment/1:subject",
        "hold:harassment/1:lifted:subject",
        "hold:harassment/1#2:subject",
    ]
    assert len({notice.notice_id for notice in case.notices}) == len(case.notices)
    assert all(order.stage is OrderStage.ISSUED for order in case.orders)


def test_a_report_set_aside_is_acknowledged_and_not_counted():
    body = ReportSetAside(number=1, area="spam", source="notice", received_at=NOON, contactable=1)
    case = fold_all(a_case(), [an_event("inbox:1", body)])
    assert (case.counts, case.receipts_owed_through, case.triage_owed_through) == ({}, 1, 0)
