"""How each duty is carried out: one call to the world, and what came of it as events. Nothing here decides or records."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.workflow import ActivityCancellationType

with workflow.unsafe.imports_passed_through():
    from activities import processes, stubs
    from cases.bulk import swept_by
    from cases.case import AccountAsk, Case, ReportCount, Spread
    from cases.contested import contested
    from cases.duties import (
        Capture,
        Consult,
        Duty,
        Enforce,
        File,
        Hear,
        JoinCampaign,
        OpenAccountCase,
        RunBatch,
        SpreadDecision,
        Tell,
    )
    from cases.events import (
        AccountCaseOpened,
        CaseEvent,
        CopiesReached,
        EventBody,
        EvidenceCaptured,
        EvidenceDelayed,
        OrderConfirmed,
        OrderStuck,
        OrderVoided,
        ReceiptsSent,
        Told,
    )
    from cases.fold_campaigns import closes_at
    from cases.holds import ever_in_force
    from cases.interventions import SEEN_TO_WITHIN, OrderGivenUp
    from cases.judging_interventions import tries_end
    from cases.measures import Order, OrderStage, missed
    from cases.names import NOTICES_TASK_QUEUE, PLATFORM_TASK_QUEUE
    from cases.raids import CampaignFound, RaidSeen
    from workflows.recording import on_record
    from workflows.timeouts import (
        FOR_EVER,
        OUTSIDE_ATTEMPT,
        PROMPT_WITHIN,
        SPREADING_ATTEMPT,
        SPREADING_SILENCE,
        TELLING_ATTEMPT,
        TELLING_SILENCE,
    )

# Asked to stop, an effect is waited for: the next run must not do at once what this one still does.
STOPS_FIRST: Final = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED

Now = Callable[[], datetime]


async def carry_out(duty: Duty, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    """The events that came of it. now: asked when it is done, not when it began."""
    match duty:
        case Capture():
            return await _capture(duty, case, now)
        case Enforce():
            return await _enforce(duty.order, case, now)
        case Tell():
            return await _tell(duty, case, now)
        case File():
            request = processes.FileStatement(case_id=case.case_id, filing=duty.filing)
            await on_record(stubs.start_filing, request, "start the filing")
            return ()
        case Hear():
            await on_record(stubs.start_hearing, _hearing(duty, case), "start the hearing")
            return ()
        case RunBatch():
            until = closes_at(case, duty.order, now())
            batch = processes.BatchStart(case_id=case.case_id, order=duty.order, stops=duty.stops, late_until=until)
            await on_record(stubs.start_batch, batch, "start the batch")
            return ()
        case Consult():
            wanted = processes.ConsultationStart(case_id=case.case_id, consultation=duty.consultation, asked_at=now())
            await on_record(stubs.start_consultation, wanted, "start asking vendors")
            return ()
        case OpenAccountCase():
            return await _open_account_case(duty.ask, case, now)
        case JoinCampaign():
            return await _join_campaign(duty.raid, case, now)
        case SpreadDecision():
            return await _spread(duty.spread, case, now)


async def _capture(duty: Capture, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    """Before any hold or notice. After a minute the case counts as stuck, and the platform is asked on for ever."""
    try:
        evidence = await workflow.execute_activity(
            stubs.capture_evidence,
            stubs.CaptureEvidence(case_id=case.case_id, now=now(), swept_by=swept_by(duty.cause)),
            task_queue=PLATFORM_TASK_QUEUE,
            start_to_close_timeout=OUTSIDE_ATTEMPT,
            schedule_to_close_timeout=None if case.evidence_delayed else PROMPT_WITHIN,
            retry_policy=FOR_EVER,
            cancellation_type=STOPS_FIRST,
            summary="capture the evidence",
        )
    except ActivityError:
        return (_event(f"evidence:{duty.cause}:delayed", now, EvidenceDelayed(cause=duty.cause)),)
    return (_event(f"evidence:{duty.cause}", now, EvidenceCaptured(evidence=evidence)),)


async def _enforce(order: Order, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    """Order, and wait for the platform's word. After a minute the order counts as stuck, and is retried as long as the pack
    says: for ever, or until a person has to see to it.
    """
    patient = order.stage is OrderStage.STUCK
    end = tries_end(case, order)
    try:
        answer = await workflow.execute_activity(
            stubs.enforce,
            stubs.Enforcement(case_id=case.case_id, order=order),
            task_queue=PLATFORM_TASK_QUEUE,
            start_to_close_timeout=OUTSIDE_ATTEMPT,
            schedule_to_close_timeout=_time_left(end, now()) if patient else PROMPT_WITHIN,
            retry_policy=FOR_EVER,
            cancellation_type=STOPS_FIRST,
            summary=f"{'STUCK, retried: ' if patient else ''}order {order.order_id}",
        )
    except ActivityError as error:
        if is_cancelled_exception(error) and workflow.patched("stopped-order"):
            raise  # asked to stop: it says nothing of the order
        if patient and end:
            given_up = OrderGivenUp(order_id=order.order_id, due_at=now() + SEEN_TO_WITHIN)
            return (_event(f"order:{order.try_id}:given_up", now, given_up),)
        stuck = OrderStuck(order_id=order.order_id, error=_code_of(error))
        return (_event(f"order:{order.try_id}:stuck", now, stuck),)
    if answer.how == "skipped":
        return ()
    if answer.how in ("edited", "unknown_target"):
        voided = OrderVoided(order_id=order.order_id, reason=answer.how, unsaid=True, lifts=bool(order.impose))
        return (_event(f"order:{order.try_id}:voided", now, voided),)
    confirmed = OrderConfirmed(
        order_id=order.order_id,
        target_version=answer.target_version,
        how=answer.how,
        missed=missed(order, answer.how, now()),
        lifted=ever_in_force(case, order.revoke),
    )
    return (_event(f"order:{order.try_id}:confirmed", now, confirmed),)


def _time_left(end: datetime | None, at: datetime) -> timedelta | None:
    return max(end - at, OUTSIDE_ATTEMPT) if end else None


def _code_of(error: ActivityError) -> str | None:
    """What the last try met, as the platform's client names it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    return cause.type if cause else None


async def _tell(duty: Tell, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    kinds = [*(notice.kind for notice in duty.notices), *(["receipts"] * bool(duty.receipts_through))]
    deliveries = await workflow.execute_activity(
        stubs.tell_people,
        stubs.TellPeople(case_id=case.case_id, notices=duty.notices, receipts_through=duty.receipts_through, now=now()),
        task_queue=NOTICES_TASK_QUEUE,
        start_to_close_timeout=TELLING_ATTEMPT,
        heartbeat_timeout=TELLING_SILENCE,
        retry_policy=FOR_EVER,
        cancellation_type=STOPS_FIRST,
        summary=f"tell {', '.join(kinds)}",
    )
    return tuple(_told(delivery, duty.receipts_through, now) for delivery in deliveries)


def _told(delivery: stubs.Delivery, through: int, now: Now) -> CaseEvent:
    if delivery.notice_id == "receipts":
        return _event(f"receipts:{through}", now, ReceiptsSent(through=through, sent=delivery.sent))
    told = Told(notice_id=delivery.notice_id, sent=delivery.sent, undeliverable=delivery.undeliverable)
    return _event(f"told:{delivery.notice_id}", now, told)


async def _open_account_case(ask: AccountAsk, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    wanted = stubs.AccountCaseWanted(case_id=case.case_id, rule_id=ask.rule_id, area=ask.area)
    answer = await on_record(stubs.open_account_case, wanted, "tell the account's case")
    opened = AccountCaseOpened(rule_id=ask.rule_id, area=ask.area, account_case=answer.account_case)
    return (_event(f"account:{ask.area}", now, opened),)


async def _join_campaign(raid: RaidSeen, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    """The first to cross brings along all that came before it, so it is no local activity."""
    answer = await workflow.execute_activity(
        stubs.join_campaign,
        stubs.CampaignWanted(case_id=case.case_id, raid=raid),
        start_to_close_timeout=OUTSIDE_ATTEMPT,
        retry_policy=FOR_EVER,
        cancellation_type=STOPS_FIRST,
        summary="join the campaign",
    )
    found = CampaignFound(how=raid.how, items=raid.items, accounts=raid.accounts, campaign=answer.campaign)
    return (_event("campaign", now, found),)


async def _spread(spread: Spread, case: Case, now: Now) -> tuple[CaseEvent, ...]:
    """To every copy's own case, by its inbox. There may be thousands, so it is no local activity."""
    decision = case.decision(spread.decision_id)
    matter = case.matter(decision.matter_id)
    told = case.counts.get(matter.area, ReportCount())
    request = stubs.DecisionSpread(
        case_id=case.case_id,
        decision=decision,
        matter=matter,
        spread=spread,
        reports=told.reports,
        notices=told.notices,
    )
    answer = await workflow.execute_activity(
        stubs.spread_decision,
        request,
        start_to_close_timeout=SPREADING_ATTEMPT,
        heartbeat_timeout=SPREADING_SILENCE,
        retry_policy=FOR_EVER,
        cancellation_type=STOPS_FIRST,
        summary=f"bring {spread.reversal_id or spread.decision_id} to exact copies",
    )
    reached = CopiesReached(
        decision_id=spread.decision_id,
        reversal_id=spread.reversal_id,
        cases=answer.cases,
        left=answer.left,
        late=spread.late,
    )
    wave = f":late-{spread.late}" if spread.late else ""
    return (_event(f"copies:{spread.reversal_id or spread.decision_id}{wave}", now, reached),)


def _hearing(duty: Hear, case: Case) -> processes.HearingStart:
    appeal = next(one for one in case.appeals if one.appeal_id == duty.appeal_id)
    about = contested(case, appeal.decision_id)
    assert about is not None, "an appeal of nothing was not opened"
    judged = about.decision.evidence_version if about.decision else about.matter.evidence_version
    digests = {version.version: version.digest for version in case.evidence}
    return processes.HearingStart(
        case_id=case.case_id,
        appeal_id=appeal.appeal_id,
        decision_id=appeal.decision_id,
        appellant=appeal.appellant,
        role=appeal.role,
        opened_at=appeal.opened_at,
        due_at=appeal.due_at,
        deciders=about.deciders,
        queue="appeals",
        severity=about.matter.terms.severity,
        evidence_digest=digests.get(judged, ""),
        grace=about.matter.terms.grace if about.matter.terms.appeals_wait else None,
        area=about.matter.area,
    )


def _event(event_id: str, now: Now, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=now(), body=body)
