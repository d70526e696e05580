"""Whether an operator's step on an order may stand, and the event that follows from it."""

from datetime import datetime

from cases.case import Case
from cases.durations import parse_duration
from cases.events import CaseEvent
from cases.interventions import STANDING, InterventionReceived, OrderIntervened, Step
from cases.judging_destruction import refuse_destroying
from cases.measures import Order, OrderStage
from cases.refusals import Refusal, refused


def refuse_intervention(case: Case, order_id: str, step: Step, at: datetime) -> Refusal | None:
    """Why this step cannot be taken on this order; None where it can. at: when it was asked for."""
    order = next((one for one in case.orders if one.order_id == order_id), None)
    if order is None:
        names = ", ".join(one.order_id for one in case.orders) or "none"
        return Refusal(code="unknown_order", text=f"order_id: {order_id[:80]} is not in this case; orders: {names}")
    if order.stage not in STANDING[step]:
        wanted = " or ".join(sorted(STANDING[step]))
        return Refusal(code="wrong_stage", text=f"step: {step} is for an order that is {wanted}; it is {order.stage}")
    rested = order.stage in (OrderStage.SKIPPED, OrderStage.GIVEN_UP) and step in (Step.RESUME, Step.RETRY)
    if rested and (refusal := refuse_destroying(case, order, at)):
        return refusal
    if step is Step.RESUME and _overtaken(case, order):
        return Refusal(
            code="overtaken", text=f"order_id: what {order_id} was to do was decided otherwise since; leave it skipped"
        )
    return None


def _overtaken(case: Case, order: Order) -> bool:
    """Whether something of it was taken back since, or its hold's matter was decided."""
    decisions = {one.decision_id for one in case.decisions if order.order_id in one.order_ids}
    imposed = {measure.measure_id for measure in order.impose}
    if any(one.decision_id in decisions and not imposed <= set(one.keep) for one in case.reversals):
        return True
    return any(not one.open for one in case.matters if one.hold_order == order.order_id)


def intervene(case: Case, body: InterventionReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """The step, taken; or the record's note of why it was not."""
    if refusal := refuse_intervention(case, body.order_id, body.step, body.received_at):
        return (refused(body.number, "intervene", refusal, body.received_at, body.message_id),)
    order = case.order(body.order_id)
    intervened = OrderIntervened(
        intervention_id=body.message_id,
        order_id=body.order_id,
        step=body.step,
        operator=body.operator,
        reason_id=body.reason_id,
        reference=body.reference,
        round=order.round,
        restates=body.step is Step.SKIP and bool(order.impose or order.revoke),
    )
    return (CaseEvent(event_id=intervention_event_id(body.message_id), occurred_at=now, body=intervened),)


def intervention_event_id(message_id: str) -> str:
    """The event's id, by the operator's own message id."""
    return f"intervention:{message_id}"


def tries_end(case: Case, order: Order) -> datetime | None:
    """When trying a stuck order ends and a person must see to it; None for never.

    The longest that any matter of the case asks for: an order may carry the state that several decisions made.
    """
    given = [matter.terms.retry_for for matter in case.matters]
    if order.stuck_since is None or not given or None in given:
        return None
    return order.stuck_since + max(parse_duration(one) for one in given if one)
