"""The fold: a case is what its events say, nothing else. State equals fold, in a run, in a test, after a disaster.

`fold(case, event)` asks one small function for the event's kind. What follows of necessity from an event (the orders of
a decision, who is to be told, what is to be filed, which clock starts) is derived here, so that it cannot be forgotten.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from hashlib import sha256
from typing import Any

from cases.appeals import Appeal, AppealStage, outcome_stage
from cases.case import Case, Filing, ReportCount
from cases.deadlines import Clock, ClockKind
from cases.decisions import RESTRICTING, Decision, EnforcementRequest, FourEyes, Outcome
from cases.durations import parse_duration
from cases.events import (
    AppealClosed,
    AppealOpened,
    AppealRefused,
    Assessment,
    AuthorityReportFiled,
    CaseEvent,
    ClockBreached,
    ClockExtended,
    ClockWarned,
    DecisionProposed,
    DecisionRecorded,
    DecisionReversed,
    EvidenceCaptured,
    EvidenceDelayed,
    FilingAnswered,
    MeasureExpired,
    MessageRefused,
    OrderConfirmed,
    OrderStuck,
    OrderVoided,
    ReceiptsSent,
    ReportReceived,
    SecondLookTaken,
    SignalReceived,
    Told,
    Triaged,
)
from cases.matters import Matter, MatterStage, move
from cases.measures import VISIBILITY, Measure, Order, OrderStage, Target
from cases.messages import ReportSource
from cases.telling import Audience, Notice, NoticeKind, Stance, Telling, worded


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
    if (one.area, one.source) != (other.area, other.source):
        return None
    return other.evolve(
        count=one.count + other.count,
        independent=one.independent + other.independent,
        contactable=one.contactable + other.contactable,
        received_at=max(one.received_at, other.received_at),
    )


# What came in ------------------------------------------------------------------------------------------------------


def _report_received(case: Case, event: CaseEvent, body: ReportReceived) -> Case:
    before = case.counts.get(body.area, ReportCount())
    trusted = body.count if body.source is ReportSource.TRUSTED_FLAGGER else 0
    notices = body.count if body.source is not ReportSource.OTHER else 0
    count = ReportCount(
        reports=before.reports + body.count,
        independent=before.independent + body.independent,
        trusted=before.trusted + trusted,
        notices=before.notices + notices,
    )
    return case.evolve(
        counts={**case.counts, body.area: count},
        triage_owed_through=body.number,
        receipts_owed_through=body.number if body.contactable else case.receipts_owed_through,
    )


def _signal_received(case: Case, event: CaseEvent, body: SignalReceived) -> Case:
    higher = {label: max(score, case.scores.get(label, 0.0)) for label, score in body.scores.items()}
    counts = case.counts if body.area is None or body.area in case.counts else {**case.counts, body.area: ReportCount()}
    return case.evolve(
        scores={**case.scores, **higher}, signals=case.signals + 1, counts=counts, triage_owed_through=body.number
    )


def _message_refused(case: Case, event: CaseEvent, body: MessageRefused) -> Case:
    return case.evolve(refused=case.refused + 1)


# Evidence and triage -----------------------------------------------------------------------------------------------


def _evidence_captured(case: Case, event: CaseEvent, body: EvidenceCaptured) -> Case:
    known = any(version.version == body.evidence.version for version in case.evidence)
    evidence = case.evidence if known else (*case.evidence, body.evidence)
    owed = case.triage_owed_through if known else max(case.triage_owed_through, case.inbox_through)
    assessed = case.assessed_through if known or not case.evidence else -1  # an edit is assessed afresh
    return case.evolve(
        evidence=evidence,
        recapture_for=None,
        evidence_delayed=False,
        triage_owed_through=owed,
        assessed_through=assessed,
    )


def _evidence_delayed(case: Case, event: CaseEvent, body: EvidenceDelayed) -> Case:
    return case.evolve(evidence_delayed=True)


def _triaged(case: Case, event: CaseEvent, body: Triaged) -> Case:
    return reduce(
        lambda so_far, assessment: _assessed(so_far, event, assessment, body.through),
        body.assessments,
        case.evolve(assessed_through=body.through),
    )


def _assessed(case: Case, event: CaseEvent, found: Assessment, through: int) -> Case:
    known = next((matter for matter in case.matters if matter.matter_id == found.matter_id), None)
    if known is None:
        opened = Matter(
            matter_id=found.matter_id,
            area=found.area,
            evidence_version=found.evidence_version,
            stage=MatterStage.ASSESSING,
            stage_since=event.occurred_at,
            rule_id=found.rule_id,
            terms=found.terms,
        )
        return _opened(case.evolve(matters=(*case.matters, opened)), event, opened, found)
    if not known.open:
        return _told_again(case, event, known, through)
    if found.hold and known.hold_order is None:
        return _held(case, event, known, found)
    return case


def _opened(case: Case, event: CaseEvent, matter: Matter, found: Assessment) -> Case:
    if found.automatic:
        return case  # the decision is an event of its own, recorded with this one
    if found.hold:
        case = _held(case, event, matter, found)
    else:
        case = _with_matter(case, move(matter, MatterStage.IN_REVIEW, event.occurred_at))
    review = Clock(
        clock_id=f"review:{matter.matter_id}",
        kind=ClockKind.REVIEW,
        subject=matter.matter_id,
        source=matter.terms.review_source,
        started_at=event.occurred_at,
        due_at=event.occurred_at + parse_duration(matter.terms.review_within),
    )
    return case.evolve(clocks=(*case.clocks, review))


def _held(case: Case, event: CaseEvent, matter: Matter, found: Assessment) -> Case:
    cause = f"hold:{matter.matter_id}"
    orders = _orders(case, cause, _measures(cause, found.hold, event), {}, matter.evidence_version)
    if not orders:
        return _with_matter(case, move(matter, MatterStage.IN_REVIEW, event.occurred_at))
    held = move(matter, MatterStage.HELD, event.occurred_at).evolve(
        hold_order=orders[0].order_id, rule_id=found.rule_id
    )
    case = _with_matter(case.evolve(orders=(*case.orders, *orders)), held)
    if any(measure.kind in VISIBILITY for order in orders for measure in order.impose):
        after = tuple(order.order_id for order in orders)
        case = _restriction_stated(case, event, held, cause, NoticeKind.STATEMENT_PROVISIONAL, after)
    return case


def _told_again(case: Case, event: CaseEvent, matter: Matter, through: int) -> Case:
    """Those who report what is decided already are answered with the decision."""
    decision = next((one for one in case.decisions if one.decision_id == matter.decision_id), None)
    if decision is None or case.receipts_owed_through <= case.receipted_through:
        return case
    kind = _reporters_kind(decision.outcome)
    return _noticed(case, event, kind, Audience.REPORTERS, decision.decision_id, matter, decision.order_ids)


# Orders ------------------------------------------------------------------------------------------------------------


def _measures(cause: str, wanted: Iterable[EnforcementRequest], event: CaseEvent) -> tuple[Measure, ...]:
    since = event.occurred_at
    return tuple(
        Measure(
            measure_id=f"{cause}/{number}",
            kind=request.kind,
            target=request.target,
            since=since,
            until=since + parse_duration(request.duration) if request.duration else None,
            reach=request.reach,
        )
        for number, request in enumerate(wanted, start=1)
    )


def _orders(
    case: Case, cause: str, impose: Sequence[Measure], revoke: dict[Target, tuple[str, ...]], evidence_version: int
) -> tuple[Order, ...]:
    """One order per target that changes. Content that is restricted must still be the version that was judged."""
    evidence = next((version for version in case.evidence if version.version == evidence_version), None)
    made = []
    for target in Target:
        imposed = tuple(measure for measure in impose if measure.target is target)
        revoked = revoke.get(target, ())
        unreachable = target is Target.AUTHOR and (evidence is None or evidence.author_target is None)
        if unreachable or not (imposed or revoked):
            continue
        precondition = evidence.content_version if evidence and imposed and target is Target.SUBJECT else None
        made.append(
            Order(
                order_id=f"{cause}:{target}",
                cause=cause,
                target=target,
                impose=imposed,
                revoke=revoked,
                content_version=precondition,
            )
        )
    return tuple(made)


def _order_confirmed(case: Case, event: CaseEvent, body: OrderConfirmed) -> Case:
    order = case.order(body.order_id)
    done = order.evolve(stage=OrderStage.CONFIRMED, target_version=body.target_version, confirmed_at=event.occurred_at)
    ends = tuple(
        Clock(
            clock_id=f"expiry:{measure.measure_id}",
            kind=ClockKind.EXPIRY,
            subject=measure.measure_id,
            source="the decision's own duration",
            started_at=measure.since,
            due_at=measure.until,
        )
        for measure in order.impose
        if measure.until and measure.measure_id not in _revoked(case)
    )
    return _with_order(case, done).evolve(clocks=(*case.clocks, *ends))


def _order_stuck(case: Case, event: CaseEvent, body: OrderStuck) -> Case:
    order = case.order(body.order_id)
    return _with_order(case, order.evolve(stage=OrderStage.STUCK)) if order.open else case


def _order_voided(case: Case, event: CaseEvent, body: OrderVoided) -> Case:
    """Nothing was applied, so nobody is told of it and nothing is filed; what stands there now is captured and assessed.

    What the order was to lift is lifted by an order of its own: the hold was of the version that is no more.
    """
    order = case.order(body.order_id)
    case = _with_order(case, order.evolve(stage=OrderStage.VOID))
    if order.revoke:
        lift = Order(order_id=f"{order.order_id}:lift", cause=order.cause, target=order.target, revoke=order.revoke)
        case = case.evolve(orders=(*case.orders, lift))
    notices = (_without(notice, body.order_id) for notice in case.notices)
    filings = (_without(filing, body.order_id) for filing in case.filings)
    return case.evolve(
        notices=tuple(filter(None, notices)), filings=tuple(filter(None, filings)), recapture_for=body.order_id
    )


def _without(told: Any, order_id: str) -> Any:
    if order_id not in told.after:
        return told
    left = tuple(one for one in told.after if one != order_id)
    keeps = bool(left) or getattr(told, "audience", None) is Audience.REPORTERS
    return told.evolve(after=left) if keeps else None


def _measure_expired(case: Case, event: CaseEvent, body: MeasureExpired) -> Case:
    target = next(m.target for order in case.orders for m in order.impose if m.measure_id == body.measure_id)
    cause = f"expiry:{body.measure_id}"
    order = Order(order_id=cause, cause=cause, target=target, revoke=(body.measure_id,))
    case = _stopped(case, f"expiry:{body.measure_id}").evolve(orders=(*case.orders, order))
    decision = next((one for one in case.decisions if body.measure_id in one.measure_ids), None)
    if decision is None:
        return _hold_expired(case, event, body.measure_id, order)
    matter = case.matter(decision.matter_id)
    kind = NoticeKind.MEASURE_EXPIRED
    return _noticed(case, event, kind, Audience.AUTHOR, body.measure_id, matter, (order.order_id,))


def _hold_expired(case: Case, event: CaseEvent, measure_id: str, order: Order) -> Case:
    """A hold the pack limits in time ends, though nobody has decided: the subject is free, the question stays."""
    holds = {one.order_id for one in case.orders for m in one.impose if m.measure_id == measure_id}
    matter = next((m for m in case.matters if m.hold_order in holds and m.stage is MatterStage.HELD), None)
    if matter is None:
        return case
    freed = move(matter, MatterStage.IN_REVIEW, event.occurred_at)
    return _noticed(
        _with_matter(case, freed), event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, measure_id, freed, (order.order_id,)
    )


# Decisions ---------------------------------------------------------------------------------------------------------


def _decision_proposed(case: Case, event: CaseEvent, body: DecisionProposed) -> Case:
    proposed = case.matter(body.decision.matter_id).evolve(proposed_id=body.decision.decision_id)
    return _with_matter(case.evolve(proposals=(*case.proposals, body.decision)), proposed)


def _decision_recorded(case: Case, event: CaseEvent, body: DecisionRecorded) -> Case:
    matter = case.matter(body.decision.matter_id)
    impose = _measures(body.decision.decision_id, body.decision.enforcements, event)
    orders = _orders(case, body.decision.decision_id, impose, _hold_of(case, matter), matter.evidence_version)
    decision = body.decision.evolve(
        order_ids=tuple(order.order_id for order in orders),
        measure_ids=tuple(measure.measure_id for order in orders for measure in order.impose),
    )
    decided = matter.evolve(decision_id=decision.decision_id, proposed_id=None)
    if matter.open:
        decided = move(decided, MatterStage.DECIDED, event.occurred_at)
    case = _with_matter(_stopped(case, f"review:{matter.matter_id}"), decided).evolve(
        orders=(*case.orders, *orders), decisions=(*case.decisions, decision)
    )
    return _second_look_owed(
        _report_owed(_decision_told(case, event, decided, decision), event, decided), event, decision
    )


def _hold_of(case: Case, matter: Matter) -> dict[Target, tuple[str, ...]]:
    """What the decision takes the place of."""
    held = {
        target: tuple(
            measure.measure_id
            for order in case.orders
            if order.cause == f"hold:{matter.matter_id}" and order.stage is not OrderStage.VOID
            for measure in order.impose
            if measure.target is target
        )
        for target in Target
    }
    return {target: measures for target, measures in held.items() if measures}


def _decision_told(case: Case, event: CaseEvent, matter: Matter, decision: Decision) -> Case:
    cause, after = decision.decision_id, decision.order_ids
    if decision.outcome is Outcome.VIOLATION and decision.measure_ids:
        case = _restriction_stated(case, event, matter, cause, NoticeKind.STATEMENT, after)
    elif decision.outcome is Outcome.SUPPORT:
        case = _noticed(case, event, NoticeKind.SUPPORT_RESOURCES, Audience.AUTHOR, cause, matter, after)
    elif matter.hold_order and after:
        case = _noticed(case, event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, cause, matter, after)
    if case.counts.get(matter.area, ReportCount()).reports:
        kind = _reporters_kind(decision.outcome)
        case = _noticed(case, event, kind, Audience.REPORTERS, cause, matter, after)
    return case


def _reporters_kind(outcome: Outcome) -> NoticeKind:
    return NoticeKind.SUPPORT_REPORTER if outcome is Outcome.SUPPORT else NoticeKind.OUTCOME_REPORTER


def _report_owed(case: Case, event: CaseEvent, matter: Matter) -> Case:
    within = matter.terms.authority_report_within
    found = next(one for one in case.decisions if one.decision_id == matter.decision_id)
    if not within or found.outcome is not Outcome.VIOLATION:
        return case
    owed = Clock(
        clock_id=f"authority_report:{matter.matter_id}",
        kind=ClockKind.AUTHORITY_REPORT,
        subject=matter.matter_id,
        source=matter.terms.authority_report_source or "",
        started_at=event.occurred_at,
        due_at=event.occurred_at + parse_duration(within),
    )
    return case.evolve(clocks=(*case.clocks, owed))


def _second_look_owed(case: Case, event: CaseEvent, decision: Decision) -> Case:
    if decision.second is not FourEyes.AFTER or decision.second_by:
        return case
    terms = case.matter(decision.matter_id).terms
    look = Clock(
        clock_id=f"second_look:{decision.decision_id}",
        kind=ClockKind.SECOND_LOOK,
        subject=decision.decision_id,
        source="two people judge what is severe; the second look follows and delays nothing",
        started_at=event.occurred_at,
        due_at=event.occurred_at + parse_duration(terms.second_look_within),
    )
    return case.evolve(clocks=(*case.clocks, look))


def _second_look_taken(case: Case, event: CaseEvent, body: SecondLookTaken) -> Case:
    case = _stopped(case, f"second_look:{body.decision_id}")
    decisions = _replaced(case.decisions, "decision_id", body.decision_id, second_by=body.by)
    if body.agrees or any(one.decision_id == body.decision_id for one in case.decisions):
        return case.evolve(decisions=decisions)
    matters = (m.evolve(proposed_id=None) if m.proposed_id == body.decision_id else m for m in case.matters)
    return case.evolve(matters=tuple(matters))  # the proposal fell; the matter is decided afresh


def _decision_reversed(case: Case, event: CaseEvent, body: DecisionReversed) -> Case:
    decision = case.decision(body.decision_id)
    matter = case.matter(decision.matter_id)
    gone = tuple(one for one in decision.measure_ids if one not in body.keep and one not in _revoked(case))
    by_target = {
        target: tuple(
            m.measure_id for o in case.orders for m in o.impose if m.target is target and m.measure_id in gone
        )
        for target in Target
    }
    orders = _orders(case, f"reversal:{body.reversal_id}", (), by_target, decision.evidence_version)
    after = tuple(order.order_id for order in orders)
    for measure in gone:
        case = _stopped(case, f"expiry:{measure}")
    whole = not body.keep
    case = case.evolve(
        orders=(*case.orders, *orders),
        decisions=_replaced(
            case.decisions, "decision_id", body.decision_id, reversed=whole, strike=not whole and decision.strike
        ),
    )
    case = _reversal_told(case, event, decision, body, after)
    corrected = tuple(
        f.filing_id for f in case.filings if f.cause in (decision.decision_id, f"hold:{matter.matter_id}")
    )
    if not corrected:
        return case
    superseding = Filing(
        filing_id=filing_id(case.case_id, f"reversal:{body.reversal_id}"),
        cause=f"reversal:{body.reversal_id}",
        after=after,
        supersedes=corrected,
    )
    return case.evolve(filings=(*case.filings, superseding))


def _reversal_told(
    case: Case, event: CaseEvent, decision: Decision, body: DecisionReversed, after: tuple[str, ...]
) -> Case:
    """Both sides hear of it, unless they never heard of the decision or hear of the one that takes its place."""
    matter = case.matter(decision.matter_id)
    restricted = decision.outcome in RESTRICTING
    if restricted:
        case = _noticed(case, event, NoticeKind.REVERSAL_AUTHOR, Audience.AUTHOR, body.reversal_id, matter, after)
    if restricted or not body.by.startswith("appeal:"):
        case = _noticed(case, event, NoticeKind.REVERSAL_REPORTER, Audience.REPORTERS, body.reversal_id, matter, after)
    return case


# Telling and filing ------------------------------------------------------------------------------------------------


def _restriction_stated(
    case: Case, event: CaseEvent, matter: Matter, cause: str, kind: NoticeKind, after: tuple[str, ...]
) -> Case:
    """A restriction owes the person a statement of reasons (DSA Art. 17) and the public database a copy (Art. 24(5))."""
    if matter.terms.statement_exempt:
        return case
    case = _noticed(case, event, kind, Audience.AUTHOR, cause, matter, after)
    if not matter.terms.file_statements:
        return case
    filing = Filing(filing_id=filing_id(case.case_id, cause), cause=cause, after=after)
    return case.evolve(filings=(*case.filings, filing))


def _noticed(
    case: Case,
    event: CaseEvent,
    kind: NoticeKind,
    audience: Audience,
    cause: str,
    matter: Matter | None,
    after: tuple[str, ...],
) -> Case:
    stance = _stance(matter, audience)
    spoken = worded(kind, stance, event.occurred_at)
    if spoken is None or (audience is Audience.AUTHOR and not _has_author(case)):
        return case
    through = case.inbox_through
    notice_id = f"{kind}:{cause}" + (f":{through}" if audience is Audience.REPORTERS else "")
    if any(notice.notice_id == notice_id for notice in case.notices):
        return case
    notice = Notice(
        notice_id=notice_id,
        kind=spoken,
        audience=audience,
        cause=cause,
        matter_id=matter.matter_id if matter else None,
        after=after,
        not_before=stance.until if stance.stance is Stance.DELAY_UNTIL else None,
        through=through,
    )
    return case.evolve(notices=(*case.notices, notice))


def _stance(matter: Matter | None, audience: Audience) -> Telling:
    if matter is None or audience is Audience.APPELLANT:
        return Telling(stance=Stance.TELL, source="Regulation (EU) 2022/2065, Article 20(5)")
    return matter.terms.author if audience is Audience.AUTHOR else matter.terms.reporters


def _has_author(case: Case) -> bool:
    return case.latest_evidence is not None and case.latest_evidence.author is not None


def filing_id(case_id: str, cause: str) -> str:
    """The filing's id, and the statement's identifier towards the database: one decision, one id, whatever reruns."""
    return sha256(f"{case_id}\0{cause}".encode()).hexdigest()[:32]


def _told(case: Case, event: CaseEvent, body: Told) -> Case:
    told_at, sent, lost = event.occurred_at, body.sent, body.undeliverable
    case = case.evolve(
        notices=_replaced(case.notices, "notice_id", body.notice_id, told_at=told_at, sent=sent, undeliverable=lost)
    )
    notice = next((one for one in case.notices if one.notice_id == body.notice_id), None)
    answers_all = notice is not None and notice.audience is Audience.REPORTERS and len(case.counts) == 1
    return (
        case.evolve(receipted_through=max(case.receipted_through, notice.through)) if notice and answers_all else case
    )


def _receipts_sent(case: Case, event: CaseEvent, body: ReceiptsSent) -> Case:
    return case.evolve(receipted_through=max(case.receipted_through, body.through))


def _filing_answered(case: Case, event: CaseEvent, body: FilingAnswered) -> Case:
    return case.evolve(
        filings=_replaced(
            case.filings,
            "filing_id",
            body.filing_id,
            answered_at=event.occurred_at,
            accepted=body.accepted,
            reference=body.reference,
        )
    )


def _authority_report_filed(case: Case, event: CaseEvent, body: AuthorityReportFiled) -> Case:
    return _stopped(case, f"authority_report:{body.matter_id}")


# Clocks ------------------------------------------------------------------------------------------------------------


def _clock_warned(case: Case, event: CaseEvent, body: ClockWarned) -> Case:
    def warned(clock: Clock) -> Clock:
        return clock.evolve(warned=(*clock.warned, body.percent)) if clock.clock_id == body.clock_id else clock

    return case.evolve(clocks=tuple(map(warned, case.clocks)))


def _clock_breached(case: Case, event: CaseEvent, body: ClockBreached) -> Case:
    return case.evolve(clocks=_replaced(case.clocks, "clock_id", body.clock_id, breached_at=event.occurred_at))


def _clock_extended(case: Case, event: CaseEvent, body: ClockExtended) -> Case:
    changes = {"due_at": body.due_at, "extended_by": body.reason_id, "warned": (), "breached_at": None}
    return case.evolve(clocks=_replaced(case.clocks, "clock_id", body.clock_id, **changes))


# Appeals -----------------------------------------------------------------------------------------------------------


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
    return _noticed(case, event, NoticeKind.APPEAL_REFUSED, Audience.APPELLANT, body.appeal_id, None, ())


def _appeal_closed(case: Case, event: CaseEvent, body: AppealClosed) -> Case:
    stage = outcome_stage(body.outcome)
    case = case.evolve(appeals=_replaced(case.appeals, "appeal_id", body.appeal_id, stage=stage))
    if stage is AppealStage.REVERSED:
        return case  # the reversal is an event of its own, and tells both sides
    return _noticed(case, event, NoticeKind.APPEAL_UPHELD, Audience.APPELLANT, body.appeal_id, None, ())


# Small means -------------------------------------------------------------------------------------------------------


def _replaced(items: Sequence[Any], key: str, wanted: str, **changes: Any) -> tuple[Any, ...]:
    return tuple(item.evolve(**changes) if getattr(item, key) == wanted else item for item in items)


def _with_matter(case: Case, matter: Matter) -> Case:
    return case.evolve(matters=tuple(matter if m.matter_id == matter.matter_id else m for m in case.matters))


def _with_order(case: Case, order: Order) -> Case:
    return case.evolve(orders=tuple(order if one.order_id == order.order_id else one for one in case.orders))


def _stopped(case: Case, clock_id: str) -> Case:
    return case.evolve(clocks=tuple(clock for clock in case.clocks if clock.clock_id != clock_id))


def _revoked(case: Case) -> frozenset[str]:
    return frozenset(measure for order in case.orders for measure in order.revoke)


_STEPS: dict[type, Callable[[Case, CaseEvent, Any], Case]] = {
    ReportReceived: _report_received,
    SignalReceived: _signal_received,
    MessageRefused: _message_refused,
    EvidenceCaptured: _evidence_captured,
    EvidenceDelayed: _evidence_delayed,
    Triaged: _triaged,
    OrderConfirmed: _order_confirmed,
    OrderStuck: _order_stuck,
    OrderVoided: _order_voided,
    MeasureExpired: _measure_expired,
    DecisionProposed: _decision_proposed,
    DecisionRecorded: _decision_recorded,
    SecondLookTaken: _second_look_taken,
    DecisionReversed: _decision_reversed,
    Told: _told,
    ReceiptsSent: _receipts_sent,
    FilingAnswered: _filing_answered,
    AuthorityReportFiled: _authority_report_filed,
    ClockWarned: _clock_warned,
    ClockBreached: _clock_breached,
    ClockExtended: _clock_extended,
    AppealOpened: _appeal_opened,
    AppealRefused: _appeal_refused,
    AppealClosed: _appeal_closed,
}
