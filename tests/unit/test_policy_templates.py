"""The baseline pack's notices: they render from the documented fields, say all that the law asks, and harm nobody."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined

from activities.policy_packs import PolicyPacks
from cases.notice_words import (
    GroundWords,
    MeasureWords,
    MissingWords,
    NoticeWords,
    OrderWords,
    RedressWords,
    ResourceWords,
)
from cases.pack_checks import WARNING
from cases.telling import NoticeKind

PACKS = PolicyPacks(Path(__file__).parents[2] / "policies")
TEMPLATES = PACKS.templates("baseline", PACKS.active("baseline").digest)
KINDS = (*NoticeKind, WARNING)

PUNITIVE = (
    "violat", "breach", "punish", "penal", "sanction", "strike", "suspend", "ban", "banned", "remov", "restrict", "offen",
    "abus", "guilty", "broke", "rules", "terms", "warning", "forbid", "prohibit", "appeal", "against you", "wrong",
)  # fmt: skip

BARE = NoticeWords(
    reference="dp-1", audience="author", platform_name="Agora", subject_description="your post of 3 March"
)
FULL = BARE.evolve(
    measures=(
        MeasureWords(label="your post is hidden", territory="Germany", since="3 March 2026"),
        MeasureWords(label="your account is suspended", since="3 March 2026", until="10 March 2026"),
    ),
    ground=GroundWords(
        kind="terms", name="Terms, 4.2", url="https://platform.example/terms", explanation="No <b>shouting</b>."
    ),
    facts="Several people reported this.",
    source_label="after a report",
    automated_detection=True,
    automated_decision="partially",
    redress=RedressWords(
        appeal_until="3 September 2026",
        how="Use the link in your account.",
        bodies="You can turn to a certified body.",
        court="You can go to court.",
    ),
    resources=(ResourceWords(name="Support line", contact="116 123"),),
    strike_until="1 June 2026",
)
MISSING = (MissingWords(cure="sign it", source="47 U.S.C. 223a(a)(1)(B)(i)"),)
ORDERS = (
    OrderWords(reference="123/26"),
    OrderWords(
        reference="123/26",
        authority="A court",
        legal_basis="An act, section 1.",
        reasons="It incites.",
        redress="An objection within a month.",
        territory="Germany",
        removal=True,
        effect="It was taken off.",
        at="2026-03-03, 12:00:00 UTC",
        due="2026-03-03, 13:00:00 UTC",
        missing=MISSING,
        scrutiny_until="2026-03-05, 12:00:00 UTC",
    ),
    OrderWords(reference="123/26", information=True, impossible=True),
)
VARIANTS = [
    BARE,
    FULL,
    *(FULL.evolve(outcome=outcome) for outcome in ("violation", "no_violation", "support", "undecidable", "duplicate")),
    *(FULL.evolve(refusal=refusal) for refusal in ("too_late", "already_heard", "nothing_left", "not_informed")),
    *(FULL.evolve(automated_decision=how) for how in ("fully", "not")),
    *(FULL.evolve(request=form, request_id="r-1", missing=MISSING) for form in ("notice", "take_it_down")),
    FULL.evolve(request="take_it_down", request_id="r-1"),
    *(FULL.evolve(order=order) for order in ORDERS),
    FULL.evolve(ground=GroundWords(kind="law", name="An act", url="https://law.example/1", explanation="It says so.")),
]


def rendered(template: str, words: NoticeWords, *, trimmed: bool = False) -> str:
    environment = Environment(
        loader=DictLoader(dict(TEMPLATES)),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=trimmed,
        lstrip_blocks=trimmed,
    )
    return environment.get_template(template).render(notice=words.model_dump())


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_renders_from_the_documented_fields_alone(kind: str):
    for words in VARIANTS:
        for end in (".txt.j2", ".html.j2"):
            text = rendered(f"{kind}{end}", words)
            assert BARE.reference in text
            assert "None" not in text
            assert "{" not in re.sub(r"style=\"[^\"]*\"", "", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_begins_with_its_subject_line_and_has_no_gaps(kind: str):
    for words in VARIANTS:
        text = rendered(f"{kind}.txt.j2", words)
        assert re.match(r"Subject: \S.*\n\nHello,\n\n", text)
        assert "\n\n\n" not in text
        assert rendered(f"{kind}.txt.j2", words, trimmed=True) == text


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same(kind: str):
    for words in VARIANTS:
        words = words.evolve(ground=words.ground and words.ground.evolve(explanation="It says so."))
        text = rendered(f"{kind}.txt.j2", words).removeprefix("Subject: ")
        html = re.sub(r"<title>.*?</title>|<head>.*?</head>", " ", rendered(f"{kind}.html.j2", words), flags=re.DOTALL)
        in_html = set(words_of([re.sub(r"<[^>]+>", " ", html)]))
        assert not set(words_of([text])) - in_html - {"https", "platform", "example", "law"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_filled_in_is_escaped_in_html(kind: str):
    hostile = FULL.evolve(subject_description="<script>alert(1)</script>", facts="<img src=x>")
    html = rendered(f"{kind}.html.j2", hostile)
    assert "<script" not in html
    assert "<img" not in html
    assert "http://" not in html  # nothing is fetched: no image, font or script from elsewhere


@pytest.mark.parametrize("kind", [NoticeKind.STATEMENT, NoticeKind.STATEMENT_PROVISIONAL])
@pytest.mark.parametrize("end", [".txt.j2", ".html.j2"])
def test_a_statement_of_reasons_says_all_that_article_17_3_asks(kind: str, end: str):
    text = rendered(f"{kind}{end}", FULL)
    asked = {
        "a": ["your post is hidden in Germany, since 3 March 2026", "until 10 March 2026"],
        "b": ["Several people reported this.", "after a report"],
        "c": ["An automated check pointed us to it.", "The decision was made partly automatically."],
        "e": ["This rests on our terms", "Terms, 4.2", "https://platform.example/terms"],
        "f": ["until 3 September 2026", "certified body", "court", "a person who had no part in this decision"],
    }
    for letter, sentences in asked.items():
        for sentence in sentences:
            assert sentence in text, letter
    law = FULL.evolve(ground=GroundWords(kind="law", name="An act", url="https://law.example/1", explanation="So."))
    assert "This rests on the law" in rendered(f"{kind}{end}", law)  # d


@pytest.mark.parametrize("template", sorted(name for name in TEMPLATES if name.startswith("support_")))
def test_a_notice_of_support_has_no_punitive_word(template: str):
    said = words_of([TEMPLATES[template], rendered(template, FULL.evolve(resources=FULL.resources, strike_until=None))])
    assert not [word for word in said if word.startswith(PUNITIVE) and word not in ("restored",)]
    assert "116 123" in rendered(template, FULL)


def test_no_template_can_name_a_reporter():
    # what a template cannot name it cannot reveal: the contract has no field for it, and none reaches past the contract
    fields = set(NoticeWords.model_fields)
    for name, text in TEMPLATES.items():
        assert set(re.findall(r"notice\.(\w+)", text)) <= fields, name
    assert not {field for field in fields if "reporter" in field or "notifier" in field or "author" in field}


def test_a_refused_appeal_says_why_kindly():
    late = rendered("appeal_refused.txt.j2", FULL.evolve(refusal="too_late"))
    assert "six months" in late
    assert "sorry" in late


def words_of(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[a-z]+", text.lower())]
