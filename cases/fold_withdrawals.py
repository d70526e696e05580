"""The fold of second thoughts: a decision that waits for its effect, one that was taken back, and the review's clock
while neither is final.
"""

from datetime import datetime

from cases.case import Case
from cases.changes import revoked, stopped, with_matter
from cases.deadlines import Clock, ClockKind
from cases.decisions import Decision, EnforcementRequest
from cases.events import CaseEvent
from cases.fold_holding import held
from cases.fold_orders import for_the_rest
from cases.matters import Matter, MatterStage, move
from cases.withdrawals import DecisionEntered, DecisionWithdrawn


def decision_entered(case: Case, event: CaseEvent, body: DecisionEntered) -> Case:
    """The matter waits for the end of the grace; whatever held its subject holds it on."""
    decision = body.decision
    assert decision.changeable_until is not None, "what is entered waits for an instant"
    effect = Clock(
        clock_id=f"grace:{decision.decision_id}",
        kind=ClockKind.GRACE,
        subject=decision.decision_id,
        source="the pack's grace for second thoughts",
        started_at=event.occurred_at,
        due_at=decision.changeable_until,
    )
    matter = case.matter(decision.matter_id).evolve(entered_id=decision.decision_id)
    return with_matter(case.evolve(entered=(*case.entered, decision), clocks=(*case.clocks, effect)), matter)


def decision_withdrawn(case: Case, event: CaseEvent, body: DecisionWithdrawn) -> Case:
    """The matter is open as it was before. What the decision had done was undone by the reversal recorded with this."""
    decision = next(one for one in case.asked if one.decision_id == body.decision_id)
    matter = case.matter(decision.matter_id)
    case = stopped(stopped(case, f"grace:{body.decision_id}"), f"second_look:{body.decision_id}")
    if matter.open:
        matter = matter.evolve(entered_id=None, proposed_id=None)
        return review_goes_on(with_matter(case, matter), matter, event.occurred_at)
    reopened = move(matter, MatterStage.IN_REVIEW, event.occurred_at).evolve(decision_id=None)
    case = review_goes_on(with_matter(case, reopened), reopened, None)
    withdrawn = case.decision(body.decision_id)
    before = _held_before(case, withdrawn, event.occurred_at) if body.replaced_by is None else ()
    reopened = case.matter(matter.matter_id)
    return held(case, event, reopened, before, reopened.rule_id) if before else case


def review_stands_still(case: Case, matter: Matter, at: datetime) -> Case:
    """The review's clock is kept with its matter, and stops."""
    name = f"review:{matter.matter_id}"
    clock = next((one for one in case.clocks if one.clock_id == name), None)
    return stopped(with_matter(case, matter.evolve(review=clock, review_stopped_at=at)), name)


def review_goes_on(case: Case, matter: Matter, at: datetime | None) -> Case:
    """The clock runs again. at: now, where the time it stood still was another person's and is given back."""
    if matter.review is None:
        return case
    clock, stood = matter.review, matter.review_stopped_at
    if at is not None and stood is not None and clock.breached_at is None:
        clock = clock.evolve(due_at=clock.due_at + (at - stood))
    case = with_matter(case, matter.evolve(review=None, review_stopped_at=None))
    return case.evolve(clocks=(*case.clocks, clock))


def _held_before(case: Case, decision: Decision, now: datetime) -> tuple[EnforcementRequest, ...]:
    """What the decision took the place of: its subject is held again, as it was and until it would have ended."""
    lifted = {measure for order in case.orders if order.order_id in decision.order_ids for measure in order.revoke}
    gone = lifted & revoked(case)
    held_by = (one for order in case.orders for one in order.impose if one.measure_id in gone)
    return tuple(request for one in held_by if (request := for_the_rest(one, now)))
