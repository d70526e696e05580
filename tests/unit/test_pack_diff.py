"""What is different between two packs, and which rules newly act alone."""

import tomllib
from pathlib import Path

from activities.policy_packs import read_pack_files
from cases.pack_diff import automatic_rules_changed, differences
from cases.packs import load_pack, templates_in
from cases.policy import PolicyPack
from cases.rule_scope import Mode
from tests.builders import NOON

FILES = read_pack_files(Path(__file__).parents[2] / "policies" / "baseline")
PACK = load_pack(FILES)


def changed(*replacements: tuple[str, str]) -> PolicyPack:
    text = FILES["pack.toml"]
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return PolicyPack.model_validate({**tomllib.loads(text), "digest": "sha256:test"})


def test_a_pack_does_not_differ_from_itself():
    assert differences(PACK, PACK, (templates_in(FILES), templates_in(FILES))) == ()
    assert automatic_rules_changed(PACK, PACK) == ()


def test_each_difference_is_named_where_it_stands():
    after = changed(
        ('version = "1.3.0"', 'version = "1.4.0"'),
        ("[thresholds.spam_links]\nvalue = 2", "[thresholds.spam_links]\nvalue = 3"),
        (
            'severity = "S3"\nqueue = "spam"\nreview_within = "P3D"',
            'severity = "S3"\nqueue = "spam"\nreview_within = "P2D"',
        ),
        ('within = "PT15M"', 'within = "PT10M"'),
    )
    found = [(one.kind, one.section, one.name, one.field, one.before, one.after) for one in differences(PACK, after)]
    assert ("changed", "version", "", "", "1.3.0", "1.4.0") in found
    assert ("changed", "thresholds", "spam_links", "value", 2, 3) in found
    assert ("changed", "areas", "spam", "review_within", "P3D", "P2D") in found
    assert [(kind, section) for kind, section, *_ in found if section == "deadlines"] == [
        ("removed", "deadlines"),
        ("added", "deadlines"),
    ]
    assert len(found) == 5


def test_a_rule_that_is_gone_new_or_moved_is_said():
    rules = list(PACK.rules)
    fewer = PACK.model_copy(update={"rules": tuple(rules[1:])})
    assert [(one.kind, one.name) for one in differences(PACK, fewer)] == [("removed", rules[0].id)]
    assert [(one.kind, one.name) for one in differences(fewer, PACK)] == [("added", rules[0].id)]
    moved = PACK.model_copy(update={"rules": (rules[1], rules[0], *rules[2:])})
    assert [(one.section, one.field) for one in differences(PACK, moved)] == [("rules", "order")]


def test_a_changed_template_is_named_without_its_text():
    before = templates_in(FILES)
    (one,) = differences(PACK, PACK, (before, {**before, "receipt.txt.j2": "synthetic"}))
    assert (one.section, one.name, one.before, one.after) == ("templates", "receipt.txt.j2", True, True)


def test_a_rule_acts_newly_where_machines_may_look_anew_or_where_it_brings_something_else():
    deciding = automatic_rules_changed(None, PACK)
    assert automatic_rules_changed(PACK, PACK.model_copy(update={"detection_off": ()})) == deciding
    assert automatic_rules_changed(PACK.model_copy(update={"applies_to_content_from": NOON}), PACK) == deciding
    harsher = PACK.areas["spam"].model_copy(update={"enforcements": PACK.areas["spam"].account_enforcements})
    assert harsher != PACK.areas["spam"]
    assert automatic_rules_changed(PACK, PACK.model_copy(update={"areas": {**PACK.areas, "spam": harsher}})) == deciding


def test_a_rule_acts_newly_by_condition_number_list_or_scope():
    assert automatic_rules_changed(None, PACK) == ("spam.certain-in-volume", "spam.certain")
    lower = changed(("[thresholds.spam_certain]\nvalue = 0.9", "[thresholds.spam_certain]\nvalue = 0.86"))
    assert automatic_rules_changed(PACK, lower) == ("spam.certain-in-volume", "spam.certain")
    links = changed(("[thresholds.spam_links]\nvalue = 2", "[thresholds.spam_links]\nvalue = 1"))
    assert automatic_rules_changed(PACK, links) == ("spam.certain",)
    why = changed(("one post is not volume.", "one post is no volume."))
    assert automatic_rules_changed(PACK, why) == ()


def of_mode(mode: Mode, share: float | None = None) -> PolicyPack:
    rules = tuple(
        rule.model_copy(update={"mode": mode, "share": share}) if rule.id == "spam.certain" else rule
        for rule in PACK.rules
    )
    return PACK.model_copy(update={"rules": rules})


def test_a_rule_acts_newly_when_it_leaves_the_shadow_or_its_share_grows():
    assert automatic_rules_changed(PACK, of_mode(Mode.SHADOW)) == ()
    assert automatic_rules_changed(of_mode(Mode.SHADOW), PACK) == ("spam.certain",)
    assert automatic_rules_changed(of_mode(Mode.SHADOW), of_mode(Mode.CANARY, 0.1)) == ("spam.certain",)
    assert automatic_rules_changed(of_mode(Mode.CANARY, 0.1), of_mode(Mode.CANARY, 0.2)) == ("spam.certain",)
    assert automatic_rules_changed(of_mode(Mode.CANARY, 0.1), PACK) == ("spam.certain",)
    silenced = PACK.model_copy(update={"shadowed": frozenset({"spam.certain"})})
    assert automatic_rules_changed(silenced, PACK) == ("spam.certain",)
