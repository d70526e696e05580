"""Destroying what was removed: a separate act, later, by the case's own clock, where the pack asks for it.

Nothing is destroyed while it must be preserved or somebody may still object. What stands in the way is looked at when the clock
ends, and the clock is set anew until nothing does. Only content that was removed whole and everywhere is destroyed, on the
platform; what was captured as evidence is kept by its own rules.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from pydantic import AwareDatetime

from cases.appeals import AppealStage
from cases.authority_orders import AuthorityOrderStage
from cases.case import Case
from cases.changes import revoked
from cases.deadlines import Clock, ClockKind, appeals_accepted_until
from cases.decisions import FourEyes, Outcome
from cases.durations import parse_duration
from cases.facts import Fact
from cases.measures import Measure, MeasureKind, Order, Target
from cases.names import SubjectKind, kind_of
from cases.telling import NoticeKind

DESTROY: Final = "destroy:"  # of an order's cause: `destroy:<measure id of the removal>`
ARRIVES_WITHIN: Final = timedelta(days=1)  # an appeal sent in its window's last minute has come in by then
LOOK_AGAIN: Final = timedelta(days=30)  # where nobody can say when it ends
SOON: Final = timedelta(days=1)  # where something is owed and late


class Obstacle(StrEnum):
    """Why something may not be destroyed yet."""

    LEGAL_HOLD = "legal_hold"
    PRESERVED = "preserved"  # for an authority's order: Regulation (EU) 2021/784, Art. 6
    ORDER_OPEN = "order_open"  # an authority's order that is not done
    REPORTED = "reported"  # what is, or is to be, reported to an authority is preserved: 18 U.S.C. 2258A(h)
    MATTER_OPEN = "matter_open"  # a question about it waits for an answer, or for a second person's
    APPEAL_OPEN = "appeal_open"
    UNTOLD = "untold"  # somebody was not told yet, and may appeal when they are
    WINDOW_OPEN = "window_open"  # somebody was told, and may appeal: DSA Art. 20(1)


class Standing(Fact):
    """One thing in the way, and until when at least. Where nobody can say, until it is to be looked at again."""

    obstacle: Obstacle
    until: AwareDatetime


class DestructionOrdered(Fact):
    """Nothing stood in the way any more: what this measure removed is destroyed on the platform."""

    kind: Literal["destruction_ordered"] = "destruction_ordered"
    measure_id: str


class DestructionPutOff(Fact):
    """Something stood in the way: it is looked at again at `until`. obstacle: of several, what lasts longest."""

    kind: Literal["destruction_put_off"] = "destruction_put_off"
    measure_id: str
    obstacle: Obstacle
    until: AwareDatetime


def obstacles(case: Case, now: datetime) -> tuple[Standing, ...]:
    """Everything in the way of destroying what the case is about. None: it may be destroyed now."""
    return tuple(Standing(obstacle=why, until=until) for why, until in _in_the_way(case, now) if until > now)


def destroyed_from(case: Case, now: datetime) -> Standing | None:
    """What lasts longest of what is in the way; None where it may be destroyed now."""
    return max(obstacles(case, now), key=lambda one: (one.until, one.obstacle), default=None)


def when_due(case: Case, clock: Clock, now: datetime) -> DestructionOrdered | DestructionPutOff:
    """What the end of a removal's clock brings."""
    if standing := destroyed_from(case, now):
        return DestructionPutOff(measure_id=clock.subject, obstacle=standing.obstacle, until=standing.until)
    return DestructionOrdered(measure_id=clock.subject)


def clocks_for(case: Case, order: Order, at: datetime) -> tuple[Clock, ...]:
    """The clocks that a confirmed order of a decision starts: none unless the pack destroys what it removes.

    At least until those who are told of it now may not appeal any more.
    """
    decision = next((one for one in case.decisions if order.order_id in one.order_ids), None)
    if decision is None or not order.in_effect or kind_of(case.case_id) is not SubjectKind.CONTENT:
        return ()
    after = case.matter(decision.matter_id).terms.destroy_after
    if after is None:
        return ()
    return tuple(
        Clock(
            clock_id=f"destruction:{measure.measure_id}",
            kind=ClockKind.DESTRUCTION,
            subject=measure.measure_id,
            source="the pack's destroy_after, and nobody may appeal any more",
            started_at=at,
            due_at=max(at + parse_duration(after), may_object_until(at)),
        )
        for measure in order.impose
        if removes_all(measure) and measure.measure_id not in revoked(case)
    )


def destroying(case: Case, measure_id: str) -> Order | None:
    """The order that destroys what this measure removed, if it was given."""
    return next((one for one in case.orders if one.cause == f"{DESTROY}{measure_id}"), None)


def removes_all(measure: Measure) -> bool:
    """Whether it takes all of what the case is about from view, everywhere."""
    confined = measure.reach or measure.scope or measure.excerpts
    return measure.kind is MeasureKind.REMOVE and measure.target is Target.SUBJECT and not confined


def _in_the_way(case: Case, now: datetime) -> Iterator[tuple[Obstacle, datetime]]:
    again, soon = now + LOOK_AGAIN, now + SOON
    if case.legal_hold:
        yield Obstacle.LEGAL_HOLD, again
    for order in case.authority_orders:
        if order.preserve_until:
            yield Obstacle.PRESERVED, order.preserve_until
        if order.stage in (AuthorityOrderStage.OWED, AuthorityOrderStage.UNCLEAR, AuthorityOrderStage.EFFECTED):
            yield Obstacle.ORDER_OPEN, soon
    if any(clock.kind is ClockKind.AUTHORITY_REPORT for clock in case.clocks) or _reported(case):
        yield Obstacle.REPORTED, again
    unlooked = (one.second is FourEyes.AFTER and not (one.second_by or one.reversed) for one in case.decisions)
    if any(matter.open for matter in case.matters) or any(unlooked):
        yield Obstacle.MATTER_OPEN, soon
    for appeal in case.appeals:
        if appeal.stage is AppealStage.OPENED:
            yield Obstacle.APPEAL_OPEN, max(appeal.due_at, soon)
    for notice in case.notices:
        if notice.kind is NoticeKind.RECEIPT or case.all_skipped(notice.after):
            continue
        if notice.told_at is None:
            yield Obstacle.UNTOLD, max(notice.not_before or soon, soon)
        else:
            yield Obstacle.WINDOW_OPEN, may_object_until(notice.told_at)
    if case.withheld:
        yield Obstacle.UNTOLD, again


def may_object_until(informed_at: datetime) -> datetime:
    """When an appeal of somebody told then has come in, or none will."""
    return appeals_accepted_until(informed_at) + ARRIVES_WITHIN


def _reported(case: Case) -> bool:
    found = (one for one in case.decisions if one.outcome is Outcome.VIOLATION and not one.reversed)
    return any(case.matter(one.matter_id).terms.authority_report_within for one in found)
