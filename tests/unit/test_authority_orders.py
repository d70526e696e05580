"""Orders of authorities: their elements, their clocks, what they do at once, and what can happen to them."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from api.order_listing import listed_order
from cases.authority_orders import (
    ELEMENTS,
    AuthorityOrder,
    AuthorityOrderStage,
    OrderChange,
    OrderElement,
    OrderKind,
    missing_of_order,
)
from cases.case import Case
from cases.deadlines import Clock
from cases.decisions import FourEyes, Outcome
from cases.duties import Tell, duties, owes
from cases.events import AuthorityOrderChanged, CaseEvent, EvidenceDelayed, OrderConfirmed, OrderVoided, Told
from cases.folding import fold, fold_all
from cases.judging import consequences, refuse_decision
from cases.judging_orders import decisions_ordered
from cases.judging_reversals import refuse_reversal
from cases.measures import MeasureKind
from cases.order_messages import AuthorityOrderRequest
from cases.reading_orders import change_received, order_received
from cases.received import MessageRefused
from cases.telling import Notice, NoticeKind
from tests.builders import NOON, a_case, a_report, an_ask, an_assessment, an_event, captured, later, terms, triaged

FORM: dict[str, Any] = {
    "message_id": "o-1",
    "subject": {"kind": "content", "id": "post-1"},
    "order": "dsa_article_9",
    "reference": "123/26",
    "area": "harassment",
    "authority": {"name": "A synthetic court", "country": "DE", "address": "court@example.invalid"},
    "legal_basis": "Synthetic act, section 1",
    "reasons": "Synthetic reasons.",
    "location": "https://platform.example/posts/1",
    "recipient": "The account that published it.",
    "redress": "An objection within a month.",
    "territory": ["DE"],
    "signed": True,
}
FIELDS = {
    OrderElement.AUTHORITY: "authority",
    OrderElement.LEGAL_BASIS: "legal_basis",
    OrderElement.REASONS: "reasons",
    OrderElement.LOCATION: "location",
    OrderElement.RECIPIENT: "recipient",
    OrderElement.REDRESS: "redress",
    OrderElement.TERRITORY: "territory",
    OrderElement.SIGNATURE: "signed",
}


def ordered(number: int = 1, at: timedelta = timedelta(0), without: str = "", **changes: Any) -> CaseEvent:
    form = AuthorityOrderRequest.model_validate_json(_json({**FORM, **changes}, without))
    content = {**form.model_dump(mode="json"), "given": sorted(form.given), "operator": "desk-1"}
    body = order_received(content, number, form.message_id, "a" * 32, NOON + at)
    return an_event(f"inbox:{number}", body, NOON + at)


def _json(form: dict[str, Any], without: str) -> str:
    return json.dumps({name: value for name, value in form.items() if name != without})


def changed(case: Case, number: int, change: OrderChange, at: timedelta, **more: Any) -> Case:
    """The case after a change was judged."""
    content = {"order_id": "o-1", "change": change, "operator": "desk-1", **more}
    event = an_event(f"inbox:{number}", change_received(content, number, f"c-{number}", NOON + at), NOON + at)
    case = fold(case, event)
    return fold_all(case, consequences(case, event, NOON + at))


def clarified(**more: Any) -> CaseEvent:
    """The desk says that something came, an hour on."""
    content = {"order_id": "o-1", "change": OrderChange.CLARIFIED, "operator": "desk-1", **more}
    return an_event("inbox:2", change_received(content, 2, "c-2", later(hours=1)), later(hours=1))


def clock(case: Case, clock_id: str) -> Clock | None:
    return next((one for one in case.clocks if one.clock_id == clock_id), None)


def the_order(case: Case) -> AuthorityOrder:
    (order,) = case.authority_orders
    return order


def carried_out(case: Case, through: int = 1) -> Case:
    """Captured, assessed, decided by the order; not confirmed."""
    asked = triaged(an_assessment(terms=terms(four_eyes=FourEyes.BEFORE)), through=through)
    case = fold_all(case, [] if case.evidence else [captured()])
    decided = decisions_ordered(case, asked)
    return fold_all(case, [asked, *decided])


def confirmed(case: Case, at: timedelta = timedelta(minutes=5)) -> Case:
    for order in case.orders:
        if order.open:
            done = OrderConfirmed(order_id=order.order_id, target_version=1, how="applied")
            case = fold(case, an_event(f"order:{order.order_id}:confirmed", done, NOON + at))
    return case


@pytest.mark.parametrize(("kind", "element"), [(kind, element) for kind in OrderKind for element in ELEMENTS[kind]])
def test_an_order_that_lacks_an_element_is_unclear_and_its_clock_does_not_run(kind: OrderKind, element: OrderElement):
    event = ordered(order=kind.value, without=FIELDS[element])
    case = fold(a_case(), event)
    assert event.body.missing == (element,)  # type: ignore[union-attr]
    assert the_order(case).stage is AuthorityOrderStage.UNCLEAR
    assert clock(case, "order_effect:o-1") is None
    assert [notice.kind for notice in case.notices] == [NoticeKind.ORDER_UNCLEAR]


@pytest.mark.parametrize("kind", OrderKind)
def test_an_order_with_all_its_elements_lacks_nothing(kind: OrderKind):
    assert missing_of_order(kind, ELEMENTS[kind]) == ()


@pytest.mark.parametrize(("kind", "hours"), [("tco_removal", 1), ("dsa_article_9", 24), ("dsa_article_10", 24 * 7)])
def test_an_order_has_a_clock_with_its_source(kind: str, hours: int):
    found = clock(fold(a_case(), ordered(order=kind)), "order_effect:o-1")
    assert found is not None
    assert found.due_at == later(hours=hours)
    assert "Art." in found.source


def test_an_order_names_its_own_time_but_never_more_than_the_hour_of_a_removal_order():
    asked = {"effect_by": later(hours=3).isoformat()}
    for kind, hours in (("dsa_article_9", 3), ("tco_removal", 1)):
        found = clock(fold(a_case(), ordered(order=kind, **asked)), "order_effect:o-1")
        assert found is not None
        assert found.due_at == later(hours=hours)


def test_the_time_runs_from_the_transmission_and_not_from_when_the_desk_took_it_down():
    event = ordered(at=timedelta(minutes=20), order="tco_removal", transmitted_at=NOON.isoformat())
    found = clock(fold(a_case(), event), "order_effect:o-1")
    assert found is not None
    assert (found.started_at, found.due_at) == (NOON, later(hours=1))


def test_the_order_decides_at_once_whatever_four_eyes_the_area_asks_for():
    case = carried_out(fold(a_case(), ordered()))
    (decision,) = case.decisions
    assert (decision.by, decision.outcome, decision.second) == ("order:o-1", Outcome.VIOLATION, FourEyes.AFTER)
    assert not case.proposals
    (platform,) = case.orders
    assert [(one.kind, one.reach) for one in platform.impose] == [(MeasureKind.REMOVE, ("DE",))]
    assert clock(case, f"second_look:{decision.decision_id}"), "a second person looks afterwards"


def test_no_statement_of_reasons_is_owed_and_nothing_is_filed():
    case = carried_out(fold(a_case(), ordered()))
    assert not case.filings
    assert {notice.kind for notice in case.notices} == {NoticeKind.ORDER_RECEIPT, NoticeKind.ORDER_AUTHOR}


def test_the_effect_stops_the_clock_and_the_authority_is_to_be_told_of_it():
    case = confirmed(carried_out(fold(a_case(), ordered(order="tco_removal"))))
    order = the_order(case)
    assert (order.stage, order.effected_at) == (AuthorityOrderStage.EFFECTED, later(minutes=5))
    assert order.preserve_until is not None
    assert (order.preserve_until.month - NOON.month) % 12 == 6
    assert clock(case, "order_effect:o-1") is None
    assert clock(case, "order_informed:o-1") is not None
    case = fold(case, an_event("told:x", Told(notice_id="order_effect:o-1", sent=1)))
    assert clock(case, "order_informed:o-1") is None
    assert the_order(case).stage is AuthorityOrderStage.INFORMED


def test_an_authority_nobody_could_reach_is_still_owed_word_until_the_desk_gave_it():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    case = fold(case, an_event("told:x", Told(notice_id="order_effect:o-1", sent=0, undeliverable=1)))
    assert clock(case, "order_informed:o-1") is not None
    case = changed(case, 2, OrderChange.INFORMED, timedelta(hours=1), reference="call-1")
    assert clock(case, "order_informed:o-1") is None


def test_a_clarification_restarts_the_whole_hour():
    case = fold(a_case(), ordered(order="tco_removal", without="signed"))
    case = changed(case, 2, OrderChange.CLARIFIED, timedelta(minutes=50), given=("signature",))
    found = clock(case, "order_effect:o-1")
    assert found is not None
    assert (found.started_at, found.due_at) == (later(minutes=50), later(minutes=110))


def test_a_clarification_that_leaves_something_missing_restarts_nothing():
    case = fold(a_case(), ordered(order="tco_removal", without="signed", redress=None))
    case = changed(case, 2, OrderChange.CLARIFIED, timedelta(minutes=50), given=("signature",))
    assert clock(case, "order_effect:o-1") is None
    assert the_order(case).missing == (OrderElement.REDRESS,)


@pytest.mark.parametrize("given", [(), ("reasons",)])
def test_a_clarification_that_names_nothing_of_what_is_missing_clears_nothing_and_is_refused(given: tuple[str, ...]):
    case = fold(a_case(), ordered(order="tco_removal", without="signed", redress=None))
    event = clarified(given=given)
    (refused,) = consequences(fold(case, event), event, later(hours=1))
    case = fold(fold(case, event), refused)
    assert isinstance(refused.body, MessageRefused)
    assert refused.body.code == "wrong_change"
    assert refused.body.problem.startswith("given: names nothing that is missing")
    assert refused.body.problem.endswith("name what came of signature, redress, or wait for it")
    assert clock(case, "order_effect:o-1") is None
    assert the_order(case).missing == (OrderElement.SIGNATURE, OrderElement.REDRESS)


def test_an_order_that_nothing_stops_is_given_no_second_hour_by_a_clarification():
    case = fold(a_case(), ordered(order="tco_removal"))
    event = clarified()
    (refused,) = consequences(fold(case, event), event, later(hours=1))
    assert isinstance(refused.body, MessageRefused)
    assert refused.body.problem.startswith("change: the order is neither unclear nor impossible")
    found = clock(fold(fold(case, event), refused), "order_effect:o-1")
    assert found is not None
    assert found.due_at == later(hours=1)


def test_a_territory_alone_clarifies_an_order_that_lacked_nothing_else():
    case = changed(
        fold(a_case(), ordered(without="territory")), 2, OrderChange.CLARIFIED, timedelta(), territory=("DE",)
    )
    assert (the_order(case).stage, the_order(case).missing) == (AuthorityOrderStage.OWED, ())


def test_a_clarification_recorded_before_we_looked_brings_all_there_was():
    case = fold(a_case(), ordered(without="signed", redress=None))
    event = clarified()
    event = event.model_copy(update={"body": event.body.model_copy(update={"by_name": False})})
    (after,) = consequences(fold(case, event), event, later(hours=1))
    assert the_order(fold(fold(case, event), after)).missing == ()


@pytest.mark.parametrize("halt", [OrderChange.UNCLEAR, OrderChange.IMPOSSIBLE])
def test_impossibility_and_manifest_errors_stop_the_clock_and_the_hour_runs_anew(halt: OrderChange):
    case = fold(a_case(), ordered(order="tco_removal"))
    case = changed(case, 2, halt, timedelta(minutes=40))
    assert clock(case, "order_effect:o-1") is None
    assert NoticeKind.ORDER_UNCLEAR in {notice.kind for notice in case.notices}
    case = changed(case, 3, OrderChange.CLARIFIED, timedelta(hours=9))
    found = clock(case, "order_effect:o-1")
    assert found is not None
    assert found.due_at == later(hours=10)


@pytest.mark.parametrize("halt", [OrderChange.UNCLEAR, OrderChange.IMPOSSIBLE])
def test_an_effect_that_comes_while_the_order_is_halted_counts_and_the_authority_hears_of_it(halt: OrderChange):
    case = carried_out(fold(a_case(), ordered(order="tco_removal")))
    case = confirmed(changed(case, 2, halt, timedelta(minutes=40)), timedelta(hours=2))
    assert (the_order(case).stage, the_order(case).effected_at) == (AuthorityOrderStage.EFFECTED, later(hours=2))
    informed = clock(case, "order_informed:o-1")
    assert informed is not None
    assert informed.due_at == later(hours=3)
    assert [one for one in case.clocks if one.subject == "o-1"] == [informed]
    assert NoticeKind.ORDER_EFFECT in {one.kind for one in _tellable(case)}


@pytest.mark.parametrize("address", ["court@example.invalid", None])
def test_word_that_an_order_cannot_be_carried_out_has_a_clock_until_the_authority_has_it(address: str | None):
    court = {"name": "A synthetic court", "country": "DE", "address": address}
    case = fold(a_case(), ordered(order="tco_removal", authority=court, without="signed"))
    owed = clock(case, "order_informed:o-1")
    assert owed is not None
    assert (owed.due_at, "Art. 3(7) and (8)" in owed.source) == (later(hours=1), True)
    assert owes(case, NOON)
    if address:
        (notice,) = [one for one in case.notices if one.kind is NoticeKind.ORDER_UNCLEAR]
        refused = fold(case, an_event("told:1", Told(notice_id=notice.notice_id, sent=0)))
        assert clock(refused, "order_informed:o-1"), "their mail server did not take it"
        told = fold(case, an_event("told:1", Told(notice_id=notice.notice_id, sent=1)))
    else:
        told = changed(case, 2, OrderChange.INFORMED, timedelta(minutes=30), reference="call-7")
        listed = listed_order(told, the_order(told), [], NOON, read=True)
        assert (listed.state, listed.informed_at, listed.clock) == ("unclear", None, None), "of no effect yet"
    assert not [one for one in told.clocks if one.subject == "o-1"]
    assert the_order(told).stage is AuthorityOrderStage.UNCLEAR


def test_an_order_whose_halt_the_desk_told_of_is_listed_as_told_of_its_effect_only_after_it():
    case = changed(fold(a_case(), ordered(order="tco_removal")), 2, OrderChange.IMPOSSIBLE, timedelta(minutes=5))
    said = AuthorityOrderChanged(order_id="o-1", change=OrderChange.INFORMED, by="operator:desk-1")
    events = [an_event("order_change:c-3", said, later(minutes=6))]
    done = confirmed(carried_out(changed(case, 4, OrderChange.CLARIFIED, timedelta(hours=2))), timedelta(hours=3))
    assert listed_order(done, the_order(done), events, later(hours=3), read=True).informed_at is None
    events.append(an_event("order_change:c-5", said, later(hours=4)))
    assert listed_order(done, the_order(done), events, later(hours=4), read=True).informed_at == later(hours=4)


def test_word_of_an_earlier_halt_does_not_stand_for_a_later_one():
    case = changed(fold(a_case(), ordered()), 2, OrderChange.IMPOSSIBLE, timedelta(minutes=5))
    case = changed(case, 3, OrderChange.UNCLEAR, timedelta(minutes=50))
    first, second = [one for one in case.notices if one.kind is NoticeKind.ORDER_UNCLEAR]
    case = fold(case, an_event("told:1", Told(notice_id=first.notice_id, sent=1)))
    assert clock(case, "order_informed:o-1")
    assert not clock(fold(case, an_event("told:2", Told(notice_id=second.notice_id, sent=1))), "order_informed:o-1")


@pytest.mark.parametrize("signed_later", [False, True])
def test_an_order_does_not_wait_for_a_capture_that_others_waited_for_in_vain(signed_later: bool):
    """A report came first, the platform gives nothing out, and the order's hour runs."""
    case = fold(fold(a_case(), a_report()), an_event("evidence:delayed", EvidenceDelayed(cause="inbox:1")))
    case = fold(case, ordered(2, order="tco_removal", without="signed" if signed_later else ""))
    if signed_later:
        assert not case.orders
        case = changed(case, 3, OrderChange.CLARIFIED, timedelta(minutes=9), given=("signature",))
    assert any(type(duty).__name__ == "Enforce" for duty in duties(case, NOON))
    assert the_order(confirmed(case)).stage is AuthorityOrderStage.EFFECTED


def test_an_order_recorded_before_we_followed_halts_goes_on_as_it_did():
    event = ordered(order="tco_removal")
    event = event.model_copy(update={"body": event.body.model_copy(update={"followed": False})})
    case = changed(carried_out(fold(a_case(), event)), 2, OrderChange.IMPOSSIBLE, timedelta(minutes=40))
    assert not [one for one in case.clocks if one.subject == "o-1"]
    assert the_order(confirmed(case)).stage is AuthorityOrderStage.IMPOSSIBLE


def test_a_territory_that_came_with_a_clarification_need_not_be_named_as_given():
    case = fold(a_case(), ordered(without="territory", redress=None))
    assert the_order(case).missing == (OrderElement.REDRESS, OrderElement.TERRITORY)
    case = changed(case, 2, OrderChange.CLARIFIED, timedelta(hours=1), given=("redress",), territory=("DE",))
    assert (the_order(case).stage, the_order(case).missing) == (AuthorityOrderStage.OWED, ())


def test_the_48_hours_to_have_an_order_from_abroad_examined_run_from_when_it_reached_us():
    event = ordered(order="tco_removal", cross_border=True, transmitted_at=(later(hours=-3)).isoformat())
    assert event.body.scrutiny_until == later(hours=45)  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["legal_basis", "reasons", "location", "redress", "authority"])
def test_a_blank_is_no_element_of_an_order(field: str):
    blank: Any = {"name": "-", "country": "DE"} if field == "authority" else " \n"
    assert ordered(order="tco_removal", **{field: blank}).body.missing == (OrderElement(field),)  # type: ignore[union-attr]


def test_no_order_of_arrival_loses_an_orders_clock():
    for arrival in permutations(("order", "report", "second order")):
        case = a_case()
        for number, what in enumerate(arrival, start=1):
            if what == "report":
                case = fold(case, a_report(number))
            else:
                case = fold(case, ordered(number, message_id="o-1" if what == "order" else "o-2", order="tco_removal"))
        assert {"order_effect:o-1", "order_effect:o-2"} <= {one.clock_id for one in case.clocks}


def test_an_order_for_information_restricts_nothing_and_is_answered_with_a_reference():
    case = fold(a_case(), ordered(order="dsa_article_10"))
    assert case.triage_owed_through == 0
    assert owes(case, NOON)
    case = fold(case, captured())
    assert case.triage_owed_through == 0, "it alleges nothing, so that nothing is assessed"
    case = changed(case, 2, OrderChange.ANSWERED, timedelta(hours=2), reference="answer-1")
    assert (the_order(case).stage, the_order(case).answer) == (AuthorityOrderStage.EFFECTED, "answer-1")
    assert not case.orders


def test_the_person_is_not_told_before_the_order_allows_it_and_a_renewal_moves_that():
    until = later(days=14)
    case = carried_out(fold(a_case(), ordered(non_disclosure_until=until.isoformat())))
    (notice,) = [one for one in case.notices if one.kind is NoticeKind.ORDER_AUTHOR]
    assert notice.not_before == until
    case = changed(case, 2, OrderChange.NON_DISCLOSURE, timedelta(days=10), until=later(days=40).isoformat())
    (notice,) = [one for one in case.notices if one.kind is NoticeKind.ORDER_AUTHOR]
    assert notice.not_before == later(days=40)


def test_a_withdrawn_order_is_undone_and_nothing_of_it_is_owed():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    case = changed(case, 2, OrderChange.WITHDRAWN, timedelta(hours=3))
    assert case.decisions[0].reversed
    assert case.orders[-1].revoke == case.decisions[0].measure_ids
    assert not [one for one in case.clocks if one.clock_id.startswith("order_")]


def withdrawals(case: Case) -> list[Notice]:
    return [one for one in case.notices if one.kind is NoticeKind.ORDER_WITHDRAWN]


def test_the_authority_hears_once_of_its_withdrawal_and_not_before_it_is_carried_out():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    case = changed(case, 2, OrderChange.WITHDRAWN, timedelta(hours=3))
    (notice,) = withdrawals(case)
    assert notice.after == (case.orders[-1].order_id,)
    assert not [one for one in _tellable(case) if one.kind is NoticeKind.ORDER_WITHDRAWN]
    case = confirmed(case, timedelta(hours=4))
    assert notice in _tellable(case)
    assert withdrawals(changed(case, 3, OrderChange.WITHDRAWN, timedelta(hours=5))) == [notice]


def test_a_withdrawal_before_anything_was_captured_is_told_when_the_hold_is_lifted():
    case = fold(fold(a_case(), ordered()), an_event("evidence:delayed", EvidenceDelayed(cause="inbox:1")))
    case = changed(confirmed(case), 2, OrderChange.WITHDRAWN, timedelta(hours=3))
    (notice,) = withdrawals(case)
    assert notice.after == (case.orders[-1].order_id,)
    assert case.orders[-1].order_id.endswith(":lift")


def test_a_withdrawal_of_what_had_no_effect_is_told_at_once():
    case = changed(fold(a_case(), ordered(without="territory")), 2, OrderChange.WITHDRAWN, timedelta(hours=3))
    (notice,) = withdrawals(case)
    assert notice in _tellable(case)


def test_a_withdrawal_recorded_before_we_told_of_them_stays_untold():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    content = {"order_id": "o-1", "change": "withdrawn", "operator": "desk-1"}
    event = an_event("inbox:2", change_received(content, 2, "c-2", NOON), NOON)
    case = fold(case, event)
    first, *rest = consequences(case, event, NOON)
    assert isinstance(first.body, AuthorityOrderChanged)
    before = json.loads(first.model_dump_json())
    del before["body"]["confirms"]
    assert not withdrawals(fold_all(case, [CaseEvent.model_validate(before), *rest]))


def test_word_of_an_effect_that_leaves_after_the_withdrawal_does_not_bring_the_order_back():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    case = changed(case, 2, OrderChange.WITHDRAWN, timedelta(hours=3))
    case = fold(case, an_event("told:x", Told(notice_id="order_effect:o-1", sent=1)))
    assert the_order(case).stage is AuthorityOrderStage.WITHDRAWN


def _tellable(case: Case) -> list[Notice]:
    found = duties(case, NOON + timedelta(hours=6))
    return [notice for duty in found if isinstance(duty, Tell) for notice in duty.notices]


def test_neither_a_second_look_nor_an_operator_takes_an_authoritys_order_back():
    case = carried_out(fold(a_case(), ordered()))
    decision_id = case.decisions[0].decision_id
    look = an_ask("d-9", seconds=decision_id, outcome=Outcome.NO_VIOLATION, ground=None, rule_id=None)
    for refusal in (refuse_decision(case, look, NOON), refuse_reversal(case, decision_id, ())):
        assert refusal is not None
        assert refusal.code == "by_order"


def test_an_order_is_carried_out_though_the_platform_gives_nothing_out_to_capture():
    case = fold(fold(a_case(), ordered()), an_event("evidence:delayed", EvidenceDelayed(cause="inbox:1")))
    assert any(type(duty).__name__ == "Enforce" for duty in duties(case, NOON))
    case = confirmed(case)
    assert the_order(case).stage is AuthorityOrderStage.EFFECTED
    case = carried_out(case)
    assert case.orders[-1].revoke == (case.orders[0].impose[0].measure_id,), "the decision takes the hold's place"


def test_content_that_was_edited_meanwhile_is_acted_on_as_it_is_now():
    case = carried_out(fold(a_case(), ordered()))
    case = fold(case, an_event("voided", OrderVoided(order_id=case.orders[0].order_id, reason="edited")))
    case = fold(case, captured(2))
    asked = triaged(an_assessment(version=2), version=2)
    (decided,) = decisions_ordered(case, asked)
    assert decided.event_id == "decision:order-o-1.2"


def test_the_desk_sees_what_an_order_asks_for_and_the_time_left():
    event = ordered(order="tco_removal")
    case = fold(a_case(), event)
    listed = listed_order(case, the_order(case), [event], NOON + timedelta(minutes=70), read=True)
    assert (listed.state, listed.clock, listed.seconds_left) == ("owed", "order_effect", -600)
    assert (listed.measure, listed.territory) == ("remove", ("DE",))
    assert (listed.effected_at, listed.informed_at) == (None, None)


def test_the_desk_sees_when_the_authority_heard_and_from_whom():
    case = confirmed(carried_out(fold(a_case(), ordered())))
    after = timedelta(minutes=6)
    listed = listed_order(case, the_order(case), [], NOON + after, read=True)
    assert (listed.state, listed.effected_at, listed.clock) == (
        "effected",
        NOON + timedelta(minutes=5),
        "order_informed",
    )
    nobody = an_event("told:x", Told(notice_id="order_effect:o-1", sent=0, undeliverable=1), NOON + after)
    mail = an_event("told:y", Told(notice_id="order_effect:o-1", sent=1), NOON + after)
    content = {"order_id": "o-1", "change": "informed", "operator": "desk-1", "reference": "call-1"}
    asked = an_event("inbox:2", change_received(content, 2, "c-2", NOON + after), NOON + after)
    desk = consequences(fold(case, asked), asked, NOON + after)
    for told, by in (([nobody], None), ([nobody, mail], "mail"), (desk, "desk")):
        found = listed_order(case, the_order(case), told, NOON + after, read=True)
        assert (found.informed_by, found.informed_at) == (by, NOON + after if by else None)
