"""What a notice says of an authority's order: its own words, and what came of it and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.authority_orders import CURES, ELEMENTS, AuthorityOrder, AuthorityOrderStage, OrderKind
from cases.notice_words import MissingWords, OrderWords
from cases.phrases import Phrases


def order_words(order: AuthorityOrder, texts: Mapping[str, Any], territory: str, phrases: Phrases) -> OrderWords:
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
        effect=_effect(order, information, phrases),
        at=_moment(order.effected_at, phrases),
        due=_moment(order.received_at + order.within, phrases),
        impossible=order.stage is AuthorityOrderStage.IMPOSSIBLE,
        missing=tuple(
            MissingWords(cure=phrases.cure(CURES[one]), source=phrases.source(sources[one]))
            for one in order.missing
            if one in sources
        ),
        scrutiny_until=_moment(order.scrutiny_until, phrases),
    )


def _effect(order: AuthorityOrder, information: bool, phrases: Phrases) -> str | None:
    if order.effected_at is None:
        return None
    if information:
        return phrases.information_given.format(answer=order.answer)
    return phrases.taken_off


def _moment(at: datetime | None, phrases: Phrases) -> str | None:
    return phrases.order_moment(at) if at else None
