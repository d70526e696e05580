"""The fold of stances that people set: notices that are still owed wait, are withheld, or are owed again, and the platform
hears what it may say."""

from collections.abc import Sequence

from cases.case import Case
from cases.changes import revoked, with_orders
from cases.events import CaseEvent
from cases.holds import held_matter
from cases.matters import MatterStage
from cases.measures import Measure, Order, Target
from cases.names import SubjectKind, kind_of
from cases.received import TellingSet
from cases.stances import AUTHOR, REPORTERS, PersonStance, told_to
from cases.telling import Audience, Notice, NoticeKind
from cases.withholding import told_by_platform, withheld_or_owed


def telling_set(case: Case, event: CaseEvent, body: TellingSet) -> Case:
    """The stance binds from now on whatever was not told yet. What was told was."""
    others = tuple(one for one in case.stances if one.person != body.person)
    own = (
        ()
        if body.telling is None
        else (PersonStance(person=body.person, telling=body.telling, message_id=body.message_id),)
    )
    case = case.evolve(stances=(*others, *own))
    if body.person not in (AUTHOR, REPORTERS):
        case = _apart(case, body.person)
    waiting = [one for one in case.notices if one.told_at is None and told_to(one, body.person)]
    again = [one for one in case.withheld if told_to(one, body.person) and _still_true(case, one)]
    kept = tuple(one for one in case.withheld if not told_to(one, body.person))
    ids = {one.notice_id for one in (*waiting, *again)}
    case = case.evolve(notices=tuple(one for one in case.notices if one.notice_id not in ids), withheld=kept)
    for notice in (*waiting, *again):
        case = withheld_or_owed(case, notice, event.occurred_at)
    return _retold(case, event, body) if body.to_platform and body.person == AUTHOR else case


def _retold(case: Case, event: CaseEvent, body: TellingSet) -> Case:
    """Orders that say of what stands whether its author may hear of it now; none where nothing changes."""
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        return case  # its members have cases, and stances, of their own
    gone = revoked(case)
    ordered = [order for order in case.orders if not order.without_effect]
    said = {one.measure_id: one for order in ordered for one in (*order.impose, *order.retold)}
    changed: dict[Target, list[Measure]] = {}
    for order in ordered:
        mine = [said[one.measure_id] for one in order.impose if one.measure_id not in gone]
        live = [one for one in mine if one.until is None or one.until > event.occurred_at]
        for old, new in zip(live, _as_told_now(case, order, live, event), strict=True):
            if (old.telling, old.tell_from) != (new.telling, new.tell_from):
                changed.setdefault(new.target, []).append(new)
    cause = f"telling:{body.message_id}"
    orders = (
        Order(order_id=f"{cause}:{target}", cause=cause, target=target, retold=tuple(found))
        for target, found in changed.items()
    )
    return with_orders(case, orders)


def _as_told_now(case: Case, order: Order, live: Sequence[Measure], event: CaseEvent) -> tuple[Measure, ...]:
    """These measures of an order, under the stances of now: of a decision, or of a hold."""
    if not live:
        return ()
    decision = next((one for one in case.decisions if order.order_id in one.order_ids), None)
    matter = case.matter(decision.matter_id if decision else held_matter(order.cause))
    return told_by_platform(case, matter, decision.by if decision else "", live, event.occurred_at)


def _apart(case: Case, person: str) -> Case:
    """What is owed to all who reported is owed to this one by a notice of their own."""
    notices: list[Notice] = []
    for notice in case.notices:
        shared = notice.audience is Audience.REPORTERS and notice.told_at is None and notice.only is None
        if not shared or person in notice.without:
            notices.append(notice)
            continue
        notices.append(notice.evolve(without=(*notice.without, person)))
        notices.append(notice.evolve(notice_id=f"{notice.notice_id}:{person}", only=person, without=()))
    return case.evolve(notices=tuple(notices))


def _still_true(case: Case, notice: Notice) -> bool:
    """Whether there is still something to tell: of a decision that stands, a hold in force, or the end of what was told."""
    if case.without_effect(notice.after):
        return False
    if notice.kind is NoticeKind.STATEMENT_PROVISIONAL:
        return any(m.matter_id == notice.matter_id and m.stage is MatterStage.HELD for m in case.matters)
    told = {(one.cause, one.audience) for one in case.notices if one.told_at is not None}
    if notice.kind is NoticeKind.HOLD_LIFTED:
        return any(
            cause.startswith(f"hold:{notice.matter_id}") for cause, audience in told if audience is notice.audience
        )
    reversal = next((one for one in case.reversals if one.reversal_id == notice.cause), None)
    if reversal is not None:
        return (reversal.decision_id, notice.audience) in told
    return not any(one.decision_id == notice.cause and one.reversed for one in case.decisions)
