"""Reporters' records and independence by example, and the marks that are kept of a report."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from api.problems import parse
from cases.digests import message_digest
from cases.errors import BadInput
from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind
from cases.reporting import ReporterContext, Traits, fingerprint, traits_of
from cases.trust import Past, Reported, ReporterRules, decayed, heard, trust, voice
from record.parsing import incoming
from tests.builders import NOON, SECRET, later

RULES = ReporterRules()
HALF_LIFE = timedelta(days=90)
REASON = "This person has been insulting my friend in every thread since last Tuesday and will not stop"


def said(number: int, minutes: float = 0, **traits: object) -> Reported:
    return Reported(number=number, person=f"p{number}", at=later(minutes=minutes), traits=Traits.model_validate(traits))


def test_evidence_is_worth_half_after_a_half_life():
    assert decayed(NOON - HALF_LIFE, NOON, HALF_LIFE) == pytest.approx(0.5)
    assert decayed(later(days=1), NOON, HALF_LIFE) == 1.0


def test_a_record_begins_at_the_prior_and_moves_by_what_people_decided():
    upheld = [Past(area="spam", upheld=True, at=NOON, count=8)]
    assert trust([], "spam", NOON, RULES) == 0.5
    assert trust(upheld, "spam", NOON, RULES) == pytest.approx(10 / 12)
    assert trust(upheld, "harassment", NOON, RULES) == pytest.approx(4 / 6)  # a quarter of eight
    assert voice(0.5, RULES) == 1.0
    assert voice(10 / 12, RULES) == pytest.approx(5 / 3)


def test_a_hundred_from_one_network_are_heard_as_one_and_three_apart_as_three():
    mob = [said(n, n / 10, network="n1") for n in range(1, 101)]
    three = [said(n, n, network=f"n{n}") for n in range(201, 204)]
    assert (heard(mob, {}, RULES).independent, heard(three, {}, RULES).independent) == (1, 3)
    assert heard(mob, {}, RULES).alone == pytest.approx(1 / 0.9)
    assert heard([*mob, *three], {}, RULES).independent == 4


def test_new_accounts_that_report_together_are_a_crowd_wherever_they_write_from():
    young = [said(n, n / 10, network=f"n{n}", account_created_at=later(days=-1)) for n in range(1, 51)]
    old = [said(n, n / 10, network=f"n{n}", account_created_at=later(days=-100)) for n in range(1, 51)]
    apart = [said(n, n * 61, account_created_at=later(days=-1)) for n in range(1, 6)]
    assert [heard(them, {}, RULES).independent for them in (young, old, apart)] == [1, 50, 5]


def test_time_alone_links_nobody_and_links_end_with_their_time():
    assert heard([said(n, 0) for n in range(1, 6)], {}, RULES).independent == 5
    assert heard([said(1, 0, network="n"), said(2, 60 * 25, network="n")], {}, RULES).independent == 2


def test_one_person_who_reports_again_and_again_is_one():
    again = [Reported(number=n, person="p", at=later(minutes=n)) for n in range(1, 6)]
    found = heard(again, {}, RULES)
    assert (found.count, found.people, found.alone) == (5, 1, 1.0)


def test_near_equal_reasons_share_a_band_and_others_do_not():
    key = b"synthetic key"
    nearly = REASON.replace("Tuesday", "Monday").upper() + "!!"
    other = "Advertising for pills with three links, posted into a thread about gardening and hiking boots"
    assert set(fingerprint(key, REASON)) & set(fingerprint(key, nearly))
    assert not set(fingerprint(key, REASON)) & set(fingerprint(key, other))
    assert fingerprint(key, "this is spam") == ()
    assert not set(fingerprint(key, REASON)) & set(fingerprint(b"another", REASON))


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        ("203.0.113.7", "is an address"),
        ("2001:db8:7::1", "is an address"),
        ("203.0.113.0/25", "is not a /24"),
        ("203.0.113.7/24", "is no network"),
        ("home", "is neither a network nor a hash"),
    ],
)
def test_an_address_is_refused_and_never_repeated(network: str, problem: str):
    body = '{"message_id":"m","subject":{"kind":"content","id":"p"},"area":"spam","context":{"network":"%s"}}'
    with pytest.raises(BadInput) as refused:
        parse(ReportMessage, body % network)
    assert problem in str(refused.value)
    assert "203.0.113.0/24 or 2001:db8:7::/48" in str(refused.value)
    assert not refused.value.problems[0].value


def test_what_is_stored_of_a_report_has_neither_network_nor_campaign_in_clear():
    message = a_message(
        context=ReporterContext(network="203.0.113.0/24", campaign="call-to-arms-7", account_created_at=NOON),
        reason=REASON,
    )
    came = incoming(SECRET, "report", "door", "m-1", message, message.reporter, NOON)
    assert b"203.0.113" not in came.content
    assert b"call-to-arms" not in came.content
    assert b'"context"' not in came.content
    assert b'"traits":{"account"' in came.content


def test_marks_of_one_subject_say_nothing_about_another():
    context = ReporterContext(network="203.0.113.0/24")
    one, other = (traits_of(SECRET, f"content\0post-{n}", "", context, REASON) for n in (1, 2))
    assert one.network != other.network
    assert not set(one.words) & set(other.words)


def test_a_report_without_context_has_the_digest_it_had_before_there_was_any():
    message = a_message(reason="synthetic reason")
    came = incoming(SECRET, "report", "door", "m-1", message, message.reporter, NOON)
    assert came.digest == message_digest(SECRET, message.model_dump(mode="json", exclude={"context"}))


def test_a_pack_may_not_let_linked_reporters_add_up():
    with pytest.raises(ValidationError):
        ReporterRules(linked=0.9)


def a_message(**changes: object) -> ReportMessage:
    plain = {
        "message_id": "m-1",
        "subject": Subject(kind=SubjectKind.CONTENT, id="post-1"),
        "area": "spam",
        "reporter": Person(account_id="ada"),
    }
    return ReportMessage.model_validate({**plain, **changes})
