"""Digests of messages (keyed by tenant, so that a short text cannot be guessed) and of evidence."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import BaseModel


def canonical_json(model: BaseModel) -> bytes:
    """The validated model as sorted, compact JSON: one content, one form, whatever the sender's spacing."""
    return canonical(model.model_dump(mode="json"))


def canonical(plain: Mapping[str, Any]) -> bytes:
    """The same of a model that is JSON already."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def message_digest(secret: bytes, plain: Mapping[str, Any]) -> bytes:
    """Which content this message has, as JSON: HMAC-SHA256 under the tenant's secret, 32 bytes."""
    return hmac.digest(secret, canonical(plain), "sha256")


def evidence_digest(content: bytes) -> str:
    """Which content was captured: `sha256:` and 64 hex digits."""
    return f"sha256:{sha256(content).hexdigest()}"
