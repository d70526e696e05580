"""The desk's list of authorities' orders, folded from their cases. An order that no case has read yet is listed all the same:
its time runs from when it reached us, whether or not a worker lives."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from api.intake import Clock
from api.order_answers import ListedOrder, OrdersAnswer
from cases.authority_orders import AuthorityOrder, OrderChange, OrderKind
from cases.case import Case
from cases.deadlines import ClockKind
from cases.errors import KeyDestroyed
from cases.events import AuthorityOrderChanged, CaseEvent, Told
from cases.folding import compacted, fold, fold_all
from cases.reading_orders import order_received
from cases.telling import NoticeKind
from record import authority, events
from record.authority import OrderTaken
from record.record import Record

Story = tuple[Case, list[CaseEvent]]


class OrderListing:
    """A door that changes nothing."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock

    async def listed(self, tenant: str, limit: int, after: str | None) -> OrdersAnswer:
        """The newest, or those before `after`; none that was refused, parked or erased. Raises UnknownSomething."""
        now = self._clock()
        taken = await authority.orders_taken(self._record, tenant, limit + 1, after)
        stories: dict[str, Story] = {}
        found = []
        for one in taken[:limit]:
            if one.case_id not in stories:
                stories[one.case_id] = await self._story(one.case_id)
            case, told = stories[one.case_id]
            if not one.read:
                case = await self._with_unread(case, one)
            order = next((order for order in case.authority_orders if order.order_id == one.order_id), None)
            if order is not None:
                found.append(listed_order(case, order, told, now, read=one.read))
        found.sort(key=lambda one: (one.due_at is None, one.due_at or now))
        return OrdersAnswer(
            at=now, orders=tuple(found), after=taken[limit - 1].order_id if len(taken) > limit else None
        )

    async def _story(self, case_id: str) -> Story:
        stored = await events.load(self._record, case_id)
        return fold_all(Case(case_id=case_id), compacted(stored)), stored

    async def _with_unread(self, case: Case, one: OrderTaken) -> Case:
        """The case as it will be once it has read this order; as it is where the order cannot be read."""
        try:
            content = await authority.order_texts(self._record, one.case_id, one.order_id)
            body = order_received(content, one.number, one.order_id, one.authority, one.received_at)
        except (KeyDestroyed, ValidationError, KeyError):
            return case
        return fold(case, CaseEvent(event_id=f"inbox:{one.number}", occurred_at=one.received_at, body=body))


def listed_order(
    case: Case, order: AuthorityOrder, told: Iterable[CaseEvent], now: datetime, *, read: bool
) -> ListedOrder:
    """The order as the desk sees it. told: the case's events."""
    mine = (ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED)
    clock = next((one for one in case.clocks if one.kind in mine and one.subject == order.order_id), None)
    acts = order.order is not OrderKind.ARTICLE_10
    informed_at, informed_by = _informed(order, told)
    return ListedOrder(
        order_id=order.order_id,
        case_id=case.case_id,
        order=order.order,
        reference=order.reference,
        area=order.area,
        state=order.stage,
        read=read,
        missing=order.missing,
        received_at=order.received_at,
        clock=clock.kind if clock else None,
        due_at=clock.due_at if clock else None,
        seconds_left=int((clock.due_at - now).total_seconds()) if clock else None,
        measure=order.measure if acts else None,
        territory=order.territory if acts else (),
        effected_at=order.effected_at,
        answer=order.answer,
        informed_at=informed_at,
        informed_by=informed_by,
        mailed=order.authority is not None,
        tell_after=order.tell_after,
        scrutiny_until=order.scrutiny_until,
        preserve_until=order.preserve_until,
    )


def _informed(
    order: AuthorityOrder, told: Iterable[CaseEvent]
) -> tuple[datetime, Literal["mail", "desk"]] | tuple[None, None]:
    """When the authority first heard of the effect, and from whom. What it heard before was of a halt."""
    mail = f"{NoticeKind.ORDER_EFFECT}:{order.order_id}"
    for event in told:
        match event.body:
            case Told(notice_id=notice_id, sent=sent) if notice_id == mail and sent:
                return event.occurred_at, "mail"
            case AuthorityOrderChanged(order_id=order.order_id, change=OrderChange.INFORMED) if not order.followed or (
                order.effected_at and event.occurred_at >= order.effected_at
            ):
                return event.occurred_at, "desk"
    return None, None
