"""Decision tokens: what they prove, and what they do not."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.errors import TokenRefused
from cases.tokens import Claims, issue_token, peek_claims, verify_token
from tests.builders import NOON, a_case_id, later

KEY, NEXT_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = {"k1": KEY.public_key()}


def the_claims(expires_at: datetime = later(minutes=30), **changes: Any) -> Claims:
    plain = {
        "tenant": "demo",
        "stream": a_case_id(),
        "task_id": "harassment/1",
        "lease_id": "lease-1",
        "reviewer": "rev-1",
        "evidence": "sha256:0",
    }
    return Claims(**{**plain, **changes}, expires_at=expires_at)


def test_a_token_says_what_was_claimed():
    token = issue_token("k1", KEY, the_claims())
    assert verify_token(KEYS, token, NOON) == the_claims()
    assert peek_claims(token) == the_claims()
    assert all(part.isascii() and "=" not in part for part in token.split("."))


def test_a_token_ends_with_its_lease():
    token = issue_token("k1", KEY, the_claims())
    assert verify_token(KEYS, token, later(minutes=29, seconds=59))
    with pytest.raises(TokenRefused, match=r"the claim ended at .*; claim the task again"):
        verify_token(KEYS, token, later(minutes=30))


def test_after_a_rotation_old_tokens_hold_while_the_old_key_is_known_and_no_longer():
    old, new = issue_token("k1", KEY, the_claims()), issue_token("k2", NEXT_KEY, the_claims())
    both = {"k1": KEY.public_key(), "k2": NEXT_KEY.public_key()}
    assert verify_token(both, old, NOON) == verify_token(both, new, NOON)
    with pytest.raises(TokenRefused, match="signing key is not known here"):
        verify_token({"k2": NEXT_KEY.public_key()}, old, NOON)


def test_a_token_signed_by_another_key_under_a_known_name_is_refused():
    with pytest.raises(TokenRefused, match="signature does not hold"):
        verify_token(KEYS, issue_token("k1", NEXT_KEY, the_claims()), NOON)


def test_a_token_moved_to_another_key_name_is_refused():
    both = {"k1": KEY.public_key(), "k2": KEY.public_key()}
    token = issue_token("k1", KEY, the_claims()).replace("k1.", "k2.", 1)
    with pytest.raises(TokenRefused, match="signature does not hold"):
        verify_token(both, token, NOON)


def test_claims_changed_by_their_bearer_are_refused():
    key_id, payload, signature = issue_token("k1", KEY, the_claims()).split(".")
    plain = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b"rev-1", b"rev-2")
    forged = f"{key_id}.{urlsafe_b64encode(plain).decode().rstrip('=')}.{signature}"
    with pytest.raises(TokenRefused, match="signature does not hold"):
        verify_token(KEYS, forged, NOON)


@pytest.mark.parametrize(
    "token", ["", "k1", "k1.", "k1..", "k1.!!!.???", "k1.e30.", "k1.e30.e30", "ümlaut.ä.ö", "k1.é.é"]
)
def test_what_is_no_token_is_refused_and_never_fails_otherwise(token: str):
    with pytest.raises(TokenRefused):
        verify_token(KEYS, token, NOON)
    with pytest.raises(TokenRefused, match="not a decision token"):
        peek_claims(token)


def test_every_changed_character_is_noticed():
    token = issue_token("k1", KEY, the_claims())
    for place in range(0, len(token) - 1, 7):  # the very last character has bits that encode nothing
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenRefused):
            verify_token(KEYS, changed, NOON)
