"""What a reviewer confines a decision to: a piece of the content, some countries, a time; within what the pack allows."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from cases.case import Case
from cases.decisions import RESTRICTING, EnforcementRequest
from cases.durations import parse_duration
from cases.enforcement_kinds import KINDS
from cases.excerpts import refuse_excerpt
from cases.matters import Matter, Terms
from cases.measures import Target
from cases.received import DecisionAsk
from cases.refusals import Refusal


def wanted_of(ask: DecisionAsk, matter: Matter) -> tuple[EnforcementRequest, ...]:
    """What the decision asks for: its own list or the area's, each entry as far as the decision confines it."""
    if ask.outcome not in RESTRICTING:
        return ()
    listed = matter.terms.enforcements if ask.enforcements is None else ask.enforcements
    return tuple(_confined(one, ask) for one in listed)


def refuse_confinement(case: Case, ask: DecisionAsk, matter: Matter) -> Refusal | None:
    """Why it cannot be confined so; None where it can, or is not."""
    evidence = next((one for one in case.evidence if one.version == matter.evidence_version), None)
    for excerpt in ask.excerpts:
        if problem := refuse_excerpt(excerpt, evidence):
            return Refusal(code="wrong_excerpt", text=f"excerpts: {problem}")
    confining = (("territory", ask.territory), ("duration", ask.duration), ("excerpts", ask.excerpts))
    said = [name for name, value in confining if value]
    if said and ask.outcome not in RESTRICTING:
        return Refusal(code="wrong_list", text=f"{said[0]}: {ask.outcome} restricts nothing; leave it out")
    for one in wanted_of(ask, matter):
        if problem := _whole(one, ask) or _beyond(one, matter.terms):
            return Refusal(code="not_confinable", text=problem)
    return None


def _confined(one: EnforcementRequest, ask: DecisionAsk) -> EnforcementRequest:
    row = KINDS[one.kind]
    changes: dict[str, Any] = {}
    if ask.territory and row.territorial and not one.reach:
        changes["reach"] = ask.territory
    if ask.duration and row.timed:
        changes["duration"] = ask.duration
    if ask.excerpts and row.partial and one.target is Target.SUBJECT and not one.excerpts:
        changes["excerpts"] = ask.excerpts
    return one.model_copy(update=changes) if changes else one


def _whole(one: EnforcementRequest, ask: DecisionAsk) -> str | None:
    """What holds everywhere, for good, or of the whole content is not confined by saying so."""
    row, cure = KINDS[one.kind], "give the list of measures yourself"
    if ask.territory and not row.territorial:
        return f"territory: {one.kind} holds in every country; {cure}"
    if ask.duration and not row.timed:
        return f"duration: {one.kind} has no end; {cure}"
    if ask.excerpts and one.target is Target.SUBJECT and not row.partial:
        return f"excerpts: {one.kind} is of the whole content; {cure}"
    return None


def _beyond(one: EnforcementRequest, terms: Terms) -> str | None:
    """What goes beyond the pack's bounds; its own list never does."""
    listed = [own for own in terms.enforcements if (own.kind, own.target) == (one.kind, one.target)]
    own = one.duration in {own.duration for own in listed}
    if terms.longest and not own and KINDS[one.kind].timed and _lasts(one) > parse_duration(terms.longest):
        return f"duration: {one.kind} lasts {one.duration or 'for good'} here; the pack allows {terms.longest} at most"
    outside = [] if one.reach in {own.reach for own in listed} else _outside(one.reach, terms.territory)
    if outside:
        return f"reach: {', '.join(outside)} is none of the pack's; it has {', '.join(terms.territory)}"
    return None


def _lasts(one: EnforcementRequest) -> timedelta:
    return parse_duration(one.duration) if one.duration else timedelta.max


def _outside(reach: Iterable[str], allowed: tuple[str, ...]) -> list[str]:
    return [country for country in reach if allowed and country not in allowed]
