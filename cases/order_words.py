"""What a notice says of an authority's order: its own words, and what came of it and when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cases.authority_orders import CURES, ELEMENTS, AuthorityOrder, AuthorityOrderStage, OrderKind
from cases.notice_words import MissingWords, OrderWords


def order_words(order: AuthorityOrder, texts: Mapping[str, Any], territory: str) -> OrderWords:
    """texts: what the order says, as it was taken down. territory: where it has effect, in words."""
    information = order.order is OrderKind.ARTICLE_10
    sources = ELEMENTS[order.order]
    return OrderWords(
        reference=order.reference,
        authority=(texts.get("authority") or {}).get("name"),
        legal_basis=texts.get("legal_basis"),
        reasons=texts.get("reasons"),
        redress=texts.get("redress"),
        territory=None if information else territory,
        information=information,
        removal=order.order is OrderKind.TCO_REMOVAL,
        effect=_effect(order, information),
        at=_moment(order.effected_at),
        due=_moment(order.received_at + order.within),
        impossible=order.stage is AuthorityOrderStage.IMPOSSIBLE,
        missing=tuple(MissingWords(cure=CURES[one], source=sources[one]) for one in order.missing if one in sources),
        scrutiny_until=_moment(order.scrutiny_until),
    )


def _effect(order: AuthorityOrder, information: bool) -> str | None:
    if order.effected_at is None:
        return None
    if information:
        return f"The information was given under the reference {order.answer}."
    return "What it is about was taken off, or restricted as ordered, where the order has effect."


def _moment(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%d, %H:%M:%S} UTC" if at else None
