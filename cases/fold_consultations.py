"""The fold of consultations: what was asked is waited for, a word counts for the version it is about."""

from cases.assessments import Triaged
from cases.case import Case
from cases.changes import replaced
from cases.consultations import Consultation, VendorAnswered, VendorStance
from cases.events import CaseEvent


def consulted(case: Case, body: Triaged) -> Case:
    """What was asked is waited for; what was asked of earlier versions is not any more."""
    if not body.asked:
        return case
    current = tuple(one for one in case.consultations if one.evidence_version == body.evidence_version)
    return case.evolve(consultations=(*current, *body.asked))


def needed(case: Case, consultation: Consultation) -> bool:
    """Whether an answer would still be of use: it is about what the subject is now, and something is undecided."""
    latest = case.latest_evidence
    known = next((o for o in case.consultations if o.consultation_id == consultation.consultation_id), consultation)
    undecided = not case.matters or any(matter.open for matter in case.matters)
    return (
        undecided
        and known.state != "answered"
        and latest is not None
        and latest.version == consultation.evidence_version
    )


def vendor_answered(case: Case, event: CaseEvent, body: VendorAnswered) -> Case:
    """A word counts for the version it is about. Once it is there, a hold for want of it needs a ground of its own.

    So it does once nobody gave one, where the pack holds meanwhile and not in an outage.
    """
    known = next((one for one in case.consultations if one.consultation_id == body.consultation_id), None)
    if not body.answered and (known is None or known.state == "answered"):
        return case
    state = "answered" if body.answered else "unanswered"
    case = case.evolve(consultations=replaced(case.consultations, "consultation_id", body.consultation_id, state=state))
    latest = case.latest_evidence
    if latest is None or latest.version != body.evidence_version:
        return case  # kept in the record; it says nothing about what the subject is now
    said = {one.label: one.score for one in body.results if one.score is not None}
    higher = {label: max(score, case.scores.get(label, 0.0)) for label, score in said.items()}
    freed_by_it = known is not None and (_held_for(known) if body.answered else body.gave_up and _held_until(known))
    return case.evolve(
        scores={**case.scores, **higher},
        triage_owed_through=body.number,
        ground_withdrawn=case.ground_withdrawn or (freed_by_it and bool(case.matters)),
    )


def _held_for(consultation: Consultation) -> bool:
    return VendorStance.HOLD in (consultation.meanwhile, consultation.on_outage)


def _held_until(consultation: Consultation) -> bool:
    """Whether the hold was for the time of asking alone."""
    return consultation.meanwhile is VendorStance.HOLD and consultation.on_outage is not VendorStance.HOLD
