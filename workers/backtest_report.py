"""What a backtest comes to: changes, rules, areas, false holds and hours, each with what it rests on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cases.backtesting import TRUTHS
from cases.policy import PolicyPack
from workers.backtest import ACTS, Cell, Tally, change_of
from workers.shadow_report import Assumptions

NO_RULE: Final = "no rule"


@dataclass(frozen=True)
class Changed:
    """Matters whose outcome would have been another. kind: stronger, weaker, opened, not_opened. cases: some to look at."""

    kind: str
    was: str
    would: str
    rule: str
    matters: int
    cases: tuple[str, ...]


@dataclass(frozen=True)
class RuleTried:
    """A rule, as it decided and as it would. acts: holds and decisions by it; right, wrong: of those, as people said.

    precision: right of those people spoke about; None where nobody did.
    """

    rule: str
    mode: str
    acts_was: int
    wrong_was: int
    reviews: int
    acts: int
    right: int
    wrong: int
    unknown: int
    precision: float | None


@dataclass(frozen=True)
class AreaTried:
    """A category: matters by outcome, as it was and would be. missed: rightly restricted then, and not by the candidate."""

    area: str
    reviewed_was: int
    reviewed: int
    held_was: int
    held: int
    automatic_was: int
    automatic: int
    wrong_was: int
    wrong: int
    missed: int


@dataclass(frozen=True)
class QueueTried:
    """Reviewers' work in one queue."""

    queue: str
    matters_was: int
    matters: int
    minutes_each: float
    hours_was: float
    hours: float


@dataclass(frozen=True)
class Shadowed:
    """A rule that would only be recorded: how often it would hold, and what people said of those matters."""

    rule: str
    cases: int
    right: int
    wrong: int
    unknown: int


@dataclass(frozen=True)
class BacktestReport:
    """The whole of it. The same record, pack and assumptions make the same report, but for the seconds.

    false_holds: matters restricted without a person that people found not to violate; the same of the candidate.
    """

    pack: str
    pack_digest: str
    tenant: str
    since: datetime
    until: datetime
    cases: int
    triages: int
    matters: int
    recorded_under: Mapping[str, int]
    same: int
    changed: tuple[Changed, ...]
    rules: tuple[RuleTried, ...]
    areas: tuple[AreaTried, ...]
    queues: tuple[QueueTried, ...]
    shadowed: tuple[Shadowed, ...]
    false_holds_was: int
    false_holds: int
    missed: int
    hours_was: float
    hours: float
    cost_was: float
    cost: float
    seconds: float
    assumptions: tuple[str, ...] = field(default=())


def report_of(
    tally: Tally, pack: PolicyPack, tenant: str, since: datetime, until: datetime, given: Assumptions, seconds: float
) -> BacktestReport:
    """The report on this tally."""
    cells = tally.matters
    queues = tuple(_queues(cells, pack, given))
    hours_was, hours = sum(one.hours_was for one in queues), sum(one.hours for one in queues)
    return BacktestReport(
        pack=f"{pack.id} {pack.version}",
        pack_digest=pack.digest,
        tenant=tenant,
        since=since,
        until=until,
        cases=tally.cases,
        triages=tally.triages,
        matters=sum(cells.values()),
        recorded_under={
            version: sum(number for cell, number in cells.items() if cell.pack == version)
            for version in sorted({cell.pack for cell in cells if cell.pack})
        },
        same=_sum(cells, lambda cell: cell.was == cell.would),
        changed=tuple(_changed(tally)),
        rules=tuple(_rules(cells, pack)),
        areas=tuple(_areas(cells)),
        queues=queues,
        shadowed=tuple(_shadowed(tally)),
        false_holds_was=_sum(cells, _wrong_was),
        false_holds=_sum(cells, _wrong),
        missed=_sum(cells, _missed),
        hours_was=round(hours_was, 1),
        hours=round(hours, 1),
        cost_was=round(hours_was * given.hourly_cost, 2),
        cost=round(hours * given.hourly_cost, 2),
        seconds=round(seconds, 1),
        assumptions=tuple(_assumed(pack, given)),
    )


def _changed(tally: Tally) -> Iterator[Changed]:
    found: dict[object, int] = {}
    for cell, number in tally.matters.items():
        if change := change_of(cell):
            found[change] = found.get(change, 0) + number
    for change in sorted(tally.examples, key=lambda one: (-found[one], one)):
        yield Changed(
            kind=change.kind,
            was=change.was,
            would=change.would,
            rule=change.rule or NO_RULE,
            matters=found[change],
            cases=tuple(tally.examples[change]),
        )


def _rules(cells: Mapping[Cell, int], pack: PolicyPack) -> Iterator[RuleTried]:
    modes = {rule.id: "shadow" if rule.id in pack.shadowed else rule.mode.value for rule in pack.rules}
    names = {cell.was_rule for cell in cells if cell.was in ACTS} | {cell.would_rule for cell in cells} | set(modes)
    for name in sorted(names - {""}):
        mine = {cell: number for cell, number in cells.items() if cell.would_rule == name}
        acted = {cell: number for cell, number in mine.items() if cell.would in ACTS}
        before = {cell: number for cell, number in cells.items() if cell.was_rule == name and cell.was in ACTS}
        right, wrong = _said(acted, "right"), _said(acted, "wrong")
        yield RuleTried(
            rule=name,
            mode=modes.get(name, "gone"),
            acts_was=sum(before.values()),
            wrong_was=_said(before, "wrong"),
            reviews=sum(number for cell, number in mine.items() if cell.would not in ACTS),
            acts=sum(acted.values()),
            right=right,
            wrong=wrong,
            unknown=_said(acted, "unknown"),
            precision=round(right / (right + wrong), 4) if right + wrong else None,
        )


def _areas(cells: Mapping[Cell, int]) -> Iterator[AreaTried]:
    for area in sorted({cell.area for cell in cells}):
        mine = {cell: number for cell, number in cells.items() if cell.area == area}
        was = {name: sum(n for cell, n in mine.items() if cell.was == name) for name in ("review", "hold", "automatic")}
        now = {
            name: sum(n for cell, n in mine.items() if cell.would == name) for name in ("review", "hold", "automatic")
        }
        yield AreaTried(
            area=area,
            reviewed_was=was["review"],
            reviewed=now["review"],
            held_was=was["hold"],
            held=now["hold"],
            automatic_was=was["automatic"],
            automatic=now["automatic"],
            wrong_was=_sum(mine, _wrong_was),
            wrong=_sum(mine, _wrong),
            missed=_sum(mine, _missed),
        )


def _queues(cells: Mapping[Cell, int], pack: PolicyPack, given: Assumptions) -> Iterator[QueueTried]:
    was = _by_queue((cell.was_queue, cell.was, number) for cell, number in cells.items())
    now = _by_queue((cell.would_queue, cell.would, number) for cell, number in cells.items())
    for queue in sorted({*was, *now}):
        known = pack.queues.get(queue)
        usual = given.minutes_specialist if known and known.specialist else given.minutes_ordinary
        each = given.minutes.get(queue, usual)
        before, after = was.get(queue, 0), now.get(queue, 0)
        yield QueueTried(queue, before, after, each, round(before * each / 60, 1), round(after * each / 60, 1))


def _by_queue(matters: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """Matters that a person looks at: all but those that a rule decides, or that never opened."""
    found: dict[str, int] = {}
    for queue, outcome, number in matters:
        if queue and outcome != "automatic":
            found[queue] = found.get(queue, 0) + number
    return found


def _shadowed(tally: Tally) -> Iterator[Shadowed]:
    for rule in sorted({rule for rule, _ in tally.shadowed}):
        right, wrong, unknown = (tally.shadowed[rule, truth] for truth in TRUTHS)
        yield Shadowed(rule, right + wrong + unknown, right, wrong, unknown)


def _sum(cells: Mapping[Cell, int], wanted: Callable[[Cell], bool]) -> int:
    return sum(number for cell, number in cells.items() if wanted(cell))


def _said(cells: Mapping[Cell, int], truth: str) -> int:
    return sum(number for cell, number in cells.items() if cell.truth == truth)


def _wrong_was(cell: Cell) -> bool:
    return cell.was in ACTS and cell.truth == "wrong"


def _wrong(cell: Cell) -> bool:
    return cell.would in ACTS and cell.truth == "wrong"


def _missed(cell: Cell) -> bool:
    return cell.was in ACTS and cell.would not in ACTS and cell.truth == "right"


def _assumed(pack: PolicyPack, given: Assumptions) -> Iterator[str]:
    own = ", ".join(f"{queue} {minutes:g}" for queue, minutes in sorted(given.minutes.items()))
    yield (
        f"A person's time for one matter: {given.minutes_ordinary:g} minutes, {given.minutes_specialist:g} in specialist "
        f"queues{'; as given: ' + own if own else ''}; an hour costs {given.hourly_cost:g}. Appeals are not in it."
    )
    yield "Right or wrong is what people said: their decisions that stand, second looks, and what was taken back or appealed."
    yield "What no person looked at is unknown, and is neither right nor wrong; a canary's share is drawn as it would be live."
    yield "Facts are those recorded when each case was assessed: no content was read again, and no detector was asked."
    yield "Caps, stops, pauses and protected accounts are left out on both sides: it is what the packs said."
    if late := sorted(rule.id for rule in pack.rules if "listed" in rule.when):
        yield f"Lists were looked for when each case was assessed, with their entries of then: {', '.join(late)}."
