"""What a decision of ours means in the EU database's fields. The mapping is tested, which no schema does."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.case import ReportCount
from cases.decisions import EnforcementRequest, Ground, Outcome
from cases.enforcement_kinds import KINDS, RESTRICTIONS
from cases.events import OrderVoided
from cases.evidence import EvidenceOrigin
from cases.measures import MeasureKind, Target
from cases.messages import ReportSource
from cases.names import SubjectKind
from cases.statement_contents import filed_content
from cases.statement_fields import COUNTRIES, EU, VISIBILITY_DECISIONS, countries_of
from cases.statements import NothingToState, source_type
from cases.telling import NoticeKind
from simulators.transparency.rules import SINGLE
from simulators.transparency.validation import validate
from simulators.transparency.vocabulary import COUNTRIES as DATABASE_COUNTRIES
from simulators.transparency.vocabulary import LANGUAGES as DATABASE_LANGUAGES
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, TERMINATE, evidence
from tests.lives import PACK, Life, a_decided_life, a_held_life

WARN = EnforcementRequest(kind=MeasureKind.WARN, target=Target.AUTHOR)


def a_life_with(*enforcements: EnforcementRequest, kind: SubjectKind = SubjectKind.CONTENT) -> Life:
    return Life(kind=kind).reported().captured().triaged().decided(Outcome.VIOLATION, *enforcements).confirmed()


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        (MeasureKind.HIDE, "DECISION_VISIBILITY_CONTENT_DISABLED"),
        (MeasureKind.REMOVE, "DECISION_VISIBILITY_CONTENT_REMOVED"),
        (MeasureKind.LABEL, "DECISION_VISIBILITY_CONTENT_LABELLED"),
        (MeasureKind.AGE_GATE, "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"),
        (MeasureKind.DEMOTE, "DECISION_VISIBILITY_CONTENT_DEMOTED"),
        (MeasureKind.INTERSTITIAL, "DECISION_VISIBILITY_OTHER"),
        (MeasureKind.LIMIT_INTERACTION, "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"),
    ],
)
def test_each_restriction_of_content_has_its_visibility_decision(kind: MeasureKind, decision: str):
    statement = a_life_with(EnforcementRequest(kind=kind)).statement()
    assert statement.decision_visibility == (decision,)
    assert (statement.decision_account, statement.decision_provision) == (None, None)
    assert (statement.decision_visibility_other is not None) == (kind is MeasureKind.INTERSTITIAL)


def test_accounts_are_suspended_closed_or_limited():
    assert a_life_with(SUSPEND).statement().decision_account == "DECISION_ACCOUNT_SUSPENDED"
    assert a_life_with(TERMINATE).statement().decision_account == "DECISION_ACCOUNT_TERMINATED"
    assert a_life_with(SUSPEND, TERMINATE).statement().decision_account == "DECISION_ACCOUNT_TERMINATED"
    limit = EnforcementRequest(kind=MeasureKind.LIMIT, target=Target.AUTHOR)
    assert a_life_with(limit).statement().decision_provision == "DECISION_PROVISION_PARTIAL_SUSPENSION"


def test_every_restriction_we_know_can_be_stated():
    for kind in RESTRICTIONS:
        subject = min(KINDS[kind].lies_on - {SubjectKind.CAMPAIGN})
        assert a_life_with(EnforcementRequest(kind=kind), kind=subject).statement().payload()


def test_money_that_is_held_or_refused_is_stated_as_a_monetary_decision():
    def stated(*enforcements: EnforcementRequest) -> tuple[str | None, date | None]:
        statement = a_life_with(*enforcements, kind=SubjectKind.TRANSACTION).statement()
        return statement.decision_monetary, statement.end_date_monetary_restriction

    held = EnforcementRequest(kind=MeasureKind.HOLD, duration="P3D")
    assert stated(held) == ("DECISION_MONETARY_SUSPENSION", date(2026, 3, 5))
    assert stated(held, EnforcementRequest(kind=MeasureKind.REFUSE)) == ("DECISION_MONETARY_TERMINATION", None)
    with pytest.raises(NothingToState):
        stated(EnforcementRequest(kind=MeasureKind.RELEASE))


def test_a_community_is_stated_by_the_gravest_of_each_family():
    wanted = [
        EnforcementRequest(kind=kind) for kind in (MeasureKind.REPLACE_OWNER, MeasureKind.DELIST, MeasureKind.READ_ONLY)
    ]
    statement = a_life_with(*wanted, kind=SubjectKind.COMMUNITY).statement()
    assert statement.decision_provision == "DECISION_PROVISION_PARTIAL_TERMINATION"
    assert statement.decision_visibility == ("DECISION_VISIBILITY_CONTENT_DEMOTED",)


def test_one_statement_carries_several_decisions_with_their_own_ends():
    week = EnforcementRequest(kind=MeasureKind.LABEL, duration="P3D")
    statement = a_life_with(week, SUSPEND).statement()
    assert statement.decision_visibility == ("DECISION_VISIBILITY_CONTENT_LABELLED",)
    assert statement.decision_account == "DECISION_ACCOUNT_SUSPENDED"
    assert statement.end_date_visibility_restriction == date(2026, 3, 5)
    assert statement.end_date_account_restriction == date(2026, 3, 9)
    assert statement.end_date_service_restriction is None


def test_what_has_no_end_date_has_none_although_something_beside_it_ends():
    week = EnforcementRequest(kind=MeasureKind.LABEL, duration="P7D")
    assert a_life_with(week, HIDE).statement().end_date_visibility_restriction is None


def test_a_warning_restricts_nothing_and_is_not_filed():
    with pytest.raises(NothingToState):
        a_life_with(WARN).statement()


def test_what_the_platform_never_applied_is_not_stated():
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, REMOVE, SUSPEND)
    account = next(order for order in life.case.orders if order.target is Target.AUTHOR)
    life.add("voided", OrderVoided(order_id=account.order_id, reason="unknown_target")).confirmed()
    assert life.statement().decision_account is None


@pytest.mark.parametrize(
    ("source", "stated"),
    [
        (ReportSource.NOTICE, "SOURCE_ARTICLE_16"),
        (ReportSource.TRUSTED_FLAGGER, "SOURCE_TRUSTED_FLAGGER"),
        (ReportSource.OTHER, "SOURCE_TYPE_OTHER_NOTIFICATION"),
    ],
)
def test_each_kind_of_report_has_its_source(source: ReportSource, stated: str):
    life = Life().reported(source=source).captured().triaged().decided().confirmed()
    assert life.statement().source_type == stated


def test_what_nobody_reported_is_voluntary_and_was_detected_automatically():
    statement = Life().captured().triaged("harassment.flagged").decided().confirmed().statement()
    assert (statement.source_type, statement.automated_detection) == ("SOURCE_VOLUNTARY", "Yes")


def test_a_trusted_flaggers_notice_goes_before_the_others():
    life = Life().reported(2).reported(source=ReportSource.TRUSTED_FLAGGER).reported(source=ReportSource.OTHER)
    assert life.captured().triaged().decided().confirmed().statement().source_type == "SOURCE_TRUSTED_FLAGGER"
    assert source_type(ReportCount(reports=2, notices=1)) == "SOURCE_ARTICLE_16"


def test_reports_after_the_decision_change_nothing_in_its_statement():
    life = Life().captured().triaged("harassment.flagged").decided().confirmed()
    before = life.statement()
    life.reported(3, ReportSource.TRUSTED_FLAGGER)
    assert life.statement() == before


def test_detection_is_automatic_only_where_a_rule_that_reads_machines_held():
    assert a_held_life().statement("hold:harassment/1").automated_detection == "Yes"
    assert a_decided_life().statement().automated_detection == "No"
    reads_no_score = a_held_life(rules=("harassment.trusted-flagger", "harassment.reported"))
    assert reads_no_score.statement("hold:harassment/1").automated_detection == "No"


def test_decision_and_detection_are_independent():
    hold = a_held_life(rules=("harassment.reported",)).statement("hold:harassment/1")
    assert (hold.automated_detection, hold.automated_decision) == ("No", "AUTOMATED_DECISION_FULLY")
    reviewed = a_held_life().decided().confirmed().statement()
    assert (reviewed.automated_detection, reviewed.automated_decision) == ("Yes", "AUTOMATED_DECISION_NOT_AUTOMATED")
    rule = a_decided_life(automated=True, by="rule:spam.certain").statement()
    assert rule.automated_decision == "AUTOMATED_DECISION_FULLY"
    seconded = a_decided_life(automated=True, by="rule:spam.certain", second_by="rev-2").statement()
    assert seconded.automated_decision == "AUTOMATED_DECISION_PARTIALLY"


def test_the_ground_is_the_terms_or_the_law_never_both():
    terms = a_decided_life().statement()
    assert terms.decision_ground == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert terms.incompatible_content_ground == PACK.areas["harassment"].ground.name
    assert (terms.illegal_content_legal_ground, terms.illegal_content_explanation) == (None, None)
    law = a_decided_life("child_safety", ground=Ground.LAW).statement()
    assert law.decision_ground == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert law.illegal_content_legal_ground == PACK.areas["child_safety"].ground.name
    assert (law.incompatible_content_ground, law.incompatible_content_explanation) == (None, None)


def test_category_and_keywords_are_the_packs():
    statement = a_decided_life().statement()
    assert statement.category == "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    assert statement.category_specification == ("KEYWORD_CYBER_HARASSMENT",)
    assert statement.category_specification_other is None
    assert a_decided_life("spam").statement().category_specification_other == "Spam"


def test_a_restriction_reaches_all_of_the_eea_unless_it_names_countries():
    assert set(a_decided_life().statement().territorial_scope) == set(COUNTRIES)
    german = EnforcementRequest(kind=MeasureKind.HIDE, reach=("DE", "US"))
    assert a_life_with(german).statement().territorial_scope == ("DE",)
    assert countries_of(("EU", "NO")) == {*EU, "NO"}


def test_a_restriction_outside_the_eea_alone_is_not_stated():
    with pytest.raises(NothingToState):
        a_life_with(EnforcementRequest(kind=MeasureKind.HIDE, reach=("US",))).statement()


def test_the_restriction_applies_from_when_the_platform_confirmed_it():
    life = Life().reported().captured().triaged().decided()
    life.at = datetime(2026, 3, 4, 12, tzinfo=UTC)  # two days of a platform that was down
    assert life.confirmed().statement().application_date == date(2026, 3, 4)


def test_a_measure_that_ended_before_the_platform_confirmed_it_ends_the_day_it_began():
    life = Life().reported().captured().triaged()
    life.decided(Outcome.VIOLATION, EnforcementRequest(kind=MeasureKind.HIDE, duration="PT1H"))
    life.at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert life.confirmed().statement().end_date_visibility_restriction == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("snapshot", "types", "other"),
    [
        ({"text": "words"}, ("CONTENT_TYPE_TEXT",), None),
        ({"text": "", "attachments": [{"media_type": "image/png"}]}, ("CONTENT_TYPE_IMAGE",), None),
        (
            {"text": "words", "attachments": [{"media_type": "video/mp4"}, {"media_type": "audio/ogg"}]},
            ("CONTENT_TYPE_AUDIO", "CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO"),
            None,
        ),
        ({"attachments": [{"media_type": "application/pdf"}]}, ("CONTENT_TYPE_OTHER",), "Attached file"),
        ({}, ("CONTENT_TYPE_TEXT",), None),
    ],
)
def test_content_types_follow_what_was_captured(snapshot: dict, types: tuple[str, ...], other: str | None):
    content = filed_content(SubjectKind.CONTENT, evidence(), snapshot, NOON)
    assert (content.types, content.other) == (types, other)


TWO_PIECES = ("attachment:2", "text:0-9")
MEDIA = {"text": "Synthetic words.", "attachments": [{"media_type": "video/mp4"}, {"media_type": "image/png"}]}


@pytest.mark.parametrize(
    ("pieces", "types", "words"),
    [
        (("attachment:2",), ("CONTENT_TYPE_IMAGE",), "attachment 2"),
        (TWO_PIECES, ("CONTENT_TYPE_IMAGE", "CONTENT_TYPE_TEXT"), "attachment 2, characters 0 to 9"),
    ],
)
def test_what_is_about_a_piece_in_some_countries_says_which_and_where(
    pieces: tuple[str, ...], types: tuple[str, ...], words: str
):
    """The database has no field for a part of the content: its types are the piece's, and the facts name it."""
    confined = HIDE.model_copy(update={"excerpts": pieces, "reach": ("FR", "DE", "US")})
    life = a_life_with(confined)
    statement = life.statement(snapshot=MEDIA)
    assert statement.content_type == types
    assert statement.decision_visibility == ("DECISION_VISIBILITY_CONTENT_DISABLED",)
    assert statement.territorial_scope == ("DE", "FR")
    assert words in statement.decision_facts
    assert validate(statement.payload(), SINGLE).errors == {}

    told = life.words(NoticeKind.STATEMENT)
    assert told.facts == statement.decision_facts
    assert words in told.measures[0].label
    assert told.measures[0].territory == "France, Germany and US"


def test_what_is_of_a_piece_and_of_the_whole_is_about_the_whole():
    statement = a_life_with(HIDE.model_copy(update={"excerpts": TWO_PIECES}), REMOVE).statement(snapshot=MEDIA)
    assert statement.content_type == ("CONTENT_TYPE_IMAGE", "CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO")
    assert "attachment" not in statement.decision_facts


def test_an_account_is_other_content_and_dated_by_its_opening():
    statement = a_life_with(SUSPEND, kind=SubjectKind.ACCOUNT).statement(
        snapshot={"created_at": "2019-07-01T08:00:00Z"}
    )
    assert (statement.content_type, statement.content_type_other) == (("CONTENT_TYPE_OTHER",), "Account")
    assert statement.content_date == date(2019, 7, 1)


@pytest.mark.parametrize("made", [None, "no time", "2026-01-01T00:00:00", "1999-12-31T00:00:00Z"])
def test_a_day_the_platform_does_not_know_is_the_day_of_capture(made: str | None):
    content = filed_content(SubjectKind.CONTENT, evidence(origin=EvidenceOrigin.REPORT), {"created_at": made}, NOON)
    assert content.made_on == NOON.date()


def test_a_language_is_stated_in_capitals_and_an_unknown_one_is_left_out():
    assert filed_content(SubjectKind.CONTENT, evidence(language="en"), {}, NOON).language == "EN"
    assert filed_content(SubjectKind.CONTENT, evidence(language="und"), {}, NOON).language is None
    assert filed_content(SubjectKind.CONTENT, None, None, NOON).language is None


def test_a_reversal_is_a_second_statement_that_names_the_first():
    life = a_held_life().decided().confirmed().appealed().reversed().confirmed()
    statement = life.statement("reversal:r-1")
    hold, decision = life.filing("hold:harassment/1"), life.filing("d-1")
    assert statement.decision_visibility == ("DECISION_VISIBILITY_OTHER",)
    assert statement.decision_visibility_other == (
        f"Restriction lifted after review; supersedes {hold.filing_id}, {decision.filing_id}"
    )
    assert statement.puid not in (hold.filing_id, decision.filing_id)
    assert statement.end_date_visibility_restriction == life.at.date()
    assert statement.automated_decision == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert statement.decision_facts.startswith("The decision of 2 March 2026 was looked at again by a person")


def test_a_partial_reversal_states_what_stays():
    life = a_life_with(HIDE, SUSPEND).reversed(keep=("d-1/2",)).confirmed()
    statement = life.statement("reversal:r-1")
    assert statement.decision_visibility_other.startswith("Restriction partly lifted")
    assert statement.decision_account == "DECISION_ACCOUNT_SUSPENDED"
    assert statement.end_date_account_restriction == date(2026, 3, 9)


def test_personal_data_in_a_packs_words_is_refused_before_anybody_sees_it():
    statement = a_decided_life().statement()
    with pytest.raises(ValidationError, match="mail address"):
        statement.evolve(decision_facts="Write to somebody@example.invalid about it.")


@pytest.mark.parametrize(
    "changes",
    [
        {"decision_visibility": ()},
        {"decision_visibility": ("DECISION_VISIBILITY_OTHER",)},
        {"decision_visibility_other": "not asked for"},
        {"incompatible_content_ground": None},
        {"illegal_content_legal_ground": "not asked for"},
        {"content_type": ()},
        {"content_type": ("CONTENT_TYPE_OTHER",)},
        {"category": "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT"},
        {"category_specification": ("KEYWORD_SUICIDE",)},
        {"category_specification": ("KEYWORD_OTHER",)},
        {"territorial_scope": ()},
        {"territorial_scope": ("EL",)},
        {"content_language": "en"},
        {"content_date": date(1999, 12, 31)},
        {"application_date": date(2019, 12, 31)},
        {"end_date_visibility_restriction": date(2020, 1, 1)},
        {"decision_facts": "   "},
        {"decision_facts": "x" * 5_001},
        {"incompatible_content_explanation": "x" * 2_001},
        {"decision_ground_reference_url": "/terms"},
        {"automated_detection": True},
        {"puid": "case/1"},
    ],
)
def test_what_the_database_would_refuse_or_drop_is_refused_here(changes: dict):
    with pytest.raises(ValidationError):
        a_decided_life().statement().evolve(**changes)


def test_countries_and_languages_are_the_databases():
    assert frozenset(COUNTRIES) == DATABASE_COUNTRIES
    from cases.statement_fields import LANGUAGES

    assert LANGUAGES == DATABASE_LANGUAGES


@given(
    area=st.sampled_from(["harassment", "spam", "child_safety", "other"]),
    kind=st.sampled_from([SubjectKind.CONTENT, SubjectKind.ACCOUNT, SubjectKind.COMMUNITY, SubjectKind.TRANSACTION]),
    kinds=st.sets(st.sampled_from(sorted(RESTRICTIONS)), min_size=1, max_size=4),
    duration=st.sampled_from([None, "PT1H", "P7D", "P5000D"]),
    reach=st.lists(st.sampled_from(["DE", "FR", "EU", "US"]), max_size=3, unique=True),
    reports=st.integers(0, 3),
    source=st.sampled_from(ReportSource),
    language=st.sampled_from([None, "en", "el", "und"]),
    reverse=st.booleans(),
)
def test_whatever_is_stated_the_database_takes_as_it_is(
    area, kind, kinds, duration, reach, reports, source, language, reverse
):
    enforcements = [EnforcementRequest(kind=one, duration=duration, reach=tuple(reach)) for one in sorted(kinds)]
    life = Life(area, kind).reported(reports, source).captured(language=language).triaged()
    life.decided(Outcome.VIOLATION, *enforcements).confirmed()
    if reverse:
        life.reversed().confirmed()
    try:
        payload = life.statement("reversal:r-1" if reverse else "d-1").payload()
    except NothingToState:
        assert reach == ["US"]
        return
    verdict = validate(payload, SINGLE)
    assert verdict.errors == {}
    assert {field: verdict.kept.get(field) for field in payload} == payload  # and drops nothing of it


def test_visibility_decisions_cover_what_the_law_calls_one():
    assert MeasureKind.INTERSTITIAL in VISIBILITY_DECISIONS
