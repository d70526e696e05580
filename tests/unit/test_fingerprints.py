"""Fingerprints: the same is known again whoever wrote it, nearly the same is near, the rest is far. All words are invented."""

import random

import pytest

from activities.text_folding import fold
from cases.fingerprints import (
    PICTURE_DIFFERS_AT_MOST,
    WORDING_DIFFERS_AT_MOST,
    Fingerprint,
    Likeness,
    differing_bits,
    differing_values,
    fingerprints,
    slots,
    wording,
)

SECRET = b"synthetic secret of a tenant"
TEXT = "The blue bicycle is for sale again, ask at the harbour kiosk before noon on any Saturday in spring."
PDQ = "f8" * 32


def prints(text: str, *attachments: dict[str, object], kind: str = "content") -> dict[Likeness, bytes]:
    return {one.likeness: one.value for one in fingerprints(SECRET, kind, text, fold(text).text, attachments)}


def test_the_same_content_has_the_same_fingerprints_and_another_tenants_are_others():
    other = fingerprints(b"another secret", "content", TEXT, TEXT, ())

    assert prints(TEXT) == prints(TEXT)
    assert {one.value for one in other}.isdisjoint(prints(TEXT).values())


def test_an_account_s_words_about_itself_are_no_copy_of_a_post():
    assert prints(TEXT)[Likeness.CONTENT] != prints(TEXT, kind="account")[Likeness.CONTENT]


@pytest.mark.parametrize(
    "written", [TEXT.upper(), f"  {TEXT}\n", TEXT.replace("a", "а", 1), TEXT.replace(" ", "\u200b ")]
)
def test_letter_case_blanks_and_look_alikes_change_the_content_and_not_the_words(written: str):
    assert prints(written)[Likeness.CONTENT] != prints(TEXT)[Likeness.CONTENT]
    assert prints(written)[Likeness.WORDS] == prints(TEXT)[Likeness.WORDS]


def test_another_attachment_is_another_content():
    one, other = ({"sha256": digit * 64} for digit in "ab")
    assert prints(TEXT, one)[Likeness.CONTENT] != prints(TEXT, other)[Likeness.CONTENT]


def test_one_word_changed_is_near_and_another_text_is_far():
    own = prints(TEXT)[Likeness.WORDING]
    near = prints(TEXT.replace("bicycle", "tricycle"))[Likeness.WORDING]
    far = prints("Rain is expected in the hills tonight, with fog in the valleys and some frost by morning.")

    assert differing_values(own, near) <= WORDING_DIFFERS_AT_MOST
    assert differing_values(own, far[Likeness.WORDING]) > WORDING_DIFFERS_AT_MOST


def test_near_texts_share_a_slot_more_often_than_not_and_far_ones_hardly_ever():
    """300 texts with a word in twenty changed, and 300 pairs of nothing in common; seeded."""
    chance = random.Random(20260302)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(3, 9))) for _ in range(400)]
    found = {"near": 0, "far": 0}
    for _ in range(300):
        text = chance.choices(words, k=20)
        changed = [*text[:7], chance.choice(words), *text[8:]]
        other = chance.choices(words, k=20)
        found["near"] += _is_found(" ".join(text), " ".join(changed))
        found["far"] += _is_found(" ".join(text), " ".join(other))
    assert found["near"] >= 200, found
    assert found["far"] == 0, found


def _is_found(one: str, other: str) -> bool:
    first, second = (Fingerprint(likeness=Likeness.WORDING, value=wording(SECRET, text)) for text in (one, other))
    near = differing_values(first.value, second.value) <= WORDING_DIFFERS_AT_MOST
    return near and not set(slots(first)).isdisjoint(slots(second))


def test_short_texts_are_only_known_again_exactly():
    assert set(prints("See you")) == {Likeness.CONTENT, Likeness.WORDS}


def test_nothing_is_a_copy_of_nothing():
    assert prints("") == {}


def test_a_picture_hash_of_low_quality_or_wrong_form_is_left_out():
    assert Likeness.PICTURE in prints("", {"sha256": "a" * 64, "pdq": PDQ, "pdq_quality": 100})
    for poor in ({"pdq": PDQ, "pdq_quality": 10}, {"pdq": "f8"}, {"pdq": "z" * 64}, {"pdq": None}):
        assert Likeness.PICTURE not in prints("", {"sha256": "a" * 64, **poor})


def test_pictures_within_the_distance_share_a_slot_but_for_one_bit():
    """31 bits over 16 slots: at least one slot has at most one of them. Seeded, 200 pictures."""
    chance = random.Random(7)
    for _ in range(200):
        value = chance.randbytes(32)
        number = int.from_bytes(value, "big")
        for bit in chance.sample(range(256), PICTURE_DIFFERS_AT_MOST):
            number ^= 1 << bit
        near = number.to_bytes(32, "big")
        assert differing_bits(value, near) == PICTURE_DIFFERS_AT_MOST
        own, theirs = (slots(Fingerprint(likeness=Likeness.PICTURE, value=one)) for one in (value, near))
        assert any((one ^ other).bit_count() <= 1 for one, other in zip(own, theirs, strict=True))
