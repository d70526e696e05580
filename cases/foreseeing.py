"""What a decision would bring, before anybody makes it: the same judging and the same fold, on a case that is thrown away."""

from collections.abc import Sequence
from datetime import datetime

from cases.case import Case
from cases.errors import CaseError
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded, OrderConfirmed
from cases.folding import compacted, fold_all
from cases.judging import consequences
from cases.received import DecisionAsk, DecisionReceived, MessageRefused
from cases.telling import Notice
from cases.withdrawals import DecisionEntered


class NotDecidable(CaseError):
    """The case would refuse this decision; the words are its own."""


class Foreseen:
    """The case as it would be, once the decision was recorded and the platform had confirmed all of it.

    held: two people are needed first, so nothing would happen before the second agrees.
    """

    def __init__(self, case: Case, events: tuple[CaseEvent, ...], notices: tuple[Notice, ...], *, held: bool) -> None:
        self.case, self.events, self.notices, self.held = case, events, notices, held


def foresee(case_id: str, events: Sequence[CaseEvent], ask: DecisionAsk, now: datetime) -> Foreseen:
    """What would follow from this decision. Raises NotDecidable with the case's own refusal."""
    before = fold_all(Case(case_id=case_id), compacted(events))
    number = before.inbox_through + 1
    asked = _event(f"inbox:{number}", now, DecisionReceived(number=number, ask=ask, received_at=now))
    case = fold_all(before, [asked])
    followed = list(consequences(case, asked, now))
    refusal = next((one.body for one in followed if isinstance(one.body, MessageRefused)), None)
    if refusal is not None:
        raise NotDecidable(refusal.problem)
    held = any(isinstance(one.body, DecisionProposed) for one in followed)
    followed = [_as_recorded(one) for one in followed]
    case = fold_all(case, followed)
    confirmed = [
        _event(
            f"order:{order.order_id}:confirmed",
            now,
            OrderConfirmed(order_id=order.order_id, target_version=1, how="applied"),
        )
        for order in case.orders
        if order.open
    ]
    known = {notice.notice_id for notice in before.notices}
    case = fold_all(case, confirmed)
    new = tuple(notice for notice in case.notices if notice.notice_id not in known)
    return Foreseen(case, (*events, asked, *followed, *confirmed), new, held=held)


def _as_recorded(event: CaseEvent) -> CaseEvent:
    """A proposal as the decision it becomes when the second person agrees, or nobody takes it back."""
    if not isinstance(event.body, DecisionProposed | DecisionEntered):
        return event
    decision = event.body.decision
    return _event(f"decision:{decision.decision_id}", event.occurred_at, DecisionRecorded(decision=decision))


def _event(event_id: str, at: datetime, body: DecisionReceived | DecisionRecorded | OrderConfirmed) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)
