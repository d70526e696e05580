"""Triage: what a pack says of a matter. Same facts and same pack, same answer, with the rules that gave it (P8)."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from cases.areas import Area, OnExpiry, StanceRule
from cases.assessments import Assessment, AutomaticDecision
from cases.conditions import Conditions, ConditionUnjudged
from cases.decisions import EnforcementRequest, Outcome
from cases.digests import canonical_json
from cases.durations import parse_duration
from cases.enforcement_kinds import holding
from cases.facts import Fact
from cases.latitude import USUAL_GRACE, Grace
from cases.matters import PackRef, Terms, matter_id
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.policy import CATCH_ALL, STRENGTH, DeadlineKind, PolicyPack, Rule, StatementDuty, TriageOutcome
from cases.policy_facts import AccountFacts, Facts, ReportFacts
from cases.rule_scope import Needed, drawn
from cases.severity import Severity, severest
from cases.telling import Stance, Telling


class MatchedRule(Fact):
    """A rule whose condition held, and why it exists. lacking: evidence it did not have; it asks for review without."""

    rule_id: str
    outcome: TriageOutcome
    why: str
    lacking: tuple[Needed, ...] = ()


class UnjudgedRule(Fact):
    """A rule whose condition gave an error: it neither held nor failed to. The matter is at least reviewed."""

    rule_id: str
    problem: str


class ShadowedRule(Fact):
    """A rule that held, and is only recorded: in shadow, or a canary's in a case outside its share."""

    rule_id: str
    area: str
    outcome: TriageOutcome


class HoldAsked(Fact):
    """The hold triage asks for. facts: what the provisional statement says and the EU database gets."""

    measure: MeasureKind
    on_expiry: OnExpiry
    longest: str | None
    facts: str


class AutomaticFinding(Fact):
    """A decision by rule. Reported as fully automated; facts as in HoldAsked. sampled: a person looks at it afterwards."""

    rule_id: str
    outcome: Outcome
    sampled: bool = False
    strike: bool
    statement: StatementDuty
    facts: str


class Triage(Fact):
    """What is to happen to a matter. area: as the pack knows it; matched: rules of the area in file order, all of them.

    decided_by: the rule whose outcome stands, None where none matched (then: review). enforcements: what a violation brings
    unless a reviewer says otherwise; account_enforcements: to people found responsible with a community. account_rule: the
    rule that wants a case about the author's account. also: further areas that a matching rule names, or of which the pack's
    rules recognise machine signals in the same facts, severest first; each deserves one of its own. shadowed: rules of any
    area that held without effect.
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
    shadowed: tuple[ShadowedRule, ...] = ()
    facts_digest: str
    pack: PackRef


def triage(pack: PolicyPack, facts: Facts) -> Triage:
    """Every rule of the alleged area is judged; the strongest outcome stands, the first in the file among equals.

    An allegation the pack does not know is judged as the catch-all's. With no matching rule, or one that cannot be
    judged, the matter is reviewed: nothing that was brought to us ends here.
    """
    area_name = pack.area_named(facts.area)
    area = pack.areas[area_name]
    judged = judge(pack, area_name, facts)
    matched = judged.matched
    strongest = max(matched, key=lambda held: STRENGTH[held.outcome], default=None)  # max keeps the first of equals
    rule = strongest.rule if strongest else None
    outcome = strongest.outcome if strongest else TriageOutcome.REVIEW
    also, elsewhere = _also(pack, area_name, facts, judged)
    return Triage(
        area=area_name,
        outcome=outcome,
        decided_by=rule.id if rule else None,
        matched=tuple(
            MatchedRule(rule_id=held.rule.id, outcome=held.outcome, why=held.rule.why, lacking=held.lacking)
            for held in matched
        ),
        unjudged=judged.unjudged,
        severity=severest(
            [area.severity, *(h.rule.then.severity for h in matched if h.rule.then.severity is not None)]
        ),
        queue=(rule.then.queue if rule else None) or area.queue,
        review_within=min([area.review_within, *_own_times(held.rule for held in matched)], key=parse_duration),
        enforcements=area.enforcements_on(facts.subject_kind),
        account_enforcements=area.account_enforcements if facts.subject_kind is SubjectKind.COMMUNITY else (),
        hold=_hold(area, rule, facts.subject_kind) if outcome is TriageOutcome.HOLD else None,
        automatic=_automatic(pack, rule, facts.key) if outcome is TriageOutcome.AUTOMATIC else None,
        account_rule=next((held.rule.id for held in matched if held.rule.then.account_case), None)
        if facts.subject_kind is SubjectKind.CONTENT
        else None,
        also=also,
        shadowed=(*_shadowed(judged), *elsewhere),
        facts_digest=f"sha256:{sha256(canonical_json(facts)).hexdigest()}",
        pack=pack.ref,
    )


def holds_of_facts(pack: PolicyPack, condition: str, facts: Facts) -> bool:
    """Whether a condition of the pack's asks holds. One that cannot be judged does: whoever doubts had better ask."""
    conditions = conditions_of(pack)
    try:
        return conditions.judge(condition, conditions.view(facts))
    except ConditionUnjudged:
        return True


def terms_of(pack: PolicyPack, answer: Triage, opened_at: datetime) -> Terms:
    """What the pack says about this matter, to be pinned to it. opened_at: from when stances with an expiry run."""
    area = pack.areas[answer.area]
    second_look = pack.deadline(DeadlineKind.SECOND_LOOK, answer.area)
    authority = pack.deadline(DeadlineKind.AUTHORITY_REPORT, answer.area)
    outcome = pack.deadline(DeadlineKind.OUTCOME_NOTICE, answer.area)
    exempt = answer.automatic is not None and answer.automatic.statement is not StatementDuty.OWED
    grace = _grace(area, answer.severity)
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
        destroy_after=area.destroy_after,
        late_members_for=pack.campaigns.late_members_for if pack.campaigns else None,
        grace=grace.lasts if grace else None,
        grace_waits=bool(grace and grace.waits),
        appeals_wait=bool(grace and (grace.waits if grace.appeals_wait is None else grace.appeals_wait)),
        longest=area.bounds.longest,
        territory=area.bounds.territory,
        seconds_timed=True,
        **({"second_look_within": second_look.within} if second_look else {}),
    )


def _grace(area: Area, severity: Severity) -> Grace | None:
    """None for what is severe: nothing there waits for second thoughts (P12)."""
    if severity <= Severity.S1:
        return None
    return area.grace or Grace(lasts=USUAL_GRACE)


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
            outcome=automatic.outcome,
            enforcements=answer.enforcements,
            ground=pack.areas[answer.area].ground.kind,
            sampled=automatic.sampled,
        )
        if automatic
        else None,
        account_rule=answer.account_rule,
    )


class Held(NamedTuple):
    """A rule whose condition held. outcome: the rule's own, or review where evidence is lacking."""

    rule: Rule
    outcome: TriageOutcome
    lacking: tuple[Needed, ...]


class Judged(NamedTuple):
    """The rules of one area, as they stand towards some facts. silent: held, and only recorded."""

    matched: tuple[Held, ...]
    unjudged: tuple[UnjudgedRule, ...]
    silent: tuple[Rule, ...]


class Looking(NamedTuple):
    """A pack's conditions, and some facts as they see them: made once where several areas are judged."""

    conditions: Conditions
    view: Any


def looking(pack: PolicyPack, facts: Facts) -> Looking:
    """The pack's conditions before these facts."""
    conditions = conditions_of(pack)
    return Looking(conditions, conditions.view(facts))


def judge(pack: PolicyPack, area: str, facts: Facts, ready: Looking | None = None) -> Judged:
    """Every rule of the area that counts here and now, in file order. ready: of these facts, if at hand."""
    conditions, view = ready or looking(pack, facts)
    matched: list[Held] = []
    unjudged: list[UnjudgedRule] = []
    silent: list[Rule] = []
    for rule in pack.rules:
        if rule.area != area or not rule.counts(facts, pack.applies_to_content_from):
            continue
        live = rule.live(facts, rule.id) and rule.id not in pack.shadowed
        try:
            if not conditions.judge(rule.when, view):
                continue
        except ConditionUnjudged as error:
            unjudged += [UnjudgedRule(rule_id=rule.id, problem=str(error))] if live else []
            continue
        if live:
            lacking = rule.lacking(facts)
            matched.append(Held(rule, TriageOutcome.REVIEW if lacking else rule.then.outcome, lacking))
        else:
            silent.append(rule)
    return Judged(tuple(matched), tuple(unjudged), tuple(silent))


def _also(
    pack: PolicyPack, area: str, facts: Facts, judged: Judged
) -> tuple[tuple[str, ...], tuple[ShadowedRule, ...]]:
    """Further areas, and the rules of others that held there without effect."""
    # Nobody reported the subject in those areas: only what machines said may speak there.
    unreported = facts.model_copy(update={"reports": ReportFacts(), "account": AccountFacts()})
    named = {other for held in judged.matched for other in held.rule.then.also}
    found: list[str] = []
    silent: list[ShadowedRule] = []
    ready = looking(pack, unreported)
    for other in pack.areas:
        if other in (area, CATCH_ALL):
            continue
        there = judge(pack, other, unreported, ready)
        found += [other] if there.matched or other in named else []
        silent += _shadowed(there)
    return tuple(sorted(found, key=lambda name: (pack.areas[name].severity, name))), tuple(silent)


def _shadowed(judged: Judged) -> tuple[ShadowedRule, ...]:
    return tuple(ShadowedRule(rule_id=rule.id, area=rule.area, outcome=rule.then.outcome) for rule in judged.silent)


def _own_times(rules: Iterable[Rule]) -> Iterable[str]:
    return (rule.then.review_within for rule in rules if rule.then.review_within)


def _hold(area: Area, rule: Rule | None, subject_kind: SubjectKind) -> HoldAsked | None:
    if rule is None or area.hold is None:
        return None
    own = area.hold_on(subject_kind) or area.hold.measure
    return HoldAsked(
        measure=rule.then.hold if rule.then.hold and rule.then.hold in holding(subject_kind) else own,
        on_expiry=area.hold.on_expiry,
        longest=area.hold.longest,
        facts=rule.then.facts or area.ground.explanation,
    )


def _automatic(pack: PolicyPack, rule: Rule | None, key: str) -> AutomaticFinding | None:
    if rule is None:
        return None
    area = pack.areas[rule.area]
    share = pack.sampled if rule.then.sampled is None else rule.then.sampled
    return AutomaticFinding(
        rule_id=rule.id,
        outcome=rule.then.finding or Outcome.VIOLATION,
        sampled=drawn(key, f"sample\0{rule.id}", share),
        strike=area.strike is not None,
        statement=rule.then.statement,
        facts=rule.then.facts or area.ground.explanation,
    )


def _telling(rule: StanceRule, at: datetime) -> Telling:
    until = at + parse_duration(rule.expires_after) if rule.expires_after else None
    return Telling(stance=Stance(rule.stance), source=rule.source, until=until)


def conditions_of(pack: PolicyPack) -> Conditions:
    """The pack's conditions, compiled once."""
    # the type is part of the key: 1 and 1.0 are equal here and distinct in CEL
    thresholds = tuple((name, type(limit.value), limit.value) for name, limit in pack.thresholds.items())
    conditions = (*(rule.when for rule in pack.rules), *(ask.when for ask in pack.vendors))
    return _compiled(thresholds, tuple(pack.values.items()), conditions)


@lru_cache(maxsize=64)
def _compiled(
    thresholds: tuple[tuple[str, type, float], ...],
    lists: tuple[tuple[str, frozenset[str]], ...],
    conditions: tuple[str, ...],
) -> Conditions:
    ready = Conditions({name: value for name, _, value in thresholds}, dict(lists))
    for condition in conditions:
        ready.compile(condition)
    return ready


def explain(answer: Triage) -> tuple[str, ...]:
    """The answer in plain words, a sentence a line."""
    lines = [f"Judged as {answer.area} by {answer.pack.pack_id} {answer.pack.version}: {answer.outcome}."]
    lines += [f"Rule {rule.rule_id} held ({rule.outcome}): {rule.why}{_lacking(rule)}" for rule in answer.matched]
    lines += [f"Rule {rule.rule_id} could not be judged: {rule.problem}" for rule in answer.unjudged]
    if not answer.matched:
        lines.append("No rule held; what was brought to us is reviewed all the same.")
    lines += [f"The same facts also speak for {area}." for area in answer.also]
    lines += [f"Rule {rule.rule_id} held ({rule.outcome}), and is only recorded." for rule in answer.shadowed]
    return tuple(lines)


def _lacking(rule: MatchedRule) -> str:
    return f" It asks for evidence that is not there: {', '.join(rule.lacking)}." if rule.lacking else ""
