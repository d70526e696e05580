"""What of a case is asked of vendors, what must stay with us, and what holds while their word is missing. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from cases.assessments import Assessment, Triaged
from cases.brakes import Brake, reviewed
from cases.case import Case
from cases.consultations import Consultation, VendorAsk, VendorStance, strictest
from cases.decisions import EnforcementRequest, Outcome
from cases.names import SubjectKind, kind_of
from cases.policy import DeadlineKind, PolicyPack
from cases.policy_facts import Facts
from cases.restraint import Braked
from cases.triage import holds_of_facts

PackOfArea = Callable[[str], PolicyPack]
SUSPECTED_AT: Final = 0.2
"""From this score on, a label of an area that is owed to an authority makes the content suspect: it leaves to no vendor."""


def must_stay(packs: Iterable[PolicyPack], areas: Iterable[str], scores: Iterable[tuple[str, float]]) -> bool:
    """Whether the content may be child abuse material, or else owed to an authority: its words and bytes go to nobody else.

    packs: the one in force, and those that matters opened under; one that says so is enough, since an area that a newer pack
    leaves out is still what an open matter is about. areas: of which it was reported or is in question. scores: label and
    score, of whoever spoke.
    """
    areas, signs = tuple(areas), [label for label, score in scores if score >= SUSPECTED_AT]
    return any(_owed_to_an_authority(pack, areas, signs) for pack in packs)


def consultations_due(
    pack: PolicyPack,
    case: Case,
    version: int,
    told: Facts,
    older: Iterable[PolicyPack] = (),
    alleged: Sequence[Facts] = (),
) -> tuple[Consultation, ...]:
    """What the pack asks about this version and has not asked yet. told: the facts before anybody was asked.

    older: packs that matters of the case opened under. alleged: the same facts of each area that was reported, with its
    reports; an ask whose condition holds of one of them is made.
    """
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        return ()
    asked = {one.consultation_id for one in case.consultations}
    areas = {*case.counts, *(matter.area for matter in case.matters)}
    stays = must_stay((pack, *older), areas, told.signals.max_score.items())
    return tuple(
        _consultation(ask, version, withheld=stays)
        for ask in pack.vendors
        if f"{ask.id}.{version}" not in asked
        and any(holds_of_facts(pack, ask.when, facts) for facts in alleged or (told,))
    )


def missing_labels(consultations: Iterable[Consultation], version: int) -> frozenset[str]:
    """Labels of this version that somebody was asked about and nobody has answered."""
    return frozenset(
        label
        for one in consultations
        if one.evidence_version == version and one.state != "answered"
        for label in one.labels
    )


def with_missing(told: Facts, consultations: Sequence[Consultation], version: int) -> Facts:
    """The facts, with labels that nobody has answered among those that failed; what another one answered has not."""
    signals = told.signals
    missing = missing_labels(consultations, version) - signals.max_score.keys()
    return told.evolve(signals=signals.evolve(failed=(*signals.failed, *missing))) if missing else told


def with_stances(body: Triaged, case: Case, consultations: Sequence[Consultation], pack_of_area: PackOfArea) -> Triaged:
    """The answer as far as it may go while vendors' words are missing. What was held back, or held, is noted.

    A stance holds for the areas of its labels; where none of them is in question, for every area that is.
    """
    missing = [
        one for one in consultations if one.evidence_version == body.evidence_version and one.state != "answered"
    ]
    if not missing:
        return body
    found, notes = [], list(body.braked)
    for assessment in body.assessments:
        pack = pack_of_area(assessment.area)
        mine = [one for one in missing if _concerns(one, assessment.area, body, pack)]
        stance = strictest(one.stance for one in mine)
        kept, noted = _under(stance, assessment, case, pack, [one for one in mine if one.stance is stance])
        found.append(kept)
        notes += noted
    return body.evolve(assessments=tuple(found), braked=tuple(notes))


def _owed_to_an_authority(pack: PolicyPack, areas: Iterable[str], signs: Iterable[str]) -> bool:
    owed = {area for area in pack.areas if pack.deadline(DeadlineKind.AUTHORITY_REPORT, area) is not None}
    return bool(owed & ({pack.area_named(area) for area in areas} | {pack.area_of_label(label) for label in signs}))


def _consultation(ask: VendorAsk, version: int, *, withheld: bool) -> Consultation:
    return Consultation(
        consultation_id=f"{ask.id}.{version}",
        ask=ask.id,
        evidence_version=version,
        labels=ask.labels,
        chain=ask.chain,
        within=ask.within,
        meanwhile=ask.meanwhile,
        on_outage=ask.on_outage,
        keep_asking=ask.keep_asking,
        withheld=withheld,
    )


def _concerns(one: Consultation, area: str, body: Triaged, pack: PolicyPack) -> bool:
    about = {pack.area_of_label(label) for label in one.labels}
    return area in about or not about & {assessment.area for assessment in body.assessments}


def _under(
    stance: VendorStance, found: Assessment, case: Case, pack: PolicyPack, missing: Sequence[Consultation]
) -> tuple[Assessment, list[Braked]]:
    """A rule's finding of a violation rests on what is there and goes on; a finding that there is none would be a guess."""
    if stance is VendorStance.CONTINUE or (found.automatic and found.automatic.outcome is Outcome.VIOLATION):
        return found, []
    area = pack.areas[pack.area_named(found.area)]
    brake = Brake(reason="unanswered", name=",".join(sorted(one.ask for one in missing)))
    notes = []
    if found.automatic:
        found, note = reviewed(found, brake, file_statements=area.transparency.file)
        notes.append(note)
    hold = area.hold_on(kind_of(case.case_id))
    if stance is not VendorStance.HOLD or found.hold or hold is None:
        return found, notes
    held = Braked(
        matter_id=found.matter_id,
        rule_id=found.rule_id,
        what="hold",
        reason="unanswered",
        name=brake.name,
        instead="held",
    )
    return found.evolve(hold=(EnforcementRequest(kind=hold),)), [*notes, held]
