"""Every kind of event has words, and none of them can break on what another version stored."""

import typing

import pytest

from api.cli.words import _SAY, worded
from cases.events import EventBody

KINDS = [member.model_fields["kind"].default for member in typing.get_args(typing.get_args(EventBody)[0])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_words(kind):
    assert kind in _SAY


@pytest.mark.parametrize("kind", [*KINDS, "of_tomorrow"])
def test_a_body_without_what_is_expected_is_told_by_its_kind(kind):
    assert worded(kind, {})


def test_a_decision_names_who_what_on_which_rule_and_what_is_ordered():
    decision = {
        "matter_id": "spam/1",
        "outcome": "violation",
        "by": "rule:spam.mass",
        "rule_id": "spam.mass",
        "enforcements": [
            {"kind": "hide", "target": "subject"},
            {"kind": "suspend", "target": "author", "duration": "P7D"},
        ],
    }
    assert worded("decision_recorded", {"decision": decision}) == (
        "spam/1 decided violation by rule spam.mass, rule spam.mass: hide subject, suspend author for P7D"
    )
