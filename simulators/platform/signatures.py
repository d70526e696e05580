"""Standard Webhooks: who sent a request, and when. Specification: standard-webhooks, spec/standard-webhooks.md."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from simulators.web import Clock

TOLERANCE = timedelta(minutes=5)


class SignatureRefused(Exception):
    """The request does not prove where it comes from; `code` says which part failed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decode_secret(text: str) -> bytes:
    """The key in `whsec_<base64>`. Raises ValueError."""
    prefix, _, encoded = text.strip().partition("whsec_")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ followed by the base64 of 24 to 64 bytes")
    return key


class Verifier:
    """Checks signatures against every current secret: two of them while one is being replaced."""

    def __init__(self, keys: tuple[bytes, ...], clock: Clock) -> None:
        self._keys, self._clock = keys, clock

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """The message id. Raises SignatureRefused."""
        message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        signatures = headers.get("webhook-signature", "")
        if not (message_id and timestamp and signatures):
            raise SignatureRefused("missing_signature")
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise SignatureRefused("bad_timestamp")
        if not self._signed(signatures, b".".join((message_id.encode(), timestamp.encode(), body))):
            raise SignatureRefused("bad_signature")
        if abs(self._clock().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise SignatureRefused("stale_timestamp")
        return message_id

    def _signed(self, signatures: str, content: bytes) -> bool:
        """Whether one signature fits one key. Compares all of them, each in constant time."""
        expected = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)) for key in self._keys]
        given = [text.removeprefix("v1,").encode() for text in signatures.split(" ") if text.startswith("v1,")]
        matches = [hmac.compare_digest(mine, theirs) for mine in expected for theirs in given]
        return any(matches)
