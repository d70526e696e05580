"""The rule that a violation is said to rest on: one that its pack knows, so that whoever asks later finds it (P8)."""

from collections.abc import Collection
from difflib import get_close_matches

from cases.errors import Problem
from cases.matters import Matter
from cases.policy import PolicyPack


def rules_of(pack: PolicyPack, area: str) -> frozenset[str]:
    """The rules of an area."""
    return frozenset(rule.id for rule in pack.rules if rule.area == area)


def rule_of(matter: Matter) -> str:
    """What a decision rests on where nobody says otherwise: the rule that opened the matter, else a person's review."""
    return matter.rule_id or f"{matter.area}.reviewed"


def unknown_rule(rule_id: str, area: str, known: Collection[str]) -> Problem | None:
    """What is wrong with it, and the cure; None for a known one."""
    if rule_id in known:
        return None
    close = get_close_matches(rule_id, sorted(known), n=1, cutoff=0.6)
    listed = ", ".join(sorted(known))
    cure = f"did you mean {close[0]}? known: {listed}" if close else f"use one of {listed}"
    return Problem("rule_id", rule_id, f"is no rule of {area} in its policy pack", cure)
