"""Osprey's output as signals: what each word becomes, what counts once, and that nothing goes silently missing.

Shapes: roostorg/osprey, example_rules/README.md (the output JSON) and
osprey_worker/src/osprey/engine/stdlib/udfs/tests/test_labels.py (`EntityA/label_a/1`). Values are synthetic.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.peers.osprey import read_line
from api.peers.osprey_map import default_map, plain_name, read_map
from cases.errors import BadInput
from cases.names import SubjectKind

LINE = {
    "__action_id": 1,
    "__timestamp": "2025-08-25T14:30:45.123456+00:00",
    "__error_count": 0,
    "EventType": "create_post",
    "PostText": "synthetic words",
    "UserId": "user_1923",
    "ContainsHello": True,
}
MAP = """
rules_version = "2026-11-20"
subjects = ["Post", "User"]
[entities.User]
kind = "account"
ids = ["UserId"]
[entities.Post]
kind = "content"
ids = ["PostId", "Uri"]
[rules.ContainsHello]
area = "spam"
score = 0.8
[verdicts.reject]
area = "other"
restricts = true
[verdicts.pass]
ignore = true
[labels."known hash"]
area = "child_safety"
label = "known_hash"
"""


def read(table=None, **features):
    return read_line(json.dumps({**LINE, **features}), table or default_map())


def test_a_label_added_is_a_signal_about_the_entity_it_lies_on():
    (finding,) = read(__entity_label_mutations=["User/spam/1"]).findings

    message = finding.message
    assert (message.subject.kind, message.subject.id) == (SubjectKind.ACCOUNT, "user_1923")
    assert (message.detector.vendor, message.detector.name, message.detector.version) == (
        "osprey",
        "spam",
        "unversioned",
    )
    assert (message.area, message.scores) == ("spam", {"spam": 1.0})
    assert message.detected_at is not None
    assert message.detected_at.isoformat() == "2025-08-25T14:30:45.123456+00:00"


def test_the_plugin_effect_of_ospreys_own_example_is_about_the_user():
    (finding,) = read(__ban_user=['user_1923|User said "hello"']).findings

    assert (finding.said, finding.restricts) == ("effect ban_user", True)
    assert finding.message.subject.kind is SubjectKind.ACCOUNT


def test_a_verdict_speaks_for_each_rule_the_map_knows_beside_it():
    (finding,) = read(read_map(MAP), __verdicts=["reject"], PostId=77).findings

    assert finding.message.detector.name == "ContainsHello"
    assert finding.message.detector.version == "2026-11-20"
    assert (finding.message.area, finding.message.scores) == ("spam", {"spam": 0.8})
    assert (finding.message.subject.kind, finding.message.subject.id) == (SubjectKind.CONTENT, "77")
    assert (finding.said, finding.restricts) == ("verdict reject", True)


def test_a_verdict_alone_is_looked_at_under_other():
    (finding,) = read(__verdicts=["reject"], ContainsHello=False).findings

    assert (finding.message.area, finding.message.detector.name) == ("other", "reject")


def test_a_label_may_be_scored_under_a_name_of_the_packs():
    (finding,) = read(read_map(MAP), __entity_label_mutations=["User/Known-Hash/3"]).findings

    assert (finding.message.area, finding.message.scores) == ("child_safety", {"known_hash": 1.0})


def test_a_removed_label_sends_nothing_and_is_counted():
    line = read(__entity_label_mutations=["User/spam/0", "User/harassment/2"])

    assert (line.findings, line.removed, line.problems) == ((), 2, ())


@pytest.mark.parametrize(
    ("mutations", "sent"),
    [(["User/spam/0", "User/spam/1"], 1), (["User/spam/1", "User/spam/2"], 0), (["User/spam/2", "User/spam/3"], 1)],
)
def test_of_two_statuses_in_one_action_the_higher_wins_as_in_osprey(mutations, sent):
    assert len(read(__entity_label_mutations=mutations).findings) == sent


def test_the_same_line_has_the_same_ids_and_another_action_others():
    again = [read(__entity_label_mutations=["User/spam/1"]) for _ in range(2)]
    other = read(__entity_label_mutations=["User/spam/1"], __action_id=2)

    ids = {one.findings[0].message.message_id for one in again}
    assert len(ids) == 1
    assert ids.isdisjoint({other.findings[0].message.message_id})


def test_what_is_ignored_is_counted_and_a_plain_line_says_nothing():
    assert read(__verdicts=["pass"]).ignored == 1
    assert read() == ((), 0, 0, (), 0)


def test_failed_rules_are_told_of():
    assert read(__error_count=3).rule_errors == 3


def test_an_unknown_word_is_a_problem_and_the_rest_of_the_line_is_taken():
    line = read(__entity_label_mutations=["User/meow/1", "User/spam/1"])

    assert len(line.findings) == 1
    (problem,) = line.problems
    assert (problem.field, problem.value) == ("labels", "meow")
    assert "[labels.meow]" in problem.cure


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ("{", "line"),
        ("[1]", "line"),
        ('{"a": 1}', "__action_id"),
        (json.dumps({**LINE, "__timestamp": "yesterday"}), "__timestamp"),
        (json.dumps({**LINE, "__verdicts": "reject"}), "__verdicts"),
        (json.dumps({**LINE, "__entity_label_mutations": ["spam"]}), "__entity_label_mutations"),
        (json.dumps({**LINE, "__entity_label_mutations": ["Robot/spam/1"]}), "entities"),
        (json.dumps({**LINE, "__entity_label_mutations": ["Guild/spam/1"]}), "labels"),
        (json.dumps({**LINE, "UserId": " blank ", "__entity_label_mutations": ["User/spam/1"]}), "UserId"),
    ],
)
def test_what_cannot_be_mapped_names_field_and_cure(raw, field):
    (problem,) = read_line(raw, default_map()).problems

    assert problem.field == field
    assert problem.cure


def test_a_stored_execution_result_and_a_line_kept_for_mending_are_read_too():
    inner = json.dumps({**LINE, "__entity_label_mutations": ["User/spam/1"]})
    stored = json.dumps(
        {"id": 1, "extracted_features": inner, "error_traces": "[]", "timestamp": "2025-08-25T14:30:45"}
    )
    kept = json.dumps({"line": 3, "problems": [], "given": inner})

    assert read_line(stored, default_map()).findings == read_line(inner, default_map()).findings
    assert read_line(kept, default_map()).findings == read_line(inner, default_map()).findings


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_any_value_of_ospreys_own_features_is_read_or_named(value):
    line = read(__verdicts=value, __entity_label_mutations=value)

    words = value if isinstance(value, list) and all(isinstance(word, str) for word in value) else []
    assert line.findings or line.problems or line.removed or line.ignored or not (words or (value and words == value))


def test_a_map_that_cannot_be_used_names_its_mistakes():
    with pytest.raises(BadInput) as caught:
        read_map(MAP.replace('area = "spam"', 'aera = "spam"').replace('subjects = ["Post"', 'subjects = ["Robot"'))

    assert "rules.ContainsHello.aera" in str(caught.value)
    with pytest.raises(BadInput, match="not TOML"):
        read_map("[labels")


def test_names_are_compared_without_case_and_punctuation():
    assert plain_name("Likely Spam!") == plain_name("likely_spam") == "likely_spam"
