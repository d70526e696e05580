"""A backtest of recorded cases: the facts of then before the rules of now, and what people said of what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.policy_packs import PolicyPacks
from cases.account_picture import AccountMatter
from cases.assessing import assess, automatic_decisions
from cases.assessments import Triaged
from cases.backtesting import NO_MATTER, CaseReplayed, replayed
from cases.brakes import Brake, reviewed
from cases.case import Case, ReportCount
from cases.decisions import Decision, Outcome
from cases.events import AppealClosed, AppealOpened, CaseEvent, DecisionRecorded, DecisionReversed, SecondLookTaken
from cases.names import SubjectKind
from cases.policy import PolicyPack
from cases.policy_facts import AccountFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.rule_scope import Mode
from tests.builders import NOON, a_case_id
from workers.backtest import Cell, Tally, change_of
from workers.backtest_pages import html_of
from workers.backtest_report import BacktestReport, report_of
from workers.shadow_report import Assumptions

PACK = PolicyPacks(Path(__file__).parents[2] / "policies").active("baseline")
PITCH = Facts(area="spam", signals=SignalFacts(max_score={"spam": 0.95}), content=ContentFacts(links=3))
CROWD = Facts(area="spam", reports=ReportFacts(count=4, independent=4))


def candidate(**rule: Any) -> PolicyPack:
    """The baseline with the rule spam.certain changed."""
    rules = tuple(one.model_copy(update=rule) if one.id == "spam.certain" else one for one in PACK.rules)
    return PACK.model_copy(update={"rules": rules, "digest": "sha256:candidate"})


def a_triage(facts: Facts, pack: PolicyPack = PACK, through: int = 1) -> Triaged:
    count = ReportCount(reports=facts.reports.count, independent=facts.reports.independent)
    case = Case(
        case_id=a_case_id(), counts={facts.area: count} if facts.reports.count else {}, scores=facts.signals.max_score
    )
    case = case if case.counts or not facts.signals.max_score else case.evolve(signals=1)
    return assess(case, 1, facts, {}, lambda _: pack, pack.area_of_label, through, NOON)


def decided(body: Triaged) -> list[Any]:
    """The decisions that rules took with the triage."""
    return [event.body for event in automatic_decisions(CaseEvent(event_id="triage:1/1", occurred_at=NOON, body=body))]


def under(pack: PolicyPack, *bodies: Any) -> CaseReplayed:
    return replayed(pack, [json.loads(body.model_dump_json()) for body in bodies])


def test_an_account_that_rules_of_two_areas_asked_about_is_asked_about_both_again():
    told = Facts(area="spam", subject_kind=SubjectKind.ACCOUNT, account=AccountFacts(contents_30d=3))
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(), "harassment": ReportCount()}, signals=2)
    three = [
        AccountMatter(
            case_id=a_case_id(f"post-{number}"),
            matter_id=f"{area}/1",
            area=area,
            open=True,
            violation=False,
            opened_at=NOON,
        )
        for number in range(3)
        for area in ("spam", "harassment")
    ]
    body = assess(case, 1, told, {}, lambda _: PACK, PACK.area_of_label, 1, NOON, (), three)
    assert [one.area for one in body.assessments] == ["spam", "harassment"]
    assert [(one.area, one.was == one.would) for one in under(PACK, body).matters] == [
        ("harassment", True),
        ("spam", True),
    ]


def spam(case: CaseReplayed) -> Any:
    return next(one for one in case.matters if one.area == "spam")


@pytest.mark.parametrize(
    "facts", [PITCH, CROWD, Facts(area="other"), PITCH.evolve(reports=ReportFacts(count=1, independent=1))]
)
def test_the_pack_in_force_changes_nothing(facts: Facts):
    case = under(PACK, a_triage(facts))
    assert case.matters
    assert [one.was for one in case.matters] == [one.would for one in case.matters]


def test_a_rule_in_shadow_would_ask_people_instead():
    case = under(candidate(mode=Mode.SHADOW), a_triage(PITCH))
    assert (spam(case).was.outcome, spam(case).would.outcome) == ("automatic", "review")
    assert case.shadowed == (("spam.certain", "unknown"),)


def test_the_strongest_answer_of_a_life_counts():
    weak = PITCH.evolve(signals=SignalFacts(max_score={"spam": 0.75}))
    case = under(PACK, a_triage(weak), a_triage(PITCH, through=2))
    assert (spam(case).was.outcome, spam(case).would.outcome, case.asked) == ("automatic", "automatic", 2)


def test_what_a_brake_held_back_counts_as_what_the_rule_wanted():
    body = a_triage(PITCH)
    kept, note = reviewed(body.assessments[0], Brake(reason="cap", name="rule"), file_statements=True)
    case = under(PACK, body.evolve(assessments=(kept,), braked=(note,)))
    assert spam(case).was == spam(case).would


def test_a_matter_that_the_candidate_would_not_open_or_newly_opens_is_said():
    both = a_triage(PITCH.evolve(area="harassment", reports=ReportFacts(count=1, independent=1)))
    assert {one.area for one in both.assessments} == {"harassment", "spam"}
    fewer = PACK.model_copy(update={"rules": tuple(one for one in PACK.rules if one.area != "spam")})
    assert spam(under(fewer, both)).would == NO_MATTER
    alone = a_triage(PITCH.evolve(area="harassment", reports=ReportFacts(count=1, independent=1)), fewer)
    assert spam(under(PACK, alone)).was == NO_MATTER
    assert spam(under(PACK, alone)).would.outcome == "automatic"


def reversal(decision_id: str) -> DecisionReversed:
    return DecisionReversed(reversal_id="r-1", decision_id=decision_id, by="appeal:a-1")


def by_a_person(outcome: Outcome) -> DecisionRecorded:
    decision = Decision(
        decision_id="d-1",
        digest="",
        matter_id="spam/1",
        outcome=outcome,
        by="rev-1",
        automated=False,
        decided_at=NOON,
        evidence_version=1,
    )
    return DecisionRecorded(decision=decision)


def appealed(outcome: Outcome) -> list[Any]:
    opened = AppealOpened(
        appeal_id="a-1",
        decision_id="rule:spam.1",
        appellant="p",
        role="author",
        due_at=NOON,  # type: ignore[arg-type]
    )
    return [opened, AppealClosed(appeal_id="a-1", outcome=outcome, by="rev-2")]


@pytest.mark.parametrize(
    ("after", "truth"),
    [
        ([], "unknown"),
        ([reversal("rule:spam.1")], "wrong"),
        ([SecondLookTaken(decision_id="rule:spam.1", by="rev-1", agrees=True)], "right"),
        (appealed(Outcome.UPHELD), "right"),
    ],
)
def test_what_people_said_of_a_decision_by_rule(after: list[Any], truth: str):
    body = a_triage(PITCH)
    assert spam(under(PACK, body, *decided(body), *after)).truth == truth


@pytest.mark.parametrize(
    ("outcome", "truth"),
    [(Outcome.VIOLATION, "right"), (Outcome.NO_VIOLATION, "wrong"), (Outcome.UNDECIDABLE, "unknown")],
)
def test_what_a_person_decided_of_a_hold(outcome: Outcome, truth: str):
    case = under(PACK, a_triage(CROWD), by_a_person(outcome))
    assert (spam(case).was.outcome, spam(case).truth) == ("hold", truth)


def a_report(pack: PolicyPack) -> BacktestReport:
    """Ten cases: three pitches of which one was reversed, a crowd's hold that was wrong, and six that nobody looked at."""
    body = a_triage(PITCH)
    lives: list[list[Any]] = [[body, *decided(body)]] * 6
    lives += [[body, *decided(body), SecondLookTaken(decision_id="rule:spam.1", by="r", agrees=True)]] * 2
    lives += [[body, *decided(body), reversal("rule:spam.1")], [a_triage(CROWD), by_a_person(Outcome.NO_VIOLATION)]]
    whole, half = Tally(), Tally()
    for number, life in enumerate(lives):
        (whole if number % 2 else half).count(f"case-{number}", under(pack, *life))
    whole.add(half)
    return report_of(whole, pack, "demo", NOON, NOON, Assumptions(hourly_cost=60), 1.0)


def test_a_report_says_what_would_have_changed_and_what_was_wrong():
    report = a_report(candidate(mode=Mode.SHADOW))
    assert (report.cases, report.matters, report.same) == (10, 10, 1)
    (changed,) = report.changed
    assert (changed.kind, changed.was, changed.would, changed.rule, changed.matters) == (
        "weaker", "automatic", "review", "spam.certain", 9,
    )  # fmt: skip
    assert changed.cases == ("case-0", "case-1", "case-2", "case-3", "case-4")
    assert (report.false_holds_was, report.false_holds, report.missed) == (2, 1, 2)
    assert (report.hours_was, report.hours, report.cost) == (0.1, 0.8, 48.0)
    certain = next(one for one in report.rules if one.rule == "spam.certain")
    assert (certain.mode, certain.acts_was, certain.wrong_was, certain.acts) == ("shadow", 9, 1, 0)
    assert [(one.rule, one.cases, one.right, one.wrong) for one in report.shadowed] == [("spam.certain", 9, 2, 1)]


def test_precision_rests_on_those_matters_that_people_spoke_about():
    certain = next(one for one in a_report(PACK).rules if one.rule == "spam.certain")
    assert (certain.acts, certain.right, certain.wrong, certain.unknown, certain.precision) == (9, 2, 1, 6, 0.6667)


def test_a_report_is_one_page_that_needs_nothing_else():
    page = html_of(a_report(candidate(mode=Mode.SHADOW)))
    assert page.count("<svg") == 3
    assert "spam.certain" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_a_change_is_named_by_who_brings_it_about():
    cell = Cell("spam", "review", "spam.likely", "q", "hold", "spam.new", "q", "unknown", "1")
    assert change_of(cell) == ("stronger", "review", "hold", "spam.new")
    assert change_of(cell._replace(was="automatic", was_rule="spam.old")) == ("weaker", "automatic", "hold", "spam.old")
    assert change_of(cell._replace(would="review")) is None
