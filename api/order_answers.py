"""What the desk is answered about authorities' orders: ids, times and kinds, none of their words."""

from typing import Literal

from pydantic import AwareDatetime

from cases.authority_orders import AuthorityOrderStage, OrderElement, OrderKind
from cases.deadlines import ClockKind
from cases.facts import Fact
from cases.measures import MeasureKind


class ListedOrder(Fact):
    """One order. state: where it stands; read: whether its case has taken it in yet; missing: elements it lacks.

    clock: what is owed next, by due_at; seconds_left: until then, below zero when it is late; all null where nothing runs.
    measure, territory: what it asks for, null of an order for information, whose answer's reference is answer.
    effected_at: when it was in effect, or answered. informed_at, informed_by: when the authority heard of that, from our mail
    or from the desk. mailed: whether an address of it is known. tell_after: the person is not told before.
    """

    order_id: str
    case_id: str
    order: OrderKind
    reference: str
    area: str
    state: AuthorityOrderStage
    read: bool
    missing: tuple[OrderElement, ...] = ()
    received_at: AwareDatetime
    clock: ClockKind | None = None
    due_at: AwareDatetime | None = None
    seconds_left: int | None = None
    measure: MeasureKind | None = None
    territory: tuple[str, ...] = ()
    effected_at: AwareDatetime | None = None
    answer: str | None = None
    informed_at: AwareDatetime | None = None
    informed_by: Literal["mail", "desk"] | None = None
    mailed: bool
    tell_after: AwareDatetime | None = None
    scrutiny_until: AwareDatetime | None = None
    preserve_until: AwareDatetime | None = None


class OrdersAnswer(Fact):
    """Authorities' orders, those whose clock ends first before those without a clock, and these the newest first.

    after: ask with it for older ones; null where there are none.
    """

    at: AwareDatetime
    orders: tuple[ListedOrder, ...]
    after: str | None = None
