"""From a case's events to what a reviewer reads: what rules said and why, what detectors said, what was decided."""

from collections.abc import Iterable, Sequence

from api.dossiers import Allegation, RuleSaid, Signal, Verdict
from cases.assessments import Triaged
from cases.case import Case, ReportCount
from cases.decisions import MATTER_OUTCOMES, EnforcementRequest, FourEyes, Outcome, wants_before
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded, DecisionReversed, SecondLookTaken
from cases.matters import Matter
from cases.measures import Target
from cases.names import SubjectKind, kind_of
from cases.policy import PolicyPack

_NOUNS = {SubjectKind.CONTENT: "post", SubjectKind.CAMPAIGN: "posts"}
_SECOND = {
    FourEyes.NONE: "",
    FourEyes.BEFORE: "A second person must agree before a violation takes effect.",
    FourEyes.AFTER: "A violation takes effect at once; a second person looks afterwards.",
}


def allegation_of(case: Case, matter: Matter, pack: PolicyPack, events: Sequence[CaseEvent]) -> Allegation:
    """The matter, with every rule that spoke for it, in the pack's words."""
    area = pack.areas[pack.area_named(matter.area)]
    counts = case.counts.get(matter.area, ReportCount())
    matched = dict.fromkeys(
        rule_id
        for event in events
        if isinstance(event.body, Triaged)
        for one in event.body.assessments
        if one.matter_id == matter.matter_id
        for rule_id in one.rule_ids
    )
    rules = (pack.rule(rule_id) for rule_id in matched)
    stance = wants_before(matter.terms.enforcements, matter.terms.four_eyes, kind_of(case.case_id))
    return Allegation(
        matter_id=matter.matter_id,
        area=matter.area,
        title=area.title,
        stage=matter.stage,
        severity=matter.terms.severity,
        queue=matter.terms.queue,
        ground=matter.terms.ground,
        ground_name=area.ground.name,
        rule_id=matter.rule_id,
        rules=tuple(
            RuleSaid(rule_id=rule.id, when=rule.when, why=rule.why, decides=rule.id == matter.rule_id)
            for rule in rules
            if rule is not None
        ),
        known_rules=tuple(rule.id for rule in pack.rules if rule.area == matter.area),
        reports=counts.reports,
        independent=counts.independent,
        outcomes=matter.terms.outcomes or tuple(one for one in Outcome if one in MATTER_OUTCOMES),
        measures=in_words(matter.terms.enforcements, kind_of(case.case_id)),
        second=_SECOND[stance],
        strike=matter.terms.strike,
    )


def signals_of(events: Iterable[CaseEvent]) -> tuple[Signal, ...]:
    """What detectors said when the pack was last asked."""
    last: tuple[Signal, ...] = ()
    for event in events:
        if isinstance(event.body, Triaged) and event.body.detections:
            last = tuple(
                Signal(detector=one.detector, label=one.label, score=None if one.failed else one.score)
                for one in event.body.detections
            )
    return last


def verdicts_of(case_id: str, events: Iterable[CaseEvent]) -> tuple[Verdict, ...]:
    """Every decision among these events, the newest first, and what was proposed and not agreed to."""
    found: dict[str, Verdict] = {}
    proposed: dict[str, Verdict] = {}
    for event in events:
        body = event.body
        if isinstance(body, DecisionRecorded):
            found[body.decision.decision_id] = verdict_of(case_id, body)
        elif isinstance(body, DecisionProposed):
            proposed[body.decision.decision_id] = verdict_of(case_id, body)
        elif isinstance(body, SecondLookTaken) and not body.agrees:
            seen = found.get(body.decision_id) or proposed[body.decision_id]
            found[body.decision_id] = seen.evolve(overruled=True)
        elif isinstance(body, DecisionReversed) and body.decision_id in found and not body.keep:
            found[body.decision_id] = found[body.decision_id].evolve(reversed=True)
    return tuple(reversed(found.values()))


def verdict_of(case_id: str, body: DecisionRecorded | DecisionProposed) -> Verdict:
    """One decision, without the person."""
    decision = body.decision
    return Verdict(
        case_id=case_id,
        decision_id=decision.decision_id,
        matter_id=decision.matter_id,
        outcome=decision.outcome,
        automated=decision.automated,
        decided_at=decision.decided_at,
        measures=in_words(decision.enforcements, kind_of(case_id)),
    )


def in_words(enforcements: Iterable[EnforcementRequest], subject: SubjectKind) -> tuple[str, ...]:
    """What is asked for, as a reviewer reads it: `suspend: the author's account, P7D, in DE`."""
    return tuple(_in_words(one, subject) for one in enforcements)


def _in_words(one: EnforcementRequest, subject: SubjectKind) -> str:
    on = "the author's account" if one.target is Target.AUTHOR else f"the {_NOUNS.get(subject, subject.value)}"
    where = f"in {', '.join(one.reach)}" if one.reach else ""
    return ", ".join(filter(None, (f"{one.kind.replace('_', ' ')}: {on}", one.duration, where)))
