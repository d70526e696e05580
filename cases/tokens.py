"""Decision tokens: what a claim gives a reviewer, and what a decision must show. Ed25519, short-lived, bound to one task.

Signature and expiry are checked where nothing is replayed (an update's validator, an activity): keys rotate, time moves.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, ValidationError

from cases.errors import TokenRefused
from cases.facts import Fact

CLAIM_GONE: Final = "the claim was given back or taken away; claim the task again"


class Claims(Fact):
    """What a token says. stream: the case's or appeal's workflow id; evidence: the digest the reviewer saw.

    named_roles: what the reviewer was named for, such as `protected_subjects`.
    """

    tenant: str
    stream: str
    task_id: str
    lease_id: str
    reviewer: str
    evidence: str
    expires_at: AwareDatetime
    named_roles: tuple[str, ...] = ()


PROTECTED_SUBJECTS: Final = "protected_subjects"
"""The role of who may decide about protected accounts without a second person."""


def withdrawal_task(decision_id: str) -> str:
    """The task of a proof by which its reviewer takes a decision back."""
    return f"withdraw:{decision_id}"


def issue_token(key_id: str, key: Ed25519PrivateKey, claims: Claims) -> str:
    """`key id.claims.signature`, the last two in URL-safe base64 without padding."""
    signed = f"{key_id}.{_encode(json.dumps(claims.model_dump(mode='json'), separators=(',', ':')).encode())}"
    return f"{signed}.{_encode(key.sign(signed.encode()))}"


def verify_token(keys: Mapping[str, Ed25519PublicKey], token: str, now: datetime) -> Claims:
    """The token's claims. Raises TokenRefused: unknown key, broken signature, no longer valid."""
    key_id, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    key = keys.get(key_id)
    if key is None:
        raise TokenRefused("the token's signing key is not known here; claim the task again")
    try:
        key.verify(_decode(signature), f"{key_id}.{payload}".encode())
        claims = Claims.model_validate_json(_decode(payload))
    except (InvalidSignature, NotBase64, ValidationError, ValueError):
        raise TokenRefused("the token's signature does not hold; claim the task again") from None
    if claims.expires_at <= now:
        raise TokenRefused(f"the claim ended at {claims.expires_at.isoformat()}; claim the task again")
    return claims


def peek_claims(token: str) -> Claims:
    """The claims of a token that was verified before. Raises TokenRefused where there are none to read."""
    try:
        return Claims.model_validate_json(_decode(token.split(".")[1]))
    except (IndexError, NotBase64, ValidationError, ValueError):
        raise TokenRefused("this is not a decision token; claim the task and send the token it gives") from None


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
