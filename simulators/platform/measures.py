"""What a measure does to a target, for whom and until when."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_PUBLISHED = frozenset({"hide", "remove", "label", "age_gate", "demote", "interstitial", "limit_interaction"})
_COMMUNITY = frozenset(
    {"warn_owner", "lock_invites", "lock_joins", "read_only", "delist", "remove_perks", "replace_owner"}
)

SUPPORTED: Mapping[str, frozenset[str]] = {
    "content": _PUBLISHED | {"destroy"},
    "account": frozenset({"suspend", "suspend_reports", "terminate", "limit", "warn", "strike", "demonetise"}),
    "community": _PUBLISHED | _COMMUNITY,
    "transaction": frozenset({"hide", "remove", "label", "hold", "release", "refuse"}),
}

# Measures that take a target away from a visitor altogether, unless they are confined to some surfaces. The others show it
# differently.
HIDING = frozenset({"hide", "remove", "destroy", "suspend", "terminate"})

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
REGIONS: Mapping[str, frozenset[str]] = {
    "EU": frozenset(_EU.split()),
    "EEA": frozenset(_EU.split()) | {"IS", "LI", "NO"},
}

Measure = Mapping[str, Any]


def in_force(measures: Iterable[Measure], now: datetime, country: str | None) -> list[Measure]:
    """Those a visitor from `country` meets now; from an unknown country (None), those that anybody meets.

    `since` is not asked: the order is the command, and its sender's clock may run ahead of this one. An `until` in the
    past ends the effect even if the order that says so has not come yet.
    """
    return [measure for measure in measures if not _is_over(measure, now) and _reaches(measure, country)]


def hides(measures: Iterable[Measure]) -> bool:
    """Whether one of them takes the target away."""
    return any(measure["kind"] in HIDING and not _confined(measure) for measure in measures)


def tellable(measures: Iterable[Measure], now: datetime) -> list[Measure]:
    """Those that the person they restrict may be told of now."""
    return [measure for measure in measures if _may_be_told(measure, now)]


def _may_be_told(measure: Measure, now: datetime) -> bool:
    telling = measure.get("telling")
    if telling is None:
        return True
    return telling["stance"] == "delay_until" and datetime.fromisoformat(telling["until"]) <= now


def destroys(measures: Iterable[Measure]) -> bool:
    """Whether one of them asks for the content itself to be deleted, for good."""
    return any(measure["kind"] == "destroy" for measure in measures)


def forbids(measures: Iterable[Measure], kind: str, feature: str) -> bool:
    """Whether one of this kind takes the feature away: all of them, where it is not confined to some."""
    return any(measure["kind"] == kind and feature in (measure.get("scope") or [feature]) for measure in measures)


def parse_measures(stored: str) -> list[Measure]:
    """Measures as the targets table keeps them."""
    measures: list[Measure] = json.loads(stored)
    return measures


def _confined(measure: Measure) -> bool:
    return bool(measure.get("scope") or measure.get("excerpts"))


def _is_over(measure: Measure, now: datetime) -> bool:
    return measure["until"] is not None and datetime.fromisoformat(measure["until"]) <= now


def _reaches(measure: Measure, country: str | None) -> bool:
    reach = measure["reach"]
    if not reach or country is None:
        return True
    return any(country == place or country in REGIONS.get(place, ()) for place in reach)
