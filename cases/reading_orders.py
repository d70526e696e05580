"""From what the desk takes down to its event: an order's elements, times and territory, a stance; nothing of their words."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime

from cases.authority_orders import (
    EFFECT_WITHIN,
    SCRUTINY_WITHIN,
    OrderElement,
    OrderKind,
    began_at,
    missing_of_order,
    usual_measure,
)
from cases.order_messages import OrderFacts
from cases.received import AuthorityOrderReceived, OrderChangeReceived, TellingSet
from cases.statement_fields import EU
from cases.telling import Telling


def order_received(
    content: Mapping[str, Any], number: int, order_id: str, person: str, at: AwareDatetime
) -> AuthorityOrderReceived:
    """The event of an order. person: the key of the authority's contact. Raises pydantic's ValidationError."""
    facts = OrderFacts.model_validate({name: content[name] for name in OrderFacts.model_fields if name in content})
    began = began_at(at, facts.transmitted_at)
    tco = facts.order is OrderKind.TCO_REMOVAL
    usual = began + EFFECT_WITHIN[facts.order]
    return AuthorityOrderReceived(
        number=number,
        order_id=order_id,
        order=facts.order,
        area=facts.area,
        reference=facts.reference,
        missing=missing_of_order(facts.order, map(OrderElement, content["given"])),
        measure=facts.measure or usual_measure(facts.subject.kind),
        territory=reach_of(facts.territory or (("EU",) if tco else ())),
        started_at=began,
        effect_by=usual if tco else max(facts.effect_by or usual, began),
        authority=person or None,
        tell_after=facts.non_disclosure_until,
        scrutiny_until=began + SCRUTINY_WITHIN if tco and facts.cross_border else None,
        operator=content.get("operator"),
        text_id=content.get("text_id"),
        received_at=at,
        followed=True,
    )


def change_received(content: Mapping[str, Any], number: int, message_id: str, at: AwareDatetime) -> OrderChangeReceived:
    """The event of what happened to an order."""
    territory = reach_of(content.get("territory") or ())
    named = {
        **content,
        "territory": territory,
        "message_id": message_id,
        "number": number,
        "received_at": at,
        "by_name": True,
    }
    return OrderChangeReceived.model_validate(named)


def telling_received(content: Mapping[str, Any], number: int, message_id: str, at: AwareDatetime) -> TellingSet:
    """The event of how open we may be with a person. Its reason stays sealed with the message."""
    said = Telling.model_validate(content) if content.get("stance") else None
    plain = {"person": content["person"], "operator": content["operator"], "telling": said}
    return TellingSet(number=number, message_id=message_id, received_at=at, to_platform=True, **plain)


def reach_of(territory: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Countries, with the member states in the place of EU."""
    named = {country for one in territory for country in (EU if one == "EU" else (one,))}
    return tuple(sorted(named))
