"""The fold of destruction: the clock set anew, or the order that cannot be undone."""

from cases.case import Case
from cases.changes import replaced, stopped, with_orders
from cases.decisions import EnforcementRequest
from cases.destruction import DESTROY, DestructionOrdered, DestructionPutOff
from cases.events import CaseEvent
from cases.fold_orders import measures_of, orders_of
from cases.measures import MeasureKind


def destruction_put_off(case: Case, event: CaseEvent, body: DestructionPutOff) -> Case:
    """Something was in the way; the clock runs on."""
    clocks = replaced(case.clocks, "clock_id", f"destruction:{body.measure_id}", due_at=body.until)
    return case.evolve(clocks=clocks)


def destruction_ordered(case: Case, event: CaseEvent, body: DestructionOrdered) -> Case:
    """Of the version that was judged: what its author put there since is void, captured and looked at."""
    decision = next(one for one in case.decisions if body.measure_id in one.measure_ids)
    cause = f"{DESTROY}{body.measure_id}"
    imposed = measures_of(cause, (EnforcementRequest(kind=MeasureKind.DESTROY),), event)
    orders = orders_of(case, cause, imposed, {}, decision.evidence_version)
    return with_orders(stopped(case, f"destruction:{body.measure_id}"), orders)
