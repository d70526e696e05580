"""A pack in several languages: each whole, each word of it in its place; what is missing or misspelt is said before release."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from activities.letter_checks import letter_mistakes
from activities.letters import paper_of
from activities.policy_packs import read_pack_files
from cases.enforcement_kinds import KINDS
from cases.languages import read_language
from cases.names import SubjectKind
from cases.notice_words import NoticeWords
from cases.pack_mistakes import PackMistakes
from cases.packs import check_files, load_pack, reopen_pack, templates_in
from cases.phrases import Phrases, Thing
from cases.phrases_en import ENGLISH
from cases.tongues import TONGUES, phrases_in

POLICIES = Path(__file__).parents[2] / "policies"
FILES = read_pack_files(POLICIES / "baseline")
WORDS = "templates/de/words.toml"
AT = datetime(2026, 3, 3, 14, 5, 9, tzinfo=UTC)
OTHERS = [one for one in TONGUES.values() if one is not ENGLISH]


def without(*names: str) -> dict[str, str]:
    return {name: text for name, text in FILES.items() if name not in names}


def said(files: Mapping[str, str]) -> list[str]:
    return [str(one) for one in (*check_files(files), *letter_mistakes(files))]


def sentences(phrases: Phrases) -> Iterator[tuple[str, str]]:
    """Every sentence of a language, by where it stands."""
    for field, value in vars(phrases).items():
        if isinstance(value, str):
            yield field, value
        elif field in ("parts", "measures"):
            yield from ((f"{field}.{key}", text) for key, text in value.items())
        elif field == "things":
            yield from (
                (f"{field}.{key}.{name}", text) for key, thing in value.items() for name, text in vars(thing).items()
            )


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("phrases", OTHERS, ids=lambda one: one.language)
def test_a_language_says_everything_and_fills_in_what_english_fills_in(phrases: Phrases):
    theirs, ours = dict(sentences(phrases)), dict(sentences(ENGLISH))
    assert theirs.keys() == ours.keys()
    free = {"day_form", "moment_form", "order_moment_form"}
    for where, text in ours.items():
        assert theirs[where].strip(), where
        if where not in free and not where.endswith("yours_dated"):
            assert placeholders(theirs[where]) == placeholders(text), where
    assert set(phrases.measures) == set(KINDS)
    assert set(phrases.things) == set(SubjectKind)
    assert set(phrases.countries) == set(ENGLISH.countries)
    assert len(phrases.months) == len(set(phrases.months)) == 12


def test_dates_territories_and_pieces_are_said_as_the_language_has_them():
    german = phrases_in("de")
    assert (ENGLISH.day(AT), german.day(AT)) == ("3 March 2026", "3. März 2026")
    assert (ENGLISH.moment(AT), german.moment(AT)) == ("3 March 2026, 14:05 UTC", "3. März 2026, 14:05 Uhr (UTC)")
    assert (ENGLISH.order_moment(AT), german.order_moment(AT)) == (
        "2026-03-03, 14:05:09 UTC",
        "3. März 2026, 14:05:09 Uhr (UTC)",
    )
    assert german.territory(["EU", "NO"]) == "der Europäischen Union und Norwegen"
    assert german.territory(["DE", "NL", "AT"]) == "Deutschland, den Niederlanden und Österreich"
    assert (ENGLISH.territory([]), german.territory([])) == ("all countries", "allen Ländern")
    assert german.pieces(("attachment:2", "text:10-45")) == "Anhang 2, Zeichen 10 bis 45"
    assert isinstance(german.things[SubjectKind.CONTENT], Thing)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("pt-BR", "pt"), ("nds", "nds"), ("", "en"), (None, "en"), ("x-y", "en"),
     ("deutsch", "en"), ("../de", "en"), ("zh-Hant-TW", "zh")],
)  # fmt: skip
def test_a_tag_is_told_by_its_first_part(tag: str | None, language: str):
    assert read_language(tag) == language


@pytest.mark.parametrize("name", ["baseline", "second_opinion"])
def test_a_shipped_pack_speaks_german_and_judges_as_before(name: str):
    pack = load_pack(read_pack_files(POLICIES / name))
    german = pack.in_language("de")
    assert german.language == "de"
    assert (pack.language_for("de"), pack.language_for("fr")) == ("de", "en")
    assert pack.in_language("fr") is pack
    assert german.ref == pack.ref
    assert [rule.when for rule in german.rules] == [rule.when for rule in pack.rules]
    for area, words in german.areas.items():
        assert words.ground.explanation != pack.areas[area].ground.explanation
        assert words.ground.url == pack.areas[area].ground.url
        assert [one.country for one in words.resources] == [one.country for one in pack.areas[area].resources]
    for mine, theirs in zip(pack.rules, german.rules, strict=True):
        assert bool(mine.then.facts) == bool(theirs.then.facts)
        assert mine.then.facts is None or mine.then.facts != theirs.then.facts


def test_a_letter_is_in_the_language_that_the_pack_speaks():
    pack = load_pack(FILES)
    words = NoticeWords(reference="dp-1", audience="reporter", platform_name="Agora", subject_description="x")
    english = paper_of(pack, templates_in(FILES)).write("receipt", words)
    german = paper_of(pack.in_language("de"), templates_in(FILES)).write("receipt", words)
    assert (english.language, german.language) == ("en", "de")
    assert "Guten Tag" in german.text
    assert "Guten Tag" not in english.text
    assert '<html lang="de"' in german.html
    with_link = german.with_link("https://status.example/x")
    assert phrases_in("de").status_line in with_link.text
    assert phrases_in("de").status_line in with_link.html


def test_a_language_that_lacks_a_letter_or_a_word_is_refused_with_its_place():
    gone = said(without("templates/de/statement.txt.j2"))
    assert gone == [
        "templates/de/statement.txt.j2:1: the template is missing. Write it: a language has every letter, or remove its folder."
    ]
    assert "the file is missing" in said(without(WORDS))[0]
    text = FILES[WORDS].replace('"spam.certain" =', '"spam.certian" =')
    found = said({**FILES, WORDS: text})
    assert any("'spam.certain' is missing" in one for one in found), found
    assert any("the pack has no 'spam.certian' to say" in one and "spam.certain" in one for one in found), found
    text = FILES[WORDS].replace("[areas.harassment]", "[areas.harrasment]")
    found = said({**FILES, WORDS: text})
    assert any("'harassment' is missing" in one for one in found), found
    with pytest.raises(PackMistakes):
        load_pack({**FILES, WORDS: text})


@pytest.mark.parametrize(
    ("folder", "problem"),
    [("de-AT", "is no language"), ("en", "is the pack's own language"), ("fr", "letters cannot be written in 'fr'")],
)
def test_a_folder_that_is_no_language_of_ours_is_refused(folder: str, problem: str):
    found = said({**FILES, f"templates/{folder}/receipt.txt.j2": "Subject: x\n"})
    assert any(f"templates/{folder}/" in one and problem in one for one in found), found


def test_a_pack_of_before_is_read_though_a_language_is_not_whole():
    pack = reopen_pack({**FILES, WORDS: "not toml ["})
    assert pack.language_for("de") == "en"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("receipt.txt.j2", "Subject: x\n{{ notice.fakts }}", ":2: 'fakts' is no field there. Did you mean 'facts'?"),
        ("receipt.txt.j2", "Subject: x\n\n{{ notise.facts }}", ":3: a letter knows nothing of 'notise'"),
        (
            "receipt.txt.j2",
            "Subject: x\n{% for one in notice.measures %}{{ one.lable }}{% endfor %}",
            "'lable' is no field there",
        ),
        (
            "receipt.txt.j2",
            "Subject: x\n{% if notice.ground and notice.ground.nmae %}x{% endif %}",
            "'nmae' is no field there",
        ),
        ("receipt.txt.j2", 'Subject: x\n{% include "_gone.txt.j2" %}', "there is no '_gone.txt.j2' beside it"),
        ("receipt.txt.j2", "Subject: x\n{{ notice.facts | shout }}", "No filter named 'shout'"),
        ("receipt.txt.j2", "Subject: x\n{% if notice.facts %}", "is no template"),
        ("receipt.txt.j2", "Hello", "the first line is no subject"),
        ("de/receipt.html.j2", "{{ notice.redress.hwo }}", "templates/de/receipt.html.j2:1: 'hwo' is no field there"),
        ("de/_signature.txt.j2", "{{ notice.platfrom_name }}", "'platfrom_name' is no field there"),
    ],
)
def test_a_letter_that_could_not_be_written_is_found_before_anybody_is_owed_it(name: str, text: str, problem: str):
    found = said({**FILES, f"templates/{name}": text})
    assert len(found) == 1, found
    assert problem in found[0]


def test_what_letters_may_say_is_no_mistake():
    text = (
        "Subject: {{ notice.subject_description }}\n{% set days = notice.measures | length %}{{ days }}"
        "{% for one in notice.order.missing %}{{ loop.index }} {{ one.cure }} {{ one.source }}{% endfor %}"
        "{% macro name(of) %}{{ of.anything }}{% endmacro %}{{ name(notice.ground) }}"
    )
    assert said({**FILES, "templates/receipt.txt.j2": text}) == []
