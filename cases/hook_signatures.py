"""Whether a webhook comes from whom it names: one pure function for each family of signatures. Raw bytes, never parsed JSON.

Every family takes several secrets, so that one can be exchanged for another while both are in use, and compares all of
them in constant time. What does not hold is None, without saying which part of it.
Sources: standardwebhooks.com (specification 1.0.0); Sightengine, "Callbacks" (t=, v1=); GitHub, "Validating webhook
deliveries" (sha256=); Coop, docs/development/api-auth.md (RSA).
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AwareDatetime

from cases.facts import Fact

REPLAY_WINDOW: Final = timedelta(minutes=5)  # both ways: a sender's clock may run ahead of ours
_STANDARD_SECRET: Final = "whsec_"  # noqa: S105 - how such a secret begins
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS: Final = 11  # of Unix seconds: some thousand years


class Family(StrEnum):
    """How a source signs."""

    STANDARD = "standard"  # Standard Webhooks: id.timestamp.body, base64, in webhook-signature
    TIMESTAMPED = "timestamped"  # Stripe-like: `t=<unix>,v1=<hex>` over timestamp.body
    PREFIXED = "prefixed"  # GitHub-like: `sha256=<hex>` over the body
    PLAIN = "plain"  # hex of HMAC-SHA256 over the body
    RSA = "rsa"  # base64 of RSASSA-PKCS1-v1_5 with SHA-256 over the body


class Proof(Fact):
    """What a signature that holds also covers. event_id, signed_at: where the family signs them."""

    event_id: str | None = None
    signed_at: AwareDatetime | None = None


Headers = Mapping[str, str]  # names in lower case
Check = Callable[[Sequence[bytes], Headers, bytes, str], Proof | None]


def proof_of(
    family: Family, keys: Sequence[bytes], headers: Headers, body: bytes, header: str, now: datetime
) -> Proof | None:
    """What the signature proves; None where it does not hold under any of the keys, or was made at another time.

    keys: as `key_of` reads them. header: the lower-case name of the signature's header; Standard Webhooks has its own.
    """
    proof = _CHECKS[family](keys, headers, body, header)
    if proof is None or (proof.signed_at is not None and abs(now - proof.signed_at) > REPLAY_WINDOW):
        return None
    return proof


def key_of(family: Family, secret: str) -> bytes:
    """The key in a secret as the source gives it. Raises ValueError saying what it should be; never what it is."""
    text = secret.strip()
    if family is Family.RSA:
        return _public_key_pem(text)
    if family is not Family.STANDARD:
        if not text:
            raise ValueError("is empty; give the secret the source signs with")
        return text.encode()
    try:
        key = b64decode(text.removeprefix(_STANDARD_SECRET), validate=True)
    except (NotBase64, ValueError):
        raise ValueError("is not base64; give whsec_ and base64, as the source shows it") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("is not 24 to 64 bytes long; give whsec_ and base64, as the source shows it")
    return key


def signed(keys: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers that prove a webhook of ours (Standard Webhooks): one signature for each key, so that keys can be exchanged."""
    timestamp = str(int(at.timestamp()))
    made = (b64encode(_mac(key, f"{message_id}.{timestamp}.".encode() + body)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def _standard(keys: Sequence[bytes], headers: Headers, body: bytes, header: str) -> Proof | None:
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed_at = _unix(at)
    given = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split() if one.startswith("v1,")]
    made = [b64encode(_mac(key, f"{event_id}.{at}.".encode() + body)).decode() for key in keys]
    holds = _any_equal(made, given)
    return Proof(event_id=event_id, signed_at=signed_at) if holds and event_id and signed_at else None


def _timestamped(keys: Sequence[bytes], headers: Headers, body: bytes, header: str) -> Proof | None:
    parts = [part.strip().partition("=") for part in headers.get(header, "").split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    signed_at = _unix(at)
    given = [value for name, _, value in parts if name == "v1"]
    holds = _any_equal([_mac(key, at.encode() + b"." + body).hex() for key in keys], given)
    return Proof(signed_at=signed_at) if holds and signed_at else None


def _prefixed(keys: Sequence[bytes], headers: Headers, body: bytes, header: str) -> Proof | None:
    scheme, _, given = headers.get(header, "").strip().partition("=")
    holds = _any_equal([_mac(key, body).hex() for key in keys], [given])
    return Proof() if holds and scheme == "sha256" else None


def _plain(keys: Sequence[bytes], headers: Headers, body: bytes, header: str) -> Proof | None:
    given = headers.get(header, "").strip()
    return Proof() if _any_equal([_mac(key, body).hex() for key in keys], [given]) else None


def _rsa(keys: Sequence[bytes], headers: Headers, body: bytes, header: str) -> Proof | None:
    try:
        given = b64decode(headers.get(header, "").strip(), validate=True)
    except (NotBase64, ValueError):
        return None
    return Proof() if any([_rsa_holds(key, given, body) for key in keys]) else None  # noqa: C419 - all of them, always


def _rsa_holds(pem: bytes, given: bytes, body: bytes) -> bool:
    key = load_pem_public_key(pem)
    assert isinstance(key, RSAPublicKey)  # key_of looked
    try:
        key.verify(given, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, sha256).digest()


def _any_equal(made: Iterable[str], given: Sequence[str]) -> bool:
    """Whether one of the signatures made is one of those given; all are compared, so that time tells nothing."""
    holds = False
    for one in made:
        for other in given:
            holds |= hmac.compare_digest(one.encode(), other.encode())
    return holds


def _unix(text: str) -> datetime | None:
    """Unix seconds as an instant; None where it is none."""
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        return None
    return _EPOCH + timedelta(seconds=int(text))


def _public_key_pem(text: str) -> bytes:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a public key in PEM; give the source's RSA public key") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("is not an RSA key; give the source's RSA public key in PEM")
    return text.encode()


_CHECKS: Final[Mapping[Family, Check]] = {
    Family.STANDARD: _standard,
    Family.TIMESTAMPED: _timestamped,
    Family.PREFIXED: _prefixed,
    Family.PLAIN: _plain,
    Family.RSA: _rsa,
}
