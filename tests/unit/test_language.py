"""The language of content: the platform's word, else what is seen of the words where that is sure; a rule may ask for it."""

import pytest

from activities.detector_conformance import CHECKS, Check, sees_what_it_should
from activities.detector_port import Given
from activities.language import LANGUAGE, LEAST_LETTERS, language_of
from cases.conditions import Conditions
from cases.evidence import SURE_OF_LANGUAGE, EvidenceVersion, LanguageSeen, primary_language
from cases.policy_facts import ContentFacts, Facts
from cases.projection import _language
from tests.builders import a_case, evidence

SENTENCES = {
    "en": "You clearly did not read the question, please read it before you answer.",
    "de": "Die Bäckerei an unserer Ecke verkauft jetzt wieder ein ganz frisches Roggenbrot.",
    "fr": "La boulangerie du coin vend de nouveau du pain de seigle depuis hier matin.",
    "es": "La panadería de la esquina vuelve a vender pan de centeno desde ayer por la mañana.",
    "ru": "Пекарня на нашем углу снова продаёт ржаной хлеб со вчерашнего утра.",
    "ja": "角のパン屋さんがまたライ麦パンを売り始めました。とてもおいしいです。",
    "tr": "Köşedeki fırın dün sabahtan beri yeniden çavdar ekmeği satıyor.",
}


@pytest.mark.parametrize("check", [one for one in CHECKS if one is not sees_what_it_should])
def test_it_keeps_to_the_port_but_that_an_everyday_sentence_has_a_language(check: Check):
    assert not tuple(check(LANGUAGE, ()))


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_known_and_the_answer_is_traceable(language: str):
    seen = language_of(SENTENCES[language])
    assert seen.language == language
    assert seen.sure >= SURE_OF_LANGUAGE
    assert seen.by == "dueprocess/language"
    assert seen.version.startswith("py3langid@")


@pytest.mark.parametrize("text", ["", "lol", "ok ok ok", "12345 67890 !!!", "x" * (LEAST_LETTERS - 1)])
def test_of_a_few_letters_nothing_is_said(text: str):
    (finding,) = LANGUAGE.look(Given(text=text))
    assert (finding.score, finding.raw_label) == (0.0, "und")


def seen_as(language: str, sure: float) -> EvidenceVersion:
    return evidence(language=None, language_seen=LanguageSeen(language=language, sure=sure, by="d", version="v"))


def test_the_platforms_word_counts_before_what_was_seen_and_a_guess_does_not_count():
    assert seen_as("de", 0.97).written_in == "de"
    assert seen_as("de", 0.97).language_sure == 0.97
    assert seen_as("de", SURE_OF_LANGUAGE - 0.01).written_in is None
    assert seen_as("", 0.9).written_in is None
    assert seen_as("und", 0.0).language_sure == 0.0
    said = seen_as("de", 0.97).evolve(language="en-GB")
    assert (said.written_in, said.language_sure) == ("en", 1.0)
    assert evidence(language=None).written_in is None


@pytest.mark.parametrize(
    ("tag", "primary"),
    [("de", "de"), ("DE-at", "de"), ("zh_Hant", "zh"), ("yue-HK", "yue"), ("english", None), ("", None)],
)
def test_a_region_is_no_other_language(tag: str, primary: str | None):
    assert primary_language(tag) == primary


def test_a_task_is_for_those_who_read_what_was_seen():
    case = a_case().evolve(evidence=(seen_as("tr", 0.99),))
    assert _language(case, 1) == "tr"


def test_a_rule_may_ask_how_sure_it_is():
    conditions, wanted = Conditions({}), 'content.language == "tr" && content.language_sure >= 0.9'
    conditions.compile(wanted)
    for sure, holds in ((0.95, True), (0.85, False)):
        facts = Facts(area="spam", content=ContentFacts(language="tr", language_sure=sure))
        assert conditions.judge(wanted, conditions.view(facts)) is holds
