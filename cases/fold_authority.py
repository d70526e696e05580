"""The fold of orders of authorities: the act owed and its clock, word to the authority, word to the person concerned."""

from datetime import datetime
from typing import Any

from cases.authority_orders import (
    EFFECT_SOURCE,
    HALT_TOLD_SOURCE,
    INFORMED_SOURCE,
    INFORMED_WITHIN,
    PRESERVED_MONTHS,
    AuthorityOrder,
    AuthorityOrderStage,
    OrderChange,
    OrderKind,
)
from cases.case import Case, ReportCount
from cases.changes import replaced, stopped, with_orders
from cases.deadlines import Clock, ClockKind
from cases.decisions import Decision
from cases.durations import add_months
from cases.events import AuthorityOrderChanged, CaseEvent, Told
from cases.measures import Measure, Order, OrderStage
from cases.received import AuthorityOrderReceived
from cases.telling import Audience, Notice, NoticeKind
from cases.withholding import withheld_or_owed


def authority_order_received(case: Case, event: CaseEvent, body: AuthorityOrderReceived) -> Case:
    """An order stands in the case; what it asks for is owed from when it reached us, unless it lacks something."""
    order = AuthorityOrder(
        order_id=body.order_id,
        order=body.order,
        area=body.area,
        reference=body.reference,
        stage=AuthorityOrderStage.UNCLEAR if body.missing else AuthorityOrderStage.OWED,
        missing=body.missing,
        measure=body.measure,
        territory=body.territory,
        received_at=body.received_at,
        within=body.effect_by - body.started_at,
        authority=body.authority,
        tell_after=body.tell_after,
        scrutiny_until=body.scrutiny_until,
        followed=body.followed,
    )
    case = case.evolve(authority_orders=(*case.authority_orders, order))
    if body.order is not OrderKind.ARTICLE_10:  # a matter opens; an order for information alleges nothing
        counts = case.counts if body.area in case.counts else {**case.counts, body.area: ReportCount()}
        case = case.evolve(counts=counts, triage_owed_through=body.number)
    if body.missing:
        return _halted(case, order, order.order_id, body.received_at)
    case = _told(case, order, NoticeKind.ORDER_RECEIPT, order.order_id)
    if body.order is OrderKind.ARTICLE_10:
        case = _author_told(case, order)
    return _promptly(_effect_owed(case, order, body.started_at), order)


def authority_order_changed(case: Case, event: CaseEvent, body: AuthorityOrderChanged) -> Case:
    """What happened to it: the clock stops, runs anew or is met, and people hear what they may hear."""
    order = next(one for one in case.authority_orders if one.order_id == body.order_id)
    match body.change:
        case OrderChange.UNCLEAR | OrderChange.IMPOSSIBLE:
            halted = order.evolve(stage=AuthorityOrderStage(body.change), missing=(*order.missing, *body.given))
            return _halted(_with(case, halted), halted, event.event_id, event.occurred_at)
        case OrderChange.CLARIFIED:
            return _clarified(case, order, event, body)
        case OrderChange.ANSWERED:
            return _effected(_with(case, order.evolve(answer=body.reference)), order.order_id, event.occurred_at, ())
        case OrderChange.INFORMED:
            return _informed(case, order)
        case OrderChange.NON_DISCLOSURE:
            return _postponed(_with(case, order.evolve(tell_after=body.until)), order.order_id, body.until)
        case OrderChange.WITHDRAWN:
            return _withdrawn(case, order.evolve(confirms=body.confirms))


def ordered_without_evidence(case: Case) -> Case:
    """The platform gives nothing out to capture: orders to act are carried out all the same, as a hold until it does."""
    for order in case.authority_orders:
        if not (order.acts and order.stage is AuthorityOrderStage.OWED and order.hold_order is None) or case.evidence:
            continue
        cause = f"hold:{order.area}/1"
        order_id = f"{cause}:subject:{order.order_id}"
        asked = order.enforcement
        measure = Measure(
            measure_id=f"{cause}/{order.order_id}",
            kind=asked.kind,
            target=asked.target,
            since=case.newest_received_at or order.received_at,
            reach=asked.reach,
        )
        platform = Order(order_id=order_id, cause=cause, target=asked.target, impose=(measure,))
        case = _with(with_orders(case, (platform,)), order.evolve(hold_order=order_id))
    return case


def order_decided(case: Case, event: CaseEvent, decision: Decision) -> Case:
    """The decision that carries an order out: the person hears of the order (DSA Art. 9(5)), the authority of its effect."""
    order = next((one for one in case.authority_orders if one.by == decision.by), None)
    if order is None:
        return case
    case = _with(case, order.evolve(decision_id=decision.decision_id))
    return _author_told(case, order, decision.order_ids)


def order_reversed(case: Case, decision: Decision, reversal_id: str) -> Case:
    """The authority hears that its withdrawal is carried out; who may not hear of an order yet does not hear of that either."""
    order = next((one for one in case.authority_orders if one.by == decision.by), None)
    if order is None:
        return case
    reversal = next(one for one in case.reversals if one.reversal_id == reversal_id)
    case = _withdrawal_confirmed(case, order, reversal.order_ids)
    if order.tell_after is None:
        return case
    notice_id = f"{NoticeKind.REVERSAL_AUTHOR}:{reversal_id}"
    return case.evolve(notices=replaced(case.notices, "notice_id", notice_id, not_before=order.tell_after))


def order_effect_confirmed(case: Case, event: CaseEvent, platform: Order) -> Case:
    """The platform did what an authority ordered, all of it."""
    for order in case.authority_orders:
        decision = next((one for one in case.decisions if one.decision_id == order.decision_id), None)
        owed = decision.order_ids if decision else tuple(filter(None, [order.hold_order]))
        open_still = order.stage is AuthorityOrderStage.OWED or (order.followed and order.halted)
        if not open_still or platform.order_id not in owed:
            continue
        if all(case.order(one).stage is OrderStage.CONFIRMED for one in owed):
            case = _effected(case, order.order_id, event.occurred_at, owed)
    return case


def order_effect_voided(case: Case, platform: Order) -> Case:
    """What stood there was edited meanwhile: the order is carried out on what stands there now."""
    gone = {one.decision_id for one in case.decisions if platform.order_id in one.order_ids}
    orders = tuple(
        one.evolve(decision_id=None) if one.decision_id in gone and one.stage is AuthorityOrderStage.OWED else one
        for one in case.authority_orders
    )
    return case.evolve(authority_orders=orders)


def authority_told(case: Case, body: Told) -> Case:
    """The authority's mail server took word of the effect, or of the halt; where nobody could be reached, it is still owed."""
    notice = next((one for one in case.notices if one.notice_id == body.notice_id), None)
    if notice is None or not body.sent:
        return case
    order = next((one for one in case.authority_orders if one.order_id == notice.cause), None)
    if order and notice.kind is NoticeKind.ORDER_EFFECT and order.stage is AuthorityOrderStage.EFFECTED:
        return _informed(case, order)
    if order and notice.kind is NoticeKind.ORDER_UNCLEAR and order.followed and order.halted:
        newest = [one for one in case.notices if _is(one, NoticeKind.ORDER_UNCLEAR, order)][-1]
        return _informed(case, order) if newest.notice_id == notice.notice_id else case
    return case


def _effect_owed(case: Case, order: AuthorityOrder, since: datetime) -> Case:
    return _clocked(case, ClockKind.ORDER_EFFECT, order, EFFECT_SOURCE[order.order], since, since + order.within)


def _promptly(case: Case, order: AuthorityOrder) -> Case:
    """What others waited in vain to have captured keeps no order waiting."""
    return ordered_without_evidence(case) if order.followed and case.evidence_delayed else case


def _halted(case: Case, order: AuthorityOrder, cause: str, at: datetime) -> Case:
    """Nothing more runs until the authority has answered, or the ground has ended; it hears why (TCO Annex III)."""
    case = stopped(case, _clock_id(ClockKind.ORDER_EFFECT, order))
    if order.followed:
        source, due_at = HALT_TOLD_SOURCE[order.order], at + INFORMED_WITHIN[order.order]
        case = stopped(case, _clock_id(ClockKind.ORDER_INFORMED, order))
        case = _clocked(case, ClockKind.ORDER_INFORMED, order, source, at, due_at)
    return _told(case, order, NoticeKind.ORDER_UNCLEAR, cause)


def _clarified(case: Case, order: AuthorityOrder, event: CaseEvent, body: AuthorityOrderChanged) -> Case:
    """The whole time runs anew from now (TCO Art. 3(7) and (8)), unless something is missing still."""
    missing = tuple(element for element in order.missing if element not in body.given) if body.given else ()
    territory = body.territory or order.territory
    if missing:
        halted = order.evolve(missing=missing, territory=territory)
        return _halted(_with(case, halted), halted, event.event_id, event.occurred_at)
    first = order.halted and not any(_is(n, NoticeKind.ORDER_RECEIPT, order) for n in case.notices)
    clear = order.evolve(stage=AuthorityOrderStage.OWED, missing=(), territory=territory)
    for kind in (ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED):
        case = stopped(case, _clock_id(kind, order))
    case = _with(case, clear)
    if first:
        case = _told(case, clear, NoticeKind.ORDER_RECEIPT, order.order_id)
    if order.order is OrderKind.ARTICLE_10:
        case = _author_told(case, clear)
    elif order.decision_id is None:
        case = case.evolve(triage_owed_through=case.inbox_through)
    return _promptly(_effect_owed(case, clear, event.occurred_at), clear)


def _withdrawn(case: Case, order: AuthorityOrder) -> Case:
    """Nothing is owed any more. A decision that carried it out is reversed by an event of its own; a hold is lifted here."""
    for kind in (ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED):
        case = stopped(case, _clock_id(kind, order))
    case = _with(case, order.evolve(stage=AuthorityOrderStage.WITHDRAWN))
    if order.decision_id is not None and not case.decision(order.decision_id).reversed:
        return case
    if order.hold_order is None or order.decision_id is not None:
        return _withdrawal_confirmed(case, order, ())
    held = case.order(order.hold_order)
    revoke = tuple(measure.measure_id for measure in held.impose)
    lift = Order(order_id=f"{held.order_id}:lift", cause=held.cause, target=held.target, revoke=revoke)
    return _withdrawal_confirmed(with_orders(case, (lift,)), order, (lift.order_id,))


def _withdrawal_confirmed(case: Case, order: AuthorityOrder, after: tuple[str, ...]) -> Case:
    """after: what undoes what the order did; the authority is not told of an end that is not there."""
    if not order.confirms:
        return case
    return _told(case, order, NoticeKind.ORDER_WITHDRAWN, order.order_id, after)


def _effected(case: Case, order_id: str, at: datetime, after: tuple[str, ...]) -> Case:
    order = next(one for one in case.authority_orders if one.order_id == order_id)
    preserve = add_months(at, PRESERVED_MONTHS) if order.order is OrderKind.TCO_REMOVAL else None
    done = order.evolve(stage=AuthorityOrderStage.EFFECTED, effected_at=at, preserve_until=preserve)
    for kind in (ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED):
        case = stopped(case, _clock_id(kind, order))
    case = _with(case, done)
    due_at = at + INFORMED_WITHIN[order.order]
    case = _clocked(case, ClockKind.ORDER_INFORMED, order, INFORMED_SOURCE[order.order], at, due_at)
    return _told(case, done, NoticeKind.ORDER_EFFECT, order_id, after)


def _informed(case: Case, order: AuthorityOrder) -> Case:
    """Of the effect, or of the halt, which goes on."""
    case = stopped(case, _clock_id(ClockKind.ORDER_INFORMED, order))
    return case if order.halted else _with(case, order.evolve(stage=AuthorityOrderStage.INFORMED))


def _postponed(case: Case, order_id: str, until: datetime | None) -> Case:
    """Whoever was not told yet is told later; who was, was."""
    notices = tuple(
        one.evolve(not_before=until)
        if one.kind is NoticeKind.ORDER_AUTHOR and one.cause == order_id and one.told_at is None
        else one
        for one in case.notices
    )
    return case.evolve(notices=notices)


def _author_told(case: Case, order: AuthorityOrder, after: tuple[str, ...] = ()) -> Case:
    """At the latest when effect is given, unless the order keeps it from them for a time (DSA Art. 9(5), 10(5))."""
    notice = _notice(order, NoticeKind.ORDER_AUTHOR, Audience.AUTHOR, f"{order.order_id}:{len(after)}", after)
    return _owed(case, notice.evolve(not_before=order.tell_after))


def _told(case: Case, order: AuthorityOrder, kind: NoticeKind, cause: str, after: tuple[str, ...] = ()) -> Case:
    if order.authority is None:
        return case
    return _owed(case, _notice(order, kind, Audience.AUTHORITY, cause, after))


def _notice(order: AuthorityOrder, kind: NoticeKind, audience: Audience, cause: str, after: tuple[str, ...]) -> Notice:
    return Notice(notice_id=f"{kind}:{cause}", kind=kind, audience=audience, cause=order.order_id, after=after)


def _owed(case: Case, notice: Notice) -> Case:
    known = any(one.notice_id == notice.notice_id for one in (*case.notices, *case.withheld))
    if known or notice.audience is not Audience.AUTHOR or not case.stances or case.newest_received_at is None:
        return case if known else case.evolve(notices=(*case.notices, notice))
    return withheld_or_owed(case, notice, case.newest_received_at)


def _is(notice: Notice, kind: NoticeKind, order: AuthorityOrder) -> bool:
    return notice.kind is kind and notice.cause == order.order_id


def _with(case: Case, order: AuthorityOrder) -> Case:
    changes: dict[str, Any] = {name: getattr(order, name) for name in type(order).model_fields}
    return case.evolve(authority_orders=replaced(case.authority_orders, "order_id", order.order_id, **changes))


def _clock_id(kind: ClockKind, order: AuthorityOrder) -> str:
    return f"{kind}:{order.order_id}"


def _clocked(
    case: Case, kind: ClockKind, order: AuthorityOrder, source: str, since: datetime, due_at: datetime
) -> Case:
    clock = Clock(
        clock_id=_clock_id(kind, order),
        kind=kind,
        subject=order.order_id,
        source=source,
        started_at=since,
        due_at=due_at,
    )
    return case.evolve(clocks=(*case.clocks, clock))
