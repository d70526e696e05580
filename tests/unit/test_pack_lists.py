"""A pack's lists, and what a tenant says of its own."""

from pathlib import Path

import pytest

from activities.assessing import listed_in
from activities.policy_packs import PolicyPacks, read_pack_files
from cases.pack_lists import ListOf, entries_of, plain_words, problem_of
from cases.packs import check_files, load_pack
from cases.policy import TriageOutcome
from cases.policy_facts import ContentFacts, Facts, SignalFacts
from cases.triage import triage

FILES = read_pack_files(Path(__file__).parents[2] / "policies" / "baseline")
LISTS = """
[lists.strict]
of = "values"
why = "Where the law asks for more."

[lists.shorteners]
of = "hosts"
why = "What hides where a link leads."
tenants_add = true

[lists.slurs]
of = "words"
why = "Synthetic."
"""
LIKELY = '"spam" in scores && scores["spam"] >= limits.spam_likely'


def files_of(condition: str = LIKELY, **more: str) -> dict[str, str]:
    text = FILES["pack.toml"].replace("\n[[rules]]\n", f"{LISTS}\n[[rules]]\n", 1)
    return {
        **FILES,
        "pack.toml": text.replace(f"when = '{LIKELY}'", f"when = '''{condition}'''"),
        "lists/strict.txt": "DE\nFR # France\n\n# a comment\n",
        "lists/shorteners.txt": "short.example\nbörse.example\n",
        "lists/slurs.txt": "Bad Words\nworse\n",
        **more,
    }


def test_a_condition_compares_with_a_list_of_values():
    pack = load_pack(files_of(f"{LIKELY} && (jurisdiction in lists.strict || jurisdiction == 'ZZ')"))
    scores = SignalFacts(max_score={"spam": 0.75})

    def matched(jurisdiction: str) -> bool:
        answer = triage(pack, Facts(area="spam", signals=scores, jurisdiction=jurisdiction))
        return "spam.likely" in [one.rule_id for one in answer.matched]

    assert [matched(one) for one in ("DE", "FR", "US")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://short.example/x", ("shorteners",)),
        ("see https://a.b.short.example:8080/x", ("shorteners",)),
        ("see https://SHORT.example./x", ("shorteners",)),
        ("see https://short.example.org/x", ()),
        ("see https://notshort.example/x", ()),
        ("see https://börse.example/x", ("shorteners",)),
        ("see https://xn--brse-5qa.example/x", ("shorteners",)),
        ("see https://[bad/x", ()),
        ("such BAD,  words!", ("slurs",)),
        ("bad and words", ()),
        ("even wоrse", ("slurs",)),  # with a Cyrillic o
        ("worsen", ()),
        ("worse: https://short.example", ("shorteners", "slurs")),
        ("", ()),
    ],
)
def test_hosts_and_words_are_looked_for_in_the_content(text: str, found: tuple[str, ...]):
    assert listed_in(load_pack(files_of()), text) == found


def test_a_condition_asks_whether_an_entry_was_found():
    pack = load_pack(files_of(f'({LIKELY}) || "shorteners" in listed'))
    answer = triage(pack, Facts(area="spam", listed=("shorteners",), content=ContentFacts(links=1)))
    assert [one.rule_id for one in answer.matched] == ["spam.likely"]


def test_a_list_changes_the_digest():
    assert load_pack(files_of()).digest != load_pack(files_of(**{"lists/slurs.txt": "worse\n"})).digest


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (files_of('"shortners" in listed'), "no list 'shortners' is looked for in content. Did you mean 'shorteners'?"),
        (files_of('"strict" in listed'), "list 'strict' has values, which are not looked for in content"),
        (files_of("jurisdiction in lists.strikt"), "Did you mean 'lists.strict'?"),
        (files_of("jurisdiction in lists.slurs"), "undeclared reference to 'lists.slurs'"),
        (
            files_of(**{"lists/slurs.txt": "bad\n" + "a " * 7}),
            "lists/slurs.txt:2: the entry is no phrase of 1 to 6 words",
        ),
        (files_of(**{"lists/shorteners.txt": "https://a.example"}), "lists/shorteners.txt:1: the entry is no host"),
        (files_of(**{"lists/slures.txt": "a"}), "no list is called 'slures'. Did you mean 'slurs'?"),
        ({name: text for name, text in files_of().items() if name != "lists/slurs.txt"}, "the list has no file"),
    ],
)
def test_a_mistake_in_a_list_is_said_with_its_cure(files: dict[str, str], says: str):
    assert any(says in str(mistake) for mistake in check_files(files)), check_files(files)


def test_entries_are_read_line_by_line():
    assert entries_of(ListOf.WORDS, "A  b\n#c\n\nD") == ("a b", "d")
    assert plain_words("It's  ÉTÉ!") == "it s été"
    assert problem_of(ListOf.HOSTS, "a" * 300) == "is longer than 253 characters"


# A tenant's own -----------------------------------------------------------------------------------------------------

OWN = "tenants/acme/settings.toml"


def test_a_tenant_adds_entries_and_another_does_not_see_them():
    files = files_of(**{"tenants/acme/lists/shorteners.txt": "acme.example\n"})
    text = "https://acme.example"
    assert listed_in(load_pack(files, "acme"), text) == ("shorteners",)
    assert listed_in(load_pack(files, "other"), text) == ()
    assert load_pack(files, "other").digest == load_pack(files_of()).digest


def test_a_tenant_has_a_rule_recorded_only():
    files = {**FILES, OWN: 'shadow = ["spam.certain"]'}
    facts = Facts(area="spam", signals=SignalFacts(max_score={"spam": 0.95}), content=ContentFacts(links=3))
    assert triage(load_pack(files, "other"), facts).outcome is TriageOutcome.AUTOMATIC
    answer = triage(load_pack(files, "acme"), facts)
    assert (answer.outcome, [one.rule_id for one in answer.shadowed]) == (TriageOutcome.REVIEW, ["spam.certain"])


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ("thresholds = { spam_certian = 0.9 }", "has no threshold 'spam_certian'. Did you mean 'spam_certain'?"),
        ("thresholds = { spam_certain = 0.1 }", "lies between 0.85 and 1.0, not at 0.1"),
        ('shadow = ["spam.certian"]', "there is no rule 'spam.certian'. Did you mean 'spam.certain'?"),
        ('shadow = ["child_safety.known-item"]', "is not for tenants to silence (P12)"),
        ("silence = []", "unknown key 'silence'"),
        ("thresholds = ", "is not TOML"),
    ],
)
def test_what_a_tenant_may_not_say_is_a_mistake_of_its_file(own: str, says: str):
    (mistake,) = check_files({**FILES, OWN: own})
    assert mistake.file == OWN
    assert says in str(mistake)


def test_entries_nobody_allowed_a_tenant_to_add_are_refused():
    (mistake,) = check_files(files_of(**{"tenants/acme/lists/slurs.txt": "mild\n"}))
    assert "list 'slurs' is not for tenants to add to" in str(mistake)


def test_a_tenants_pack_is_found_again_by_its_digest(tmp_path: Path):
    for name, text in {**FILES, OWN: "thresholds = { spam_certain = 0.95 }"}.items():
        (tmp_path / "baseline" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "baseline" / name).write_text(text)
    packs = PolicyPacks(tmp_path)
    own = packs.active("baseline", "acme")
    assert own.thresholds["spam_certain"].value == 0.95
    assert packs.active("baseline", "other").thresholds["spam_certain"].value == 0.9
    assert PolicyPacks(tmp_path).load("baseline", own.digest) == own
