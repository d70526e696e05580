"""Members of a campaign with cases of their own: what the campaign's decision closes there, and what an objection moves."""

from typing import Any

from cases.appeals import may_hear
from cases.case import Case
from cases.contested import contested
from cases.copying import as_duplicate, derived_id, split_id
from cases.decisions import Decision, SourceDecision
from cases.duties import SpreadDecision, duties
from cases.folding import fold, fold_all
from cases.judging import consequences
from cases.matters import Matter
from cases.names import SubjectKind
from cases.received import BatchDone, CopyDecided, DecisionReceived, SplitOff
from tests.builders import NOON, a_case, a_case_id, a_report, an_ask, an_assessment, an_event, captured, later, triaged
from tests.unit.test_campaigns import a_campaign
from tests.unit.test_campaigns import decided as campaign_decided

SOURCE = SourceDecision(case_id=a_case_id("raid-1", kind=SubjectKind.CAMPAIGN), decision_id="d-1")


def told(case: Case, body: Any) -> Case:
    event = an_event(f"inbox:{body.number}", body, later(hours=1))
    case = fold(case, event)
    return fold_all(case, consequences(case, event, later(hours=1)))


def source() -> tuple[Decision, Matter]:
    campaign = campaign_decided(a_campaign(), sample_violations=57)
    return campaign.decision("d-1"), campaign.matter("harassment/1")


def closed(case: Case) -> Case:
    decision, matter = source()
    body = CopyDecided(
        number=5, version=1, decision=as_duplicate(decision), matter=matter, source=SOURCE, received_at=later(hours=1)
    )
    return told(case, body)


def split(case: Case) -> Case:
    decision, matter = source()
    return told(
        case, SplitOff(number=6, campaign=SOURCE.case_id, decision=decision, matter=matter, received_at=later(hours=1))
    )


def reported() -> Case:
    return fold_all(a_case(), [a_report(), captured(), triaged(an_assessment())])


def heard(case: Case) -> list[str]:
    return [notice.kind for notice in case.notices if notice.kind == "outcome_reporter"]


def test_members_hear_once_the_campaigns_measures_are_in_force():
    campaign = campaign_decided(a_campaign(), sample_violations=57)
    assert not [one for one in duties(campaign, NOON) if isinstance(one, SpreadDecision)]
    done = BatchDone(number=10, order_id="d-1:subject", confirmed=600, void=0, stopped=False, received_at=NOON)
    campaign = fold(campaign, an_event("inbox:10", done))
    assert [one for one in duties(campaign, NOON) if isinstance(one, SpreadDecision)]


def test_a_campaign_that_finds_nothing_leaves_members_to_their_own_review():
    campaign = campaign_decided(a_campaign(), outcome="no_violation", ground=None, rule_id=None)
    assert not campaign.spreads


def test_an_open_matter_of_a_member_is_closed_as_a_duplicate_without_measure_or_strike():
    case = closed(reported())
    own = case.decision(derived_id(SOURCE))
    assert (own.outcome, own.copy_of, own.strike) == ("duplicate", SOURCE, False)
    assert not case.orders
    assert not case.matter("harassment/1").open
    assert len(heard(case)) == 1


def test_a_members_own_hold_goes_without_a_word_of_lifting_since_the_campaigns_measure_stands():
    hold = [{"kind": "hide"}]
    case = closed(fold_all(a_case(), [a_report(), captured(), triaged(an_assessment(hold=hold))]))
    assert case.orders[-1].revoke
    assert "hold_lifted" not in {notice.kind for notice in case.notices}


def test_who_objects_after_that_goes_their_own_way_and_reporters_hear_no_second_time():
    case = split(closed(reported()))
    own = case.decision(split_id(SOURCE))
    assert (own.outcome, own.copy_of) == ("violation", SOURCE)
    assert case.orders[-1].impose
    assert len(heard(case)) == 1


def test_who_decided_the_campaign_hears_no_appeal_of_a_member_that_went_its_own_way():
    case = split(closed(reported()))
    about = contested(case, split_id(SOURCE))
    assert about
    assert about.deciders == ("rev-1",)
    assert not may_hear("rev-1", about.deciders)


def test_what_was_decided_before_does_not_keep_the_measure_without_an_owner():
    asked = DecisionReceived(
        number=3, ask=an_ask(outcome="no_violation", ground=None, rule_id=None), received_at=later(hours=1)
    )
    case = split(told(reported(), asked))
    assert [one.outcome for one in case.decisions] == ["no_violation", "violation"]
    assert case.orders[-1].impose, "the measure on the platform is this case's to take back"
    assert len(split(case).decisions) == 2
