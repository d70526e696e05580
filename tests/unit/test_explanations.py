"""Why a case was judged as it was: which rule looked at what, and that asking again gives the same answer."""

from pathlib import Path

import pytest

from activities.policy_packs import PolicyPacks, read_pack_files
from cases.assessing import assess
from cases.assessments import Triaged
from cases.brakes import Brake, reviewed
from cases.case import Case, ReportCount
from cases.consultations import Consultation, VendorStance
from cases.consulting import with_missing, with_stances
from cases.decisions import Outcome
from cases.explanations import AreaExplained, RuleLooked, explained, parts_of
from cases.packs import read_examples, reopen_pack
from cases.policy import PolicyPack
from cases.policy_facts import AccountFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.trust import Heard
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


# Every outcome ------------------------------------------------------------------------------------------------------------


def a_pack(rule_id: str = "spam.certain", more: str = "") -> PolicyPack:
    """The baseline pack, with one more line in one of its rules."""
    files = read_pack_files(POLICIES / "baseline")
    there = f'id = "{rule_id}"\n'
    assert there in files["pack.toml"]
    return reopen_pack({**files, "pack.toml": files["pack.toml"].replace(there, there + more)})


CERTAIN = PITCH.evolve(content=ContentFacts(links=3), key="c0ffee")


@pytest.mark.parametrize(
    ("more", "facts", "outcome", "said"),
    [
        ("", CERTAIN, "automatic", "held"),
        ('mode = "shadow"\n', CERTAIN, "review", "held, only recorded"),
        ('mode = "canary"\nshare = 1.0\n', CERTAIN, "automatic", "held"),
        ('mode = "canary"\nshare = 0.0\n', CERTAIN, "review", "held, only recorded"),
        ('where = { jurisdictions = ["EU"] }\n', CERTAIN.evolve(jurisdiction="US"), "review", "does not count here"),
        ('requires = ["media"]\n', CERTAIN, "review", "held"),
        ("", CERTAIN.evolve(signals=SignalFacts(max_score={})), "review", "did not hold"),
    ],
    ids=["automatic", "shadow", "in the canary's share", "outside of it", "elsewhere", "lacking", "without a score"],
)
def test_every_outcome_is_explained_and_comes_to_the_same(more: str, facts: Facts, outcome: str, said: str):
    pack = a_pack(more=more)
    area = of_area(pack, a_triage(pack, facts), "spam")
    certain = rule(area, "spam.certain")
    assert (area.outcome, certain.said, area.same, area.queue) == (outcome, said, True, "spam")
    assert certain.lacking == (("media",) if "requires" in more else ())


def test_a_hold_is_explained_by_the_rule_that_held_and_the_queue_it_went_to(pack: PolicyPack):
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(reports=3, independent=3)})
    heard = {"spam": Heard(count=3, people=3, alone=3.0, weight=3.0, trust=0.5)}
    body = assess(case, 1, Facts(area="spam"), heard, lambda _: pack, pack.area_of_label, 1, NOON)
    area = of_area(pack, body, "spam")
    assert (area.outcome, area.decided_by, area.queue, area.same) == ("hold", "spam.reported-thrice", "spam", True)


def an_ask(stance: VendorStance) -> Consultation:
    return Consultation(
        consultation_id="words.1", ask="words", evidence_version=1, labels=("spam",), chain=("openai",),
        within="PT10M", meanwhile=stance, on_outage=stance, keep_asking="P7D",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stance", "outcome", "held_back"),
    [
        (VendorStance.HOLD, "hold", "unanswered words"),
        (VendorStance.REVIEW, "review", None),
        (VendorStance.CONTINUE, "review", None),
    ],
)
def test_what_a_vendors_silence_did_is_explained_and_is_no_low_score(
    pack: PolicyPack, stance: VendorStance, outcome: str, held_back: str | None
):
    asked = (an_ask(stance),)
    told = with_missing(Facts(area="spam", reports=ReportFacts(count=1, independent=1)), asked, 1)
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(reports=1, independent=1)})
    body = with_stances(a_triage(pack, told), case, asked, lambda _: pack)
    area = of_area(pack, body, "spam")
    assert (area.outcome, area.held_back, area.same) == (outcome, held_back, True)
    certain = rule(area, "spam.certain")
    assert certain.said == "did not hold"
    assert certain.parts[1].values['scores["spam"]'] == "not there: whoever was asked gave no answer"


def test_a_rule_that_would_have_cleared_it_and_a_hold_for_want_of_a_word_are_both_noted(pack: PolicyPack):
    body = a_triage(pack, CERTAIN)
    (found,) = [one for one in body.assessments if one.area == "spam"]
    assert found.automatic is not None
    cleared = found.evolve(hold=(), automatic=found.automatic.evolve(outcome=Outcome.NO_VIOLATION))
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(reports=1, independent=1)})
    kept = with_stances(body.evolve(assessments=(cleared,)), case, (an_ask(VendorStance.HOLD),), lambda _: pack)
    assert [(one.what, one.instead) for one in kept.braked] == [("automatic", "review"), ("hold", "held")]
    assert kept.assessments[0].automatic is None
    assert kept.assessments[0].hold
