"""The fold: a case is what its events say, nothing else. State equals fold, in a run, in a test, after a disaster.

`fold(case, event)` asks one small function for the event's kind. What follows of necessity from an event (the orders of
a decision, who is to be told, what is to be filed, which clock starts) is derived here, so that it cannot be forgotten.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from cases.appeals import Appeal, AppealStage, outcome_stage
from cases.assessments import Triaged
from cases.bulk import BulkActDone
from cases.case import Case
from cases.changes import replaced
from cases.consultations import VendorAnswered
from cases.deadlines import Clock
from cases.destruction import DestructionOrdered, DestructionPutOff
from cases.events import (
    AccountCaseOpened,
    AppealClosed,
    AppealOpened,
    AppealRefused,
    AuthorityOrderChanged,
    CaseEvent,
    ClockBreached,
    ClockExtended,
    ClockWarned,
    CopiesReached,
    DecisionProposed,
    DecisionRecorded,
    DecisionReversed,
    EvidenceCaptured,
    EvidenceDelayed,
    HoldReleased,
    HoldRestored,
    MatterAdopted,
    MeasureExpired,
    OrderConfirmed,
    OrderStuck,
    OrderVoided,
    ReceiptsSent,
    SecondLookTaken,
    Told,
)
from cases.evidence import AttachmentsCame
from cases.fold_authority import authority_order_changed, authority_order_received
from cases.fold_bulk import bulk_act_done, hold_restored
from cases.fold_campaigns import members_joined
from cases.fold_consultations import vendor_answered
from cases.fold_decisions import (
    copies_reached,
    decision_proposed,
    decision_recorded,
    decision_reversed,
    hold_released,
    matter_adopted,
    second_look_taken,
    split_off,
)
from cases.fold_destruction import destruction_ordered, destruction_put_off
from cases.fold_given_up import order_dropped
from cases.fold_intake import (
    account_case_opened,
    attachments_came,
    campaign_found,
    evidence_captured,
    evidence_delayed,
    message_refused,
    report_received,
    signal_received,
    step_crossed,
    step_fell,
    triaged,
)
from cases.fold_interventions import order_answered, order_intervened, order_overtaken
from cases.fold_orders import batch_done, measure_expired, order_given_up, order_stuck, order_voided
from cases.fold_stances import telling_set
from cases.fold_standing import report_set_aside, reports_invalidated, reports_reinstated
from cases.fold_telling import authority_report_filed, filing_answered, noticed, receipts_sent, told
from cases.fold_withdrawals import decision_entered, decision_withdrawn
from cases.interventions import OrderDropped, OrderGivenUp, OrderIntervened, OrderOvertaken
from cases.raids import CampaignFound
from cases.received import (
    AuthorityOrderReceived,
    AuthorityReportFiled,
    BatchDone,
    CopyReversed,
    FilingAnswered,
    MembersJoined,
    MessageRefused,
    ReportReceived,
    ResponsibilityFound,
    SignalReceived,
    SplitOff,
    StepCrossed,
    StepFell,
    TellingSet,
)
from cases.responsibility import responsibility_found, source_reversed
from cases.standing import ReportSetAside, ReportsInvalidated, ReportsReinstated
from cases.telling import Audience, NoticeKind
from cases.withdrawals import DecisionEntered, DecisionWithdrawn


def fold(case: Case, event: CaseEvent) -> Case:
    """The case after this event. Events already folded (by sequence) change nothing."""
    if event.sequence and event.sequence <= case.sequence:
        return case
    step = _STEPS.get(type(event.body))
    after = step(case, event, event.body) if step else case
    inbox = getattr(event.body, "number", None)
    received = getattr(event.body, "received_at", None)
    return after.evolve(
        sequence=max(after.sequence, event.sequence),
        inbox_through=max(after.inbox_through, inbox or 0),
        newest_received_at=max(filter(None, (after.newest_received_at, received)), default=None),
    )


def fold_all(case: Case, events: Iterable[CaseEvent]) -> Case:
    """The case after all of these events, in this order."""
    return reduce(fold, events, case)


def compacted(events: Sequence[CaseEvent]) -> tuple[CaseEvent, ...]:
    """The same events for the fold, with neighbouring reports of one area and source summed up: 500 reports become one."""
    out: list[CaseEvent] = []
    for event in events:
        last = out[-1] if out else None
        summed = _sum(last.body, event.body) if last else None
        if last and summed:
            out[-1] = event.evolve(body=summed, event_id=last.event_id)
        else:
            out.append(event)
    return tuple(out)


def _sum(one: Any, other: Any) -> ReportReceived | None:
    if not (isinstance(one, ReportReceived) and isinstance(other, ReportReceived)):
        return None
    if (one.area, one.source, one.request) != (other.area, other.source, other.request):
        return None
    return other.evolve(
        count=one.count + other.count,
        independent=one.independent + other.independent,
        contactable=one.contactable + other.contactable,
        contactable_through=max(one.answer_owed_through, other.answer_owed_through),
        received_at=max(one.received_at, other.received_at),
        receipt_by=min(filter(None, (one.receipt_by, other.receipt_by)), default=None),
        remove_by=min(filter(None, (one.remove_by, other.remove_by)), default=None),
    )


def _clock_warned(case: Case, event: CaseEvent, body: ClockWarned) -> Case:
    def warned(clock: Clock) -> Clock:
        return clock.evolve(warned=(*clock.warned, body.percent)) if clock.clock_id == body.clock_id else clock

    return case.evolve(clocks=tuple(map(warned, case.clocks)))


def _clock_breached(case: Case, event: CaseEvent, body: ClockBreached) -> Case:
    return case.evolve(clocks=replaced(case.clocks, "clock_id", body.clock_id, breached_at=event.occurred_at))


def _clock_extended(case: Case, event: CaseEvent, body: ClockExtended) -> Case:
    changes = {"due_at": body.due_at, "extended_by": body.reason_id, "warned": (), "breached_at": None}
    return case.evolve(clocks=replaced(case.clocks, "clock_id", body.clock_id, **changes))


def _appeal_opened(case: Case, event: CaseEvent, body: AppealOpened) -> Case:
    appeal = Appeal(
        appeal_id=body.appeal_id,
        decision_id=body.decision_id,
        appellant=body.appellant,
        role=body.role,
        opened_at=event.occurred_at,
        due_at=body.due_at,
    )
    return case.evolve(appeals=(*case.appeals, appeal))


def _appeal_refused(case: Case, event: CaseEvent, body: AppealRefused) -> Case:
    return noticed(case, event, NoticeKind.APPEAL_REFUSED, Audience.APPELLANT, body.appeal_id, None, ())


def _appeal_closed(case: Case, event: CaseEvent, body: AppealClosed) -> Case:
    stage = outcome_stage(body.outcome)
    case = case.evolve(appeals=replaced(case.appeals, "appeal_id", body.appeal_id, stage=stage, heard_by=body.by))
    if stage is AppealStage.REVERSED:
        return case  # the reversal is an event of its own, and tells both sides
    return noticed(case, event, NoticeKind.APPEAL_UPHELD, Audience.APPELLANT, body.appeal_id, None, ())


_STEPS: dict[type, Callable[[Case, CaseEvent, Any], Case]] = {
    ReportReceived: report_received,
    SignalReceived: signal_received,
    MessageRefused: message_refused,
    ReportSetAside: report_set_aside,
    ReportsInvalidated: reports_invalidated,
    ReportsReinstated: reports_reinstated,
    EvidenceCaptured: evidence_captured,
    AttachmentsCame: attachments_came,
    EvidenceDelayed: evidence_delayed,
    Triaged: triaged,
    OrderConfirmed: order_answered,
    OrderStuck: order_stuck,
    OrderGivenUp: order_given_up,
    OrderDropped: order_dropped,
    OrderOvertaken: order_overtaken,
    OrderIntervened: order_intervened,
    OrderVoided: order_voided,
    MeasureExpired: measure_expired,
    DestructionOrdered: destruction_ordered,
    DestructionPutOff: destruction_put_off,
    DecisionProposed: decision_proposed,
    DecisionEntered: decision_entered,
    DecisionWithdrawn: decision_withdrawn,
    DecisionRecorded: decision_recorded,
    SecondLookTaken: second_look_taken,
    MatterAdopted: matter_adopted,
    StepCrossed: step_crossed,
    StepFell: step_fell,
    ResponsibilityFound: responsibility_found,
    CopyReversed: source_reversed,
    CopiesReached: copies_reached,
    SplitOff: split_off,
    BatchDone: batch_done,
    MembersJoined: members_joined,
    VendorAnswered: vendor_answered,
    AccountCaseOpened: account_case_opened,
    CampaignFound: campaign_found,
    DecisionReversed: decision_reversed,
    HoldReleased: hold_released,
    HoldRestored: hold_restored,
    BulkActDone: bulk_act_done,
    TellingSet: telling_set,
    Told: told,
    ReceiptsSent: receipts_sent,
    FilingAnswered: filing_answered,
    AuthorityReportFiled: authority_report_filed,
    AuthorityOrderReceived: authority_order_received,
    AuthorityOrderChanged: authority_order_changed,
    ClockWarned: _clock_warned,
    ClockBreached: _clock_breached,
    ClockExtended: _clock_extended,
    AppealOpened: _appeal_opened,
    AppealRefused: _appeal_refused,
    AppealClosed: _appeal_closed,
}
