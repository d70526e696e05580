"""How a subject looks: to a visitor, with what is in force on it; masked where its words may hurt."""

import re
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from simulators.platform.measures import Measure, hides

STATES: Mapping[str, str] = {
    "hide": "hidden",
    "remove": "removed",
    "destroy": "destroyed",
    "label": "labelled",
    "age_gate": "age-gated",
    "demote": "demoted",
    "interstitial": "interstitial",
    "suspend": "suspended",
    "suspend_reports": "reports not looked at",
    "limit": "limited",
    "warn": "warned",
    "limit_interaction": "interaction limited",
    "strike": "has a strike",
    "demonetise": "earns nothing",
    "terminate": "closed",
    "warn_owner": "owner warned",
    "lock_invites": "invites locked",
    "lock_joins": "joins locked",
    "read_only": "read-only",
    "delist": "delisted",
    "remove_perks": "perks removed",
    "replace_owner": "owner replaced",
    "hold": "held",
    "release": "let through",
    "refuse": "refused",
}
_GATES = ("age_gate", "interstitial")
_MASKED_LENGTH = 80


@dataclass(frozen=True)
class Appearance:
    """One subject as it is shown. text is None where a gate stands before it; then `gate` names the measure."""

    subject: sqlite3.Row
    measures: tuple[Measure, ...]
    states: tuple[str, ...]
    shown: bool
    gate: str | None
    masked: bool
    text: str | None
    name: str | None


def appearance(
    subject: sqlite3.Row,
    measures: Sequence[Measure],
    masking: str,
    revealed: Collection[str] = (),
    opened: Collection[str] = (),
) -> Appearance:
    """How it looks under these measures. revealed: ids shown unmasked; opened: ids whose gate was passed."""
    deleted = subject["deleted_at"] is not None
    states: tuple[str, ...] = ("deleted by author",) if deleted else ()
    states += tuple(dict.fromkeys(map(state_of, measures)))
    gates = [gate for gate in _GATES if any(measure["kind"] == gate for measure in measures)]
    gate = gates[0] if gates and subject["id"] not in opened else None
    masked = is_masked(subject, masking) and subject["id"] not in revealed
    text = mask(subject["text"]) if masked else subject["text"]
    name = mask(subject["name"]) if masked and subject["name"] else subject["name"]
    return Appearance(
        subject=subject,
        measures=tuple(measures),
        states=states or ("visible",),
        shown=not deleted and not hides(measures),
        gate=gate,
        masked=masked,
        text=None if gate else text,
        name=name,
    )


def state_of(measure: Measure) -> str:
    """One measure in a word or two, with what it is confined to."""
    word = STATES.get(measure["kind"], measure["kind"])
    confined = [*(measure.get("scope") or ()), *(measure.get("excerpts") or ())]
    return f"{word} ({', '.join(confined)})" if confined else word


def is_masked(subject: sqlite3.Row, masking: str) -> bool:
    """Whether its words are shown only when asked for."""
    return bool(subject["masked"]) or masking == "all" or (masking == "sensitive" and bool(subject["sensitive"]))


def mask(text: str) -> str:
    """Dots for letters and digits, so that length and rhythm are left and no word is."""
    dots = re.sub(r"[^\W_]", "•", text[:_MASKED_LENGTH])
    return dots + (" …" if len(text) > _MASKED_LENGTH else "")
