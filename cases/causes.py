"""What a notice or a public statement is about: which decision, hold, reversal or appeal, and what had led to it by then.

Statement, notice and filing of one decision must agree, now and when they are written again years later: so all of them
take their facts from here, as they stood in the events when the cause came about, not as they stand now.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from cases.appeals import AppealRefusal, Role
from cases.assessments import Assessment, Triaged
from cases.authority_orders import AuthorityOrder
from cases.case import Case, Filing, ReportCount
from cases.decisions import Decision
from cases.events import AppealRefused, CaseEvent, DecisionRecorded, DecisionReversed
from cases.facts import Fact
from cases.folding import compacted, fold_all
from cases.holds import HOLD, LIFTED, held_matter, hold_causes
from cases.matters import Matter
from cases.measures import Measure, OrderStage, Target, effective
from cases.names import SubjectKind, kind_of
from cases.policy import PolicyPack
from cases.received import AppealReceived
from cases.reversals import REVERSAL
from cases.telling import Notice, NoticeKind
from cases.tongues import phrases_in

LADDER: Final = "ladder:"  # of who reversed: a step that fell with a decision it rested on
SOURCE: Final = "source:"  # the same: a decision elsewhere fell, from which this one was derived
WITH_ANOTHER: Final = (LADDER, SOURCE)
_MACHINE: Final = re.compile(r"\b(scores|labels)\b")  # what conditions call the word of machines

_REVERSALS: Final = frozenset({NoticeKind.REVERSAL_AUTHOR, NoticeKind.REVERSAL_REPORTER})
_APPEALS: Final = frozenset({NoticeKind.APPEAL_UPHELD, NoticeKind.APPEAL_REFUSED})


_ORDERS = frozenset(
    {
        NoticeKind.ORDER_RECEIPT,
        NoticeKind.ORDER_UNCLEAR,
        NoticeKind.ORDER_EFFECT,
        NoticeKind.ORDER_AUTHOR,
        NoticeKind.ORDER_WITHDRAWN,
    }
)


class Cause(Fact):
    """What something is told or filed about.

    decision: the one taken, or the one reversed, appealed or expired; None for a hold, a receipt, an unknown decision.
    order: the authority's, that is told of. lifted_by: of a hold that led to nothing, who found so.
    rule_id: the rule that held, or that the decision names. rule_ids: every rule that spoke for it by then.
    reports: of the matter's area, by then. appellant: the person key; role: as whom they had been informed, if ever.
    """

    matter: Matter | None = None
    decision: Decision | None = None
    reversal: DecisionReversed | None = None
    refusal: AppealRefusal | None = None
    order: AuthorityOrder | None = None
    appellant: str | None = None
    role: Role | None = None
    lifted_by: Literal["person", "rule"] | None = None
    rule_id: str | None = None
    rule_ids: tuple[str, ...] = ()
    reports: ReportCount = ReportCount()

    @property
    def automation(self) -> Literal["fully", "partially", "not"]:
        """How it was decided, which is another question than how it was found. A hold is placed by a rule alone."""
        if self.reversal is not None:
            return "fully" if self.reversal.by.startswith(WITH_ANOTHER) else "not"  # others are people's
        if self.lifted_by == "person":
            return "not"
        if self.decision is not None and (self.decision.copy_of or self.decision.sampled):
            return "partially"  # a person decided; that this is one of them was found by a machine
        if self.decision is None or (self.decision.automated and not self.decision.second_by):
            return "fully"
        return "partially" if self.decision.automated else "not"


def cause_of_notice(case: Case, notice: Notice, events: Sequence[CaseEvent]) -> Cause:
    """What this notice is about. events: the case's, in order."""
    if notice.kind is NoticeKind.RECEIPT:
        return Cause(matter=next(iter(case.matters), None))
    if notice.kind in _ORDERS:
        return _of_order(case, notice, events)
    if notice.kind in _REVERSALS or any(one.reversal_id == notice.cause for one in case.reversals):
        return _of_reversal(case, notice.cause, events)
    if notice.kind in _APPEALS:
        return _of_appeal(case, notice.cause, events)
    if notice.kind is NoticeKind.MEASURE_EXPIRED:
        imposing = next((one for one in case.decisions if notice.cause in one.measure_ids), None)
        return _of_decision(case, imposing, events)
    if notice.cause.startswith(HOLD) and notice.matter_id:
        return _of_hold(case, case.matter(notice.matter_id), events)
    return _of_decision(case, case.decision(notice.cause), events)


def cause_of_filing(case: Case, filing: Filing, events: Sequence[CaseEvent]) -> Cause:
    """What this filing states. Raises UnknownSomething where the case has no such decision or matter."""
    if filing.cause.startswith(REVERSAL):
        return _of_reversal(case, filing.cause.removeprefix(REVERSAL), events)
    if filing.cause.startswith(HOLD):
        matter = case.matter(held_matter(filing.cause))
        return _of_hold(case, matter, events).evolve(lifted_by=_lifted_by(case, matter, filing))
    return _of_decision(case, case.decision(filing.cause), events)


def found_by_machine(cause: Cause, pack: PolicyPack) -> bool:
    """Whether automated means led to it (DSA Art. 17(3)(c)): a rule that reads their word held, or nobody reported it."""
    rules = (pack.rule(rule_id) for rule_id in cause.rule_ids)
    return not cause.reports.reports or any(rule is not None and _MACHINE.search(rule.when) for rule in rules)


def facts_in_words(cause: Cause, pack: PolicyPack) -> str:
    """What was seen (Art. 17(3)(b)), in the pack's words and its language: nothing quoted, no name, nothing of a reporter's."""
    assert cause.matter is not None
    area, phrases = pack.areas[pack.area_named(cause.matter.area)], phrases_in(pack.language)
    title = area.title
    if cause.decision is not None and cause.decision.part:
        return phrases.by_part.format(part=phrases.parts[cause.decision.part], title=title)
    if number := len(cause.matter.sources):
        return (phrases.strike_left if number == 1 else phrases.strikes_left).format(number=number, title=title)
    rule = pack.rule(cause.rule_id) if cause.rule_id else None
    if cause.decision is None or cause.decision.automated:
        return (rule.then.facts if rule else None) or area.ground.explanation
    if cause.decision.copy_of:
        of_campaign = kind_of(cause.decision.copy_of.case_id) is SubjectKind.CAMPAIGN
        return (phrases.found_in_campaign if of_campaign else phrases.found_in_copy).format(title=title)
    if sample := cause.decision.sampled:
        numbers = sample.model_dump(include={"members", "size", "violations"})
        return phrases.found_in_sample.format(title=title, **numbers)
    if pieces := pieces_of(cause.decision):
        return phrases.found_pieces.format(title=title, pieces=phrases.pieces(pieces))
    return phrases.found.format(title=title)


def pieces_of(decision: Decision | None) -> tuple[str, ...]:
    """The pieces of the content that a decision is about, whether it says so of itself or of each measure; empty: all of it."""
    if decision is None or decision.excerpts:
        return decision.excerpts if decision else ()
    confined = [one.excerpts for one in decision.enforcements if one.target is Target.SUBJECT]
    return tuple(dict.fromkeys(piece for pieces in confined for piece in pieces)) if all(confined) else ()


def confirmed_measures(case: Case, cause: Cause) -> tuple[Measure, ...]:
    """What was done, as far as the platform has confirmed it; `since` when it did: nobody is told of more."""
    if cause.matter is None:
        return ()
    wanted = cause.decision.measure_ids if cause.decision else None
    held = hold_causes(case, cause.matter.matter_id)
    return tuple(
        measure.evolve(since=max(measure.since, order.confirmed_at))
        for order in case.orders
        if order.stage is OrderStage.CONFIRMED and order.confirmed_at and not order.late
        for measure in order.impose
        if (order.cause in held if wanted is None else measure.measure_id in wanted)
        and measure.measure_id not in order.missed
    )


def measures_on(case: Case, cause: Cause, target: Target, confirmed_at: datetime) -> tuple[Measure, ...]:
    """What a campaign's decision or hold did to one target; `since` when the platform confirmed it of that one."""
    wanted = cause.decision.measure_ids if cause.decision else None
    held = hold_causes(case, cause.matter.matter_id) if cause.matter else ()
    return tuple(
        measure.evolve(since=max(measure.since, confirmed_at))
        for order in case.orders
        if not order.late
        for measure in order.impose
        if measure.target is target and (order.cause in held if wanted is None else measure.measure_id in wanted)
    )


def still_in_force(case: Case, at: datetime) -> tuple[Measure, ...]:
    """What the platform has confirmed, and has not confirmed to be gone, of all the case's decisions."""
    confirmed = [order for order in case.orders if order.stage is OrderStage.CONFIRMED]
    revoked = [measure_id for order in confirmed for measure_id in order.revoke]
    imposed = [measure for order in confirmed if not order.late for measure in order.impose]
    return effective(imposed, revoked, at)


def _of_hold(case: Case, matter: Matter, events: Sequence[CaseEvent]) -> Cause:
    before = _until(events, lambda event: _holds(event, matter.matter_id))
    held_by = [a for a in _assessments(before, matter.matter_id) if a.hold]
    rule_id = held_by[0].rule_id if held_by else matter.rule_id
    return Cause(matter=matter, rule_id=rule_id, **_led_to(case, matter, before))


def _lifted_by(case: Case, matter: Matter, filing: Filing) -> Literal["person", "rule"] | None:
    if not filing.cause.endswith(LIFTED):
        return None
    decision = next((one for one in case.decisions if one.decision_id == matter.decision_id), None)
    found = matter.unheld or (decision is not None and not decision.automated and filing.after == decision.order_ids)
    return "person" if found else "rule"


def _of_decision(case: Case, decision: Decision | None, events: Sequence[CaseEvent]) -> Cause:
    if decision is None:
        return Cause()
    matter = case.matter(decision.matter_id)
    before = _until(events, lambda event: _decides(event, decision.decision_id))
    rule_id = decision.rule_id or matter.rule_id
    return Cause(matter=matter, decision=decision, rule_id=rule_id, **_led_to(case, matter, before))


def _of_reversal(case: Case, reversal_id: str, events: Sequence[CaseEvent]) -> Cause:
    found = (event.body for event in events if isinstance(event.body, DecisionReversed))
    reversal = next(body for body in found if body.reversal_id == reversal_id)
    return _of_decision(case, case.decision(reversal.decision_id), events).evolve(reversal=reversal)


def _of_appeal(case: Case, appeal_id: str, events: Sequence[CaseEvent]) -> Cause:
    appeal = next((one for one in case.appeals if one.appeal_id == appeal_id), None)
    refused = next(
        (e.body for e in events if isinstance(e.body, AppealRefused) and e.body.appeal_id == appeal_id), None
    )
    asked = next((e.body for e in events if isinstance(e.body, AppealReceived) and e.body.appeal_id == appeal_id), None)
    appealed = appeal or refused
    decision = next((d for d in case.decisions if appealed and d.decision_id == appealed.decision_id), None)
    role = appeal.role if appeal else asked.role if asked else None
    return _of_decision(case, decision, events).evolve(
        refusal=refused.reason if refused else None, appellant=appealed.appellant if appealed else None, role=role
    )


def _of_order(case: Case, notice: Notice, events: Sequence[CaseEvent]) -> Cause:
    order = next(one for one in case.authority_orders if one.order_id == notice.cause)
    decision = next((one for one in case.decisions if one.decision_id == order.decision_id), None)
    return _of_decision(case, decision, events).evolve(order=order)


def _led_to(case: Case, matter: Matter, before: Sequence[CaseEvent]) -> dict[str, object]:
    counts = fold_all(Case(case_id=case.case_id), compacted(before)).counts
    rules = dict.fromkeys(rule for one in _assessments(before, matter.matter_id) for rule in one.rule_ids)
    found = next((one for one in case.found_responsible if (one.source,) == matter.sources), None)
    reports = counts.get(matter.area, ReportCount())
    if found:  # it was the community that somebody told us of
        reports = ReportCount(reports=found.reports, notices=found.notices)
    return {"reports": reports, "rule_ids": tuple(rules)}


def _assessments(events: Sequence[CaseEvent], matter_id: str) -> list[Assessment]:
    triaged = (event.body for event in events if isinstance(event.body, Triaged))
    return [one for body in triaged for one in body.assessments if one.matter_id == matter_id]


def _until(events: Sequence[CaseEvent], came_about: Callable[[CaseEvent], bool]) -> Sequence[CaseEvent]:
    """The events up to the cause itself."""
    last = next((number for number, event in enumerate(events) if came_about(event)), len(events) - 1)
    return events[: last + 1]


def _holds(event: CaseEvent, matter_id: str) -> bool:
    return isinstance(event.body, Triaged) and any(a.matter_id == matter_id and a.hold for a in event.body.assessments)


def _decides(event: CaseEvent, decision_id: str) -> bool:
    return isinstance(event.body, DecisionRecorded) and event.body.decision.decision_id == decision_id
