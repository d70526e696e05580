"""What the doctor's looks amount to: one finding each, with its cure. Pure, so that each can be tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from workers.settings import Settings

if TYPE_CHECKING:  # what it loads costs more than most looks
    from cases.capabilities import Capabilities

LARGEST_SKEW: Final = timedelta(seconds=2)  # tokens, leases and deadlines compare clocks


@dataclass(frozen=True)
class Finding:
    """What one look found. cure: what to do, where it is not ok."""

    name: str
    ok: bool
    found: str
    cure: str = ""


def capabilities_finding(declared: "Capabilities", answered: "Capabilities | None") -> Finding:
    """Whether the platform can do what the file says of it."""
    name = "platform capabilities"
    if answered is None:
        cure = "let it answer GET /capabilities (docs/contract.md); until then policies/platform.toml is believed"
        return Finding(name, ok=True, found="it does not say", cure=cure)
    less = [
        f"{kind} {subject}"
        for subject, kinds in declared.kinds.items()
        for kind in sorted(kinds - answered.kinds.get(subject, frozenset()))
    ]
    found = f"{sum(map(len, answered.kinds.values()))} kinds of enforcement on {len(answered.kinds)} kinds of subjects"
    if not less:
        return Finding(name, ok=True, found=found)
    cure = "correct policies/platform.toml, then run: dueprocess policy check"
    return Finding(name, ok=False, found=f"declared, but it cannot: {', '.join(less)}", cure=cure)


def role_finding(role: str, above_rules: bool, owns_tables: bool) -> Finding:
    """Whether row-level security binds the role that workers and doors connect as."""
    if above_rules or owns_tables:
        why = "is above row-level security" if above_rules else "owns tables"
        cure = "connect workers and doors as dueprocess_app, which is neither owner nor superuser"
        return Finding("database role", ok=False, found=f"{role} {why}", cure=cure)
    return Finding("database role", ok=True, found=f"{role}, neither owner nor superuser")


def parked_finding(tenant: str, parked: int) -> Finding:
    """Whether somebody has to look at what could not be processed."""
    cure = "dueprocess parked list; then replay each, or discard it with a reason" if parked else ""
    return Finding(f"parked messages of {tenant}", not parked, f"{parked or 'none'} waiting", cure)


def bulks_finding(tenant: str, waiting: Sequence[tuple[str, str]]) -> Finding:
    """Whether a bulk stands still: paused, held up, or not worked on. One that waits for a second person is in order."""
    stands = [name for name, phase in waiting if phase not in ("previewed", "undo_asked")]
    found = f"{len(stands)} stand still: {', '.join(stands[:3])}" if stands else "none stands still"
    cure = "dueprocess bulk show ID, then resume or cancel it; or start a worker" if stands else ""
    return Finding(f"bulks of {tenant}", not stands, found, cure)


def orders_finding(tenant: str, given_up: Sequence[tuple[str, str, datetime]], now: datetime) -> Finding:
    """Whether orders are given up that no operator has seen to. given_up: case, order, and by when one should."""
    late = sum(due_at <= now for _, _, due_at in given_up)
    named = ", ".join(f"{order} of {case}" for case, order, _ in given_up[:3])
    found = f"{len(given_up)} given up, {late} overdue: {named}" if given_up else "none is given up"
    cure = "dueprocess enforcement retry, skip or by-hand CASE ORDER; see: dueprocess stuck" if given_up else ""
    return Finding(f"orders of {tenant}", not given_up, found, cure)


def banks_finding(tenant: str, fallen: Sequence[tuple[str, int]]) -> Finding:
    """Whether entries fell with their decisions that nobody has looked at. fallen: by bank, how many."""
    found = ", ".join(f"{entries} of {bank} fell" for bank, entries in fallen) or "nothing fell unseen"
    cure = (
        "dueprocess banks fallen BANK, look at where they had matched, then dueprocess banks remove" if fallen else ""
    )
    return Finding(f"banks of {tenant}", not fallen, found, cure)


def alarms_finding(tenant: str, standing: Sequence[tuple[str, str]]) -> Finding:
    """Whether rules and detectors say what they did, releases started, nobody is over a cap. standing: kind, and about what."""
    found = "; ".join(f"{kind}: {about}" for kind, about in standing[:3]) + (" …" if len(standing) > 3 else "")
    cure = (
        "dueprocess oncall, then dueprocess detectors drift, dueprocess policy releases or dueprocess brakes"
        if standing
        else ""
    )
    return Finding(f"alarms of {tenant}", not standing, found or "none stands", cure)


def admission_finding(settings: Settings, tenant: str, waiting: int) -> Finding:
    """Whether a tenant's ordinary messages are let in."""
    room = int(settings.quota_unfinished * (1 - settings.quota_reserved))
    fine = waiting < room
    found = f"{waiting} of {settings.quota_unfinished} messages wait to be taken, ordinary ones are let in below {room}"
    cure = "senders get 429: do workers run and keep up? DUEPROCESS_QUOTA_UNFINISHED sets how many may wait"
    return Finding(f"admission of {tenant}", fine, found, "" if fine else cure)


def skew_finding(whose: str, skew: timedelta) -> Finding:
    """How far another clock is from ours."""
    fine = abs(skew) <= LARGEST_SKEW
    cure = "" if fine else "synchronise the clocks (NTP); leases, tokens and deadlines compare them"
    return Finding(f"clock of {whose}", fine, f"{skew.total_seconds():+.1f} s from here", cure)


def attributes_finding(wanted: Mapping[str, str], registered: Mapping[str, str]) -> Finding:
    """Whether every search attribute is there, of the right type: a missing one parks cases."""
    wrong = [f"{name} ({kind})" for name, kind in wanted.items() if registered.get(name) != kind]
    if not wrong:
        return Finding("search attributes", ok=True, found=f"all {len(wanted)} registered")
    cure = "temporal operator search-attribute create --name NAME --type TYPE, for each; a wrong type needs a new namespace"
    return Finding("search attributes", ok=False, found=f"missing or of another type: {', '.join(wrong)}", cure=cure)


def toxicity_finding(fetched: bool) -> Finding:
    """Without its weights nothing scores toxicity, and everything else works: no mistake, but to be known."""
    if fetched:
        return Finding("toxicity", ok=True, found="scored by the weights that were fetched at set-up")
    return Finding("toxicity", ok=True, found="not scored: python -m workers.toxicity_weights fetches the weights")
