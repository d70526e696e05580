"""Notices (DSA Art. 16) and removal requests (47 U.S.C. 223a): each element, what its absence means, and the clocks."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from cases.case import Case
from cases.causes import Cause
from cases.deadlines import ClockKind, next_tick
from cases.decisions import Outcome
from cases.events import CaseEvent, ReceiptsSent, Told
from cases.folding import compacted, fold_all
from cases.judging import refuse_extension
from cases.legal_requests import (
    CHILD_SAFETY,
    INTIMATE_IMAGES,
    REMOVAL_WITHIN,
    Element,
    NoticeMessage,
    TakeItDownMessage,
    counts_as,
    explained,
    missing_of_notice,
    missing_of_request,
    notice_received,
    request_received,
)
from cases.messages import ReportSource
from cases.projection import project, stuck
from cases.received import ReportReceived
from cases.telling import Audience, Notice, NoticeKind
from cases.wording import view_of
from tests.builders import HIDE, NOON, a_case, a_report, an_event, later
from tests.lives import PACK, PAPER, Life, baseline_terms

NOTICE: dict[str, Any] = {
    "message_id": "n-1",
    "subject": {"kind": "content", "id": "post-1"},
    "area": "harassment",
    "explanation": "Synthetic: why it is illegal.",
    "location": "https://platform.example/posts/1",
    "sender": {"name": "Synthetic Sender", "address": "sender@example.invalid"},
    "good_faith": True,
}
REQUEST: dict[str, Any] = {
    "message_id": "t-1",
    "subject": {"kind": "content", "id": "post-1"},
    "requester": {"name": "Synthetic Person", "address": "person@example.invalid"},
    "signature": {"kind": "electronic", "signed_as": "Synthetic Person"},
    "location": "the second image at https://platform.example/posts/1",
    "statement": "Synthetic: I am the person shown and did not agree.",
}
WHOLE = frozenset({Element.SIGNATURE, Element.LOCATION, Element.STATEMENT, Element.CONTACT})


def without(form: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name != field}


def notice(**changes: Any) -> NoticeMessage:
    return NoticeMessage.model_validate({**NOTICE, **changes})


def requested(number: int, given: frozenset[Element], at: timedelta = timedelta(0), **content: Any) -> CaseEvent:
    first = "completes" not in content
    body = request_received({"area": INTIMATE_IMAGES}, "t-1", given, number, NOON + at, new=1, told=1, first=first)
    return an_event(f"inbox:{number}", body, NOON + at)


def of_kind(case: Case, kind: ClockKind) -> list[Any]:
    return [clock for clock in case.clocks if clock.kind is kind]


def test_a_notice_with_all_four_elements_lacks_nothing():
    assert missing_of_notice(notice().given, "harassment") == ()


@pytest.mark.parametrize(
    ("field", "element", "article"),
    [
        ("explanation", Element.EXPLANATION, "DSA Art. 16(2)(a)"),
        ("location", Element.LOCATION, "DSA Art. 16(2)(b)"),
        ("sender", Element.SENDER, "DSA Art. 16(2)(c)"),
        ("good_faith", Element.GOOD_FAITH, "DSA Art. 16(2)(d)"),
    ],
)
def test_a_missing_element_of_a_notice_is_named_with_its_article(field: str, element: Element, article: str):
    missing = missing_of_notice(NoticeMessage.model_validate(without(NOTICE, field)).given, "harassment")
    assert missing == (element,)
    assert [one.source for one in explained("notice", missing)] == [article]


@pytest.mark.parametrize(
    "sender", [{"name": "Only A Name"}, {"address": "only@example.invalid"}, {"account_id": "a-1"}]
)
def test_name_and_mail_address_are_both_asked_for(sender: dict[str, str]):
    assert missing_of_notice(notice(sender=sender).given, "harassment") == (Element.SENDER,)


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"explanation": " \n"}, Element.EXPLANATION),
        ({"explanation": "...!"}, Element.EXPLANATION),
        ({"location": "\u200b"}, Element.LOCATION),
        ({"location": "https://platform.example/"}, Element.LOCATION),
        ({"location": "www.platform.example"}, Element.LOCATION),
        ({"location": "https://platform.example?  http://platform.example/#"}, Element.LOCATION),
        ({"sender": {"name": "-", "address": "sender@example.invalid"}}, Element.SENDER),
    ],
)
def test_what_says_nothing_or_points_at_the_whole_platform_is_no_element(changes: dict[str, Any], element: Element):
    assert missing_of_notice(notice(**changes).given, "harassment") == (element,)


@pytest.mark.parametrize(
    "location",
    [
        "https://platform.example/posts/1",
        "https://platform.example/?post=1",
        "https://platform.example/#post-1",
        "platform.example/posts/1",
        "post-1",
        "photo.jpg",
        "post.1 of the account ben",
        "https://platform.example the second video of the account ben, at 1:20",
        "Третий комментарий под фото",
    ],
)
def test_whether_words_are_a_location_people_judge(location: str):
    assert not missing_of_notice(notice(location=location).given, "harassment")


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"statement": "\t"}, Element.STATEMENT),
        ({"location": "?"}, Element.LOCATION),
        ({"signature": {"kind": "electronic", "signed_as": "_"}}, Element.SIGNATURE),
    ],
)
def test_a_blank_is_no_element_of_a_request(changes: dict[str, Any], element: Element):
    assert missing_of_request(TakeItDownMessage.model_validate({**REQUEST, **changes}).given) == (element,)


def test_where_a_removal_request_points_a_person_judges_since_its_48_hours_hang_on_it():
    vague = TakeItDownMessage.model_validate({**REQUEST, "location": "https://platform.example/"})
    assert not missing_of_request(vague.given)


def test_nobody_need_say_who_they_are_about_the_abuse_of_children():
    anonymous = NoticeMessage.model_validate(without(NOTICE, "sender"))
    assert missing_of_notice(anonymous.given, CHILD_SAFETY) == ()
    assert missing_of_notice(anonymous.given, "harassment") == (Element.SENDER,)


@pytest.mark.parametrize(("given", "source"), [(True, ReportSource.NOTICE), (False, ReportSource.OTHER)])
def test_only_a_complete_notice_is_one_under_article_16(given: bool, source: ReportSource):
    missing = missing_of_notice(notice(good_faith=given).given, "spam")
    assert counts_as(ReportSource.NOTICE, missing, trusted=False) is source


@pytest.mark.parametrize(("given", "filed"), [(True, "SOURCE_ARTICLE_16"), (False, "SOURCE_TYPE_OTHER_NOTIFICATION")])
def test_the_eu_database_is_told_article_16_for_complete_notices_only(given: bool, filed: str):
    has = notice(good_faith=given).given
    source = counts_as(ReportSource.NOTICE, missing_of_notice(has, "harassment"), trusted=False)
    body = notice_received({"area": "harassment", "source": source}, has, 1, NOON, new=1, told=1)
    life = Life().add("inbox:1", body)
    assert life.captured().triaged().decided().confirmed().statement().source_type == filed


def test_a_notice_has_a_clock_for_its_receipt_until_it_is_sent():
    body = notice_received({"area": "harassment", "source": "notice"}, notice().given, 1, NOON, new=1, told=1)
    events = [an_event("inbox:1", body)]
    (clock,) = of_kind(fold_all(a_case(), events), ClockKind.RECEIPT)
    assert (clock.due_at, clock.source.startswith("DSA Art. 16(4)")) == (later(minutes=15), True)
    events.append(an_event("receipts:1", ReceiptsSent(through=1, sent=1)))
    assert not of_kind(fold_all(a_case(), events), ClockKind.RECEIPT)


def test_nobody_is_owed_a_receipt_who_cannot_be_told():
    body = notice_received({"area": "harassment", "source": "notice"}, notice().given, 1, NOON, new=1, told=0)
    assert not fold_all(a_case(), [an_event("inbox:1", body)]).clocks


def test_word_of_the_decision_has_a_clock_until_the_sender_was_told():
    body = notice_received({"area": "harassment", "source": "notice"}, notice().given, 1, NOON, new=1, told=1)
    within = baseline_terms("harassment", outcome_within="PT4H", outcome_source="DSA Art. 16(5)")
    life = Life().add("inbox:1", body).captured().triaged(terms=within).decided()
    (clock,) = of_kind(life.case, ClockKind.OUTCOME_NOTICE)
    assert clock.source == "DSA Art. 16(5)"
    life.confirmed()
    (owed,) = [one for one in life.case.notices if one.kind is NoticeKind.OUTCOME_REPORTER]
    life.add(f"told:{owed.notice_id}", Told(notice_id=owed.notice_id, sent=1))
    assert not of_kind(life.case, ClockKind.OUTCOME_NOTICE)


def test_an_ordinary_report_starts_no_clock_of_a_notice():
    assert not fold_all(a_case(), [a_report()]).clocks


def test_a_valid_request_lacks_nothing_and_is_named_by_its_area():
    request = TakeItDownMessage.model_validate(REQUEST)
    assert missing_of_request(request.given) == ()
    assert request.area == INTIMATE_IMAGES
    assert TakeItDownMessage.model_validate({**REQUEST, "minor_depicted": True}).area == CHILD_SAFETY


@pytest.mark.parametrize(
    ("field", "element", "place"),
    [
        ("signature", Element.SIGNATURE, "(i)"),
        ("location", Element.LOCATION, "(ii)"),
        ("statement", Element.STATEMENT, "(iii)"),
        ("requester", Element.CONTACT, "(iv)"),
    ],
)
def test_a_missing_element_of_a_request_keeps_the_48_hours_from_starting(field: str, element: Element, place: str):
    given = TakeItDownMessage.model_validate(without(REQUEST, field)).given
    missing = missing_of_request(given)
    assert missing == (element,)
    assert [one.source for one in explained("take_it_down", missing)] == [f"47 U.S.C. 223a(a)(1)(B){place}"]
    case = fold_all(a_case(), [requested(1, given)])
    assert not of_kind(case, ClockKind.TAKE_DOWN)
    assert case.counts[INTIMATE_IMAGES].reports == 1


def test_the_48_hours_run_from_the_message_that_completed_the_request():
    half = frozenset({Element.LOCATION, Element.CONTACT})
    events = [requested(1, half), requested(2, WHOLE, timedelta(hours=5), completes="t-1")]
    case = fold_all(a_case(), events)
    (clock,) = of_kind(case, ClockKind.TAKE_DOWN)
    assert (clock.started_at, clock.due_at) == (later(hours=5), later(hours=5) + REMOVAL_WITHIN)
    assert case.counts[INTIMATE_IMAGES].reports == 1, "what completes a request is no second report"


def test_a_clock_set_by_law_is_warned_of_breached_and_shown_as_stuck_and_nobody_prolongs_it():
    case = fold_all(a_case(), [requested(1, WHOLE)])
    (clock,) = case.clocks[-1:]
    assert [next_tick(clock.evolve(warned=warned)).percent for warned in ((), (50,), (50, 80))] == [50, 80, 100]
    refusal = refuse_extension(case, clock.clock_id, clock.due_at + timedelta(hours=1))
    assert refusal is not None
    assert refusal.code == "not_extendable"
    late = case.evolve(clocks=(clock.evolve(breached_at=clock.due_at),))
    assert (stuck(case), stuck(late), project(late).stuck) == (False, True, True)


def test_the_removal_clock_stops_when_the_platform_confirmed_and_not_by_the_hold():
    life = _held_request()
    assert of_kind(life.case, ClockKind.TAKE_DOWN)
    life.decided()
    assert of_kind(life.case, ClockKind.TAKE_DOWN), "ordered is not removed"
    assert not of_kind(life.confirmed().case, ClockKind.TAKE_DOWN)


def test_a_depiction_that_the_law_does_not_cover_owes_no_removal():
    life = _held_request()
    life.decided(Outcome.NO_VIOLATION)
    assert not of_kind(life.case, ClockKind.TAKE_DOWN)


def test_no_order_of_arrival_loses_a_clock():
    messages: tuple[tuple[ReportSource | None, frozenset[Element]], ...] = (
        (None, WHOLE),
        (None, frozenset()),
        (ReportSource.OTHER, frozenset()),
    )
    for order in permutations(messages):
        events = [
            requested(number, given) if source is None else a_report(number, INTIMATE_IMAGES, source=source)
            for number, (source, given) in enumerate(order, start=1)
        ]
        for read in (events, compacted(events)):
            (clock,) = of_kind(fold_all(a_case(), read), ClockKind.TAKE_DOWN)
            assert clock.due_at == NOON + REMOVAL_WITHIN


def test_a_storm_of_requests_is_summed_up_with_the_earliest_end():
    events = [requested(number, WHOLE, timedelta(minutes=number)) for number in range(1, 500)]
    (one,) = compacted(events)
    assert isinstance(one.body, ReportReceived)
    assert one.body.remove_by == later(minutes=1) + REMOVAL_WITHIN
    assert len(fold_all(a_case(), [one]).clocks) == 2


def test_the_receipt_tells_what_is_missing_and_under_which_id_to_send_it():
    body = request_received({"area": INTIMATE_IMAGES}, "t-1", frozenset(), 1, NOON, new=1, told=1)
    life = Life(area=INTIMATE_IMAGES).add("inbox:1", body)
    receipt = Notice(notice_id="receipt", kind=NoticeKind.RECEIPT, audience=Audience.REPORTERS, cause="receipt")
    words = view_of(life.case, receipt, PACK, Cause(), platform_name="Plaza", informed_at=NOON, report=body)
    text = PAPER.write(NoticeKind.RECEIPT, words).text
    assert "request id, t-1" in text
    assert all(one.cure in text for one in explained("take_it_down", body.missing))


def _held_request() -> Life:
    life = Life(area=INTIMATE_IMAGES)
    life.add("inbox:1", requested(1, WHOLE).body)
    return life.captured().triaged(hold=(HIDE,)).confirmed()
