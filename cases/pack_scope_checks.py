"""What is wrong with where, since when and how far a pack's rules count, and with the lists they name."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from cases.pack_lists import ListOf
from cases.pack_mistakes import PackMistake, TomlFile, nearest
from cases.policy import PackBody, Rule, TriageOutcome
from cases.rule_scope import Mode, Needed

_LISTED: Final = re.compile(r"(?:\"([^\"]*)\"|'([^']*)')\s+in\s+listed\b")


class Said(NamedTuple):
    """A mistake of one rule: where within it, what, and the cure."""

    path: tuple[str, ...]
    message: str
    cure: str


def scope_mistakes(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    """Every such mistake of a pack whose form is right."""
    for index, rule in enumerate(pack.rules):
        for said in (*_named_lists(rule, pack), *_reach(rule), *_follows(rule, pack)):
            yield file.mistake(("rules", index, *said.path), said.message, said.cure)


def _named_lists(rule: Rule, pack: PackBody) -> Iterator[Said]:
    looked_for = {name: one for name, one in pack.lists.items() if one.of is not ListOf.VALUES}
    for name in sorted({first or second for first, second in _LISTED.findall(rule.when)}):
        if name in looked_for:
            continue
        if name in pack.lists:
            cure = f"Compare with it: … in lists.{name}."
            yield Said(("when",), f"list {name!r} has values, which are not looked for in content", cure)
        else:
            yield Said(("when",), f"no list {name!r} is looked for in content", nearest(name, looked_for))


def _reach(rule: Rule) -> Iterator[Said]:
    if rule.exempt_from_brakes and rule.requires:
        cure = "Drop requires: known material is held on one signal (P12)."
        yield Said(("requires",), "a rule that is exempt from brakes waits for no further evidence", cure)
    if rule.mode is not Mode.LIVE and rule.then.account_case:
        cure = "Drop it until the rule is live."
        yield Said(("then", "account_case"), f"a rule in mode {rule.mode} opens no case", cure)
    if rule.then.outcome is TriageOutcome.REVIEW and rule.requires:
        cure = "Drop it: a person looks either way."
        yield Said(("requires",), "a rule that only asks for review does nothing alone", cure)
    if Needed.DETECTOR in rule.requires and "reports." in rule.when and "scores" not in rule.when:
        cure = 'Drop "detector", or ask for a score.'
        yield Said(("requires",), "no detector has a part in this rule", cure)


def _follows(rule: Rule, pack: PackBody) -> Iterator[Said]:
    for area in rule.then.also:
        if area not in pack.areas:
            yield Said(("then", "also"), f"unknown area {area!r}", nearest(area, pack.areas))
        elif area == rule.area:
            yield Said(("then", "also"), f"{area} is the rule's own area", "Drop it.")
    if rule.then.sampled is not None and rule.then.outcome is not TriageOutcome.AUTOMATIC:
        cure = 'Drop it, or use outcome = "automatic": what is held is looked at anyway.'
        yield Said(("then", "sampled"), "only decisions by rule are sampled", cure)
