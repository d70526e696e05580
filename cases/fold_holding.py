"""The fold of a hold: its orders, and what the person it restricts is told."""

from collections.abc import Sequence

from cases.case import Case
from cases.changes import with_matter, with_orders
from cases.decisions import EnforcementRequest
from cases.enforcement_kinds import RESTRICTIONS, TOLD_WHEN_HELD
from cases.events import CaseEvent
from cases.fold_orders import measures_of, orders_of
from cases.fold_telling import restriction_stated
from cases.holds import next_hold
from cases.matters import Matter, MatterStage, move
from cases.telling import NoticeKind
from cases.withholding import told_by_platform


def held(case: Case, event: CaseEvent, matter: Matter, hold: Sequence[EnforcementRequest], rule_id: str | None) -> Case:
    """The matter's subject is restricted until a person has looked; a restriction owes its statement (DSA Art. 17)."""
    cause = next_hold(case, matter.matter_id)
    impose = told_by_platform(case, matter, "", measures_of(cause, hold, event), event.occurred_at)
    orders = orders_of(case, cause, impose, {}, matter.evidence_version)
    if not orders:
        return with_matter(case, move(matter, MatterStage.IN_REVIEW, event.occurred_at))
    restricted = move(matter, MatterStage.HELD, event.occurred_at).evolve(
        hold_order=orders[0].order_id, rule_id=rule_id
    )
    case = with_matter(with_orders(case, orders), restricted)
    told = RESTRICTIONS if matter.terms.holds_told else TOLD_WHEN_HELD
    if any(measure.kind in told for order in orders for measure in order.impose):
        after = tuple(order.order_id for order in orders)
        case = restriction_stated(case, event, restricted, cause, NoticeKind.STATEMENT_PROVISIONAL, after)
    return case
