"""Why content is not destroyed on somebody's word: from when it may be, and what is in the way."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from cases.case import Case
from cases.changes import revoked
from cases.deadlines import ClockKind
from cases.decisions import EnforcementRequest
from cases.destruction import DESTROY, Obstacle, destroyed_from, may_object_until, removes_all
from cases.measures import Measure, MeasureKind, Order
from cases.names import SubjectKind, kind_of
from cases.refusals import Refusal

_WHY: Final = {
    Obstacle.LEGAL_HOLD: "a legal hold asks that it be kept",
    Obstacle.PRESERVED: "it is preserved for an authority's order (Regulation (EU) 2021/784, Art. 6)",
    Obstacle.ORDER_OPEN: "an authority's order on it is not done",
    Obstacle.REPORTED: "what is reported to an authority is preserved (18 U.S.C. 2258A(h))",
    Obstacle.MATTER_OPEN: "a question about it is open",
    Obstacle.APPEAL_OPEN: "an appeal is heard",
    Obstacle.UNTOLD: "somebody is still to be told, and may appeal then (DSA Art. 20(1))",
    Obstacle.WINDOW_OPEN: "somebody was told and may appeal (DSA Art. 20(1))",
}


def refuse_destruction(case: Case, wanted: Iterable[EnforcementRequest], now: datetime) -> Refusal | None:
    """Why nobody decides that content be destroyed, from when it may be, and what is in the way; None where nobody asks.

    Where nothing was removed yet: from when it could be, were it removed and told now.
    """
    if kind_of(case.case_id) is not SubjectKind.CONTENT or all(one.kind is not MeasureKind.DESTROY for one in wanted):
        return None
    waits = [(clock.due_at, clock.source) for clock in case.clocks if clock.kind is ClockKind.DESTRUCTION]
    if standing := destroyed_from(case, now):
        waits.append((standing.until, _WHY[standing.obstacle]))
    if not any(removes_all(one) for one in _in_force(case)):
        waits.append((may_object_until(now), f"nothing is removed yet, and then {_WHY[Obstacle.WINDOW_OPEN]}"))
    until, why = max(waits, default=(now, "nothing is in the way"))
    follows = "it follows a removal where the area has destroy_after; leave it out"
    text = f"enforcements: destroy is not decided: {follows}. Not before {_day(until)}: {why}"
    return Refusal(code="not_destroyable", text=text)


def refuse_destroying(case: Case, order: Order, now: datetime) -> Refusal | None:
    """Why an order to destroy that rested is not taken up now, and from when it may be; None for any other order."""
    if not order.cause.startswith(DESTROY) or (standing := destroyed_from(case, now)) is None:
        return None
    when = f"Not before {_day(standing.until)}: {_WHY[standing.obstacle]}"
    text = f"order_id: {order.order_id} would destroy what is kept. {when}"
    return Refusal(code="not_destroyable", text=text)


def _in_force(case: Case) -> Iterator[Measure]:
    gone = revoked(case)
    return (one for order in case.orders if order.in_effect for one in order.impose if one.measure_id not in gone)


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
