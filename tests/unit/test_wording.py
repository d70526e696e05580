"""What notices say: every element of DSA Art. 17(3), nothing that is not confirmed, nothing by which a reporter shows."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.appeals import AppealRefusal, Role
from cases.decisions import EnforcementRequest, Outcome
from cases.events import MeasureExpired, OrderVoided
from cases.measures import MeasureKind, Target
from cases.messages import ReportSource
from cases.names import SubjectKind
from cases.phrases_en import ENGLISH
from cases.received import ReportReceived
from cases.telling import NoticeKind
from tests.builders import HIDE, NOON, REMOVE, SUSPEND
from tests.lives import PACK, Life, a_decided_life, a_held_life

PUNITIVE = (
    "violat",
    "breach",
    "punish",
    "sanction",
    "strike",
    "suspend",
    "removed",
    "restrict",
    "abus",
    "guilty",
    "rules",
)


def test_a_provisional_statement_says_what_is_hidden_why_and_how_it_came_about():
    words = a_held_life().words(NoticeKind.STATEMENT_PROVISIONAL, made_on=datetime(2026, 3, 1, 23, tzinfo=UTC))
    assert words.subject_description == "your post of 1 March 2026"
    (measure,) = words.measures
    assert (measure.label, measure.territory, measure.until) == ("your post is hidden", "all countries", None)
    assert measure.since == "2 March 2026, 18:00 UTC"  # when the platform confirmed, not when we asked
    assert words.facts == PACK.rule("harassment.flagged-and-reported").then.facts
    assert words.source_label == "on a notice"
    assert words.automated_detection
    assert words.automated_decision == "fully"
    assert words.ground.kind == "terms"


def test_a_hold_without_a_machines_word_was_not_found_by_a_machine():
    words = a_held_life(rules=("spam.reported-thrice",)).words(NoticeKind.STATEMENT_PROVISIONAL)
    assert not words.automated_detection
    assert words.automated_decision == "fully"  # how it was found and how it was decided are two questions


def test_a_reviewed_decision_was_made_by_a_person_whatever_found_it():
    words = a_held_life().decided().confirmed().words(NoticeKind.STATEMENT)
    assert words.automated_detection
    assert words.automated_decision == "not"
    assert words.facts.endswith("falls under: Harassment.")


def test_an_automatic_decision_that_a_person_confirmed_is_partly_automatic():
    words = a_decided_life(automated=True, by="rule:spam.certain", second_by="rev-2").words(NoticeKind.STATEMENT)
    assert words.automated_decision == "partially"


@pytest.mark.parametrize(
    ("source", "label"),
    [
        (ReportSource.NOTICE, "on a notice"),
        (ReportSource.TRUSTED_FLAGGER, "on a notice"),
        (ReportSource.OTHER, "on a report"),
    ],
)
def test_the_source_is_named_and_the_sender_is_not(source: ReportSource, label: str):
    life = Life().reported(source=source).captured().triaged().decided().confirmed()
    assert life.words(NoticeKind.STATEMENT).source_label == label


def test_what_nobody_reported_was_found_on_our_own_initiative_by_a_machine():
    words = Life().captured().triaged("other.unmapped").decided().confirmed().words(NoticeKind.STATEMENT)
    assert words.source_label == "on our own initiative"
    assert words.automated_detection


def test_reports_that_came_after_the_decision_did_not_lead_to_it():
    life = Life().captured().triaged("harassment.flagged").decided().confirmed().reported(5)
    assert life.words(NoticeKind.STATEMENT).source_label == "on our own initiative"


def test_only_what_the_platform_confirmed_is_told():
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, REMOVE, SUSPEND)
    account = next(order for order in life.case.orders if order.target is Target.AUTHOR)
    life.add("voided", OrderVoided(order_id=account.order_id, reason="unknown_target")).confirmed()
    assert [measure.label for measure in life.words(NoticeKind.STATEMENT).measures] == ["your post was removed"]


def test_a_suspension_names_the_account_and_its_end():
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, REMOVE, SUSPEND).confirmed()
    labels = {measure.label: measure.until for measure in life.words(NoticeKind.STATEMENT).measures}
    assert labels == {"your post was removed": None, "your account is suspended": "9 March 2026, 16:00 UTC"}


@pytest.mark.parametrize(
    ("reach", "territory"),
    [
        ((), "all countries"),
        (("DE",), "Germany"),
        (("DE", "FR", "US"), "Germany, France and US"),
        (("EU", "NO"), "the European Union and Norway"),
    ],
)
def test_the_territory_is_named(reach: tuple[str, ...], territory: str):
    hide = EnforcementRequest(kind=MeasureKind.HIDE, reach=reach)
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, hide).confirmed()
    assert life.words(NoticeKind.STATEMENT).measures[0].territory == territory


def test_the_way_to_object_runs_from_the_day_the_person_is_told():
    told = datetime(2026, 8, 31, 23, 59, tzinfo=UTC)
    redress = a_decided_life().words(NoticeKind.STATEMENT, informed_at=told).redress
    assert redress.appeal_until == "28 February 2027"
    assert "decision d-1" in redress.how
    assert (redress.bodies, redress.court) == (ENGLISH.bodies, ENGLISH.court)


def test_a_strike_is_told_with_its_end():
    assert a_decided_life().words(NoticeKind.STATEMENT).strike_until == "31 May 2026"
    assert (
        "It is the first, and does not count"
        in a_decided_life().letter(NoticeKind.STATEMENT, strike_forgiven=True).text
    )
    assert a_decided_life("spam").words(NoticeKind.STATEMENT).strike_until is None


def test_reporters_learn_the_outcome_and_the_author_is_not_described_to_them():
    report = ReportReceived(number=1, area="harassment", source=ReportSource.NOTICE, received_at=NOON)
    words = a_decided_life().words(NoticeKind.OUTCOME_REPORTER, report=report)
    assert words.subject_description == "the post you reported on 2 March 2026"
    assert (words.outcome, words.audience) == ("violation", "reporter")
    assert words.redress is not None
    assert words.strike_until is None
    assert words.measures == ()


def test_a_generic_outcome_says_that_we_looked_and_nothing_of_what_we_found():
    letter = a_decided_life("child_safety").letter(NoticeKind.OUTCOME_REPORTER_GENERIC)
    words = a_decided_life("child_safety").words(NoticeKind.OUTCOME_REPORTER_GENERIC)
    assert (words.outcome, words.ground, words.facts, words.measures) == (None, None, None, ())
    assert "child" not in (letter.text + letter.html).lower()


def test_support_offers_help_of_the_persons_country_and_no_punitive_word():
    life = Life("self_harm").reported().captured(jurisdiction="DE").triaged().decided(Outcome.SUPPORT)
    words = life.words(NoticeKind.SUPPORT_RESOURCES)
    assert [one.contact for one in words.resources] == ["112", "116 123", "https://findahelpline.com"]
    letter = life.letter(NoticeKind.SUPPORT_RESOURCES)
    spoken = re.sub(r"style=\"[^\"]*\"", "", f"{letter.subject_line} {letter.text} {letter.html}").lower()
    assert not [word for word in PUNITIVE if word in spoken]
    assert (words.measures, words.ground, words.redress, words.facts) == ((), None, None, None)


def test_where_the_country_is_not_known_all_help_is_named():
    life = Life("self_harm").reported().captured().triaged().decided(Outcome.SUPPORT)
    assert len(life.words(NoticeKind.SUPPORT_REPORTER).resources) == 4


def test_a_hold_that_found_nothing_is_lifted_with_no_word_of_blame():
    letter = a_held_life().decided(Outcome.NO_VIOLATION).confirmed().letter(NoticeKind.HOLD_LIFTED)
    assert "nothing of it counts against you" in letter.text


def test_a_hold_that_ends_by_its_clock_has_its_notice():
    limited = EnforcementRequest(kind=MeasureKind.HIDE, duration="P7D")
    life = Life().reported(3).captured().triaged("spam.reported-thrice", hold=(limited,)).confirmed()
    life.add("expired", MeasureExpired(measure_id="hold:harassment/1/1")).confirmed()
    assert life.words(NoticeKind.HOLD_LIFTED).reference == life.case_id


def test_a_whole_reversal_leaves_nothing_in_force_and_nothing_to_appeal():
    words = a_decided_life().appealed().reversed().confirmed().words(NoticeKind.REVERSAL_AUTHOR)
    assert (words.measures, words.redress) == ((), None)
    assert "no part in it" in words.facts


def test_a_partial_reversal_says_what_stays():
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, HIDE, SUSPEND).confirmed()
    life.reversed(keep=("d-1/2",), by="operator:op-1").confirmed()
    words = life.words(NoticeKind.REVERSAL_AUTHOR)
    assert [measure.label for measure in words.measures] == ["your account is suspended"]
    assert words.redress is not None
    assert life.words(NoticeKind.REVERSAL_REPORTER).outcome is None


def test_reporters_hear_of_a_whole_reversal_that_it_may_stay():
    words = a_decided_life().appealed().reversed().confirmed().words(NoticeKind.REVERSAL_REPORTER)
    assert words.outcome == "no_violation"


def test_an_ended_measure_is_told_with_what_remains():
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, REMOVE, SUSPEND).confirmed()
    life.at += timedelta(days=7)
    life.add("expired", MeasureExpired(measure_id="d-1/2")).confirmed()
    words = life.words(NoticeKind.MEASURE_EXPIRED)
    assert [measure.label for measure in words.measures] == ["your post was removed"]
    assert words.facts is not None
    assert words.facts.startswith("your account is suspended, from ")


def test_an_upheld_appeal_says_the_ground_and_the_ways_left():
    words = a_decided_life().appealed().upheld().words(NoticeKind.APPEAL_UPHELD)
    assert words.audience == "appellant"
    assert words.ground is not None
    assert words.redress is not None


def test_an_upheld_appeal_of_a_reporter_who_may_not_know_names_no_ground():
    life = a_decided_life("child_safety").appealed(Role.REPORTER).upheld()
    words = life.words(NoticeKind.APPEAL_UPHELD)
    assert words.ground is None
    assert words.subject_description == "the post you reported"


@pytest.mark.parametrize("reason", AppealRefusal)
def test_a_refused_appeal_says_why(reason: AppealRefusal):
    life = a_decided_life().refused(reason)
    assert life.words(NoticeKind.APPEAL_REFUSED).refusal == reason
    assert "sorry" in life.letter(NoticeKind.APPEAL_REFUSED).text


def test_a_stranger_who_appeals_learns_nothing_of_what_the_case_is_about():
    words = a_decided_life().refused(AppealRefusal.NOT_INFORMED, role=None).words(NoticeKind.APPEAL_REFUSED)
    assert words.subject_description == "what you wrote to us about"
    assert (words.ground, words.measures, words.facts) == (None, (), None)


@pytest.mark.parametrize(
    ("kind", "description"),
    [(SubjectKind.ACCOUNT, "your account"), (SubjectKind.COMMUNITY, "your community")],
)
def test_what_is_no_post_is_called_by_its_name(kind: SubjectKind, description: str):
    limit = EnforcementRequest(kind=MeasureKind.LIMIT)
    life = Life(kind=kind).reported().captured().triaged().decided(Outcome.VIOLATION, limit).confirmed()
    assert life.words(NoticeKind.STATEMENT, made_on=NOON).subject_description == description


def test_times_are_told_in_utc():
    evening = datetime.fromisoformat("2026-12-31T23:30:00-02:00")
    assert (ENGLISH.day(evening), ENGLISH.moment(evening)) == ("1 January 2027", "1 January 2027, 01:30 UTC")


RESTRICTIONS = st.sampled_from(
    [HIDE, REMOVE, SUSPEND, *(EnforcementRequest(kind=MeasureKind(kind)) for kind in ("label", "age_gate", "demote"))]
)


@given(
    area=st.sampled_from(["harassment", "spam", "other"]),
    enforcements=st.lists(RESTRICTIONS, min_size=1, max_size=4, unique_by=lambda one: one.kind),
    reports=st.integers(0, 4),
    source=st.sampled_from(ReportSource),
    automated=st.booleans(),
    trail=st.sampled_from(["statement", "statement_provisional"]),
)
def test_every_statement_has_all_six_elements_of_article_17(
    area: str,
    enforcements: list[EnforcementRequest],
    reports: int,
    source: ReportSource,
    automated: bool,
    trail: str,
):
    life = Life(area).reported(reports, source).captured()
    if trail == "statement":
        life.triaged().decided(Outcome.VIOLATION, *enforcements, automated=automated).confirmed()
    else:
        life.triaged(hold=(HIDE, *enforcements)).confirmed()
    kind = NoticeKind(trail)
    words, letter = life.words(kind), life.letter(kind)
    ground = PACK.areas[area].ground
    for text in (letter.text, letter.html):
        for measure in words.measures:  # (a) what, where, since and until when
            assert measure.label in text
            assert f"in {measure.territory}, since {measure.since}" in text
            assert (f"until {measure.until}" if measure.until else "with no end date") in text
        assert words.facts in text  # (b)
        assert words.source_label in text
        assert "automated check pointed us to it" in text  # (c), either way
        assert "The decision was made" in text
        assert ground.name in text  # (d), (e)
        assert ground.explanation in text
        assert ground.url in text
        assert f"until {words.redress.appeal_until}" in text  # (f)
        assert ENGLISH.bodies in text
        assert ENGLISH.court in text
    assert words.measures
    for number in range(1, reports + 1):
        assert f"inbox:{number}" not in letter.text + letter.html
    assert "rev-1" not in letter.text + letter.html
