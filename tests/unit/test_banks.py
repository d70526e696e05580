"""Banks, the pure part: who may be given what, how sure a match is, where a near hash is found."""

import pytest
from pydantic import ValidationError

from cases.assessing import automatic_decisions
from cases.assessments import Triaged
from cases.banks import (
    BankEntry,
    BankMatch,
    BankTerms,
    HashKind,
    Sharing,
    hashes_in,
    may_share,
    nearest,
    not_to_bank,
    slots_of,
    sureness,
)
from cases.case import Case
from cases.decisions import FourEyes, Outcome, SourceDecision
from tests.builders import HIDE, NOON, an_assessment, an_event, automatic, later
from tests.paper import a_decided_run

PDQ = "f0" * 32


@pytest.mark.parametrize(
    ("rule", "to", "allowed"),
    [
        ("private", "partners", False),
        ("private", "public", False),
        ("partners", "partners", True),
        ("partners", "public", False),
        ("public", "partners", True),
        ("public", "public", True),
        ("public", "private", False),
    ],
)
def test_a_banks_rule_says_who_may_be_given_it(rule: str, to: str, allowed: bool):
    assert may_share(Sharing(rule), Sharing(to)) is allowed


def test_a_bank_is_private_unless_somebody_says_otherwise():
    terms = BankTerms(bank="ours", label="known_hash", kind=HashKind.PDQ, source="Our own decisions.")
    assert (terms.sharing, terms.within_bits) == (Sharing.PRIVATE, 31)


def test_an_exact_bank_has_no_distance_and_none_reaches_beyond_31_bits():
    plain = {"bank": "ours", "label": "known_hash", "source": "Our own."}
    with pytest.raises(ValidationError, match="within_bits is of PDQ"):
        BankTerms.model_validate({**plain, "kind": "sha256", "within_bits": 4})
    with pytest.raises(ValidationError, match="less than or equal to 31"):
        BankTerms.model_validate({**plain, "kind": "pdq", "within_bits": 32})
    with pytest.raises(ValidationError, match="source"):  # PostgreSQL takes no NUL in a text
        BankTerms.model_validate({**plain, "kind": "pdq", "source": "a list\0"})


def test_likeness_is_less_sure_the_further_it_is():
    assert (sureness(0), sureness(31)) == (1.0, 0.5)
    assert sureness(4) > sureness(5)
    matches = [
        BankMatch(bank="a", entry_id=f"e-{bits}", label="known_hash", kind=HashKind.PDQ, differing=bits)
        for bits in (9, 2, 30)
    ]
    assert nearest(matches)["known_hash"].differing == 2


def test_a_hash_is_64_hex_digits_and_lower_case():
    assert BankEntry(hash="F0" * 32).hash == PDQ
    for odd in ("f0", "g" * 64, "f" * 65, ""):
        with pytest.raises(ValidationError):
            BankEntry(hash=odd)


def test_each_hash_has_sixteen_slots_with_their_places():
    found = slots_of([PDQ, "00" * 32])
    assert [place for place, _ in found] == [0] * 16 + [1] * 16
    assert len(set(found)) == 32


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"reversed": True}, "was reversed"),
        ({"outcome": Outcome.NO_VIOLATION}, "found no_violation"),
        ({"automated": True}, "was taken by a machine alone"),
        ({"automated": True, "second_by": "rev-2"}, None),
        ({"second": FourEyes.AFTER}, "waits for a second look"),
        ({"second": FourEyes.AFTER, "second_by": "rev-2"}, None),
        ({"changeable_until": later(minutes=2)}, "may still be taken back"),
        ({"changeable_until": NOON}, None),
    ],
)
def test_only_what_people_found_and_nobody_can_take_back_vouches_for_an_entry(changes: dict, problem: str | None):
    case = a_decided_run().case
    (decision,) = case.decisions
    case = case.evolve(decisions=(decision.evolve(**{"changeable_until": None, **changes}),))
    found = not_to_bank(case, "d-1", NOON)
    assert (found and found.problem) == problem


def test_a_decision_that_is_not_there_vouches_for_nothing():
    found = not_to_bank(Case(case_id=a_decided_run().case.case_id), "d-1", NOON)
    assert found is not None
    assert found.problem == "is not of this case"


def test_hashes_of_a_banks_kind_are_taken_once_and_noise_is_left_out():
    pictures = [
        {"sha256": "A" * 64, "pdq": PDQ, "pdq_quality": 90},
        {"sha256": "a" * 64, "pdq": "0f" * 32, "pdq_quality": 20},
        {"sha256": "no hash", "pdq": PDQ},
        {},
    ]
    assert hashes_in(pictures, HashKind.SHA256) == ("a" * 64,)
    assert hashes_in(pictures, HashKind.PDQ) == (PDQ,)


def test_what_a_rule_decides_alone_by_such_an_entry_rests_on_its_decision():
    source = SourceDecision(case_id="case/demo/content/" + "1" * 32, decision_id="d-1")
    assessment = an_assessment(automatic=automatic(HIDE), rests_on=(source,))
    asked = an_event("triage:1/1", Triaged(through=1, evidence_version=1, assessments=(assessment,), facts={}))
    (event,) = automatic_decisions(asked)
    assert event.body.decision.derived_from == (source,)
