"""Banks, the pure part: who may be given what, how sure a match is, where a near hash is found."""

import pytest
from pydantic import ValidationError

from cases.banks import BankEntry, BankMatch, BankTerms, HashKind, Sharing, may_share, nearest, slots_of, sureness

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
