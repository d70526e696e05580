"""What no single field shows: names that must exist, conditions that must compile, and what a pack may never ask for."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from cases.areas import OWN_LISTS, OnExpiry
from cases.conditions import VARIABLES, ConditionError, Conditions
from cases.decisions import RESTRICTING, EnforcementRequest, FourEyes, Outcome, refuse_enforcement
from cases.durations import parse_duration
from cases.enforcement_kinds import holding
from cases.evidence import Surface
from cases.names import SubjectKind
from cases.pack_alone_checks import alone_mistakes
from cases.pack_lists import ListOf
from cases.pack_mistakes import PackMistake, TomlFile, nearest
from cases.pack_scope_checks import Said, scope_mistakes
from cases.pack_vendor_checks import vendor_mistakes
from cases.policy import CATCH_ALL, DeadlineKind, PackBody, Rule, StatementDuty, TriageOutcome
from cases.presentation import exposure_of
from cases.severity import PROFILES, Severity
from cases.telling import NoticeKind
from cases.transparency_categories import CATEGORIES

WARNING: Final = "warning"
"""The one template besides the notice kinds: the warning before a suspension (DSA Art. 23)."""
TEMPLATES: Final = frozenset(f"{kind}{end}" for kind in (*NoticeKind, WARNING) for end in (".txt.j2", ".html.j2"))

LONGEST_GRACE: Final = timedelta(hours=1)

_LITERAL = r"\"([^\"]*)\"|'([^']*)'"
_MAPS = ("scores", "calibrated")
_USED = {name: re.compile(rf"{name}\s*\[\s*(?:{_LITERAL})\s*\]|{name}\.([A-Za-z_]\w*)") for name in _MAPS}
_GUARD = {
    name: re.compile(
        rf"(?:{_LITERAL})\s+in\s+{name}\b|has\(\s*{name}\.(\w+)\s*\)|has\(\s*{name}\[\s*(?:{_LITERAL})\s*\]\s*\)"
    )
    for name in _MAPS
}
_LABEL = re.compile(rf"(?:{_LITERAL})\s+in\s+(?:labels|failed|scores|calibrated)\b")
_COMPARED = re.compile(rf"\b(surface|subject\.kind)\s*[=!]=\s*(?:{_LITERAL})")
_CLOSED: Final = {"surface": frozenset(Surface), "subject.kind": frozenset(SubjectKind)}


def cross_mistakes(file: TomlFile, pack: PackBody, templates: Iterable[str]) -> Iterator[PackMistake]:
    """Every mistake of a pack whose form is right. templates: names of the files in its templates folder."""
    yield from _areas(file, pack)
    yield from _rules(file, pack)
    yield from _lists(file, pack)
    yield from _campaigns(file, pack)
    yield from scope_mistakes(file, pack)
    yield from _wellbeing(file, pack)
    yield from _quality(file, pack)
    yield from vendor_mistakes(file, pack)
    yield from _templates(frozenset(templates))


def _campaigns(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    for key, name in pack.campaigns.thresholds if pack.campaigns else ():
        limit = pack.thresholds.get(name)
        if limit is None:
            cure = nearest(name, pack.thresholds)
            yield file.mistake(("campaigns", key), f"unknown threshold {name!r}", cure)
        elif not isinstance(limit.value, int) or limit.value < 2:
            cure = "Give it a whole number of at least 2."
            yield file.mistake(("campaigns", key), f"threshold {name!r} counts what comes together", cure)


def _quality(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    for name in pack.quality.queues:
        path = ("quality", "queues", name)
        if name not in pack.queues:
            yield file.mistake(path, f"unknown queue {name!r}", nearest(name, pack.queues))
        elif pack.queues[name].pages:
            message = f"queue {name} pages a person, and nobody is called for a check"
            yield file.mistake(path, message, "Leave it out; its reviewers practise by exercises of other queues.")


def _wellbeing(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    for name, shading in pack.wellbeing.areas.items():
        if name not in pack.areas:
            yield file.mistake(("wellbeing", "areas", name), f"unknown area {name!r}", nearest(name, pack.areas))
        elif shading.exposure and exposure_of(pack.areas[name].severity, shading) is not shading.exposure:
            own = exposure_of(pack.areas[name].severity)
            message = f"{pack.areas[name].severity.name} is {own}, and cannot be shown as {shading.exposure}"
            yield file.mistake(
                ("wellbeing", "areas", name), message, "Only a stricter class may be said; leave it out."
            )


def _areas(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    if CATCH_ALL not in pack.areas:
        yield file.mistake(
            ("areas",),
            f"there is no area {CATCH_ALL!r}",
            f"Add [areas.{CATCH_ALL}]: what no area knows is reviewed there.",
        )
    for name, area in pack.areas.items():
        path = ("areas", name)
        if area.queue not in pack.queues:
            yield file.mistake((*path, "queue"), f"unknown queue {area.queue!r}", nearest(area.queue, pack.queues))
        yield from _severity(file, pack, name)
        yield from _transparency(file, pack, name)
        yield from _support(file, pack, name)
        yield from _enforcements(file, pack, name)
        yield from _holds(file, pack, name)
        yield from _grace(file, pack, name)
        yield from _second_person(file, pack, name)


def _enforcements(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    for subject in SubjectKind:
        key = OWN_LISTS.get(subject, "enforcements")
        if subject not in OWN_LISTS and subject is not SubjectKind.CONTENT:
            continue  # a campaign's list is that of its content
        requests: tuple[EnforcementRequest, ...] = getattr(pack.areas[name], key)
        for index, request in enumerate(requests):
            if problem := refuse_enforcement(request, subject):
                message, _, cure = problem.partition("; ")
                yield file.mistake(("areas", name, key, index), message, f"{cure[0].upper()}{cure[1:]}.")


def _holds(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    hold = pack.areas[name].hold
    if hold is None:
        return
    asked = {
        "measure": (SubjectKind.CONTENT, hold.measure),
        "account": (SubjectKind.ACCOUNT, hold.account),
        "community": (SubjectKind.COMMUNITY, hold.community),
        "transaction": (SubjectKind.TRANSACTION, hold.transaction),
    }
    for key, (subject, measure) in asked.items():
        if measure is not None and measure not in holding(subject):
            yield file.mistake(
                ("areas", name, "hold", key),
                f"{measure} is no hold of {subject}: a hold can be undone without a trace",
                f"Use one of: {', '.join(sorted(holding(subject)))}.",
            )


def _grace(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    area, path = pack.areas[name], ("areas", name, "grace")
    if area.grace is None:
        return
    if area.severity <= Severity.S1:
        cure = "Drop it: what is decided there takes effect at once, and is reversed by a person where it was wrong."
        yield file.mistake(path, f"severity {area.severity.name} waits for no second thoughts (P12)", cure)
    if parse_duration(area.grace.lasts) > LONGEST_GRACE:
        yield file.mistake(
            (*path, "lasts"),
            f"{area.grace.lasts} is no slip of the hand",
            "Give at most PT1H; later, a person reverses.",
        )


def _second_person(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    """Where a second person would delay a duty, they look afterwards; at S0 whatever is decided, what cannot be undone, too."""
    area = pack.areas[name]
    waits = area.four_eyes is FourEyes.BEFORE and area.severity <= Severity.S1
    if waits or (area.severity is Severity.S0 and area.four_eyes is not FourEyes.AFTER):
        yield file.mistake(
            ("areas", name, "four_eyes"),
            f"a decision of severity {area.severity.name} waits for no second person (P12)",
            'Use four_eyes = "after": it takes effect, and the second person looks then.',
        )


def _severity(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    area, path = pack.areas[name], ("areas", name)
    if area.severity is Severity.S0 and area.hold and area.hold.on_expiry is OnExpiry.RELEASE:
        yield file.mistake(
            (*path, "hold", "on_expiry"),
            "a hold of severity S0 may not end in release (P12)",
            'Use "escalate" or "keep": lateness of ours must not put content back.',
        )
    if area.hold and (area.hold.longest is None) is (area.hold.on_expiry is OnExpiry.RELEASE):
        yield file.mistake(
            (*path, "hold", "longest"),
            "a hold has a longest time exactly where it ends in release",
            'Give longest with on_expiry = "release"; otherwise leave it out: the review deadline escalates.',
        )
    target = PROFILES[area.severity].response_target
    if not area.hold and parse_duration(area.review_within) > target:
        minutes = int(target.total_seconds() // 60)
        yield file.mistake(
            (*path, "review_within"),
            f"{area.review_within} is later than {area.severity.name} allows without a hold ({minutes} minutes)",
            "Shorten it, add a hold, or lower the severity.",
        )


def _transparency(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    mapping, path = pack.areas[name].transparency, ("areas", name, "transparency")
    if mapping.category not in CATEGORIES:
        yield file.mistake(
            (*path, "category"),
            f"the EU database has no category {mapping.category!r}",
            nearest(mapping.category, CATEGORIES),
        )
        return
    for keyword in mapping.keywords:
        if keyword not in CATEGORIES[mapping.category]:
            yield file.mistake(
                (*path, "keywords"),
                f"{keyword!r} does not belong to {mapping.category}",
                nearest(keyword, CATEGORIES[mapping.category]),
            )


def _support(file: TomlFile, pack: PackBody, name: str) -> Iterator[PackMistake]:
    area, path = pack.areas[name], ("areas", name)
    if area.strike and not RESTRICTING & set(area.outcomes):
        yield file.mistake(
            (*path, "strike"),
            "a strike where no reviewer can find a violation",
            "Drop the strike, or offer the outcome 'violation'.",
        )
    if area.outcomes[0] is not Outcome.SUPPORT:
        return
    if area.strike:
        yield file.mistake(
            (*path, "strike"),
            "an area of support leaves no strike",
            "Drop the strike: people in danger are not punished.",
        )
    if not area.resources:
        yield file.mistake(
            path, "an area of support names no resources", f"Add [[areas.{name}.resources]] with name and contact."
        )


def _rules(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    lists: dict[str, tuple[str, ...]] = {name: () for name, one in pack.lists.items() if one.of is ListOf.VALUES}
    conditions = Conditions({name: threshold.value for name, threshold in pack.thresholds.items()}, lists)
    seen = Counter(rule.id for rule in pack.rules)
    for index, rule in enumerate(pack.rules):
        path = ("rules", index)
        if seen[rule.id] > 1:
            yield file.mistake(
                (*path, "id"),
                f"{seen[rule.id]} rules are called {rule.id!r}",
                "Give each its own id: decisions name it.",
            )
        if rule.area not in pack.areas:
            yield file.mistake((*path, "area"), f"unknown area {rule.area!r}", nearest(rule.area, pack.areas))
        if rule.then.queue and rule.then.queue not in pack.queues:
            yield file.mistake(
                (*path, "then", "queue"), f"unknown queue {rule.then.queue!r}", nearest(rule.then.queue, pack.queues)
            )
        for said in (*_condition(rule, conditions, pack), *_consequence(rule, pack)):
            yield file.mistake((*path, *said.path), said.message, said.cure)


def _condition(rule: Rule, conditions: Conditions, pack: PackBody) -> Iterator[Said]:
    try:
        conditions.compile(rule.when)
    except ConditionError as error:
        names = [*VARIABLES, *(f"limits.{name}" for name in pack.thresholds), *(f"lists.{name}" for name in pack.lists)]
        missing = re.search(r"undeclared reference to '([^']+)'", str(error))
        cure = (
            nearest(missing.group(1), names)
            if missing
            else "Conditions are CEL; policies/README.md lists what they may name."
        )
        if "no matching overload" in str(error):
            cure = "Compare like with like: counts are whole numbers (3), scores have a point (0.8)."
        yield Said(("when",), f"line {error.line}, column {error.column} of the condition: {error}", cure)
        return
    for name in _MAPS:
        guarded = {_word(found) for found in _GUARD[name].findall(rule.when)}
        for label in sorted({_word(found) for found in _USED[name].findall(rule.when)} - guarded):
            yield Said(
                ("when",),
                f"{name}[{label!r}] is read without asking whether it is there: no score is not a low score",
                f'Write "{label}" in {name} && … before it.',
            )
    used = [found for name in _MAPS for found in _USED[name].findall(rule.when)]
    for label in sorted({_word(found) for found in (*_LABEL.findall(rule.when), *used)} - pack.labels.keys()):
        yield Said(
            ("when",), f"no label {label!r} is declared", f"Add it under [labels]. {nearest(label, pack.labels)}"
        )
    for name, *literals in _COMPARED.findall(rule.when):
        if _word(literals) not in _CLOSED[name]:
            yield Said(("when",), f"{name} is never {_word(literals)!r}", nearest(_word(literals), _CLOSED[name]))
    if "author.account_age_days" in rule.when and "author.age_known" not in rule.when:
        yield Said(
            ("when",),
            "author.account_age_days is read without asking whether it is known",
            "Write author.age_known && … before it.",
        )
    yield from alone_mistakes(rule, conditions)


def _consequence(rule: Rule, pack: PackBody) -> Iterator[Said]:
    then, area = rule.then, pack.areas.get(rule.area)
    severities = [severity for severity in (then.severity, area.severity if area else None) if severity is not None]
    automatic = then.outcome is TriageOutcome.AUTOMATIC
    if automatic and Severity.S0 in severities:
        yield Said(
            ("then", "outcome"),
            "a machine alone may not decide at severity S0",
            'Use "hold": it protects at once, and a person decides.',
        )
    if automatic and area and area.outcomes[0] is Outcome.SUPPORT:
        yield Said(("then", "outcome"), "a machine alone may not decide about a person in danger", 'Use "review".')
    if then.outcome is not TriageOutcome.REVIEW and not then.facts:
        yield Said(
            ("then",),
            f"{then.outcome} without 'facts'",
            "Add facts: what the person is told was seen, without names or quotations (DSA Art. 17(3)(b)).",
        )
    if then.finding and not automatic:
        yield Said(
            ("then", "finding"), "only an automatic decision finds something", 'Drop it, or use outcome = "automatic".'
        )
    if rule.exempt_from_brakes and (not severities or min(severities) > Severity.S1):
        yield Said(
            ("exempt_from_brakes",),
            "only a rule of severity S0 or S1 is exempt from brakes",
            "Drop it: an operator must be able to stop this rule.",
        )
    if rule.exempt_from_brakes and then.outcome is TriageOutcome.REVIEW:
        yield Said(("exempt_from_brakes",), "a rule that only asks for review is never held back", "Drop it.")
    exempt = then.statement is StatementDuty.EXEMPT_DECEPTIVE_COMMERCIAL
    if exempt and not (automatic and "content.duplicates" in rule.when):
        yield Said(
            ("then", "statement"),
            "only deceptive commercial content in high volume is exempt from a statement",
            "Let the rule be automatic and ask for content.duplicates, or drop the exemption (DSA Art. 17(2)).",
        )
    if then.hold and then.outcome is not TriageOutcome.HOLD:
        yield Said(
            ("then", "hold"), f"a measure to hold with, and outcome {then.outcome}", 'Drop it, or use outcome = "hold".'
        )
    if then.hold and then.hold not in holding(SubjectKind.CONTENT):
        yield Said(
            ("then", "hold"),
            f"{then.hold} is no hold of content: a hold can be undone without a trace",
            f"Use one of: {', '.join(sorted(holding(SubjectKind.CONTENT)))}.",
        )
    if then.outcome is TriageOutcome.HOLD and area and not area.hold:
        yield Said(
            ("then", "outcome"),
            f"area {rule.area} says nothing of holds",
            f"Add [areas.{rule.area}.hold] with measure, on_expiry and longest.",
        )


def _lists(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    for label, area in pack.labels.items():
        if area not in pack.areas:
            yield file.mistake(("labels", label), f"unknown area {area!r}", nearest(area, pack.areas))
    for index, deadline in enumerate(pack.deadlines):
        if deadline.area and deadline.area not in pack.areas:
            yield file.mistake(
                ("deadlines", index, "area"), f"unknown area {deadline.area!r}", nearest(deadline.area, pack.areas)
            )
    for owed in (DeadlineKind.RECEIPT, DeadlineKind.STATEMENT, DeadlineKind.APPEAL):
        if not any(deadline.owed is owed and deadline.area is None for deadline in pack.deadlines):
            yield file.mistake(
                ("deadlines",),
                f"no deadline for {owed}",
                f'Add [[deadlines]] owed = "{owed}" for every area (no area key).',
            )
    for index, step in enumerate(pack.ladder):
        if step.area not in pack.areas:
            yield file.mistake(("ladder", index, "area"), f"unknown area {step.area!r}", nearest(step.area, pack.areas))
        elif not pack.areas[step.area].strike:
            yield file.mistake(
                ("ladder", index, "area"),
                f"area {step.area} leaves no strikes to count",
                f"Add [areas.{step.area}.strike] or drop the step.",
            )
        if problem := refuse_enforcement(step.asked, SubjectKind.ACCOUNT):
            message, _, cure = problem.partition("; ")
            yield file.mistake(("ladder", index, "measure"), message, f"{cure[0].upper()}{cure[1:]}.")


def _templates(present: frozenset[str]) -> Iterator[PackMistake]:
    """Of the pack's own language; those of others are in folders (pack_languages)."""
    for name in sorted(TEMPLATES - present):
        yield PackMistake(
            f"templates/{name}",
            1,
            "",
            "",
            "the template is missing",
            "Write it; policies/README.md lists what it may say.",
        )
    for name in sorted(present - TEMPLATES):
        if not name.startswith("_") and "/" not in name:
            yield PackMistake(f"templates/{name}", 1, "", "", "no notice is called so", nearest(name, TEMPLATES))


def _word(found: Iterable[str]) -> str:
    return next((part for part in found if part), "")
