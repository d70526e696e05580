"""Assessment, the pure part: which areas a case's facts are judged in, and the decisions that rules take alone.

The activity gathers the facts and records the answer; a shadow run asks the same questions and records nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cases.account_picture import AccountMatter, account_facts
from cases.assessments import Assessment, Triaged
from cases.case import Case, ReportCount
from cases.decisions import Decision, FourEyes
from cases.detections import Detection
from cases.events import CaseEvent, DecisionRecorded
from cases.policy import PolicyPack
from cases.policy_facts import Facts, ReportFacts
from cases.restraint import Shadowed
from cases.triage import assessment_of, triage
from cases.trust import Heard


def assess(
    case: Case,
    version: int,
    told: Facts,
    heard: Mapping[str, Heard],
    pack_of: Callable[[str], PolicyPack],
    area_of_label: Callable[[str], str],
    through: int,
    now: datetime,
    detections: tuple[Detection, ...] = (),
    matters: Sequence[AccountMatter] = (),
) -> Triaged:
    """What packs say of every area in question: those reported or named, else the loudest label's, and what rules add.

    told: the facts but for area and reports; heard: reporters by area, as far as the record tells them apart. version: of the
    evidence judged. pack_of: the pack that judges an area. matters: of the account behind it, in all of its cases.
    """
    found: dict[str, Assessment] = {}
    seen: dict[str, Facts] = {}
    shadowed: dict[str, Shadowed] = {}
    areas = list(case.counts)
    brought = case.steps or case.found_responsible
    if not areas and (case.signals or not brought):  # what was decided elsewhere alleges nothing else
        areas = [area_of_label(_loudest(case.scores))]
    while areas:
        area = areas.pop(0)
        pack = pack_of(area)
        facts = facts_in(area, case, told, heard, matters, now)
        answer = triage(pack, facts)
        if answer.area in found:
            continue
        seen[answer.area] = facts
        found[answer.area] = _resting(assessment_of(pack, answer, version, now), detections, area_of_label)
        areas += [other for other in answer.also if other not in found]
        for one in answer.shadowed:
            shadowed[one.rule_id] = Shadowed(rule_id=one.rule_id, area=one.area, outcome=one.outcome.value)
    return Triaged(
        through=through,
        evidence_version=version,
        assessments=tuple(found.values()),
        facts={area: facts.model_dump(mode="json") for area, facts in seen.items()},
        detections=detections,
        shadowed=tuple(shadowed.values()),
    )


def facts_in(
    area: str,
    case: Case,
    told: Facts,
    heard: Mapping[str, Heard],
    matters: Sequence[AccountMatter],
    now: datetime,
) -> Facts:
    """The facts as the rules of this area see them: with its own reports, and what the account did in it."""
    return told.evolve(
        area=area,
        reports=reports_of(case.counts.get(area), heard.get(area)),
        account=account_facts(case.case_id, area, matters, now),
    )


def _resting(found: Assessment, detections: Sequence[Detection], area_of_label: Callable[[str], str]) -> Assessment:
    """What a rule decides alone by a picture that a decision of ours vouches for falls with that decision."""
    if found.automatic is None:
        return found
    vouching = [one.rests_on for one in detections if one.rests_on and area_of_label(one.label) == found.area]
    return found.evolve(rests_on=tuple(dict.fromkeys(vouching))) if vouching else found


def automatic_decisions(asked: CaseEvent) -> tuple[CaseEvent, ...]:
    """The decisions that follow from a triage without a person; nothing but the recorded triage decides them."""
    body = asked.body
    if not isinstance(body, Triaged):
        return ()
    return tuple(_decided(asked, found) for found in body.assessments if found.automatic)


def decision_id_of(found: Assessment) -> str:
    """The id of the decision that a rule takes on this matter: one matter, one id."""
    return f"rule:{found.matter_id}".replace("/", ".")


def _decided(asked: CaseEvent, found: Assessment) -> CaseEvent:
    assert found.automatic is not None
    decision = Decision(
        decision_id=decision_id_of(found),
        digest=asked.event_id,
        matter_id=found.matter_id,
        outcome=found.automatic.outcome,
        by=f"rule:{found.rule_id}",
        automated=True,
        decided_at=asked.occurred_at,
        ground=found.automatic.ground,
        rule_id=found.rule_id,
        evidence_version=found.evidence_version,
        enforcements=found.automatic.enforcements,
        strike=found.terms.strike,
        second=FourEyes.AFTER if found.automatic.sampled else FourEyes.NONE,
        sources=found.sources,
        derived_from=found.rests_on,
    )
    event_id = f"decision:{decision.decision_id}"
    return CaseEvent(event_id=event_id, occurred_at=asked.occurred_at, body=DecisionRecorded(decision=decision))


def _loudest(scores: Mapping[str, float]) -> str:
    """The label a machine is surest of; where only machines spoke, that is the allegation, and rules may add others."""
    return max(sorted(scores), key=lambda label: scores[label], default="")


def reports_of(count: ReportCount | None, heard: Heard | None) -> ReportFacts:
    """What rules see of the reports of an area. count: by the events; heard: of those the record can tell apart.

    People who reported before reports were told apart count in full, as they did then.
    """
    if count is None:
        return ReportFacts()
    known = heard.people if heard else 0
    untold = max(0, count.independent - known)
    return ReportFacts(
        count=count.reports,
        independent=untold + (heard.independent if heard else 0),
        trusted_flagger=count.trusted > 0,
        weight=round(untold + heard.weight, 6) if heard else None,
        trust=round(heard.trust, 6) if heard else None,
    )
