"""How evidence reads in the account: log entries and mails, and which came first. Ids and times, no content."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workers.demo.outside import Mail


def logged(orders: Sequence[dict[str, Any]]) -> list[str]:
    """The platform's log of these orders."""
    return [
        f"{one['sequence']}: {one['order_id']} version {one['target_version']} {one['outcome']} "
        f"({', '.join(measure['kind'] for measure in one['measures']) or 'nothing in force'}) at {one['at']}"
        for one in orders
    ]


def mailed(*mails: Mail | None) -> list[str]:
    """These mails by notice, Message-ID and arrival."""
    return [f"{one.notice} {one.message_id} at {one.received_at.isoformat()}" for one in mails if one]


def confirmed_first(orders: Sequence[dict[str, Any]], mail: Mail | None) -> bool:
    """Whether the platform had carried out the last of these orders before the mail arrived."""
    if not orders or mail is None or orders[-1]["http_status"] != 200:
        return False
    return datetime.fromisoformat(orders[-1]["at"]) <= mail.received_at
