"""The fold of decisions: their orders, notices, filings and clocks follow of necessity, and go with a reversal."""

from functools import reduce
from typing import Final

from cases.appeals import Role
from cases.authority_orders import is_by_order
from cases.case import Case, ReportCount, Spread
from cases.changes import replaced, review_clock, revoked, stopped, with_matter, with_orders
from cases.deadlines import Clock, ClockKind
from cases.decisions import RESTRICTING, Decision, FourEyes, Outcome
from cases.durations import parse_duration
from cases.events import (
    CaseEvent,
    CopiesReached,
    DecisionProposed,
    DecisionRecorded,
    DecisionReversed,
    HoldReleased,
    MatterAdopted,
    SecondLookTaken,
)
from cases.fold_authority import order_decided, order_reversed
from cases.fold_orders import measures_of, orders_of
from cases.fold_requests import outcome_owed, removal_decided
from cases.fold_standing import freed
from cases.fold_telling import hold_corrected, noticed, reporters_kind, restriction_stated, superseded
from cases.fold_withdrawals import review_goes_on, review_stands_still
from cases.holds import LIFTED, ever_in_force, held_matter, hold_causes
from cases.matters import Matter, MatterStage, move
from cases.measures import OrderStage, Target
from cases.names import SubjectKind, kind_of
from cases.received import SplitOff
from cases.reversals import REVERSAL, Reversal, taken_back
from cases.telling import Audience, NoticeKind
from cases.withholding import told_by_platform

_IRREVERSIBLE: Final = "two people judge what cannot be undone; nothing is done before"
_SEVERE: Final = "two people judge what is severe; the second look follows and delays nothing"
_SAMPLED: Final = "a share of what rules decide alone is looked at by a person"


def decision_proposed(case: Case, event: CaseEvent, body: DecisionProposed) -> Case:
    """The matter waits for the second person; open again, with a time of its own, where an appeal found what was not before."""
    matter = case.matter(body.decision.matter_id)
    if not matter.open:
        matter = move(matter, MatterStage.IN_REVIEW, event.occurred_at).evolve(decision_id=None)
        case = case.evolve(clocks=(*case.clocks, review_clock(matter, event.occurred_at)))
    proposed = matter.evolve(proposed_id=body.decision.decision_id)
    case = with_matter(case.evolve(proposals=(*case.proposals, body.decision)), proposed)
    if not proposed.terms.seconds_timed:
        return case
    case = review_stands_still(case, proposed, event.occurred_at)
    return _second_look_timed(case, event, body.decision, _IRREVERSIBLE)


def decision_recorded(case: Case, event: CaseEvent, body: DecisionRecorded) -> Case:
    """The matter is decided; orders, notices, filings and clocks follow of necessity."""
    matter = case.matter(body.decision.matter_id)
    impose = measures_of(body.decision.decision_id, body.decision.enforcements, event)
    impose = told_by_platform(case, matter, body.decision.by, impose, event.occurred_at)
    orders = orders_of(case, body.decision.decision_id, impose, _hold_of(case, matter), matter.evidence_version)
    decision = body.decision.evolve(
        order_ids=tuple(order.order_id for order in orders),
        measure_ids=tuple(measure.measure_id for order in orders for measure in order.impose),
    )
    if decision.changeable_until:  # it may yet be taken back, and the review goes on
        case = review_stands_still(case, matter, event.occurred_at)
        matter = case.matter(matter.matter_id)
    decided = matter.evolve(decision_id=decision.decision_id, proposed_id=None, entered_id=None)
    if matter.open:
        decided = move(decided, MatterStage.DECIDED, event.occurred_at)
    case = _overtaken(case, matter, decision.decision_id)
    case = with_matter(stopped(with_orders(case, orders), f"review:{matter.matter_id}"), decided)
    spreads = (*case.spreads, Spread(decision_id=decision.decision_id)) if _spreads(decision) else case.spreads
    case = case.evolve(decisions=(*case.decisions, decision), spreads=spreads)
    return _second_look_owed(
        _report_owed(_decision_told(case, event, decided, decision), event, decided), event, decision
    )


def _overtaken(case: Case, matter: Matter, decision_id: str) -> Case:
    """What waited on this matter, for a second person or the end of its grace, waits no more."""
    clocks = (f"grace:{matter.entered_id}", f"second_look:{matter.proposed_id}")
    return reduce(stopped, clocks, case)


def _spreads(decision: Decision) -> bool:
    """Whether cases of others hear of it: exact copies, and people found responsible."""
    return decision.copies or bool(decision.responsible)


def _hold_of(case: Case, matter: Matter) -> dict[Target, tuple[str, ...]]:
    """What the decision takes the place of: every hold of the matter that was not lifted before for want of ground."""
    causes = hold_causes(case, matter.matter_id)
    lifted = {measure for order in case.orders if order.cause.endswith(LIFTED) for measure in order.revoke}
    held = {
        target: tuple(
            measure.measure_id
            for order in case.orders
            if order.cause in causes and order.stage not in (OrderStage.VOID, OrderStage.SKIPPED)
            for measure in order.impose
            if measure.target is target and measure.measure_id not in lifted
        )
        for target in Target
    }
    return {target: measures for target, measures in held.items() if measures}


def _decision_told(case: Case, event: CaseEvent, matter: Matter, decision: Decision) -> Case:
    cause, after = decision.decision_id, decision.order_ids
    if is_by_order(decision.by):  # no statement of reasons, and none for the database (DSA Art. 17(5))
        case = order_decided(case, event, decision)
    elif decision.outcome is Outcome.VIOLATION and decision.measure_ids:
        case = restriction_stated(case, event, matter, cause, NoticeKind.STATEMENT, after)
    elif decision.outcome is Outcome.SUPPORT:
        case = noticed(case, event, NoticeKind.SUPPORT_RESOURCES, Audience.AUTHOR, cause, matter, after)
    elif matter.hold_order and after and not _by_campaign(decision):
        case = noticed(case, event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, cause, matter, after)
    if not decision.measure_ids and not _by_campaign(decision):
        case = hold_corrected(case, matter, after)
    if case.counts.get(matter.area, ReportCount()).reports and not _answered(case, decision):
        kind = reporters_kind(decision.outcome)
        case = noticed(case, event, kind, Audience.REPORTERS, cause, matter, after)
    return outcome_owed(removal_decided(case, matter, decision), event, matter, decision)


def _by_campaign(decision: Decision) -> bool:
    """Whether a campaign's decision closed the matter: what the hold did, the campaign's measure does."""
    source = decision.copy_of
    return source is not None and kind_of(source.case_id) is SubjectKind.CAMPAIGN


def _answered(case: Case, decision: Decision) -> bool:
    """Whether reporters heard of it when the campaign closed the matter, before the author objected."""
    earlier = (one for one in case.decisions if one.decision_id != decision.decision_id)
    return _by_campaign(decision) and any(one.copy_of == decision.copy_of for one in earlier)


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
    return _second_look_timed(case, event, decision, _SAMPLED if decision.by.startswith("rule:") else _SEVERE)


def _second_look_timed(case: Case, event: CaseEvent, decision: Decision, source: str) -> Case:
    terms = case.matter(decision.matter_id).terms
    look = Clock(
        clock_id=f"second_look:{decision.decision_id}",
        kind=ClockKind.SECOND_LOOK,
        subject=decision.decision_id,
        source=source,
        started_at=event.occurred_at,
        due_at=event.occurred_at + parse_duration(terms.second_look_within),
    )
    return case.evolve(clocks=(*case.clocks, look))


def second_look_taken(case: Case, event: CaseEvent, body: SecondLookTaken) -> Case:
    """A second look on a decision is noted; a proposal it does not agree with falls."""
    case = stopped(case, f"second_look:{body.decision_id}")
    decisions = replaced(case.decisions, "decision_id", body.decision_id, second_by=body.by)
    if body.agrees or any(one.decision_id == body.decision_id for one in case.decisions):
        return case.evolve(decisions=decisions)
    fallen = next((m for m in case.matters if m.proposed_id == body.decision_id), None)
    if fallen is None:
        return case
    afresh = fallen.evolve(proposed_id=None)
    return review_goes_on(with_matter(case, afresh), afresh, event.occurred_at)


def decision_reversed(case: Case, event: CaseEvent, body: DecisionReversed) -> Case:
    """What the decision did is undone, but for what is kept; both sides are told, filings superseded."""
    decision = case.decision(body.decision_id)
    case = _unsaid(case, decision)
    matter = case.matter(decision.matter_id)
    gone = (taken_back(decision, body.keep) | frozenset(body.lifts or ())) - revoked(case)
    by_target = {
        target: tuple(
            m.measure_id
            for o in case.orders
            if o.stage is not OrderStage.SKIPPED and not o.late
            for m in o.impose
            if m.target is target and m.measure_id in gone and not (o.open and m.measure_id in o.missed)
        )
        for target in Target
    }
    orders = orders_of(case, f"{REVERSAL}{body.reversal_id}", (), by_target, decision.evidence_version)
    after = tuple(order.order_id for order in orders)
    whole = not body.keep
    if whole:  # nothing is left to look at again, or to report
        case = stopped(case, f"second_look:{decision.decision_id}")
        case = _authority_corrected(case, event, matter)
    undone = Reversal(
        reversal_id=body.reversal_id,
        decision_id=body.decision_id,
        by=body.by,
        person=_judge(case, body.by),
        second_by=body.second_by,
        keep=body.keep,
        order_ids=after,
        strike=whole and decision.strike,
    )
    case = with_orders(case, orders).evolve(
        reversals=(*case.reversals, undone),
        decisions=replaced(
            case.decisions, "decision_id", body.decision_id, reversed=whole, strike=not whole and decision.strike
        ),
    )
    if _spreads(decision):
        brought = Spread(decision_id=decision.decision_id, reversal_id=body.reversal_id, keep=body.keep, by=body.by)
        case = case.evolve(spreads=(*case.spreads, brought))
    case = order_reversed(_reversal_told(case, event, decision, body, after), decision, body.reversal_id)
    if body.reopens:
        decided = case.matter(matter.matter_id)
        again = move(decided, MatterStage.IN_REVIEW, event.occurred_at).evolve(decision_id=None, hold_order=None)
        case = with_matter(case, again)
        case = case.evolve(clocks=(*case.clocks, review_clock(again, event.occurred_at)))
    if body.idle or body.again:  # what is filed is as true as it was
        return case
    holds = hold_causes(case, matter.matter_id)
    if body.lifts is not None:
        holds = tuple(one for one in holds if not _left_out(case, one))
    return superseded(case, (decision.decision_id, *holds), f"{REVERSAL}{body.reversal_id}", after)


def _left_out(case: Case, cause: str) -> bool:
    """Whether operators skipped all of it, or it was dropped: nothing of it was filed."""
    return case.all_skipped(order.order_id for order in case.orders if order.cause == cause)


def hold_released(case: Case, event: CaseEvent, body: HoldReleased) -> Case:
    """The hold ends and is not placed again; the question stays with a reviewer."""
    matter = case.matter(held_matter(body.hold)).evolve(unheld=True)
    case = with_matter(case, matter)
    return freed(case, event, matter) if matter.stage is MatterStage.HELD else case


def _judge(case: Case, by: str) -> str | None:
    """The person who took it back, as far as `by` leads to one."""
    what, _, name = by.partition(":")
    if what == "appeal":
        return next((one.heard_by for one in case.appeals if one.appeal_id == name), None)
    return name if what in ("operator", "reviewer") else None


def _authority_corrected(case: Case, event: CaseEvent, matter: Matter) -> Case:
    """What was to be reported is not any more; what was reported is to be put right with the authority, by a person."""
    reported, within = f"authority_report:{matter.matter_id}", matter.terms.authority_report_within
    unfiled = any(clock.clock_id == reported for clock in case.clocks)
    if unfiled or not within or not matter.terms.corrects:
        return stopped(case, reported)
    owed = Clock(
        clock_id=f"authority_correction:{matter.matter_id}",
        kind=ClockKind.AUTHORITY_REPORT,
        subject=matter.matter_id,
        source="what an authority was told was taken back; our own target",
        started_at=event.occurred_at,
        due_at=event.occurred_at + parse_duration(within),
    )
    return case.evolve(clocks=(*case.clocks, owed))


def _unsaid(case: Case, decision: Decision) -> Case:
    """Without what was to be said of a decision that operators skipped: it had no effect, and will have none now."""
    if not case.all_skipped(decision.order_ids):
        return case
    notices = tuple(one for one in case.notices if one.told_at or one.after != decision.order_ids)
    filings = tuple(one for one in case.filings if one.answered_at or one.after != decision.order_ids)
    return case.evolve(notices=notices, filings=filings)


def matter_adopted(case: Case, event: CaseEvent, body: MatterAdopted) -> Case:
    """The matter is there to be decided at once."""
    return case.evolve(matters=(*case.matters, body.matter))


def split_off(case: Case, event: CaseEvent, body: SplitOff) -> Case:
    """What was a member is captured for its own case; the area is the campaign's, and nobody reported it here."""
    counts = case.counts if body.matter.area in case.counts else {**case.counts, body.matter.area: ReportCount()}
    return case.evolve(counts=counts, recapture_for=case.recapture_for or f"split:{body.number}")


def copies_reached(case: Case, event: CaseEvent, body: CopiesReached) -> Case:
    """That decision or reversal need not be brought any further."""
    done = (body.decision_id, body.reversal_id, body.late)
    return case.evolve(
        spreads=tuple(one for one in case.spreads if (one.decision_id, one.reversal_id, one.late) != done)
    )


def _reversal_told(
    case: Case, event: CaseEvent, decision: Decision, body: DecisionReversed, after: tuple[str, ...]
) -> Case:
    """Both sides hear of it, unless they never heard of the decision or hear of the one that takes its place."""
    if body.idle:
        return case
    matter = case.matter(decision.matter_id)
    restricted = decision.outcome in RESTRICTING
    if case.without_effect(decision.order_ids) and ever_in_force(case, body.lifts or ()):
        case = noticed(case, event, NoticeKind.HOLD_LIFTED, Audience.AUTHOR, body.reversal_id, matter, after)
    appellant = next((one.role for one in case.appeals if body.again and body.by == f"appeal:{one.appeal_id}"), None)
    if restricted and appellant is not Role.REPORTER and not case.without_effect(decision.order_ids):
        case = noticed(case, event, NoticeKind.REVERSAL_AUTHOR, Audience.AUTHOR, body.reversal_id, matter, after)
    if appellant is not Role.AUTHOR and (restricted or not body.by.startswith("appeal:")):
        case = noticed(case, event, NoticeKind.REVERSAL_REPORTER, Audience.REPORTERS, body.reversal_id, matter, after)
    return case
