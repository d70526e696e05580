"""The fold of what reports count for: counts go down or up, the pack is asked again, and a hold without ground is lifted."""

from cases.case import Case, ReportCount
from cases.changes import revoked, with_matter, with_orders
from cases.events import CaseEvent
from cases.fold_orders import orders_of
from cases.fold_telling import hold_corrected, noticed
from cases.holds import LIFTED, hold_causes
from cases.matters import Matter, MatterStage, move
from cases.measures import Target
from cases.standing import ReportSetAside, ReportsInvalidated, ReportsReinstated
from cases.telling import Audience, NoticeKind


def report_set_aside(case: Case, event: CaseEvent, body: ReportSetAside) -> Case:
    """Acknowledged like any other, and not counted."""
    owed = body.number if body.contactable else 0
    return case.evolve(receipts_owed_through=max(case.receipts_owed_through, owed))


def reports_invalidated(case: Case, event: CaseEvent, body: ReportsInvalidated) -> Case:
    """Counts go down; the pack is asked again, and what it no longer asks to hold is freed."""
    if not body.counts:
        return case
    counts = {area: _sum(case.counts.get(area, ReportCount()), gone, -1) for area, gone in body.counts.items()}
    return case.evolve(
        counts={**case.counts, **counts}, triage_owed_through=body.number, ground_withdrawn=bool(case.matters)
    )


def reports_reinstated(case: Case, event: CaseEvent, body: ReportsReinstated) -> Case:
    """Counts go up; the pack is asked again."""
    if not body.counts:
        return case
    counts = {area: _sum(case.counts.get(area, ReportCount()), back, 1) for area, back in body.counts.items()}
    return case.evolve(counts={**case.counts, **counts}, triage_owed_through=body.number)


def freed(case: Case, event: CaseEvent, matter: Matter) -> Case:
    """A hold that nothing speaks for any more is lifted, and its author told; the question stays with a reviewer."""
    causes = hold_causes(case, matter.matter_id)
    gone = revoked(case)
    held = {
        target: tuple(
            measure.measure_id
            for order in case.orders
            if order.cause in causes
            for measure in order.impose
            if measure.target is target and measure.measure_id not in gone
        )
        for target in Target
    }
    cause = f"{causes[-1]}{LIFTED}"
    orders = orders_of(case, cause, (), {t: m for t, m in held.items() if m}, matter.evidence_version)
    open_again = move(matter, MatterStage.IN_REVIEW, event.occurred_at).evolve(hold_order=None)
    case = with_matter(with_orders(case, orders), open_again)
    after = tuple(order.order_id for order in orders)
    case = hold_corrected(case, open_again, after)
    return noticed(case, event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, cause, open_again, after)


def _sum(count: ReportCount, other: ReportCount, sign: int) -> ReportCount:
    return ReportCount(
        **{name: max(0, getattr(count, name) + sign * getattr(other, name)) for name in ReportCount.model_fields}
    )
