"""What a shadow run comes to: cases, queues, hours, measures, duties and cost, each with what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cases.policy import DeadlineKind, PolicyPack
from cases.shadow import OUTCOMES
from workers.shadow import Ledger

# Billable Temporal actions of one life, as counted by `python -m benchmarks --quick`: benchmarks/RESULTS.md.
ACTIONS_AUTOMATIC: Final = 9
ACTIONS_REVIEWED: Final = 17
ACTIONS_FILING: Final = 5

ACTING: Final = frozenset({"automatic", "hold"})
TODAY: Final = "what the platform restricts today"
PACK: Final = "what the pack would do"


@dataclass(frozen=True)
class Assumptions:
    """What the numbers rest on and the lines do not say. minutes: a person's time for one matter, by queue.

    price_per_million_actions: of Temporal's billable actions; hourly_cost: of a reviewer; both in your currency.
    """

    minutes: Mapping[str, float] = field(default_factory=dict)
    minutes_ordinary: float = 5.0
    minutes_specialist: float = 15.0
    price_per_million_actions: float = 50.0
    hourly_cost: float = 30.0


@dataclass(frozen=True)
class Opened:
    """Matters that would open."""

    area: str
    severity: str
    rule: str
    matters: int


@dataclass(frozen=True)
class QueueLoad:
    """What one queue would get. per_day: None where no line had a time."""

    queue: str
    specialist: bool
    arrivals: int
    per_day: float | None
    peak_hour: int
    minutes_each: float
    hours: float
    hours_per_day: float | None


@dataclass(frozen=True)
class Action:
    """A measure that would be ordered. how: `hold` until a person has looked, or `automatic`."""

    how: str
    area: str
    measure: str
    orders: int


@dataclass(frozen=True)
class Compared:
    """What Osprey said beside what the pack made of the same subject. agree: both act at once, or neither does."""

    said: str
    restricts: bool
    automatic: int
    hold: int
    review: int
    nothing: int
    agree: int
    disagree: int


@dataclass(frozen=True)
class OwedDuty:
    """Something owed to a person, a database or an authority. of: TODAY or PACK; within: ISO 8601, if the pack says."""

    owed: str
    of: str
    count: int
    source: str
    within: str | None


@dataclass(frozen=True)
class Deadline:
    """Clocks that would start."""

    kind: str
    source: str
    within_seconds: int
    count: int


@dataclass(frozen=True)
class Cost:
    """per_million_lines: of everything here, for a million lines like these."""

    temporal_actions: int
    temporal: float
    reviewer_hours: float
    reviewers: float
    total: float
    per_million_lines: float


@dataclass(frozen=True)
class Reject:
    """A line that counted nothing, or not all it says."""

    line: int
    field: str
    value: str
    problem: str
    cure: str


@dataclass(frozen=True)
class ShadowReport:
    """The whole of it. Deterministic: the same lines, map, pack and assumptions make the same report."""

    pack: str
    pack_digest: str
    lines: int
    messages: int
    repeated: int
    quiet: int
    labels_removed: int
    ignored: int
    rejected: int
    rejects: tuple[Reject, ...]
    first_at: datetime | None
    last_at: datetime | None
    days: float | None
    cases: int
    automatic_cases: int
    opened: tuple[Opened, ...]
    queues: tuple[QueueLoad, ...]
    actions: tuple[Action, ...]
    compared: tuple[Compared, ...]
    duties: tuple[OwedDuty, ...]
    deadlines: tuple[Deadline, ...]
    cost: Cost
    assumptions: tuple[str, ...]


def report_of(ledger: Ledger, pack: PolicyPack, given: Assumptions) -> ShadowReport:
    """The report on this ledger."""
    queues = tuple(_queues(ledger, pack, given))
    return ShadowReport(
        pack=f"{pack.id} {pack.version}",
        pack_digest=pack.digest,
        lines=ledger.lines,
        messages=ledger.messages,
        repeated=ledger.repeated,
        quiet=ledger.quiet,
        labels_removed=ledger.removed,
        ignored=ledger.ignored,
        rejected=ledger.rejected,
        rejects=tuple(Reject(line, p.field, p.value, p.problem, p.cure) for line, p in ledger.rejects),
        first_at=ledger.first_at,
        last_at=ledger.last_at,
        days=_days(ledger),
        cases=ledger.cases,
        automatic_cases=ledger.automatic_cases,
        opened=tuple(
            Opened(area, f"S{s}", rule, n) for (area, s, rule), n in sorted(ledger.opened.items(), key=_severest)
        ),
        queues=queues,
        actions=tuple(Action(how, area, kind, n) for (how, area, kind), n in sorted(ledger.measures.items())),
        compared=tuple(_compared(ledger)),
        duties=tuple(duty for duty in _duties(ledger, pack) if duty.count),
        deadlines=tuple(
            Deadline(kind, source, int(within.total_seconds()), n)
            for (kind, source, within), n in sorted(ledger.clocks.items(), key=lambda item: (item[0][2], item[0]))
        ),
        cost=_cost(ledger, queues, given),
        assumptions=tuple(_assumed(ledger, pack, given)),
    )


def _severest(item: tuple[tuple[str, int, str], int]) -> tuple[int, str, str]:
    (area, severity, rule), _ = item
    return severity, area, rule


def _days(ledger: Ledger) -> float | None:
    """From the first line's time to the last's, at least one day."""
    if ledger.first_at is None or ledger.last_at is None:
        return None
    return round(max((ledger.last_at - ledger.first_at) / timedelta(days=1), 1.0), 2)


def _queues(ledger: Ledger, pack: PolicyPack, given: Assumptions) -> Iterator[QueueLoad]:
    days = _days(ledger)
    for queue, known in sorted(pack.queues.items()):
        hours = {hour: n for (name, hour), n in ledger.arrivals.items() if name == queue}
        arrivals = sum(hours.values())
        each = given.minutes.get(queue, given.minutes_specialist if known.specialist else given.minutes_ordinary)
        worked = arrivals * each / 60
        yield QueueLoad(
            queue=queue,
            specialist=known.specialist,
            arrivals=arrivals,
            per_day=round(arrivals / days, 1) if days else None,
            peak_hour=max((n for hour, n in hours.items() if hour), default=0),
            minutes_each=each,
            hours=round(worked, 1),
            hours_per_day=round(worked / days, 1) if days else None,
        )


def _compared(ledger: Ledger) -> Iterator[Compared]:
    for said, restricts in sorted({(one.said, one.restricts) for one in ledger.agreement}):
        cells = {
            outcome: sum(
                n
                for one, n in ledger.agreement.items()
                if (one.said, one.restricts, one.outcome) == (said, restricts, outcome)
            )
            for outcome in OUTCOMES
        }
        agree = sum(n for outcome, n in cells.items() if (outcome in ACTING) == restricts)
        yield Compared(said, restricts, **cells, agree=agree, disagree=sum(cells.values()) - agree)


def _duties(ledger: Ledger, pack: PolicyPack) -> Iterator[OwedDuty]:
    yield OwedDuty(
        "statement of reasons to the person restricted", TODAY, ledger.restricted_today,
        "DSA Art. 17(1) and (3)", _within(pack, DeadlineKind.STATEMENT),
    )  # fmt: skip
    yield OwedDuty(
        "statement filed with the EU transparency database", TODAY, ledger.restricted_today,
        "DSA Art. 24(5)", _within(pack, DeadlineKind.FILING),
    )  # fmt: skip
    yield OwedDuty(
        "six months in which the person may complain", TODAY, ledger.restricted_today, "DSA Art. 20(1)", None
    )
    yield OwedDuty(
        "receipt to a reporter", PACK, ledger.receipts.total(), "DSA Art. 16(4)", _within(pack, DeadlineKind.RECEIPT)
    )
    yield OwedDuty(
        "word of the outcome to a reporter", PACK, ledger.receipts.total(), "DSA Art. 16(5)",
        _within(pack, DeadlineKind.OUTCOME_NOTICE),
    )  # fmt: skip
    yield OwedDuty(
        "statement of reasons to the person restricted", PACK, ledger.statements.total(),
        "DSA Art. 17(2)", _within(pack, DeadlineKind.STATEMENT),
    )  # fmt: skip
    yield OwedDuty(
        "statement filed with the EU transparency database", PACK, ledger.filings.total(),
        "DSA Art. 24(5)", _within(pack, DeadlineKind.FILING),
    )  # fmt: skip
    for area, found in sorted(ledger.authority.items()):
        deadline = pack.deadline(DeadlineKind.AUTHORITY_REPORT, area)
        if deadline:
            yield OwedDuty(
                f"report to an authority on each of these that is confirmed ({area})", PACK, found,
                deadline.source, deadline.within,
            )  # fmt: skip


def _within(pack: PolicyPack, owed: DeadlineKind) -> str | None:
    everyones = next((one for one in pack.deadlines if one.owed is owed and one.area is None), None)
    return everyones.within if everyones else None


def _cost(ledger: Ledger, queues: tuple[QueueLoad, ...], given: Assumptions) -> Cost:
    reviewed = ledger.cases - ledger.automatic_cases
    actions = (
        ledger.automatic_cases * ACTIONS_AUTOMATIC
        + reviewed * ACTIONS_REVIEWED
        + ledger.filings.total() * ACTIONS_FILING
    )
    temporal = actions * given.price_per_million_actions / 1_000_000
    hours = sum(queue.hours for queue in queues)
    total = temporal + hours * given.hourly_cost
    return Cost(
        temporal_actions=actions,
        temporal=round(temporal, 2),
        reviewer_hours=round(hours, 1),
        reviewers=round(hours * given.hourly_cost, 2),
        total=round(total, 2),
        per_million_lines=round(total * 1_000_000 / ledger.lines, 2) if ledger.lines else 0.0,
    )


def _assumed(ledger: Ledger, pack: PolicyPack, given: Assumptions) -> Iterator[str]:
    own = ", ".join(f"{queue} {minutes:g}" for queue, minutes in sorted(given.minutes.items()))
    yield (
        f"A person's time for one matter: {given.minutes_ordinary:g} minutes, {given.minutes_specialist:g} in specialist "
        f"queues{'; as given: ' + own if own else ''}. Appeals and second looks are not in it."
    )
    yield (
        f"Temporal: {ACTIONS_AUTOMATIC} billable actions for an automatic case, {ACTIONS_REVIEWED} for a reviewed one, "
        f"{ACTIONS_FILING} more for each filing (benchmarks/RESULTS.md), at {given.price_per_million_actions:g} a million; "
        "later signals about one subject add a few that are not counted."
    )
    yield f"A reviewer's hour costs {given.hourly_cost:g}. Money is in your own currency."
    yield "No content was read: rules that ask for links, copies or length did not hold, and our detectors said nothing."
    yield "The author of every subject can be told; a reporter can where the line has an address."
    yield "Reporters count in full: nothing is known here of how reliable they were, or whether they act together."
    yield (
        "Duties of Art. 16 and 17 are every hosting provider's; Art. 20 and 24(5) are not owed by micro and small "
        "enterprises (Art. 19). Osprey's output shows none of them done; look whether something else of yours does them."
    )
    if pack.deadline(DeadlineKind.STATEMENT, "") is None:
        yield "The pack names no deadline for statements of reasons."
    if _days(ledger) is None:
        yield "No line has a time, so nothing is said per day."
