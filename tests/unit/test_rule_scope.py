"""Where, since when, on which evidence and for which share of cases a rule counts."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from activities.policy_packs import read_pack_files
from cases.assessing import assess, automatic_decisions
from cases.assessments import Triaged
from cases.case import Case, ReportCount
from cases.decisions import FourEyes
from cases.events import CaseEvent
from cases.evidence import Surface
from cases.folding import fold_all
from cases.packs import check_files, load_pack, read_examples, run_example
from cases.policy import PolicyPack, TriageOutcome
from cases.policy_facts import AuthorFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.rule_scope import SCANNING_OFF, case_key, drawn, off_by
from cases.triage import explain, triage
from tests.builders import NOON, a_case_id

FILES = read_pack_files(Path(__file__).parents[2] / "policies" / "baseline")
CERTAIN = 'id = "spam.certain"\narea = "spam"'
OF_THE_PITCH = (
    'why = "A sales pitch by its words, with several links: certain enough and reversible, but one post is not volume."'
)


def changed(*more: str, then: str = "", examples: str = "") -> dict[str, str]:
    """The baseline with lines added to the rule spam.certain, and to what it asks for."""
    text = FILES["pack.toml"].replace(CERTAIN, "\n".join((CERTAIN, *more)))
    if then:
        text = text.replace(f"{OF_THE_PITCH}\n\n[rules.then]\n", f"{OF_THE_PITCH}\n\n[rules.then]\n{then}\n")
    return {**FILES, "pack.toml": text, "examples.toml": examples or FILES["examples.toml"]}


def pack_of(*more: str, **changes: str) -> PolicyPack:
    """The same as a pack, whatever the examples say: they are the baseline's."""
    body = tomllib.loads(changed(*more, **changes)["pack.toml"])
    return PolicyPack.model_validate({**body, "digest": "sha256:test"})


def a_pitch(**more: object) -> Facts:
    plain: dict[str, object] = {
        "area": "spam",
        "signals": SignalFacts(max_score={"spam": 0.95}),
        "content": ContentFacts(links=3, length=80),
        "key": case_key("case-1"),
    }
    return Facts.model_validate({**plain, **more})


def test_a_rule_in_shadow_is_recorded_and_does_nothing():
    live, shadow = triage(pack_of(), a_pitch()), triage(pack_of('mode = "shadow"'), a_pitch())
    assert live.outcome is TriageOutcome.AUTOMATIC
    assert shadow.outcome is TriageOutcome.REVIEW
    assert shadow.automatic is None
    assert [(one.rule_id, one.outcome) for one in shadow.shadowed] == [("spam.certain", "automatic")]
    assert "Rule spam.certain held (automatic), and is only recorded." in explain(shadow)


def test_a_shadow_rule_of_another_area_is_recorded_and_opens_no_matter():
    answer = triage(pack_of('mode = "shadow"'), a_pitch(area="harassment", content=ContentFacts(links=3)))
    assert [one.area for one in answer.shadowed] == ["spam"]
    live = triage(pack_of(), a_pitch(area="harassment"))
    assert "spam" in live.also


def test_what_was_shadowed_stands_in_the_record():
    pack = pack_of('mode = "shadow"')
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(reports=1, independent=1)})
    told = a_pitch().evolve(reports=ReportFacts())
    body = assess(case, 1, told, {}, lambda _: pack, pack.area_of_label, 1, NOON)
    again = Triaged.model_validate_json(body.model_dump_json())
    assert [(one.rule_id, one.area, one.outcome) for one in again.shadowed] == [("spam.certain", "spam", "automatic")]


def test_a_canary_acts_in_its_share_of_cases_and_always_in_the_same():
    pack = pack_of('mode = "canary"', "share = 0.2")
    keys = [case_key(f"case-{number}") for number in range(2_000)]
    live = {key for key in keys if triage(pack, a_pitch(key=key)).outcome is TriageOutcome.AUTOMATIC}
    assert live == {key for key in keys if triage(pack, a_pitch(key=key)).outcome is TriageOutcome.AUTOMATIC}
    assert 0.16 < len(live) / len(keys) < 0.24
    wider = pack_of('mode = "canary"', "share = 0.5")
    assert all(triage(wider, a_pitch(key=key)).outcome is TriageOutcome.AUTOMATIC for key in live)
    assert triage(pack, a_pitch(key="")).shadowed


def test_shares_for_different_purposes_are_drawn_apart():
    keys = [case_key(f"case-{number}") for number in range(4_000)]
    both = sum(drawn(key, "a", 0.5) and drawn(key, "b", 0.5) for key in keys)
    assert 0.2 < both / len(keys) < 0.3


@pytest.mark.parametrize(
    ("where", "facts", "counts"),
    [
        ('where = { surfaces = ["public"] }', {}, True),
        ('where = { surfaces = ["group"] }', {}, False),
        ('where = { jurisdictions = ["EU"] }', {"jurisdiction": "FR"}, True),
        ('where = { jurisdictions = ["EU"] }', {"jurisdiction": "NO"}, False),
        ('where = { jurisdictions = ["EEA"] }', {"jurisdiction": "NO"}, True),
        ('where = { jurisdictions = ["US", "ZZ"] }', {}, True),
        ('where = { jurisdictions = ["US"] }', {}, False),
        ("effective_from = 2026-03-03T00:00:00Z", {"judged_at": NOON}, False),
        ("effective_from = 2026-03-02T12:00:00Z", {"judged_at": NOON}, True),
        ("effective_until = 2026-03-02T12:00:00Z", {"judged_at": NOON}, False),
        ("applies_to_content_from = 2026-03-01T00:00:00Z", {"content": ContentFacts(links=3, created_at=NOON)}, True),
        (
            "applies_to_content_from = 2026-03-01T00:00:00Z",
            {"content": ContentFacts(links=3, created_at=NOON - timedelta(days=9))},
            False,
        ),
        ("applies_to_content_from = 2026-03-01T00:00:00Z", {}, True),  # of unknown age
    ],
)
def test_a_rule_counts_where_and_when_it_says(where: str, facts: dict[str, object], counts: bool):
    answer = triage(pack_of(where), a_pitch(**facts))
    assert ("spam.certain" in [one.rule_id for one in answer.matched]) is counts


@pytest.mark.parametrize(
    ("told", "looked_at"),
    [
        (SignalFacts(failed=("known_hash",)), True),  # a film, HEIC, a picture that is gone, a library that is missing
        (SignalFacts(max_score={"known_hash": 0.0}), False),
        (SignalFacts(), False),
    ],
)
def test_where_a_pack_asks_for_hashes_a_picture_that_could_not_be_matched_reaches_a_person(
    told: SignalFacts, looked_at: bool
):
    asks = """
[[rules]]
id = "spam.unmatched"
area = "spam"
when = '"known_hash" in failed'
then = { outcome = "review", also = ["child_safety"] }
why = "A picture that no bank could be asked about is looked at by a person."
"""
    body = tomllib.loads(FILES["pack.toml"] + asks)
    answer = triage(PolicyPack.model_validate({**body, "digest": "sha256:test"}), a_pitch(signals=told))
    assert ("spam.unmatched" in [one.rule_id for one in answer.matched]) is looked_at
    assert ("child_safety" in answer.also) is looked_at


@pytest.mark.parametrize(
    ("needed", "facts", "there"),
    [
        ("words", {}, True),
        ("media", {}, False),
        ("media", {"content": ContentFacts(links=3, media=1)}, True),
        ("language", {}, False),
        ("language", {"content": ContentFacts(links=3, language="en")}, True),
        ("jurisdiction", {"jurisdiction": "DE"}, True),
        ("created", {"content": ContentFacts(links=3, created_at=NOON)}, True),
        ("author_age", {"author": AuthorFacts(account_age_days=0)}, True),
        ("report", {}, False),
        ("report", {"reports": ReportFacts(count=1)}, True),
        ("detector", {}, True),
        ("detector", {"signals": SignalFacts(max_score={"spam": 0.95}, failed=("harassment",))}, False),
    ],
)
def test_without_the_evidence_it_asks_for_a_rule_leaves_the_matter_to_a_person(
    needed: str, facts: dict[str, object], there: bool
):
    answer = triage(pack_of(f'requires = ["{needed}"]'), a_pitch(**facts))
    assert answer.outcome is (TriageOutcome.AUTOMATIC if there else TriageOutcome.REVIEW)
    assert answer.decided_by == "spam.certain"
    assert any("evidence that is not there" in line for line in explain(answer)) is not there


def test_a_sampled_decision_stands_and_a_person_looks_at_it_afterwards():
    pack = pack_of(then="sampled = 1.0")
    case = Case(case_id=a_case_id(), counts={"spam": ReportCount(reports=1, independent=1)})
    body = assess(case, 1, a_pitch(), {}, lambda _: pack, pack.area_of_label, 1, NOON)
    asked = CaseEvent(event_id="triage:1/1", occurred_at=NOON, body=body)
    (decided,) = automatic_decisions(asked)
    after = fold_all(case, (asked, decided))
    assert after.decisions[0].second is FourEyes.AFTER
    look = next(clock for clock in after.clocks if clock.kind == "second_look")
    assert look.source == "a share of what rules decide alone is looked at by a person"
    assert look.due_at == NOON + timedelta(days=1)


def test_the_share_that_is_sampled_is_the_packs_unless_a_rule_says_otherwise():
    keys = [case_key(f"case-{number}") for number in range(1_000)]
    whole = {
        **changed(),
        "pack.toml": changed()["pack.toml"].replace('language = "en"', 'language = "en"\nsampled = 0.1', 1),
    }
    pack = load_pack(whole)
    shares = sum(bool((found := triage(pack, a_pitch(key=key)).automatic) and found.sampled) for key in keys)
    assert 60 < shares < 140
    none = pack_of(then="sampled = 0.0")
    found = [triage(none, a_pitch(key=key)).automatic for key in keys]
    assert not any(one.sampled for one in found if one)


def test_a_rule_may_raise_further_areas():
    answer = triage(pack_of(then='also = ["harassment"]'), a_pitch())
    assert answer.also == ("harassment",)


@pytest.mark.parametrize(
    ("surface", "jurisdiction", "reported", "off"),
    [
        (Surface.PRIVATE, "DE", False, True),
        (Surface.END_TO_END, "NO", False, True),
        (Surface.PRIVATE, None, False, True),
        (Surface.PRIVATE, "DE", True, False),  # brought to us by who was there
        (Surface.PRIVATE, "US", False, False),
        (Surface.GROUP, "DE", False, False),
        (Surface.PUBLIC, "DE", False, False),
    ],
)
def test_messages_are_not_scanned_where_the_law_does_not_allow_it(
    surface: Surface, jurisdiction: str | None, reported: bool, off: bool
):
    found = off_by(SCANNING_OFF, surface, jurisdiction, reported=reported)
    assert (found is not None) is off
    assert off_by((), surface, jurisdiction, reported=reported) is None


def test_no_detector_has_answered_where_none_may_look():
    facts = a_pitch(unscanned="a law", reports=ReportFacts(count=1))
    assert triage(pack_of('requires = ["detector"]'), facts).outcome is TriageOutcome.REVIEW


def test_a_worked_example_shows_a_shadow_rule():
    more = """
    [[examples]]
    name = "in shadow"
    facts = { area = "spam", signals = { max_score = { spam = 0.95 } }, content = { links = 3 } }
    expect = { outcome = "review", rules = ["spam.likely"], shadowed = ["spam.certain"] }
    """
    example = read_examples({"examples.toml": more})[0]
    assert run_example(pack_of('mode = "shadow"'), example) == ()
    assert run_example(pack_of(), example)


@pytest.mark.parametrize(
    ("lines", "then", "says"),
    [
        (("share = 0.2",), "", 'a share goes with mode = "canary"'),
        (('mode = "canary"',), "", 'a share goes with mode = "canary"'),
        (
            ("effective_from = 2026-03-03T00:00:00Z", "effective_until = 2026-03-02T00:00:00Z"),
            "",
            "effective_until comes after effective_from",
        ),
        (('where = { jurisdictions = ["Germany"] }',), "", "has the wrong form"),
        (('where = { surfaces = ["pubic"] }',), "", "is not known here"),
        (('requires = ["luck"]',), "", "is not known here"),
        (("effective_from = 2026-03-03T00:00:00",), "", "timezone"),
        ((), 'also = ["harasment"]', "unknown area 'harasment'. Did you mean 'harassment'?"),
        ((), 'also = ["spam"]', "spam is the rule's own area"),
        (('requires = ["report"]', 'mode = "shadow"'), "account_case = true", "a rule in mode shadow opens no case"),
    ],
)
def test_a_scope_that_cannot_be_is_said_with_its_cure(lines: tuple[str, ...], then: str, says: str):
    mistakes = [str(one) for one in check_files(changed(*lines, then=then))]
    assert any(says in one for one in mistakes), mistakes
    assert all("pack.toml:" in one for one in mistakes if says in one)
