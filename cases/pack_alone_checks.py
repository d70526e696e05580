"""Labels by which a rule may not act alone: what hears words, and who speaks, but no harm."""

from collections.abc import Iterator
from typing import Final

from cases.conditions import Conditions, ConditionUnjudged
from cases.pack_scope_checks import Said
from cases.policy import Rule, TriageOutcome
from cases.policy_facts import ContentFacts, Facts, SignalFacts

NEVER_ALONE: Final = ("toxicity",)
_ORDINARY: Final = ContentFacts(length=200, links=1, language="en", language_sure=1.0)


def alone_mistakes(rule: Rule, conditions: Conditions) -> Iterator[Said]:
    """A rule that holds or decides, and would on an ordinary text for such a score alone, with no report and no other sign."""
    if rule.then.outcome is TriageOutcome.REVIEW:
        return
    for label in NEVER_ALONE:
        if _holds(rule, conditions, {label: 1.0}) and not _holds(rule, conditions, {}):
            yield Said(
                ("when",),
                f"{label!r} acts alone here: it hears rude words and groups of people, not harm",
                'Ask for reports or another sign besides, or use "review".',
            )


def _holds(rule: Rule, conditions: Conditions, scores: dict[str, float]) -> bool:
    signals = SignalFacts(max_score=scores, calibrated=scores)
    view = conditions.view(Facts(area=rule.area, content=_ORDINARY, signals=signals))
    try:
        return conditions.judge(rule.when, view)
    except ConditionUnjudged:
        return False
