"""What the Web UI says beside each handler's form: one sentence, and an example that the handler's model takes.

`txt-…` stands for the id of a text stored by a door, `…` for a decision token. Ids, enums and numbers only, never text.
"""

from typing import Final

RING: Final = 'Look into the inbox. {"number": 17} is a hint only.'
REPORT: Final = (
    'Report this subject: {"message_id": "m-1", "subject": {"kind": "content", "id": "post-1"}, "area": "harassment"}. '
    "Ids only, never text."
)
DECIDE_BY_SIGNAL: Final = (
    'Decide a matter: {"decision_id": "d-1", "matter": "harassment/1", "outcome": "violation", "ground": "terms", '
    '"rule_id": "harassment.reported", "rationale_id": "txt-…", "reviewer": "rev-1"}'
)
APPEAL: Final = (
    'Appeal: {"message_id": "a-1", "subject": {"kind": "content", "id": "post-1"}, "decision_id": "d-1", '
    '"appellant": {"account_id": "ann"}}. Grounds are text: those come by a door.'
)
AUTHORITY_ORDER: Final = (
    'An authority\'s order: {"message_id": "o-1", "subject": {"kind": "content", "id": "post-1"}, '
    '"order": "dsa_article_9", "reference": "123/26", "elements": ["authority", "reasons", "legal_basis", "location", '
    '"redress"], "territory": ["DE"], "text_id": "txt-…"}. Its words are stored through a door.'
)
ROLL: Final = "Continue as new at the next quiet point: {}"
DECIDE: Final = (
    'Decide a matter: {"decision_id": "d-1", "matter": "harassment/1", "outcome": "violation", "ground": "terms", '
    '"rule_id": "harassment.reported", "rationale_id": "txt-…", "token": "…"}; update id = decision id'
)
EXTEND_DEADLINE: Final = (
    'Give a clock longer: {"message_id": "x-1", "clock_id": "review:harassment/1", "due_at": "2026-12-01T12:00:00Z", '
    '"reason_id": "txt-…", "operator": "op-1"}'
)
REVERSE: Final = (
    'Take a decision back: {"message_id": "r-1", "decision_id": "d-1", "keep": [], "reason_id": "txt-…", '
    '"operator": "op-1"}'
)
WITHDRAW: Final = (
    'Take one\'s own decision back within its grace: {"message_id": "w-1", "decision_id": "d-1", "token": "…", '
    '"reason_id": "txt-…"}. A door makes the token; operators reverse.'
)
INTERVENE: Final = (
    'See to an order that is stuck (retry, skip, by_hand with a reference, resume): {"message_id": "i-1", '
    '"order_id": "d-1:subject", "step": "retry", "reason_id": "txt-…", "operator": "op-1"}'
)
HEAR_BY_SIGNAL: Final = (
    'Decide the appeal: {"decision_id": "d-2", "matter": "appeal", "outcome": "reversed", "rationale_id": "txt-…", '
    '"reviewer": "rev-2"}'
)
HEAR: Final = (
    'Decide the appeal: {"decision_id": "d-2", "matter": "appeal", "outcome": "reversed", "rationale_id": "txt-…", '
    '"token": "…"}; update id = decision id'
)
