"""Brakes on automation: when a rule may not act alone, and what happens instead. Pure; what is counted comes in.

Automation that acts is a hold, or a decision by rule. It is held back by an operator's stop (of a tenant, an area or a rule),
by a pause (a rule left its corridor), by a cap, or because the account is protected: then a person looks, who loses nothing of
what the rule saw. A rule the pack exempts (holds of known child abuse material) is never held back, and no rule that acts on
severity S0 or S1 is by volume alone: over a cap or grown out of its corridor it pages, and what it would decide becomes a hold
(P12).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from cases.assessments import Assessment
from cases.caps import Caps, Corridor
from cases.decisions import EnforcementRequest, FourEyes
from cases.facts import Fact
from cases.measures import MeasureKind
from cases.restraint import Braked

Left = Literal["reversals", "growth"]


class Scope(StrEnum):
    """What a stop or a cap is about."""

    RULE = "rule"
    ACCOUNT = "account"  # the account acted upon
    AREA = "area"
    TENANT = "tenant"
    PERSON = "person"  # the reviewer or operator who acts
    OVER_CAP = "over_cap"  # the same: what their cap refused


class Stop(Fact):
    """An operator's stop, or a rule's pause. name: the area or rule, empty for the whole tenant."""

    scope: Scope
    name: str = ""
    cause: Literal["operator", "corridor"] = "operator"
    at: AwareDatetime


class Used(Fact):
    """How often automation acted in this hour and this UTC day, the act in question included."""

    hour: int
    day: int


class Counted(Fact):
    """What became of a rule's acts: in the last seven days, how many of them were taken back, and in this hour."""

    acts: int
    reversed: int
    this_hour: int


class Brake(Fact):
    """Why automation is held back. name: of the stop or pause, what the cap is of, or `growth`, a severe rule's corridor."""

    reason: Literal["stopped", "paused", "cap", "protected", "unanswered"]
    name: str = ""


def stopped(stops: Iterable[Stop], area: str, rule_id: str | None) -> Brake | None:
    """The stop or pause that this rule of this area falls under, an operator's first."""
    mine = {Scope.TENANT: "", Scope.AREA: area, Scope.RULE: rule_id}
    hit = [stop for stop in stops if mine.get(stop.scope) == stop.name]
    first = min(hit, key=lambda stop: (stop.cause != "operator", stop.scope, stop.at), default=None)
    if first is None:
        return None
    return Brake(reason="stopped" if first.cause == "operator" else "paused", name=f"{first.scope}:{first.name}")


def over(caps: Caps, used: Mapping[Scope, Used]) -> Brake | None:
    """The cap that this act would exceed, the narrowest first; None where there is room."""
    named = (
        (Scope.ACCOUNT, caps.account),
        (Scope.PERSON, caps.person),
        (Scope.RULE, caps.rule),
        (Scope.TENANT, caps.tenant),
    )
    for scope, cap in named:
        acts = used.get(scope)
        if acts is not None and cap.exceeded(acts.hour, acts.day):
            return Brake(reason="cap", name=scope)
    return None


def left(corridor: Corridor | None, counted: Counted) -> Left | None:
    """In which way a rule has left its corridor; None where it is within, or has done too little to be judged."""
    if corridor is None or counted.acts < corridor.least:
        return None
    if corridor.reversals is not None and counted.reversed / counted.acts > corridor.reversals:
        return "reversals"
    before = counted.acts - counted.this_hour
    hours = 7 * 24 - 1
    if corridor.growth is not None and counted.this_hour >= corridor.least and before >= corridor.least:
        return "growth" if counted.this_hour > corridor.growth * before / hours else None
    return None


def acts(found: Assessment) -> Literal["hold", "automatic"] | None:
    """What this assessment does without a person."""
    return "automatic" if found.automatic else "hold" if found.hold else None


def reviewed(found: Assessment, brake: Brake, *, file_statements: bool) -> tuple[Assessment, Braked]:
    """The same, left to a person. file_statements: as the area has it, since an exemption goes with the rule's decision."""
    note = _note(found, brake, "review")
    terms = found.terms.evolve(statement_exempt=False, file_statements=file_statements)
    if brake.reason == "protected" and terms.four_eyes is FourEyes.NONE:
        terms = terms.evolve(four_eyes=FourEyes.BEFORE, guarded=True)
    return found.evolve(automatic=None, hold=(), terms=terms), note


def reversible(
    found: Assessment, brake: Brake, hold: MeasureKind | None, *, file_statements: bool
) -> tuple[Assessment, Braked]:
    """The same of a rule that volume does not stop: it pages, and what it would have decided is held instead."""
    if not found.automatic or hold is None:
        return found, _note(found, brake, "paged")
    held, _ = reviewed(found, brake, file_statements=file_statements)
    return held.evolve(hold=(EnforcementRequest(kind=hold),)), _note(found, brake, "held")


def guarded(found: Assessment) -> Assessment:
    """A matter about a protected account takes two people, unless its area says that the second look follows (P12)."""
    if found.terms.four_eyes is not FourEyes.NONE:
        return found
    return found.evolve(terms=found.terms.evolve(four_eyes=FourEyes.BEFORE, guarded=True))


def stance(four_eyes: FourEyes, *, guarded: bool, protected: bool, named: bool) -> FourEyes:
    """When a second person looks at a decision: as the area has it, or, of a protected account, first.

    four_eyes, guarded: as the matter opened. protected: whether the account is now. named: whether who decides holds the role
    for protected subjects, and may decide alone. A look that follows stays one that follows (P12).
    """
    area = FourEyes.NONE if guarded else four_eyes
    if area is FourEyes.NONE and (guarded or protected) and not named:
        return FourEyes.BEFORE
    return area


def _note(found: Assessment, brake: Brake, instead: Literal["review", "held", "paged"]) -> Braked:
    return Braked(
        matter_id=found.matter_id,
        rule_id=found.rule_id,
        what=acts(found) or "hold",
        reason=brake.reason,
        name=brake.name,
        instead=instead,
    )
