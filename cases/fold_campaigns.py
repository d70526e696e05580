"""The fold of a campaign that grows: before its decision the sample is drawn again, after it who joins is carried out too.

Who joins after the decision does so in waves, one at a time: orders that impose what the decision's own did, on those it did
not reach; with their statement, their filing, and their own open matters. A wave that is over leaves nothing in the case.
"""

from datetime import datetime

from cases.case import Case, Spread
from cases.changes import revoked, with_orders
from cases.decisions import Decision, Outcome
from cases.durations import parse_duration
from cases.events import CaseEvent
from cases.fold_telling import filing_id
from cases.measures import Order, OrderStage
from cases.projection import unanswered, untold
from cases.received import MembersJoined
from cases.reversals import REVERSAL
from cases.telling import NoticeKind


def members_joined(case: Case, event: CaseEvent, body: MembersJoined) -> Case:
    """The sample is drawn again, or a wave begins; what came after the time for it is another campaign's."""
    decision = _standing(case)
    if decision is None:
        return _drawn_again(case, body)
    until = late_until(case, decision)
    if until is None or body.received_at > until:
        return case
    if _under_way(case, decision):
        return case.evolve(late_members=body.number)
    return _wave(case, decision, body.number, event.occurred_at)


def batch_over(case: Case, order: Order, at: datetime) -> Case:
    """Who joined while the order was carried out may have come too late for it."""
    decision, number = _standing(case), case.late_members
    if not number or decision is None or order.cause != decision.decision_id or _under_way(case, decision):
        return case
    return _wave(case.evolve(late_members=0), decision, number, at)


def late_until(case: Case, decision: Decision) -> datetime | None:
    """Until when members join under this decision; None where the pack says nothing of it."""
    lasts = case.matter(decision.matter_id).terms.late_members_for
    return decision.decided_at + parse_duration(lasts) if lasts else None


def closes_at(case: Case, order: Order, now: datetime) -> datetime | None:
    """From when nobody joins the campaign any more, by the order that begins now; None where it says nothing of it."""
    if order.cause.startswith(REVERSAL):
        return now if _standing(case) is None else None
    decision = next((one for one in case.decisions if one.decision_id == order.cause), None)
    return late_until(case, decision) if decision else None


def _standing(case: Case) -> Decision | None:
    found = (one for one in reversed(case.decisions) if one.outcome is Outcome.VIOLATION and one.measure_ids)
    return next((one for one in found if not one.reversed), None)


def _under_way(case: Case, decision: Decision) -> bool:
    return any(order.open and order.cause == decision.decision_id for order in case.orders)


def _drawn_again(case: Case, body: MembersJoined) -> Case:
    """Not while a second person looks at what was found in the sample."""
    version, undecided = case.latest_evidence, [matter for matter in case.matters if matter.open]
    grown = version is not None and body.members >= 2 * (version.members or 0)
    if not grown or not undecided or any(matter.proposed_id for matter in undecided):
        return case
    return case.evolve(recapture_for=f"members:{body.number}")


def _wave(case: Case, decision: Decision, number: int, at: datetime) -> Case:
    gone, wave = revoked(case), f"late-{number}"
    orders = []
    for order in case.orders:
        imposed = tuple(m for m in order.impose if m.measure_id not in gone and (m.until is None or m.until > at))
        if order.order_id in decision.order_ids and order.stage is OrderStage.CONFIRMED and imposed:
            orders.append(
                Order(
                    order_id=f"{wave}:{order.order_id}",
                    cause=order.cause,
                    target=order.target,
                    impose=imposed,
                    content_version=order.content_version,
                    late=True,
                )
            )
    if not orders:
        return case
    after = tuple(order.order_id for order in orders)
    own = filing_id(case.case_id, decision.decision_id)
    first = f"{NoticeKind.STATEMENT}:{decision.decision_id}"
    case = with_orders(_without_waves_that_are_over(case), orders)
    told = tuple(
        one.evolve(notice_id=f"{first}:{wave}", after=after, told_at=None, sent=0, undeliverable=0)
        for one in case.notices
        if one.notice_id == first
    )
    filed = tuple(
        one.evolve(
            filing_id=filing_id(case.case_id, f"{decision.decision_id}\0{wave}"),
            after=after,
            answered_at=None,
            accepted=None,
            reference=None,
        )
        for one in case.filings
        if one.filing_id == own
    )
    spread = (Spread(decision_id=decision.decision_id, late=number, after=after),) if decision.copies else ()
    return case.evolve(
        notices=(*case.notices, *told), filings=(*case.filings, *filed), spreads=(*case.spreads, *spread)
    )


def _without_waves_that_are_over(case: Case) -> Case:
    """What came of them stands in the events and in the rows of members, orders, notices and filings."""
    late = {order.order_id for order in case.orders if order.late}
    notices = tuple(one for one in case.notices if untold(case, one) or not late & set(one.after))
    filings = tuple(one for one in case.filings if unanswered(case, one) or not late & set(one.after))
    waiting = (*(n.after for n in notices), *(f.after for f in filings), *(s.after for s in case.spreads))
    needed = {order_id for after in waiting for order_id in after}
    orders = tuple(one for one in case.orders if not one.late or one.open or one.order_id in needed)
    return case.evolve(orders=orders, notices=notices, filings=filings)
