"""Digests of messages (keyed by tenant, so that a short text cannot be guessed) and of evidence."""

import hmac
import json
from collections.abc import Collection
from hashlib import sha256

from pydantic import BaseModel


def canonical_json(model: BaseModel, without: Collection[str] = ()) -> bytes:
    """The validated model as sorted, compact JSON: one content, one form, whatever the sender's spacing.

    without: fields left out; a field that came later and was not sent, so that the digest stays what it was.
    """
    plain = model.model_dump(mode="json", exclude=set(without) or None)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def message_digest(secret: bytes, model: BaseModel, without: Collection[str] = ()) -> bytes:
    """Which content this message has: HMAC-SHA256 under the tenant's secret, 32 bytes."""
    return hmac.new(secret, canonical_json(model, without), sha256).digest()


def evidence_digest(content: bytes) -> str:
    """Which content was captured: `sha256:` and 64 hex digits."""
    return f"sha256:{sha256(content).hexdigest()}"
