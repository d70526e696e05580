"""The fold of what notices and removal requests owe by law: their clocks start here, and stop where the duty is done."""

from datetime import datetime
from typing import Final

from cases.case import Case, ReportCount
from cases.changes import stopped
from cases.deadlines import Clock, ClockKind
from cases.decisions import RESTRICTING, Decision
from cases.durations import parse_duration
from cases.events import CaseEvent, Told
from cases.matters import Matter
from cases.measures import Measure, MeasureKind, Order, OrderStage
from cases.received import ReportReceived
from cases.telling import Audience

TAKE_DOWN_SOURCE: Final = "47 U.S.C. 223a(a)(3): remove the depiction, and known identical copies as far as reasonable"
_TAKES_OFF: Final = frozenset({MeasureKind.HIDE, MeasureKind.REMOVE, MeasureKind.SUSPEND, MeasureKind.TERMINATE})
RECEIPT_SOURCE: Final = "DSA Art. 16(4), without undue delay; our own target"


def with_request_clocks(case: Case, body: ReportReceived) -> Case:
    """The clocks this message starts. One that runs already for this area is due earlier, and stays."""
    if body.receipt_by and case.receipts_owed_through > case.receipted_through:
        case = _started(case, ClockKind.RECEIPT, body.area, RECEIPT_SOURCE, body.received_at, body.receipt_by)
    if body.remove_by and not _removed(case, body.area):
        case = _started(case, ClockKind.TAKE_DOWN, body.area, TAKE_DOWN_SOURCE, body.received_at, body.remove_by)
    return case


def receipts_told(case: Case) -> Case:
    """No clock of a receipt runs where everybody has an answer."""
    if case.receipts_owed_through > case.receipted_through:
        return case
    return case.evolve(clocks=tuple(clock for clock in case.clocks if clock.kind is not ClockKind.RECEIPT))


def outcome_owed(case: Case, event: CaseEvent, matter: Matter, decision: Decision) -> Case:
    """Who sent a complete notice is told the decision without undue delay (DSA Art. 16(5))."""
    terms, cause = matter.terms, decision.decision_id
    waiting = any(n.cause == cause and n.audience is Audience.REPORTERS for n in case.notices)
    if not (terms.outcome_within and waiting and case.counts.get(matter.area, ReportCount()).complete):
        return case
    at = event.occurred_at
    due_at = at + parse_duration(terms.outcome_within)
    return _started(case, ClockKind.OUTCOME_NOTICE, cause, terms.outcome_source or "", at, due_at)


def notice_told(case: Case, body: Told) -> Case:
    """The decision was told to those who sent notices."""
    notice = next((one for one in case.notices if one.notice_id == body.notice_id), None)
    if notice is None or notice.audience is not Audience.REPORTERS:
        return case
    return stopped(case, f"{ClockKind.OUTCOME_NOTICE}:{notice.cause}")


def removal_decided(case: Case, matter: Matter, decision: Decision) -> Case:
    """A depiction found to be none of the law's, or one that is off already, owes no removal."""
    off = decision.outcome not in RESTRICTING or _removed(case, matter.area)
    return stopped(case, f"{ClockKind.TAKE_DOWN}:{matter.area}") if off else case


def removal_confirmed(case: Case, order: Order) -> Case:
    """The platform took it off: the clock of every area whose removal this completes stops."""
    decided = [one for one in case.decisions if order.order_id in one.order_ids]
    for area in sorted({case.matter(one.matter_id).area for one in decided}):
        if _removed(case, area):
            case = stopped(case, f"{ClockKind.TAKE_DOWN}:{area}")
    return case


def _removed(case: Case, area: str) -> bool:
    """Whether a decision that stands took it off, and the platform has confirmed all of it.

    A hold is not enough: it may end without a removal, and then the time would be gone.
    """
    evidence = case.latest_evidence
    return any(
        decision.outcome in RESTRICTING
        and not decision.reversed
        and case.matter(decision.matter_id).area == area
        and evidence is not None
        and decision.evidence_version == evidence.version
        and _confirmed(case, decision)
        for decision in case.decisions
    )


def _confirmed(case: Case, decision: Decision) -> bool:
    orders = [case.order(order_id) for order_id in decision.order_ids]
    takes_off = any(_takes_off(measure) for order in orders for measure in order.impose)
    return takes_off and all(order.stage is OrderStage.CONFIRMED for order in orders)


def _takes_off(measure: Measure) -> bool:
    """For good, everywhere the law reaches: a label, or a removal abroad only, leaves it up."""
    everywhere = not measure.scope and (not measure.reach or "US" in measure.reach)
    return measure.kind in _TAKES_OFF and everywhere and measure.until is None


def _started(case: Case, kind: ClockKind, subject: str, source: str, at: datetime, due_at: datetime) -> Case:
    clock_id = f"{kind}:{subject}"
    if any(clock.clock_id == clock_id for clock in case.clocks):
        return case
    clock = Clock(clock_id=clock_id, kind=kind, subject=subject, source=source, started_at=at, due_at=due_at)
    return case.evolve(clocks=(*case.clocks, clock))
