"""What an appeal is against: a decision, a hold, or a reversal; whatever a person was told of and may object to.

A hold restricts like a decision (DSA Art. 17), so its person may have it looked at before anybody decides. A reversal is a
decision too: whoever had reported, and is told that it may stay after all, may object (Art. 20(1)).
"""

from cases.appeals import AppealRefusal, Role
from cases.case import Case
from cases.changes import revoked
from cases.decisions import Decision
from cases.facts import Fact
from cases.holds import held_matter, hold_causes
from cases.matters import Matter
from cases.reversals import Reversal


class Contested(Fact):
    """The thing itself. decision: the one taken, or taken back; None for a hold. over: it restricts, or stands, no more."""

    matter: Matter
    decision: Decision | None = None
    hold: str | None = None
    reversal: Reversal | None = None
    over: bool = False

    @property
    def deciders(self) -> tuple[str, ...]:
        """Who judged, and so may not hear the appeal (Art. 20(6)). A hold is placed by a rule."""
        decision, reversal = self.decision, self.reversal
        judged = (decision.by, decision.second_by) if decision else ()
        taken_back = (reversal.person, reversal.second_by) if reversal else ()
        return tuple(filter(None, (*judged, *taken_back)))

    def refusal(self, role: Role | None) -> AppealRefusal | None:
        """Why nothing is left to look at; None where something is."""
        if self.hold is not None:
            return AppealRefusal.HOLD_OVER if self.over else None
        if self.reversal is not None and role is not Role.REPORTER:
            return AppealRefusal.NOTHING_LEFT  # nothing restricts them by it
        return AppealRefusal.NOTHING_LEFT if self.over else None


def contested(case: Case, name: str) -> Contested | None:
    """What this name is of: `d-1`, `hold:spam/1`, or the id of a reversal. None where the case has no such thing."""
    decision = next((one for one in case.decisions if one.decision_id == name), None)
    if decision is not None:
        return Contested(matter=case.matter(decision.matter_id), decision=decision, over=decision.reversed)
    reversal = next((one for one in case.reversals if one.reversal_id == name), None)
    if reversal is not None:
        decision = case.decision(reversal.decision_id)
        matter = case.matter(decision.matter_id)
        replaced = matter.decision_id != decision.decision_id
        return Contested(matter=matter, decision=decision, reversal=reversal, over=replaced)
    held = next((one for one in case.matters if one.matter_id == held_matter(name)), None)
    if held is None or name not in hold_causes(case, held.matter_id):
        return None
    return Contested(matter=held, hold=name, over=not held.open or not _in_force(case, name))


def _in_force(case: Case, hold: str) -> bool:
    gone = revoked(case)
    return any(m.measure_id not in gone for order in case.orders if order.cause == hold for m in order.impose)
