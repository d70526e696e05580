"""A backtest: a candidate pack over recorded cases, in several processes, with no effects. Reads the record, writes nothing.

Each process opens its own record and takes its own share of the cases; what comes back are counts, and a few case ids to look
at. A case costs its share of a page's two queries, its bodies' decryption, and one look by the candidate's rules.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Final, NamedTuple

from cases.backtesting import KINDS, NOTHING, CaseReplayed, MatterReplayed, Truth, replayed
from cases.packs import reopen_pack
from cases.policy import STRENGTH, PolicyPack, TriageOutcome
from record.backtesting import recorded_cases
from record.record import open_record
from workers.keys import read_kek
from workers.settings import Settings
from workers.wiring import read_verifying_keys

SHOWN: Final = 5  # case ids for each kind of change
ACTS: Final = frozenset({"hold", "automatic"})


class Asked(NamedTuple):
    """What is to be tried. processes: how many at once."""

    settings: Settings
    tenant: str
    files: Mapping[str, str]
    since: datetime
    until: datetime
    processes: int


class Cell(NamedTuple):
    """Matters that are alike in all of this. pack: version they opened under."""

    area: str
    was: str
    was_rule: str
    was_queue: str
    would: str
    would_rule: str
    would_queue: str
    truth: Truth
    pack: str


class Change(NamedTuple):
    """How the outcome of matters changed, by which rule of the candidate, or by whose absence."""

    kind: str  # stronger, weaker, opened, not_opened
    was: str
    would: str
    rule: str


@dataclass
class Tally:
    """Everything counted. examples: by change, the first case ids in their order."""

    cases: int = 0
    triages: int = 0
    matters: Counter[Cell] = field(default_factory=Counter)
    shadowed: Counter[tuple[str, Truth]] = field(default_factory=Counter)
    examples: dict[Change, list[str]] = field(default_factory=dict)

    def count(self, case_id: str, case: CaseReplayed) -> None:
        """One case more."""
        self.cases += bool(case.asked)
        self.triages += case.asked
        for rule_id, truth in case.shadowed:
            self.shadowed[rule_id, truth] += 1
        for matter in case.matters:
            self.matters[_cell(matter)] += 1
            if change := change_of(_cell(matter)):
                self._show(change, [case_id])

    def add(self, other: "Tally") -> None:
        """Another process's."""
        self.cases += other.cases
        self.triages += other.triages
        self.matters.update(other.matters)
        self.shadowed.update(other.shadowed)
        for change, ids in other.examples.items():
            self._show(change, ids)

    def _show(self, change: Change, ids: list[str]) -> None:
        shown = self.examples.setdefault(change, [])
        if len(shown) < SHOWN or ids[0] < shown[-1]:
            self.examples[change] = heapq.nsmallest(SHOWN, {*shown, *ids})


def run_backtest(asked: Asked) -> Tally:
    """The tally over all recorded cases opened in the time. Raises RecordUnavailable. Blocking."""
    tally = Tally()
    context = get_context("spawn")  # nothing of this process, no connection and no thread, is taken along
    with ProcessPoolExecutor(asked.processes, mp_context=context) as pool:
        for part in pool.map(_share, [asked] * asked.processes, range(asked.processes)):
            tally.add(part)
    return tally


def change_of(cell: Cell) -> Change | None:
    """How this matter changed; None where the outcome is the same."""
    if cell.was == cell.would:
        return None
    if cell.was == NOTHING:
        return Change("opened", cell.was, cell.would, cell.would_rule)
    if cell.would == NOTHING:
        return Change("not_opened", cell.was, cell.would, cell.was_rule)
    up = STRENGTH[TriageOutcome(cell.would)] > STRENGTH[TriageOutcome(cell.was)]
    return Change("stronger" if up else "weaker", cell.was, cell.would, cell.would_rule if up else cell.was_rule)


def _share(asked: Asked, share: int) -> Tally:
    """What one process does."""
    return asyncio.run(tallied_share(asked, reopen_pack(asked.files, asked.tenant), share))


async def tallied_share(asked: Asked, pack: PolicyPack, share: int) -> Tally:
    """One process's share of the cases, over a record of its own."""
    settings = asked.settings
    dsn = settings.database_dsn.get_secret_value()
    record = await open_record(
        dsn, read_kek(settings), read_verifying_keys(settings), frozenset(pack.areas), pool_size=1
    )
    tally = Tally()
    try:
        pages = recorded_cases(record, asked.tenant, asked.since, asked.until, sorted(KINDS), share, asked.processes)
        async for page in pages:
            for case_id, bodies in page:
                tally.count(case_id, replayed(pack, bodies))
    finally:
        await record.close()
    return tally


def _cell(matter: MatterReplayed) -> Cell:
    was, would = matter.was, matter.would
    return Cell(
        matter.area, was.outcome, was.rule, was.queue, would.outcome, would.rule, would.queue, matter.truth, matter.pack
    )
