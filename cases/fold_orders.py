"""The fold of orders: which follow from measures, and what the platform says to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cases.case import Case
from cases.changes import revoked, with_matter, with_order, with_orders
from cases.deadlines import Clock, ClockKind
from cases.decisions import EnforcementRequest
from cases.destruction import clocks_for
from cases.durations import parse_duration
from cases.events import CaseEvent, MeasureExpired, OrderConfirmed, OrderStuck, OrderVoided
from cases.fold_authority import order_effect_confirmed, order_effect_voided
from cases.fold_campaigns import batch_over
from cases.fold_requests import removal_confirmed
from cases.fold_telling import noticed
from cases.holds import LIFTED
from cases.interventions import OrderGivenUp
from cases.matters import MatterStage, move
from cases.measures import Measure, Order, OrderStage, Target
from cases.received import BatchDone
from cases.telling import Audience, NoticeKind


def measures_of(cause: str, wanted: Iterable[EnforcementRequest], event: CaseEvent) -> tuple[Measure, ...]:
    """The measures of an enforcement list, each with an id that names its cause."""
    since = event.occurred_at
    return tuple(
        Measure(
            measure_id=f"{cause}/{number}",
            kind=request.kind,
            target=request.target,
            since=since,
            until=since + parse_duration(request.duration) if request.duration else None,
            reach=request.reach,
            scope=request.scope,
            excerpts=request.excerpts,
        )
        for number, request in enumerate(wanted, start=1)
    )


def orders_of(
    case: Case, cause: str, impose: Sequence[Measure], revoke: dict[Target, tuple[str, ...]], evidence_version: int
) -> tuple[Order, ...]:
    """One order per target that changes. Content that is restricted must still be the version that was judged."""
    evidence = next((version for version in case.evidence if version.version == evidence_version), None)
    made = []
    for target in Target:
        imposed = tuple(measure for measure in impose if measure.target is target)
        revoked = revoke.get(target, ())
        unreachable = target is Target.AUTHOR and (evidence is None or evidence.author_target is None)
        if unreachable or not (imposed or revoked):
            continue
        precondition = evidence.content_version if evidence and imposed and target is Target.SUBJECT else None
        made.append(
            Order(
                order_id=f"{cause}:{target}",
                cause=cause,
                target=target,
                impose=imposed,
                revoke=revoked,
                content_version=precondition,
            )
        )
    return tuple(made)


def order_confirmed(case: Case, event: CaseEvent, body: OrderConfirmed) -> Case:
    """The order is done; what it imposed for a time ends by a clock."""
    order = case.order(body.order_id)
    if order.stage in (OrderStage.CONFIRMED, OrderStage.VOID):  # by an operator's hand, say, before the answer came
        return case
    missed = tuple(dict.fromkeys((*order.missed, *body.missed)))
    done = order.evolve(
        stage=OrderStage.CONFIRMED,
        target_version=body.target_version,
        confirmed_at=event.occurred_at,
        missed=missed,
    )
    ends = tuple(
        Clock(
            clock_id=f"expiry:{measure.measure_id}",
            kind=ClockKind.EXPIRY,
            subject=measure.measure_id,
            source="the decision's own duration",
            started_at=measure.since,
            due_at=measure.until,
        )
        for measure in order.impose
        if measure.until and measure.measure_id not in (*revoked(case), *missed) and not order.late
    )
    case = with_order(case, done)
    if not done.in_effect:
        case = _never_said(case, done.order_id)
    if done.revoke and body.lifted == ():
        case = _nothing_lifted(case, done.order_id)
    ends = (*ends, *clocks_for(case, done, event.occurred_at))
    case = removal_confirmed(case.evolve(clocks=(*case.clocks, *ends)), done)
    return order_effect_confirmed(case, event, done)


def batch_done(case: Case, event: CaseEvent, body: BatchDone) -> Case:
    """A campaign's order is confirmed with the last of its members."""
    if not case.order(body.order_id).open:
        return case
    case = order_confirmed(case, event, OrderConfirmed(order_id=body.order_id, target_version=0, how="batch"))
    return batch_over(case, case.order(body.order_id), event.occurred_at)


def order_stuck(case: Case, event: CaseEvent, body: OrderStuck) -> Case:
    """The order is alarmed, and still open."""
    order = case.order(body.order_id)
    if not order.open:
        return case
    return with_order(case, order.evolve(stage=OrderStage.STUCK, stuck_since=event.occurred_at))


def order_given_up(case: Case, event: CaseEvent, body: OrderGivenUp) -> Case:
    """It is not tried any more, and still open: whoever waits for it waits for an operator, who has a task and a clock."""
    order = case.order(body.order_id)
    if order.stage is not OrderStage.STUCK:
        return case
    case = with_order(case, order.evolve(stage=OrderStage.GIVEN_UP))
    if body.due_at is None:
        return case
    clock = Clock(
        clock_id=f"given_up:{order.order_id}",
        kind=ClockKind.GIVEN_UP,
        subject=order.order_id,
        source="the pack's retry_for is over; our own target",
        started_at=event.occurred_at,
        due_at=body.due_at,
    )
    return case.evolve(clocks=(*case.clocks, clock))


def order_voided(case: Case, event: CaseEvent, body: OrderVoided) -> Case:
    """Nothing was applied, so nobody is told of it and nothing is filed; what stands there now is captured and assessed.

    What the order was to lift beside what it imposed is lifted by an order of its own: the hold was of the version that is
    no more.
    """
    order = case.order(body.order_id)
    if order.stage is OrderStage.CONFIRMED:
        return case
    case = order_effect_voided(with_order(case, order.evolve(stage=OrderStage.VOID, unsaid=body.unsaid)), order)
    if order.revoke and body.lifts:
        lift = Order(order_id=f"{order.order_id}:lift", cause=order.cause, target=order.target, revoke=order.revoke)
        case = with_orders(case, (lift,))
    unsaid = _never_said if body.unsaid else _unsaid
    return unsaid(case, body.order_id).evolve(recapture_for=body.order_id)


def _unsaid(case: Case, order_id: str) -> Case:
    """Without what was to be said of an order that had no effect; those who reported hear of the decision all the same."""
    notices = (_without(notice, order_id) for notice in case.notices)
    filings = (_without(filing, order_id) for filing in case.filings)
    return case.evolve(notices=tuple(filter(None, notices)), filings=tuple(filter(None, filings)))


def _never_said(case: Case, order_id: str) -> Case:
    """The same of an order whose measures never were in force. The reversal of nothing is told to no author; where what is left
    of a decision only lifts a hold, that is what its author hears.
    """
    about = {one.cause for one in case.notices if order_id in one.after}
    about |= {one.cause for one in case.filings if order_id in one.after}
    lifting = {order.order_id for order in case.orders if not order.impose}
    case = _unsaid(case, order_id)
    never = {one.decision_id for one in case.decisions if case.without_effect(one.order_ids)}
    reversals = {one.reversal_id for one in case.reversals if one.decision_id in never}
    notices = []
    for one in case.notices:
        if one.told_at is None and one.kind is NoticeKind.REVERSAL_AUTHOR and one.cause in reversals:
            continue
        lifts = one.kind is NoticeKind.STATEMENT and one.cause in about and set(one.after) <= lifting
        notices.append(one.evolve(kind=NoticeKind.HOLD_LIFTED) if lifts and one.told_at is None else one)
    filings = (one for one in case.filings if one.supersedes or not (one.cause in about and set(one.after) <= lifting))
    return case.evolve(notices=tuple(notices), filings=tuple(filings))


def _nothing_lifted(case: Case, order_id: str) -> Case:
    """Without what was to be said of lifting a hold that never was in force."""
    notices = (_without(one, order_id) if one.kind is NoticeKind.HOLD_LIFTED else one for one in case.notices)
    filings = (_without(one, order_id) if one.cause.endswith(LIFTED) else one for one in case.filings)
    return case.evolve(notices=tuple(filter(None, notices)), filings=tuple(filter(None, filings)))


def _without(told: Any, order_id: str) -> Any:
    if order_id not in told.after:
        return told
    left = tuple(one for one in told.after if one != order_id)
    keeps = bool(left) or getattr(told, "audience", None) is Audience.REPORTERS
    return told.evolve(after=left) if keeps else None


def measure_expired(case: Case, event: CaseEvent, body: MeasureExpired) -> Case:
    """A measure's end is ordered, and told."""
    target = next(m.target for order in case.orders for m in order.impose if m.measure_id == body.measure_id)
    cause = f"expiry:{body.measure_id}"
    order = Order(order_id=cause, cause=cause, target=target, revoke=(body.measure_id,))
    case = with_orders(case, (order,))
    decision = next((one for one in case.decisions if body.measure_id in one.measure_ids), None)
    if decision is None:
        return _hold_expired(case, event, body.measure_id, order)
    matter = case.matter(decision.matter_id)
    kind = NoticeKind.MEASURE_EXPIRED
    return noticed(case, event, kind, Audience.AUTHOR, body.measure_id, matter, (order.order_id,))


def _hold_expired(case: Case, event: CaseEvent, measure_id: str, order: Order) -> Case:
    """A hold the pack limits in time ends, though nobody has decided: the subject is free, the question stays."""
    holds = {one.order_id for one in case.orders for m in one.impose if m.measure_id == measure_id}
    matter = next((m for m in case.matters if m.hold_order in holds and m.stage is MatterStage.HELD), None)
    if matter is None:
        return case
    freed = move(matter, MatterStage.IN_REVIEW, event.occurred_at)
    return noticed(
        with_matter(case, freed), event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, measure_id, freed, (order.order_id,)
    )


def for_the_rest(one: Measure, now: datetime) -> EnforcementRequest | None:
    """The same measure until it would have ended; None where that is over."""
    left = int((one.until - now).total_seconds()) if one.until else None
    if left is not None and left <= 0:
        return None
    duration = f"PT{left}S" if left else None
    return EnforcementRequest(
        kind=one.kind,
        target=one.target,
        duration=duration,
        reach=one.reach,
        scope=one.scope,
        excerpts=one.excerpts,
    )
