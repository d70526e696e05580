"""Coop's payloads as its documentation shows them, with synthetic values.

Shapes, field by field: roostorg/coop, docs/api/report.md (REPORT), docs/api/appeal.md (APPEAL), docs/api/actions.md (ACTION,
APPEAL_DECISION), server/services/itemProcessingService/types.ts (the nested form of a type).
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

REPORT: dict[str, Any] = {
    "reporter": {"kind": "user", "typeId": "reporter-user-type-id", "id": "reporter-user-id"},
    "reportedAt": "2024-01-15T10:30:00.000Z",
    "reportedForReason": {"policyId": "violated-policy-id", "reason": "Synthetic words of a reporter", "csam": False},
    "reportedItem": {"id": "reported-item-id", "data": {"fieldName": "synthetic value"}, "typeId": "item-type-id"},
    "reportedItemThread": [
        {"id": "thread-message-1", "data": {"content": "synthetic message"}, "typeId": "message-type-id"}
    ],
    "reportedItemsInThread": [{"id": "thread-message-1", "typeId": "message-type-id"}],
    "additionalItems": [{"id": "additional-context-item", "data": {}, "typeId": "item-type-id"}],
}
APPEAL: dict[str, Any] = {
    "appealId": "platform-internal-appeal-id",
    "appealedBy": {"typeId": "appealer-user-type-id", "id": "appealer-user-id"},
    "appealedAt": "2024-01-15T12:00:00.000Z",
    "actionedItem": {"id": "reported-item-id", "data": {"fieldName": "synthetic value"}, "typeId": "item-type-id"},
    "actionsTaken": ["action-id-1", "action-id-2"],
    "appealReason": "Synthetic words of an appellant",
    "violatingPolicies": [{"id": "policy-id-1"}, {"id": "policy-id-2"}],
    "additionalItems": [{"id": "additional-context-item", "data": {}, "typeId": "item-type-id"}],
}
ACTION: dict[str, Any] = {
    "item": {"id": "reported-item-id", "typeId": "item-type-id"},
    "action": {"id": "action-id"},
    "policies": [{"id": "violated-policy-id", "name": "Spam", "penalty": "MEDIUM"}],
    "rules": [{"id": "rule-id", "name": "Spam detector"}],
    "custom": {},
    "actorEmail": "moderator@example.com",
    "creator": {"id": "user-id", "typeId": "user-type-id"},
    "decisionReason": "Synthetic reason of a moderator",
    "userStrikeCount": 3,
}
APPEAL_DECISION: dict[str, Any] = {
    "appealId": "platform-internal-appeal-id",
    "item": {"id": "reported-item-id", "typeId": "item-type-id"},
    "appealedBy": {"id": "user-id", "typeId": "user-type-id"},
    "appealDecision": "ACCEPT",
    "custom": {},
}
MAP = f"""
[demo]
webhook_key = '''
{PEM}'''

[demo.items.item-type-id]
kind = "content"

[demo.items.message-type-id]
kind = "content"
text = ["content"]

[demo.policies.violated-policy-id]
area = "spam"

[demo.policies.policy-id-1]
area = "spam"

[demo.actions.action-id]
outcome = "violation"
enforcements = [{{ kind = "remove" }}]

[demo.reviewers]
"moderator@example.com" = "rev-1"
"""


def signed(payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The body as Coop posts it, and its headers."""
    raw = json.dumps(payload).encode()
    signature = base64.b64encode(KEY.sign(raw, PKCS1v15(), SHA256())).decode()
    return raw, {"coop-signature": signature, "content-type": "application/json"}
