"""Results as lines to read and as JSON; both say the budget beside the number."""

import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import budgets
from benchmarks.counting import Cost
from benchmarks.counts import LifeCost
from benchmarks.database import Statements
from benchmarks.effects import Effects
from benchmarks.storm import Storm
from benchmarks.throughput import Throughput


@dataclass
class Results:
    """What one run of the benchmarks measured; None or empty: not asked for, or not to be had on this system."""

    lives: list[LifeCost] = field(default_factory=list)
    statements: Statements | None = None
    cold_seconds: float | None = None
    warm_seconds: float | None = None
    idle_megabytes: dict[str, float] | None = None
    throughput: dict[str, Throughput] = field(default_factory=dict)
    effects: Effects | None = None
    storm: Storm | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything, with what is derived."""
        derived: dict[str, Any] = {"missed": missed(self)}
        if self.throughput:
            derived["throughput_ratio"] = {sort: one.ratio for sort, one in self.throughput.items()}
            derived["processor_ratio"] = {sort: one.processor_ratio for sort, one in self.throughput.items()}
        if self.effects:
            derived["effect_seconds"] = {str(share): self.effects.percentile(share) for share in (0.5, 0.9, 0.99)}
        if self.storm:
            derived["storm_slowdown"] = self.storm.slowdown
        return {**asdict(self), **derived}


def missed(results: Results) -> list[str]:
    """Names of the budgets that this run did not keep."""
    return [name for name, kept in _verdicts(results) if not kept]


def _verdicts(results: Results) -> Iterator[tuple[str, bool]]:
    for life in results.lives:
        yield f"{life.name}: events", life.case.events <= life.budget.events
        yield f"{life.name}: actions", life.case.actions <= life.budget.actions
    for sort, measured in results.throughput.items():
        yield f"throughput ratio, {sort}", measured.ratio >= budgets.THROUGHPUT_RATIO
    if results.effects:
        yield "effect p50", results.effects.percentile(0.5) <= budgets.EFFECT_P50_SECONDS
        yield "effect p99", results.effects.percentile(0.99) <= budgets.EFFECT_P99_SECONDS
    if results.storm:
        yield "storm: none lost or doubled", results.storm.exact
        yield "storm: others' time to hold", results.storm.slowdown <= budgets.STORM_SLOWDOWN
    if results.idle_megabytes:
        yield "idle memory", sum(results.idle_megabytes.values()) <= budgets.IDLE_MEGABYTES
    if results.cold_seconds and results.warm_seconds:
        yield "cold start", results.cold_seconds <= budgets.COLD_START_SECONDS
        yield "warm start", results.warm_seconds <= budgets.WARM_START_SECONDS


def lines(results: Results) -> Iterator[str]:
    """For people."""
    if results.lives:
        yield from _counts(results.lives)
    if results.statements:
        yield from _statements(results.statements)
    for sort, measured in results.throughput.items():
        yield from _throughput(sort, measured)
    if results.effects:
        yield from _effects(results.effects)
    if results.storm:
        yield from results.storm.lines()
    if results.idle_megabytes:
        parts = ", ".join(f"{name} {value:.0f}" for name, value in results.idle_megabytes.items())
        total = sum(results.idle_megabytes.values())
        yield f"Idle memory (PSS, MB): {total:.0f} of {budgets.IDLE_MEGABYTES:.0f}: {parts}"
    if results.cold_seconds and results.warm_seconds:
        yield f"Start of the stack, packages installed: {results.cold_seconds:.1f} s cold, {results.warm_seconds:.1f} s warm"
    over = missed(results)
    yield f"Missed: {', '.join(over)}" if over else "Every budget measured here is kept."


def _counts(of_lives: list[LifeCost]) -> Iterator[str]:
    yield f"{'':32}{'events':>12}{'actions':>12}{'transitions':>13}{'wf tasks':>10}{'history':>11}"
    for life in of_lives:
        yield _count(life.name, life.case, f"/{life.budget.events}", f"/{life.budget.actions}")
        yield _count(f"  its filings add, {life.name}", life.filings)
    for life in of_lives:
        yield f"  actions, {life.name}: " + ", ".join(f"{n} {name}" for name, n in life.case.actions_by_kind.items())


def _count(name: str, cost: Cost, events: str = "", actions: str = "") -> str:
    counted = f"{f'{cost.events}{events}':>12}{f'{cost.actions}{actions}':>12}"
    return f"{name:32}{counted}{cost.transitions:>13}{cost.workflow_tasks:>10}{cost.history_bytes:>9} B"


def _statements(of_case: Statements) -> Iterator[str]:
    head = f"Postgres, automatic case with its filing: {of_case.transactions:.0f} transactions"
    if of_case.statements is None or of_case.naming is None:
        yield f"{head} (pg_stat_statements is not there)"
    else:
        yield (
            f"{head}, {of_case.statements:.0f} statements ({of_case.naming:.0f} of them only name the tenant), "
            f"{of_case.milliseconds:.1f} ms in the server"
        )


def _throughput(sort: str, measured: Throughput) -> Iterator[str]:
    cases, bare = statistics.median(measured.cases), statistics.median(measured.bare)
    yield (
        f"Complete automatic cases ({sort}) to bare workflows: {measured.ratio:.2f} (budget {budgets.THROUGHPUT_RATIO}; pairs"
        f" of blocks {min(measured.ratios):.2f} to {max(measured.ratios):.2f}); {cases:.1f} and {bare:.1f} a second; "
        f"{measured.finished_cases} and {measured.finished_bare} of them"
    )
    for name, spent in (("case", measured.case_milliseconds), ("bare", measured.bare_milliseconds)):
        if spent:
            parts = ", ".join(f"{process} {value:.0f}" for process, value in spent.items() if value >= 0.5)
            yield f"  processor ms, {name}: {sum(spent.values()):.0f} ({parts})"
    if measured.processor_ratio:
        yield f"  ratio by processor time: {measured.processor_ratio:.2f}"


def _effects(measured: Effects) -> Iterator[str]:
    p50, p90, p99 = (1000 * measured.percentile(share) for share in (0.5, 0.9, 0.99))
    yield (
        f"Decision to confirmed effect at {measured.load_per_second:.1f} cases a second ({len(measured.seconds)} decisions):"
        f" p50 {p50:.0f} ms (budget 150), p90 {p90:.0f} ms, p99 {p99:.0f} ms (budget 1000)"
    )
