"""Why a case was judged as it was: which rule looked at what, and that asking again gives the same answer."""

from pathlib import Path

import pytest

from activities.policy_packs import PolicyPacks, read_pack_files
from cases.assessing import assess
from cases.assessments import Triaged
from cases.brakes import Brake, reviewed
from cases.case import Case, ReportCount
from cases.explanations import AreaExplained, RuleLooked, explained, parts_of
from cases.packs import read_examples
from cases.policy import PolicyPack
from cases.policy_facts import AccountFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from tests.builders import NOON, a_case_id

POLICIES = Path(__file__).parents[2] / "policies"
EXAMPLES = read_examples(read_pack_files(POLICIES / "baseline"))


@pytest.fixture(scope="module")
def pack() -> PolicyPack:
    return PolicyPacks(POLICIES).active("baseline")


def a_triage(pack: PolicyPack, facts: Facts) -> Triaged:
    case = Case(case_id=a_case_id(), counts={facts.area: ReportCount(reports=1, independent=1)})
    return assess(case, 1, facts, {}, lambda _: pack, pack.area_of_label, 1, NOON)


def of_area(pack: PolicyPack, body: Triaged, area: str) -> AreaExplained:
    found = next(one for one in body.assessments if one.area == area)
    return explained(pack, "triage:1/1", NOON, body, found)


def rule(area: AreaExplained, rule_id: str) -> RuleLooked:
    return next(one for one in area.rules if one.rule_id == rule_id)


PITCH = Facts(area="spam", signals=SignalFacts(max_score={"spam": 0.95}), content=ContentFacts(links=1, duplicates=0))


def test_every_rule_of_the_area_says_what_it_looked_at(pack: PolicyPack):
    area = of_area(pack, a_triage(pack, PITCH), "spam")
    assert (area.outcome, area.decided_by, area.same) == ("review", "spam.likely", True)
    likely, certain = rule(area, "spam.likely"), rule(area, "spam.certain")
    assert (likely.said, certain.said) == ("held", "did not hold")
    assert [(one.held, one.values) for one in certain.parts[1:4]] == [
        (True, {'scores["spam"]': "0.95", "limits.spam_certain": "0.9"}),
        (False, {"content.links": "1", "limits.spam_links": "2"}),
        (None, {"subject.kind": "content"}),  # not asked: the part before it decided
    ]
    assert [one.rule_id for one in area.rules] == [one.id for one in pack.rules if one.area == "spam"]


def test_a_score_that_nobody_gave_is_not_there(pack: PolicyPack):
    facts = Facts(area="spam", reports=ReportFacts(count=1, independent=1))
    likely = rule(of_area(pack, a_triage(pack, facts), "spam"), "spam.likely")
    assert likely.parts[0].held is False
    assert likely.parts[1].held is None
    assert likely.parts[1].values == {'scores["spam"]': "not there", "limits.spam_likely": "0.7"}


def test_what_a_brake_held_back_is_still_the_packs_answer(pack: PolicyPack):
    body = a_triage(pack, PITCH.evolve(content=ContentFacts(links=3)))
    found = next(one for one in body.assessments if one.area == "spam")
    kept, note = reviewed(found, Brake(reason="stopped", name="rule:spam.certain"), file_statements=True)
    area = of_area(pack, body.evolve(assessments=(kept,), braked=(note,)), "spam")
    assert (area.outcome, area.held_back, area.same) == ("review", "stopped rule:spam.certain", True)


def test_another_answer_than_the_recorded_one_is_said(pack: PolicyPack):
    body = a_triage(pack, PITCH)
    changed = {**body.facts, "spam": PITCH.evolve(content=ContentFacts(links=3)).model_dump(mode="json")}
    assert of_area(pack, body.evolve(facts=changed), "spam").same is False


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_every_worked_example_is_explained_and_comes_to_the_same(pack: PolicyPack, example: object):
    facts = Facts.model_validate(example.facts)  # type: ignore[attr-defined]
    body = a_triage(pack, facts.evolve(reports=facts.reports, account=AccountFacts()))
    for found in body.assessments:
        area = explained(pack, "triage:1/1", NOON, body, found)
        assert area.same
        held = {one.rule_id for one in area.rules if one.said == "held"}
        assert held == set(found.rule_ids)
        for one in area.rules:
            whole = [part.held for part in one.parts]
            if one.said == "held":
                assert any(whole) if one.joined == "or" else all(whole)


@pytest.mark.parametrize(
    ("condition", "joined", "parts"),
    [
        ("a && b", "and", ("a", "b")),
        ("a &&\n  (b || c)", "and", ("a", "(b || c)")),
        ("(a && b) || c", "or", ("(a && b)", "c")),
        ("a && b || c", "or", ("a && b", "c")),
        ('x == "a && b" && c', "and", ('x == "a && b"', "c")),
        ("labels.all(a, a == 'x' || a == 'y')", "and", ("labels.all(a, a == 'x' || a == 'y')",)),
        ("a && b ? c : d", "and", ("a && b ? c : d",)),
        ("true", "and", ("true",)),
    ],
)
def test_a_condition_is_taken_apart_where_it_is_joined(condition: str, joined: str, parts: tuple[str, ...]):
    assert parts_of(condition) == (joined, parts)
