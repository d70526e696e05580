"""Why a case was judged as it was: the recorded facts before the pinned pack once more, rule by rule and part by part (P8)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import AwareDatetime

from cases.assessments import Assessment, Triaged
from cases.conditions import LISTS, Conditions, ConditionUnjudged
from cases.facts import Fact
from cases.matters import PackRef
from cases.policy import PolicyPack, Rule
from cases.policy_facts import Facts
from cases.triage import assessment_of, conditions_of, triage

Said = Literal["held", "did not hold", "held, only recorded", "could not be judged", "does not count here"]

_NAME: Final = re.compile(r"scores\[\s*(?:\"[^\"]*\"|'[^']*')\s*\]|[a-z_]\w*(?:\.[a-z_]\w*)*")
_STRING: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_SCORE: Final = re.compile(r"scores\[\s*[\"']([^\"']*)[\"']\s*\]")
_OPENING: Final = "([{"
_CLOSING: Final = ")]}"


class PartLooked(Fact):
    """A part of a condition. held: None where it was not asked, since a part before it decided. values: what it looked at."""

    text: str
    held: bool | None
    values: dict[str, str]


class RuleLooked(Fact):
    """What a rule made of the facts. joined: how its parts go together, `and` or `or`; lacking: evidence it asks for."""

    rule_id: str
    said: Said
    outcome: str
    why: str
    joined: Literal["and", "or"]
    parts: tuple[PartLooked, ...]
    lacking: tuple[str, ...] = ()


class AreaExplained(Fact):
    """One assessment of one area. outcome: as recorded; queue: where it went; same: asked again, the pack says the same (P8).

    held_back: the brakes by which it did less than the rule wanted, or was held for want of a vendor's word. unscanned: the law
    by which machines did not look.
    """

    event_id: str
    at: AwareDatetime
    area: str
    matter_id: str
    pack: PackRef
    outcome: str
    queue: str = ""
    decided_by: str | None
    held_back: str | None
    unscanned: str | None
    same: bool
    rules: tuple[RuleLooked, ...]


def explained(pack: PolicyPack, event_id: str, at: AwareDatetime, body: Triaged, found: Assessment) -> AreaExplained:
    """Every rule of the area, in the order of the file. pack: the one the matter opened under."""
    facts = Facts.model_validate(body.facts[found.area])
    answer = triage(pack, facts)
    again = assessment_of(pack, answer, found.evidence_version, at)
    brakes = [one for one in body.braked if one.matter_id == found.matter_id]
    said = {rule.rule_id: "held" for rule in answer.matched}
    said |= {rule.rule_id: "could not be judged" for rule in answer.unjudged}
    said |= {rule.rule_id: "held, only recorded" for rule in answer.shadowed}
    lacking = {rule.rule_id: tuple(rule.lacking) for rule in answer.matched}
    return AreaExplained(
        event_id=event_id,
        at=at,
        area=found.area,
        matter_id=found.matter_id,
        pack=pack.ref,
        outcome=_outcome(found),
        queue=found.terms.queue,
        decided_by=found.rule_id,
        held_back="; ".join(dict.fromkeys(f"{one.reason} {one.name}".strip() for one in brakes)) or None,
        unscanned=facts.unscanned,
        same=_same(again, found, braked=bool(brakes)),
        rules=tuple(
            _looked(pack, rule, facts, said, lacking.get(rule.id, ())) for rule in pack.rules if rule.area == found.area
        ),
    )


def _outcome(found: Assessment) -> str:
    return "automatic" if found.automatic else "hold" if found.hold else "review"


def _same(again: Assessment, found: Assessment, *, braked: bool) -> bool:
    """Whether the answer is the recorded one. What a brake took from it is not the pack's doing."""
    if (again.rule_id, again.rule_ids, again.terms.queue) != (found.rule_id, found.rule_ids, found.terms.queue):
        return False
    return braked or (again.hold, again.automatic) == (found.hold, found.automatic)


def _looked(
    pack: PolicyPack, rule: Rule, facts: Facts, said: Mapping[str, Any], lacking: tuple[str, ...]
) -> RuleLooked:
    counts = rule.counts(facts, pack.applies_to_content_from)
    joined, texts = parts_of(rule.when)
    return RuleLooked(
        rule_id=rule.id,
        said=said.get(rule.id, "did not hold") if counts else "does not count here",
        outcome=rule.then.outcome.value,
        why=rule.why,
        joined=joined,
        parts=tuple(_parts(conditions_of(pack), texts, joined, facts)) if counts else (),
        lacking=lacking,
    )


def _parts(conditions: Conditions, texts: tuple[str, ...], joined: str, facts: Facts) -> Iterator[PartLooked]:
    view, values, decided = conditions.view(facts), conditions.values(facts), False
    for text in texts:
        held: bool | None = None
        if not decided:
            conditions.compile(text)
            try:
                held = conditions.judge(text, view)
            except ConditionUnjudged:
                held = None
            decided = held is (joined == "or")
        yield PartLooked(text=text, held=held, values=_values(text, values))


def parts_of(condition: str) -> tuple[Literal["and", "or"], tuple[str, ...]]:
    """The parts a condition is joined from at its outermost level, and how; one part where it is not joined."""
    plain = " ".join(condition.split())
    for joined, operator in (("or", "||"), ("and", "&&")):
        parts = tuple(_split(plain, operator))
        if len(parts) > 1:
            return joined, parts  # type: ignore[return-value]  # one of the two above
    return "and", (plain,)


def _split(condition: str, operator: str) -> Iterator[str]:
    depth, quote, start, place = 0, "", 0, 0
    if _has_choice(condition):
        yield condition
        return
    while place < len(condition):
        letter = condition[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in _OPENING) - (letter in _CLOSING)
            if depth == 0 and condition.startswith(operator, place):
                yield condition[start:place].strip()
                start = place + len(operator)
                place = start - 1
        place += 1
    yield condition[start:].strip()


def _has_choice(condition: str) -> bool:
    """Whether it has `a ? b : c`, which binds looser than either operator."""
    return "?" in _STRING.sub("", condition)


def _values(text: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What the part names, with what it is in these facts."""
    found: dict[str, str] = {}
    for score in _SCORE.finditer(text):
        known = values["scores"]
        found[score.group()] = (
            str(known[score.group(1)]) if score.group(1) in known else _absent(score.group(1), values)
        )
    for name in _NAME.findall(_STRING.sub("", _SCORE.sub("", text))):
        if name.startswith(LISTS) and name in values:
            found[name] = f"{len(values[name])} entries"
        elif name in values:
            found[name] = _shown(values[name])
    return found


def _absent(label: str, values: Mapping[str, Any]) -> str:
    """Nobody looked, or somebody was asked and gave no answer: no score is not a low one either way."""
    return "not there: whoever was asked gave no answer" if label in values["failed"] else "not there"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {score}" for name, score in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value)
