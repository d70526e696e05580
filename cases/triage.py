"""Triage: what a pack says of a matter. Same facts and same pack, same answer, with the rules that gave it (P8)."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cases.conditions import Conditions, ConditionUnjudged
from cases.decisions import EnforcementRequest, Outcome
from cases.digests import canonical_json
from cases.durations import parse_duration
from cases.enforcement_kinds import holding
from cases.events import Assessment, AutomaticDecision
from cases.facts import Fact
from cases.matters import PackRef, Terms, matter_id
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.policy import (
    CATCH_ALL,
    STRENGTH,
    Area,
    DeadlineKind,
    OnExpiry,
    PolicyPack,
    Rule,
    StanceRule,
    StatementDuty,
    TriageOutcome,
)
from cases.policy_facts import AccountFacts, Facts, ReportFacts
from cases.severity import Severity, severest
from cases.telling import Stance, Telling


class MatchedRule(Fact):
    """A rule whose condition held, and why it exists."""

    rule_id: str
    outcome: TriageOutcome
    why: str


class UnjudgedRule(Fact):
    """A rule whose condition gave an error: it neither held nor failed to. The matter is at least reviewed."""

    rule_id: str
    problem: str


class HoldAsked(Fact):
    """The hold triage asks for. facts: what the provisional statement says and the EU database gets."""

    measure: MeasureKind
    on_expiry: OnExpiry
    longest: str | None
    facts: str


class AutomaticFinding(Fact):
    """A decision by rule. Reported as fully automated; facts as in HoldAsked."""

    rule_id: str
    outcome: Outcome
    strike: bool
    statement: StatementDuty
    facts: str


class Triage(Fact):
    """What is to happen to a matter. area: as the pack knows it; matched: rules of the area in file order, all of them.

    decided_by: the rule whose outcome stands, None where none matched (then: review). enforcements: what a violation brings
    unless a reviewer says otherwise; account_enforcements: to people found responsible with a community. account_rule: the
    rule that wants a case about the author's account. also: further areas of which the pack's rules recognise machine
    signals in the same facts, severest first; each deserves one of its own.
    """

    area: str
    outcome: TriageOutcome
    decided_by: str | None
    matched: tuple[MatchedRule, ...]
    unjudged: tuple[UnjudgedRule, ...]
    severity: Severity
    queue: str
    review_within: str
    enforcements: tuple[EnforcementRequest, ...]
    account_enforcements: tuple[EnforcementRequest, ...] = ()
    hold: HoldAsked | None
    automatic: AutomaticFinding | None
    account_rule: str | None = None
    also: tuple[str, ...]
    facts_digest: str
    pack: PackRef


def triage(pack: PolicyPack, facts: Facts) -> Triage:
    """Every rule of the alleged area is judged; the strongest outcome stands, the first in the file among equals.

    An allegation the pack does not know is judged as the catch-all's. With no matching rule, or one that cannot be
    judged, the matter is reviewed: nothing that was brought to us ends here.
    """
    area_name = pack.area_named(facts.area)
    area = pack.areas[area_name]
    matched, unjudged = _judge(pack, area_name, facts)
    strongest = max(
        matched, key=lambda rule: STRENGTH[rule.then.outcome], default=None
    )  # max keeps the first of equals
    outcome = strongest.then.outcome if strongest else TriageOutcome.REVIEW
    return Triage(
        area=area_name,
        outcome=outcome,
        decided_by=strongest.id if strongest else None,
        matched=tuple(MatchedRule(rule_id=rule.id, outcome=rule.then.outcome, why=rule.why) for rule in matched),
        unjudged=unjudged,
        severity=severest([area.severity, *(rule.then.severity for rule in matched if rule.then.severity is not None)]),
        queue=(strongest.then.queue if strongest else None) or area.queue,
        review_within=min([area.review_within, *_own_times(matched)], key=parse_duration),
        enforcements=area.enforcements_on(facts.subject_kind),
        account_enforcements=area.account_enforcements if facts.subject_kind is SubjectKind.COMMUNITY else (),
        hold=_hold(area, strongest, facts.subject_kind),
        automatic=_automatic(area, strongest),
        account_rule=next((rule.id for rule in matched if rule.then.account_case), None)
        if facts.subject_kind is SubjectKind.CONTENT
        else None,
        also=_also(pack, area_name, facts),
        facts_digest=f"sha256:{sha256(canonical_json(facts)).hexdigest()}",
        pack=PackRef(pack_id=pack.id, version=pack.version, digest=pack.digest),
    )


def terms_of(pack: PolicyPack, answer: Triage, opened_at: datetime) -> Terms:
    """What the pack says about this matter, to be pinned to it. opened_at: from when stances with an expiry run."""
    area = pack.areas[answer.area]
    second_look = pack.deadline(DeadlineKind.SECOND_LOOK, answer.area)
    authority = pack.deadline(DeadlineKind.AUTHORITY_REPORT, answer.area)
    outcome = pack.deadline(DeadlineKind.OUTCOME_NOTICE, answer.area)
    exempt = answer.automatic is not None and answer.automatic.statement is not StatementDuty.OWED
    return Terms(
        corrects=True,
        pack=answer.pack,
        severity=int(answer.severity),
        queue=answer.queue,
        review_within=answer.review_within,
        review_source=area.review_source,
        ground=area.ground.kind,
        author=_telling(area.telling.author, opened_at),
        reporters=_telling(area.telling.reporters, opened_at),
        four_eyes=area.four_eyes,
        outcomes=area.outcomes,
        enforcements=answer.enforcements,
        account_enforcements=answer.account_enforcements,
        strike=area.strike is not None,
        **({"strike_lasts": area.strike.expires_after} if area.strike else {}),
        statement_exempt=exempt,
        holds_told=True,
        file_statements=area.transparency.file and not exempt,  # DSA Art. 24(5) asks for the statements of Art. 17
        outcome_within=outcome.within if outcome else None,
        outcome_source=outcome.source if outcome else None,
        authority_report_within=authority.within if authority else None,
        authority_report_source=authority.source if authority else None,
        retry_for=area.retry_for,
        **({"second_look_within": second_look.within} if second_look else {}),
    )


def assessment_of(pack: PolicyPack, answer: Triage, evidence_version: int, at: datetime) -> Assessment:
    """The answer as the event `Triaged` keeps it. A hold that the pack releases ends by itself; the others wait for us."""
    hold, automatic = answer.hold, answer.automatic
    until = hold.longest if hold and hold.on_expiry is OnExpiry.RELEASE else None
    return Assessment(
        matter_id=matter_id(answer.area, evidence_version),
        area=answer.area,
        evidence_version=evidence_version,
        rule_id=answer.decided_by,
        rule_ids=tuple(rule.rule_id for rule in answer.matched),
        terms=terms_of(pack, answer, at),
        hold=(EnforcementRequest(kind=hold.measure, duration=until),) if hold else (),
        automatic=AutomaticDecision(
            outcome=automatic.outcome, enforcements=answer.enforcements, ground=pack.areas[answer.area].ground.kind
        )
        if automatic
        else None,
        account_rule=answer.account_rule,
    )


def _judge(pack: PolicyPack, area: str, facts: Facts) -> tuple[tuple[Rule, ...], tuple[UnjudgedRule, ...]]:
    conditions = _conditions_of(pack)
    view = conditions.view(facts)
    matched, unjudged = [], []
    for rule in pack.rules:
        if rule.area != area:
            continue
        try:
            if conditions.judge(rule.when, view):
                matched.append(rule)
        except ConditionUnjudged as error:
            unjudged.append(UnjudgedRule(rule_id=rule.id, problem=str(error)))
    return tuple(matched), tuple(unjudged)


def _also(pack: PolicyPack, area: str, facts: Facts) -> tuple[str, ...]:
    # Nobody reported the subject in those areas: only what machines said may speak there.
    unreported = facts.model_copy(update={"reports": ReportFacts(), "account": AccountFacts()})
    others = [name for name in pack.areas if name not in (area, CATCH_ALL) and _judge(pack, name, unreported)[0]]
    return tuple(sorted(others, key=lambda name: (pack.areas[name].severity, name)))


def _own_times(rules: Iterable[Rule]) -> Iterable[str]:
    return (rule.then.review_within for rule in rules if rule.then.review_within)


def _hold(area: Area, rule: Rule | None, subject_kind: SubjectKind) -> HoldAsked | None:
    if rule is None or rule.then.outcome is not TriageOutcome.HOLD or area.hold is None:
        return None
    own = area.hold_on(subject_kind) or area.hold.measure
    return HoldAsked(
        measure=rule.then.hold if rule.then.hold and rule.then.hold in holding(subject_kind) else own,
        on_expiry=area.hold.on_expiry,
        longest=area.hold.longest,
        facts=rule.then.facts or area.ground.explanation,
    )


def _automatic(area: Area, rule: Rule | None) -> AutomaticFinding | None:
    if rule is None or rule.then.outcome is not TriageOutcome.AUTOMATIC:
        return None
    return AutomaticFinding(
        rule_id=rule.id,
        outcome=rule.then.finding or Outcome.VIOLATION,
        strike=area.strike is not None,
        statement=rule.then.statement,
        facts=rule.then.facts or area.ground.explanation,
    )


def _telling(rule: StanceRule, at: datetime) -> Telling:
    until = at + parse_duration(rule.expires_after) if rule.expires_after else None
    return Telling(stance=Stance(rule.stance), source=rule.source, until=until)


def _conditions_of(pack: PolicyPack) -> Conditions:
    # the type is part of the key: 1 and 1.0 are equal here and distinct in CEL
    thresholds = tuple((name, type(limit.value), limit.value) for name, limit in pack.thresholds.items())
    return _compiled(thresholds, tuple(rule.when for rule in pack.rules))


@lru_cache(maxsize=64)
def _compiled(thresholds: tuple[tuple[str, type, float], ...], conditions: tuple[str, ...]) -> Conditions:
    ready = Conditions({name: value for name, _, value in thresholds})
    for condition in conditions:
        ready.compile(condition)
    return ready


def explain(answer: Triage) -> tuple[str, ...]:
    """The answer in plain words, a sentence a line."""
    lines = [f"Judged as {answer.area} by {answer.pack.pack_id} {answer.pack.version}: {answer.outcome}."]
    lines += [f"Rule {rule.rule_id} held ({rule.outcome}): {rule.why}" for rule in answer.matched]
    lines += [f"Rule {rule.rule_id} could not be judged: {rule.problem}" for rule in answer.unjudged]
    if not answer.matched:
        lines.append("No rule held; what was brought to us is reviewed all the same.")
    lines += [f"The same facts also speak for {area}." for area in answer.also]
    return tuple(lines)
