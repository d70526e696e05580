"""What a case decides of its part in a bulk: what is done, what undoes it, or why neither can be.

Each act is judged like a single one: a decision that was taken back meanwhile is not taken back again, a question that
somebody decided is not decided over. A restriction that an undo puts back is imposed by a decision of its own, and told.
"""

from collections.abc import Callable
from datetime import datetime

from cases.bulk import BulkAct, BulkActDone, BulkActReceived, done_by, wanted_of
from cases.case import Case
from cases.confining import refuse_confinement
from cases.contested import contested
from cases.deciding import decision_of, recorded
from cases.decisions import (
    RESTRICTING,
    Decision,
    EnforcementRequest,
    FourEyes,
    refuse_enforcement,
    wants_before,
)
from cases.enforcement_kinds import KINDS
from cases.enforcement_kinds import Reversal as Undoable
from cases.events import CaseEvent, DecisionReversed, EventBody, HoldReleased, HoldRestored
from cases.fold_orders import for_the_rest
from cases.judging_destruction import refuse_destruction
from cases.judging_reversals import refuse_reversal
from cases.matters import Matter, MatterStage
from cases.names import kind_of
from cases.received import DecisionAsk
from cases.refusals import Refusal, refused
from cases.reversals import Reversal

Judged = tuple[CaseEvent, ...] | Refusal


def bulk_event_id(message: str) -> str:
    """The id of the event that says a case did its part."""
    return f"bulk:{message}"


def take_part(case: Case, body: BulkActReceived, now: datetime) -> tuple[CaseEvent, ...]:
    """This case's part, done, and the event that says so; or the record's note of why not."""
    judged = (_UNDONE if body.undo else _DONE)[body.act](case, body, now)
    if isinstance(judged, Refusal):
        return (refused(body.number, "bulk_act", judged, body.received_at, body.message_id),)
    done = BulkActDone(
        bulk_id=body.bulk_id,
        message_id=body.message_id,
        act=body.act,
        target=body.target,
        undo=body.undo,
        operator=body.operator,
        approver=body.approver,
        through=body.number,
    )
    return (*judged, _event(bulk_event_id(body.message_id), now, done))


def _reverse(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    return refuse_reversal(case, body.target, ()) or (_reversal(body, body.message_id, body.target, now),)


def _impose_again(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    """What was taken back is decided again, unless its question was decided otherwise since."""
    about = contested(case, done_by(body.message_id))
    if about is None or about.reversal is None or about.decision is None:
        return _not_done(body)
    if about.over or about.matter.open:
        return Refusal(
            code="overtaken", text=f"target: {about.matter.matter_id} was decided otherwise since; it stands"
        )
    return (recorded(_again(case, about.decision, about.reversal, body, now)),)


def _again(case: Case, first: Decision, reversal: Reversal, body: BulkActReceived, now: datetime) -> Decision:
    kept = {int(one.rpartition("/")[2]) for one in reversal.keep}
    wanted = tuple(one for number, one in enumerate(first.enforcements, start=1) if number not in kept)
    ask = _ask(body, first.matter_id).evolve(
        outcome=first.outcome,
        ground=first.ground,
        rule_id=first.rule_id,
        rationale_id=body.reason_id,
        copies=first.copies,
        derived_from=first.derived_from,
    )
    again = decision_of(ask, case.matter(first.matter_id), wanted, FourEyes.NONE, now)
    return again.evolve(second_by=body.approver, responsible=first.responsible, sample=first.sample)


def _release(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    about = contested(case, body.target)
    if about is None or about.hold is None:
        return Refusal(code="unknown_hold", text=f"target: {body.target[:80]} is no hold of this case")
    if about.over:
        return Refusal(code="hold_over", text=f"target: {body.target[:80]} is over; nothing is held by it")
    return (_released(body, about.hold, now),)


def _hold_again(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    about = contested(case, body.target)
    if about is None or about.hold is None or not about.matter.unheld:
        return _not_done(body)
    matter = about.matter
    if matter.stage is not MatterStage.IN_REVIEW:
        return Refusal(code="overtaken", text=f"target: {matter.matter_id} was decided or held since; it stands")
    imposed = [one for order in case.orders if order.cause == about.hold for one in order.impose]
    again = tuple(request for one in imposed if (request := for_the_rest(one, now)))
    if not again:
        return Refusal(code="hold_over", text=f"target: {about.hold[:80]} would have ended by now")
    restored = HoldRestored(matter_id=matter.matter_id, hold=again, by=f"operator:{body.operator}")
    return (_event(f"restored:{body.message_id}", now, restored),)


def _decide(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    matter = next((one for one in case.matters if one.matter_id == body.target), None)
    if matter is None:
        return Refusal(code="unknown_matter", text=f"target: {body.target[:80]} is not in this case")
    if not matter.open:
        text = f"target: {body.target} was decided by {matter.decision_id}; it stands"
        return Refusal(code="already_decided", text=text)
    if waiting := matter.proposed_id or matter.entered_id:
        return Refusal(
            code="awaits_second", text=f"target: {waiting} waits for a second person, or for its grace to end"
        )
    wanted = wanted_of(body.enforcements, matter) if body.outcome in RESTRICTING else ()
    return (
        refuse_destruction(case, wanted, now)
        or _refuse_form(case, body, matter, wanted)
        or (recorded(_decided(case, body, matter, wanted, now)),)
    )


def _refuse_form(
    case: Case, body: BulkActReceived, matter: Matter, wanted: tuple[EnforcementRequest, ...]
) -> Refusal | None:
    if matter.terms.outcomes and body.outcome not in matter.terms.outcomes:
        offered = ", ".join(matter.terms.outcomes)
        return Refusal(code="wrong_outcome", text=f"outcome: is not one of {matter.area}; it has {offered}")
    if body.ground is not None and body.ground is not matter.terms.ground:
        return Refusal(code="wrong_ground", text=f"ground: decisions on {matter.area} rest on {matter.terms.ground}")
    if any(KINDS[one.kind].reversal is Undoable.NONE for one in wanted):
        return Refusal(code="irreversible", text="enforcements: what cannot be undone is not decided in bulk")
    subject = kind_of(case.case_id)
    if problem := next(filter(None, (refuse_enforcement(one, subject) for one in wanted)), None):
        return Refusal(code="wrong_target", text=f"enforcements: {problem}")
    return refuse_confinement(case, _ask(body, matter.matter_id), matter)


def _decided(
    case: Case, body: BulkActReceived, matter: Matter, wanted: tuple[EnforcementRequest, ...], now: datetime
) -> Decision:
    """By the one who proposed the bulk, and seconded by who approved it: two people looked, as some decisions need."""
    eyes = wants_before(wanted, matter.terms.four_eyes, kind_of(case.case_id))
    return decision_of(_ask(body, matter.matter_id), matter, wanted, eyes, now).evolve(second_by=body.approver)


def _undecide(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    first = done_by(body.message_id)
    if all(one.decision_id != first for one in case.decisions):
        return _not_done(body)
    return refuse_reversal(case, first, ()) or (_reversal(body, body.message_id, first, now),)


def _reassess(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    if not case.evidence or case.recapture_for is not None:
        return Refusal(code="capturing", text="target: is being captured, and assessed after that by itself")
    return ()


def _unassess(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    """What rules did alone for the sweep is taken back. The questions it opened stay with reviewers: they are asked."""
    swept = {one.version for one in case.evidence if one.swept_by == done_by(body.message_id)}
    if not swept:
        return _not_done(body)
    fresh = [one for one in case.matters if one.evidence_version in swept]
    decided = {one.matter_id for one in fresh}
    alone = [one for one in case.decisions if one.matter_id in decided and one.automated and not one.reversed]
    held = [matter for matter in fresh if matter.stage is MatterStage.HELD]
    return (
        *(_reversal(body, f"{body.message_id}.{n}", one.decision_id, now) for n, one in enumerate(alone, start=1)),
        *(_released(body, f"hold:{matter.matter_id}", now) for matter in held),
    )


def _retell(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    decision = next((one for one in case.decisions if one.decision_id == body.target), None)
    if decision is None:
        return Refusal(code="unknown_decision", text=f"target: {body.target[:80]} is not in this case")
    if decision.reversed:
        return Refusal(code="already_reversed", text=f"target: {body.target[:80]} was taken back; it is told no more")
    return ()


def _cannot_untell(case: Case, body: BulkActReceived, now: datetime) -> Judged:
    return Refusal(code="irreversible", text="act: what was told cannot be untold")


def _ask(body: BulkActReceived, matter_id: str) -> DecisionAsk:
    return DecisionAsk(
        decision_id=body.message_id,
        digest=bulk_event_id(body.message_id),
        matter=matter_id,
        outcome=body.outcome or "violation",
        reviewer=body.operator,
        channel="update",
        ground=body.ground,
        rule_id=body.rule_id,
        rationale_id=body.reason_id,
        enforcements=body.enforcements,
    )


def _reversal(body: BulkActReceived, reversal_id: str, decision_id: str, now: datetime) -> CaseEvent:
    reversal = DecisionReversed(
        reversal_id=reversal_id,
        decision_id=decision_id,
        by=f"operator:{body.operator}",
        second_by=body.approver,
        reason_id=body.reason_id,
    )
    return _event(f"reversal:{reversal_id}", now, reversal)


def _released(body: BulkActReceived, hold: str, now: datetime) -> CaseEvent:
    return _event(f"released:{body.message_id}:{hold}", now, HoldReleased(hold=hold, by=f"operator:{body.operator}"))


def _not_done(body: BulkActReceived) -> Refusal:
    return Refusal(code="not_done", text=f"target: {body.bulk_id} did nothing here that could be undone")


def _event(event_id: str, at: datetime, body: EventBody) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body)


_DONE: dict[BulkAct, Callable[[Case, BulkActReceived, datetime], Judged]] = {
    BulkAct.REVERSE: _reverse,
    BulkAct.RELEASE: _release,
    BulkAct.DECIDE: _decide,
    BulkAct.REASSESS: _reassess,
    BulkAct.RETELL: _retell,
}
_UNDONE: dict[BulkAct, Callable[[Case, BulkActReceived, datetime], Judged]] = {
    BulkAct.REVERSE: _impose_again,
    BulkAct.RELEASE: _hold_again,
    BulkAct.DECIDE: _undecide,
    BulkAct.REASSESS: _unassess,
    BulkAct.RETELL: _cannot_untell,
}
