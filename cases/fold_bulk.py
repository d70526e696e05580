"""The fold of a bulk's acts that are no decision, reversal or release: content assessed anew, people told again."""

from cases.bulk import SWEEP, BulkAct, BulkActDone
from cases.case import Case
from cases.changes import with_matter
from cases.events import CaseEvent, HoldRestored
from cases.fold_holding import held
from cases.withholding import withheld_or_owed


def bulk_act_done(case: Case, event: CaseEvent, body: BulkActDone) -> Case:
    """A sweep has the content captured and the pack asked again; what was told is owed once more, as stances are now."""
    if body.undo:
        return case
    if body.act is BulkAct.REASSESS:
        owed = max(case.triage_owed_through, body.through)
        return case.evolve(recapture_for=f"{SWEEP}{body.message_id}", triage_owed_through=owed, swept_through=owed)
    return _told_again(case, event, body) if body.act is BulkAct.RETELL else case


def hold_restored(case: Case, event: CaseEvent, body: HoldRestored) -> Case:
    """The lifting was undone: the matter is held as it was, under a name of its own, and told like any hold."""
    matter = case.matter(body.matter_id).evolve(unheld=False)
    return held(with_matter(case, matter), event, matter, body.hold, matter.rule_id)


def _told_again(case: Case, event: CaseEvent, body: BulkActDone) -> Case:
    for notice in case.notices:
        if notice.cause != body.target or notice.told_at is None:
            continue
        again = notice.evolve(
            notice_id=f"{notice.notice_id}:{body.message_id}", told_at=None, sent=0, undeliverable=0, not_before=None
        )
        case = withheld_or_owed(case, again, event.occurred_at)
    return case
