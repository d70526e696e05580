"""The fold of stances that people set: notices that are still owed wait, are withheld, or are owed again."""

from cases.case import Case
from cases.events import CaseEvent
from cases.matters import MatterStage
from cases.received import TellingSet
from cases.stances import AUTHOR, REPORTERS, PersonStance, told_to
from cases.telling import Audience, Notice, NoticeKind
from cases.withholding import withheld_or_owed


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
    return case


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
