"""What `policy check` says about each mistake, word for word: file, line, rule, field, message, cure."""
# ruff: noqa: E501 (messages and TOML lines stand here as they are)

from pathlib import Path

import pytest

from activities.policy_packs import read_pack_files
from cases.pack_mistakes import PackMistakes
from cases.packs import check_files, load_pack
from cases.policy import PolicyError

FOLDER = Path(__file__).parents[2] / "policies" / "baseline"
FILES = {  # in its own language: tests of others are in test_pack_languages.py
    name: text for name, text in read_pack_files(FOLDER).items() if not name.startswith("templates/de/")
}


def told(old: str, new: str, file: str = "pack.toml") -> list[str]:
    """What is said once `old` became `new`; the line is given as text of that line, so that edits of the pack do no harm."""
    assert FILES[file].count(old) >= 1, old
    text = FILES[file].replace(old, new, 1)
    said = []
    for mistake in check_files({**FILES, file: text}):
        line = text.splitlines()[mistake.line - 1] if mistake.file == file else ""
        said.append(f"[{line.strip()}] {mistake.rule}|{mistake.field}| {mistake.message}. {mistake.cure}")
    return said


CASES = {
    "a key with a typo": (
        ('why = "Every report is looked at by a person."', 'wy = "Every report is looked at by a person."'),
        [
            "[[[rules]]] rule harassment.reported|why| 'why' is missing. Add 'why'; policies/README.md shows what it says.",
            "[wy = \"Every report is looked at by a person.\"] rule harassment.reported|wy| unknown key 'wy'. "
            "Did you mean 'why'?",
        ],
    ),
    "a duration that is none": (
        ('review_within = "PT10M"', 'review_within = "10 minutes"'),
        [
            "[review_within = \"10 minutes\"] |areas.self_harm.review_within| '10 minutes' is not an ISO 8601 duration "
            "such as PT24H or P7D. Write it so.",
        ],
    ),
    "a name no fact has": (
        ("reports.independent >= limits.harassment_reports", "reports.indepedent >= limits.harassment_reports"),
        [
            "[when = '''] rule harassment.flagged-and-reported|when| line 2, column 13 of the condition: undeclared "
            "reference to 'reports.indepedent'. Did you mean 'reports.independent'?",
        ],
    ),
    "a threshold that is not declared": (
        ('"spam" in scores && scores["spam"] >= limits.spam_likely', '"spam" in scores && scores["spam"] >= limits.spam_likly'),
        [
            "[when = '\"spam\" in scores && scores[\"spam\"] >= limits.spam_likly'] rule spam.likely|when| line 1, column 45 "
            "of the condition: undeclared reference to 'limits.spam_likly'. Did you mean 'limits.spam_likely'?",
        ],
    ),
    "a whole number beside a score": (
        ('scores["known_hash"] >= 1.0', 'scores["known_hash"] >= 1'),
        [
            "[when = '(\"known_hash\" in scores && scores[\"known_hash\"] >= 1) || \"known_hash\" in labels'] "
            "rule child_safety.known-item|when| line 1, column 49 of the condition: found no matching overload for '_>=_' "
            "applied to '(double, int)'. Compare like with like: counts are whole numbers (3), scores have a point (0.8).",
        ],
    ),
    "a condition that is a number": (
        ("when = 'reports.trusted_flagger'", "when = 'reports.count'"),
        [
            "[when = 'reports.count'] rule harassment.trusted-flagger|when| line 1, column 1 of the condition: is int, not "
            "true or false. Conditions are CEL; policies/README.md lists what they may name.",
        ],
    ),
    "a score read without asking whether it is there": (
        ('"spam" in scores && scores["spam"] >= limits.spam_likely', 'scores["spam"] >= limits.spam_likely'),
        [
            "[when = 'scores[\"spam\"] >= limits.spam_likely'] rule spam.likely|when| scores['spam'] is read without asking "
            'whether it is there: no score is not a low score. Write "spam" in scores && … before it.',
        ],
    ),
    "a label nobody declared": (
        ('|| "known_hash" in labels', '|| "known_hsah" in labels'),
        [
            "[when = '(\"known_hash\" in scores && scores[\"known_hash\"] >= 1.0) || \"known_hsah\" in labels'] "
            "rule child_safety.known-item|when| no label 'known_hsah' is declared. Add it under [labels]. Did you mean "
            "'known_hash'?",
        ],
    ),
    "a surface that does not exist": (
        ('(surface == "public"', '(surface == "pubic"'),
        ["[when = '''] rule spam.certain-in-volume|when| surface is never 'pubic'. Did you mean 'public'?"],
    ),
    "an unknown area": (
        ('id = "harassment.flagged"\narea = "harassment"', 'id = "harassment.flagged"\narea = "harasment"'),
        ['[area = "harasment"] rule harassment.flagged|area| unknown area \'harasment\'. Did you mean \'harassment\'?'],
    ),
    "an unknown queue": (
        ('queue = "specialist"', 'queue = "specialists"'),
        ['[queue = "specialists"] |areas.self_harm.queue| unknown queue \'specialists\'. Did you mean \'specialist\'?'],
    ),
    "a severity that does not exist": (
        ('severity = "S3"', 'severity = "S5"'),
        ['[severity = "S5"] |areas.spam.severity| is one of S0, S1, S2, S3, S4. Write it so.'],
    ),
    "a release on expiry at top severity": (
        ('[areas.child_safety.hold]\nmeasure = "hide"\naccount = "suspend"\non_expiry = "escalate"', '[areas.child_safety.hold]\nmeasure = "hide"\naccount = "suspend"\non_expiry = "release"\nlongest = "P3D"'),
        [
            '[on_expiry = "release"] |areas.child_safety.hold.on_expiry| a hold of severity S0 may not end in release (P12). '
            'Use "escalate" or "keep": lateness of ours must not put content back.',
        ],
    ),
    "a second person who delays what is severe": (
        ('# Afterwards, never before: every hour it stays up is harm.\nfour_eyes = "after"', 'four_eyes = "before"'),
        [
            '[four_eyes = "before"] |areas.intimate_images.four_eyes| a decision of severity S1 waits for no second person (P12). '
            'Use four_eyes = "after": it takes effect, and the second person looks then.',
        ],
    ),
    "a second person for what cannot be undone, of the severest kind": (
        ('the report or the removal.\nfour_eyes = "after"', 'the report or the removal.\nfour_eyes = "none"'),
        [
            '[four_eyes = "none"] |areas.child_safety.four_eyes| a decision of severity S0 waits for no second person (P12). '
            'Use four_eyes = "after": it takes effect, and the second person looks then.',
        ],
    ),
    "a longest time of a hold that nothing ends": (
        ('[areas.harassment.hold]\nmeasure = "hide"\non_expiry = "escalate"', '[areas.harassment.hold]\nmeasure = "hide"\non_expiry = "escalate"\nlongest = "P3D"'),
        [
            '[longest = "P3D"] |areas.harassment.hold.longest| a hold has a longest time exactly where it ends in release. '
            'Give longest with on_expiry = "release"; otherwise leave it out: the review deadline escalates.',
        ],
    ),
    "a machine that decides at top severity": (
        ('then = { outcome = "review", review_within = "PT4H" }', 'then = { outcome = "automatic", severity = "S0", facts = "x" }'),
        [
            '[then = { outcome = "automatic", severity = "S0", facts = "x" }] rule harassment.trusted-flagger|then.outcome| '
            'a machine alone may not decide at severity S0. Use "hold": it protects at once, and a person decides.',
        ],
    ),
    "a keyword of another category": (
        ('keywords = ["KEYWORD_CYBER_HARASSMENT"]', 'keywords = ["KEYWORD_SUICIDE"]'),
        [
            "[keywords = [\"KEYWORD_SUICIDE\"]] |areas.harassment.transparency.keywords| 'KEYWORD_SUICIDE' does not belong to "
            "STATEMENT_CATEGORY_CYBER_VIOLENCE. Known: KEYWORD_CYBER_BULLYING_INTIMIDATION, KEYWORD_CYBER_HARASSMENT, "
            "KEYWORD_CYBER_INCITEMENT, KEYWORD_CYBER_STALKING, KEYWORD_NON_CONSENSUAL_IMAGE_SHARING, "
            "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE, KEYWORD_OTHER.",
        ],
    ),
    "a category the EU database does not have": (
        ('"STATEMENT_CATEGORY_SELF_HARM"', '"STATEMENT_CATEGORY_SELFHARM"'),
        [
            '[category = "STATEMENT_CATEGORY_SELFHARM"] |areas.self_harm.transparency.category| the EU database has no category '
            "'STATEMENT_CATEGORY_SELFHARM'. Did you mean 'STATEMENT_CATEGORY_SELF_HARM'?",
        ],
    ),
    "two rules of one name": (
        ('id = "spam.likely"', 'id = "spam.reported"'),
        [
            '[id = "spam.reported"] rule spam.reported|id| 2 rules are called \'spam.reported\'. Give each its own id: decisions '
            "name it.",
            '[id = "spam.reported"] rule spam.reported|id| 2 rules are called \'spam.reported\'. Give each its own id: decisions '
            "name it.",
        ],
    ),
    "a rule no example shows": (
        ('id = "spam.likely"', 'id = "spam.perhaps"'),
        [
            "[[[rules]]] rule spam.perhaps|| no worked example shows this rule. Add one to examples.toml whose expect.rules "
            "names it.",
        ],
    ),
    "a hold without facts": (
        ('facts = "Several people reported this as spam. It is hidden until one of our reviewers has looked at it."\n', ""),
        [
            "[[rules.then]] rule spam.reported-thrice|then| hold without 'facts'. Add facts: what the person is told was seen, "
            "without names or quotations (DSA Art. 17(3)(b)).",
        ],
    ),
    "a hold that is no hold": (
        ('[areas.other.hold]\nmeasure = "hide"', '[areas.other.hold]\nmeasure = "remove"'),
        [
            '[measure = "remove"] |areas.other.hold.measure| remove is no hold of content: a hold can be undone without a '
            "trace. Use one of: age_gate, demote, hide, interstitial, label, limit_interaction.",
        ],
    ),
    "a strike for people in danger": (
        ("[areas.self_harm.ground]", '[areas.self_harm.strike]\nexpires_after = "P90D"\n\n[areas.self_harm.ground]'),
        [
            "[[areas.self_harm.strike]] |areas.self_harm.strike| a strike where no reviewer can find a violation. Drop the "
            "strike, or offer the outcome 'violation'.",
            "[[areas.self_harm.strike]] |areas.self_harm.strike| an area of support leaves no strike. Drop the strike: people "
            "in danger are not punished.",
        ],
    ),
    "an account measure on content": (
        ('{ kind = "suspend", target = "author" }', '{ kind = "suspend", target = "subject" }'),
        [
            '[enforcements = [{ kind = "remove", target = "subject" }, { kind = "suspend", target = "subject" }]] '
            "|areas.child_safety.enforcements.1| suspend cannot lie on the subject, content. Use one of: hide, "
            "remove, label, age_gate, demote, interstitial, limit_interaction.",
        ],
    ),
    "an exemption without volume": (
        ('finding = "violation"\nfacts', 'finding = "violation"\nstatement = "exempt_deceptive_commercial"\nfacts'),
        [
            '[statement = "exempt_deceptive_commercial"] rule spam.certain|then.statement| only deceptive commercial content in '
            "high volume is exempt from a statement. Let the rule be automatic and ask for content.duplicates, or drop the "
            "exemption (DSA Art. 17(2)).",
        ],
    ),
    "a slow look at someone in danger": (
        ('review_within = "PT10M"', 'review_within = "PT2H"'),
        [
            '[review_within = "PT2H"] |areas.self_harm.review_within| PT2H is later than S1 allows without a hold (10 minutes). '
            "Shorten it, add a hold, or lower the severity.",
        ],
    ),
    "a ladder without strikes": (
        ('[[ladder]]\narea = "harassment"', '[[ladder]]\narea = "spam"'),
        ['[area = "spam"] |ladder.0.area| area spam leaves no strikes to count. Add [areas.spam.strike] or drop the step.'],
    ),
    "a deadline that is gone": (
        ('owed = "receipt"', 'owed = "outcome_notice"'),
        [
            '[[[deadlines]]] |deadlines| no deadline for receipt. Add [[deadlines]] owed = "receipt" for every area (no area '
            "key).",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_mistake_is_explained_with_line_rule_and_cure(name: str):
    (old, new), expected = CASES[name]
    assert told(old, new) == expected


def test_every_mistake_is_told_in_one_go():
    text = FILES["pack.toml"].replace('queue = "specialist"', 'queue = "nowhere"', 1)
    text = text.replace("reports.trusted_flagger", "reports.trusted_flager", 1).replace(
        'severity = "S3"', 'severity = "S4"'
    )
    mistakes = check_files({**FILES, "pack.toml": text})
    assert [mistake.field for mistake in mistakes] == ["areas.self_harm.queue", "when"]


def test_a_pack_without_a_catch_all_says_what_to_add():
    text = FILES["pack.toml"].replace("[areas.other", "[areas.rest").replace('area = "other"', 'area = "rest"')
    said = [str(mistake) for mistake in check_files({**FILES, "pack.toml": text})]
    assert [line.partition(" ")[2] for line in said] == [
        "areas: there is no area 'other'. Add [areas.other]: what no area knows is reviewed there."
    ]


def test_broken_toml_is_told_with_its_line():
    assert told('version = "1.3.0"', "version = 1.3.0") == [
        "[version = 1.3.0] || is not TOML: Expected newline or end of document after a statement. Strings stand in quotes, "
        "tables in [brackets]."
    ]


def test_an_example_that_comes_out_otherwise_is_told_at_its_place():
    assert told('expect]\noutcome = "hold"', 'expect]\noutcome = "review"', "examples.toml") == [
        "[[examples.expect]] example three people and a detector object to an insult|expect| outcome is hold, not review. "
        "Change the rule, or what the example expects."
    ]


def test_a_fact_with_a_typo_in_an_example_is_told():
    assert told("reports = { count = 3,", "report = { count = 3,", "examples.toml") == [
        "[[examples.facts]] example three people and a detector object to an insult|facts| report: extra inputs are not "
        "permitted. policies/README.md lists the facts a case can have."
    ]


def test_missing_and_unknown_templates_are_told():
    files = {name: text for name, text in FILES.items() if name != "templates/receipt.txt.j2"}
    files["templates/reciept.txt.j2"] = "Subject: hello"
    assert [str(mistake) for mistake in check_files(files)] == [
        "templates/receipt.txt.j2:1: the template is missing. Write it; policies/README.md lists what it may say.",
        "templates/reciept.txt.j2:1: no notice is called so. Did you mean 'receipt.txt.j2'?",
    ]


def test_a_folder_without_a_pack_is_told():
    assert [str(mistake) for mistake in check_files({})] == [
        "pack.toml:1: the file is missing. A pack is a folder with pack.toml in it."
    ]


def test_a_pack_with_mistakes_does_not_load_and_the_error_lists_them():
    files = {**FILES, "pack.toml": FILES["pack.toml"].replace('queue = "specialist"', 'queue = "nowhere"', 1)}
    with pytest.raises(PolicyError, match="unknown queue 'nowhere'") as caught:
        load_pack(files)
    assert isinstance(caught.value, PackMistakes)
    assert caught.value.mistakes[0].file == "pack.toml"
