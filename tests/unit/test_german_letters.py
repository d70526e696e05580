"""Letters in further languages: a pack's `templates/<language>/` says what its own templates say, from the same words."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, nodes

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

POLICIES = Path(__file__).parents[2] / "policies"
FOLDERS = sorted(
    folder for folder in POLICIES.glob("*/templates/*") if folder.is_dir() and folder.parents[1].name != "archive"
)
LETTERS = [(folder, kind) for folder in FOLDERS for kind in (*NoticeKind, WARNING)]
FILES = [(folder, name) for folder in FOLDERS for name in sorted(path.name for path in folder.parent.glob("*.j2"))]
CONTROLS = (nodes.If, nodes.For, nodes.CondExpr, nodes.Include, nodes.Extends, nodes.Block)

BARE = NoticeWords(
    reference="dp-1", audience="author", platform_name="Agora", subject_description="Ihren Beitrag vom 3. März 2026"
)
FULL = BARE.evolve(
    measures=(
        MeasureWords(label="Ihr Beitrag ist ausgeblendet", territory="den Niederlanden", since="3. März 2026"),
        MeasureWords(label="Ihr Konto ist vorübergehend gesperrt", since="3. März 2026", until="10. März 2026"),
    ),
    ground=GroundWords(
        kind="terms",
        name="Nutzungsbedingungen, 4.2",
        url="https://platform.example/terms",
        explanation="Kein Geschrei.",
    ),
    facts="Mehrere Menschen haben dies gemeldet.",
    source_label="auf eine Meldung hin",
    automated_detection=True,
    automated_decision="partially",
    redress=RedressWords(
        appeal_until="3. September 2026",
        how="Nutzen Sie dafür das Einspruchsformular von Agora und nennen Sie dp-1.",
        bodies="Sie können sich an eine Streitbeilegungsstelle wenden.",
        court="Sie können jederzeit vor Gericht gehen.",
    ),
    resources=(ResourceWords(name="Telefon für seelische Unterstützung", contact="116 123"),),
    strike_until="1. Juni 2026",
    sources=("dp-2 · d-1",),
)
MISSING = (
    MissingWords(cure="die Rechtsgrundlage", source="Art. 9 DSA"),
    MissingWords(cure="die Begründung", source="Art. 9 DSA"),
)
ORDERS = (
    OrderWords(reference="123/26"),
    OrderWords(
        reference="123/26",
        authority="Ein Gericht",
        legal_basis="Ein Gesetz, § 1.",
        reasons="Es stachelt an.",
        redress="Widerspruch binnen eines Monats.",
        territory="Deutschland",
        removal=True,
        effect="Der Inhalt wurde entfernt.",
        at="3. März 2026, 12:00:00 Uhr (UTC)",
        due="3. März 2026, 13:00:00 Uhr (UTC)",
        missing=MISSING,
        scrutiny_until="5. März 2026, 12:00:00 Uhr (UTC)",
    ),
    OrderWords(reference="123/26", information=True, impossible=True),
)
VARIANTS = [
    BARE,
    FULL,
    FULL.evolve(strike_forgiven=True),
    *(
        FULL.evolve(outcome=outcome)
        for outcome in ("violation", "no_violation", "support", "undecidable", "duplicate", "not_in_scope")
    ),
    *(
        FULL.evolve(refusal=refusal)
        for refusal in ("unknown_decision", "too_late", "already_heard", "nothing_left", "hold_over", "not_informed")
    ),
    *(FULL.evolve(automated_decision=how) for how in ("fully", "not")),
    *(FULL.evolve(request=form, request_id="r-1", missing=MISSING) for form in ("notice", "take_it_down")),
    FULL.evolve(request="take_it_down", request_id="r-1"),
    *(FULL.evolve(order=order) for order in ORDERS),
    FULL.evolve(
        outcome="violation",
        ground=GroundWords(kind="law", name="Ein Gesetz", url="https://law.example/1", explanation="So steht es da."),
    ),
]


def named(one: object) -> str:
    return f"{one.parents[1].name}/{one.name}" if isinstance(one, Path) else str(one)


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def parsed(folder: Path, name: str) -> nodes.Template:
    return Environment().parse(read(folder, name))


def variables(node: nodes.Node) -> set[str]:
    """`notice.order.reference` and the like, as a template names them."""
    return {
        f"{one.node.name}.{one.attr}" for one in node.find_all(nodes.Getattr) if isinstance(one.node, nodes.Name)
    } | {
        f"{one.node.node.name}.{one.node.attr}.{one.attr}"
        for one in node.find_all(nodes.Getattr)
        if isinstance(one.node, nodes.Getattr) and isinstance(one.node.node, nodes.Name)
    }


def controls(node: nodes.Node) -> list[str]:
    """Every condition, loop and partial in order, with what it asks, without what it says."""
    asked = (nodes.If, nodes.CondExpr)
    return [
        f"{type(one).__name__} {one.test if isinstance(one, asked) else getattr(one, 'template', getattr(one, 'iter', ''))}"
        for one in node.find_all(CONTROLS)
    ]


@cache
def paper(folder: Path, *, trimmed: bool) -> Environment:
    """The templates of one folder, compiled once: the language's own partials, never the pack's."""
    return Environment(
        loader=DictLoader({path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.j2")}),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=trimmed,
        lstrip_blocks=trimmed,
    )


def rendered(folder: Path, template: str, words: NoticeWords, *, trimmed: bool = False) -> str:
    return paper(folder, trimmed=trimmed).get_template(template).render(notice=words.model_dump())


def sentences(folder: Path, name: str) -> Iterator[str]:
    """What a template says itself, of three words or more."""
    pieces = [one.data for one in parsed(folder, name).find_all(nodes.TemplateData)]
    pieces += [one.value for one in parsed(folder, name).find_all(nodes.Const) if isinstance(one.value, str)]
    for piece in pieces:
        for line in re.sub(r"<[^>]*>", "\n", piece).splitlines():
            if len(line.split()) > 2:
                yield line.strip()


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]{3,}", text))


@pytest.mark.parametrize("pack", sorted({folder.parents[1] for folder in FOLDERS}), ids=lambda pack: pack.name)
def test_a_language_has_every_template_of_its_pack_and_no_other(pack: Path):
    own = {path.name for path in (pack / "templates").glob("*.j2")}
    for folder in (one for one in FOLDERS if one.parents[1] == pack):
        assert {path.name for path in folder.glob("*.j2")} == own


@pytest.mark.parametrize(("folder", "name"), FILES, ids=named)
def test_a_translation_names_the_same_words_under_the_same_conditions(folder: Path, name: str):
    own, translated = parsed(folder.parent, name), parsed(folder, name)
    assert variables(translated) == variables(own)
    assert controls(translated) == controls(own)


@pytest.mark.parametrize(("folder", "name"), FILES, ids=named)
def test_a_translation_leaves_no_sentence_in_the_packs_own_language(folder: Path, name: str):
    assert not set(sentences(folder, name)) & set(sentences(folder.parent, name))


@pytest.mark.parametrize(("folder", "kind"), LETTERS, ids=named)
def test_a_translated_letter_renders_from_the_documented_fields_alone(folder: Path, kind: str):
    for words in VARIANTS:
        for end in (".txt.j2", ".html.j2"):
            text = rendered(folder, f"{kind}{end}", words)
            assert BARE.reference in text
            assert "None" not in text
            assert "{" not in re.sub(r"style=\"[^\"]*\"", "", text)


@pytest.mark.parametrize(("folder", "kind"), LETTERS, ids=named)
def test_a_translated_text_begins_with_its_subject_line_and_has_no_gaps(folder: Path, kind: str):
    for words in VARIANTS:
        text = rendered(folder, f"{kind}.txt.j2", words)
        assert re.match(r"Subject: \S.*\n\n\S.*\n\n", text)
        assert "\n\n\n" not in text
        assert rendered(folder, f"{kind}.txt.j2", words, trimmed=True) == text


@pytest.mark.parametrize(("folder", "kind"), LETTERS, ids=named)
def test_a_translated_html_says_what_its_text_says_and_in_which_language(folder: Path, kind: str):
    for words in VARIANTS:
        html = rendered(folder, f"{kind}.html.j2", words)
        assert f'<html lang="{folder.name}">' in html
        body = re.sub(r"<head>.*?</head>", " ", html, flags=re.DOTALL)
        text = rendered(folder, f"{kind}.txt.j2", words).removeprefix("Subject: ")
        urls = {"https", "platform", "example", "law", "terms"}
        assert not words_of(text) - words_of(re.sub(r"<[^>]+>", " ", body)) - urls
