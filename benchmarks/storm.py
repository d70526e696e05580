"""Many reports about one subject: one case, none lost, none doubled, a short history; and how long others wait meanwhile."""

import asyncio
import os
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from temporalio.api.enums.v1 import EventType

from benchmarks import lives
from benchmarks.budgets import STORM_SLOWDOWN
from benchmarks.counting import Cost, cost_of
from benchmarks.effects import percentile
from benchmarks.lives import Stage, entry, gathered, has

SENDERS: Final = 64
RESENT_EVERY: Final = 50  # every so many reports one is sent twice, as a sender does whose answer was lost
PROBES_PER_SECOND: Final = 1.0
CALM_SECONDS: Final = 20.0
DRAIN_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Waits:
    """Seconds from the first signal to the confirmed hold, in calm and during the storm."""

    calm: tuple[float, ...]
    during: tuple[float, ...]

    @property
    def slowdown(self) -> float:
        """The median during the storm, to what it is in calm."""
        return percentile(self.during, 0.5) / percentile(self.calm, 0.5)

    def line(self) -> str:
        """For people."""
        return (
            f"median time to hold {percentile(self.calm, 0.5):.2f} s in calm, {percentile(self.during, 0.5):.2f} s in the "
            f"storm, {self.slowdown:.2f} times (budget {STORM_SLOWDOWN}; {len(self.calm)} and {len(self.during)} of them, "
            f"slowest {max(self.calm):.1f} and {max(self.during):.1f} s)"
        )


@dataclass(frozen=True)
class Storm:
    """reports: acknowledged, each once; counted: what the case counts; cases: how many cases they made.

    settling_seconds: from the last receipt until the case's run counts every report. cost: of all the case's runs.
    runs: their lengths in history events, in order. rings: doorbell signals in them.
    load: the machine's load average over the last five minutes.
    others, neighbours: how long others waited for their hold, of the storm's own tenant and of another one.
    """

    reports: int
    resent: int
    counted: int
    cases: int
    sending_seconds: float
    settling_seconds: float
    cost: Cost
    runs: tuple[int, ...]
    rings: int
    load: float
    others: Waits
    neighbours: Waits

    @property
    def slowdown(self) -> float:
        """Of whoever it is worse for."""
        return max(self.others.slowdown, self.neighbours.slowdown)

    @property
    def exact(self) -> bool:
        """One case, none lost, none doubled."""
        return self.cases == 1 and self.counted == self.reports

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"Storm of {self.reports} reports and {self.resent} repeats about one subject: {self.cases} case, {self.counted} "
            f"counted; {self.rings} rings, {self.cost.events} history events and {self.cost.actions} actions in "
            f"{len(self.runs)} runs, the longest of {max(self.runs)}"
        )
        yield (
            f"  taken at {self.reports / self.sending_seconds:.0f} a second, all counted {self.settling_seconds:.1f} s after "
            f"the last (load average {self.load:.1f})"
        )
        yield f"  others of the same tenant: {self.others.line()}"
        yield f"  another tenant's: {self.neighbours.line()}"


async def measure_storm(stage: Stage, neighbour: Stage, reports: int, per_second: float) -> Storm:
    """Reports of as many people, evenly spaced at this rate (below what the doors can take). neighbour: of another tenant."""
    (post,) = await stage.posts("storm", lives.INSULT, 1)
    clock = asyncio.get_running_loop().time
    both = (stage, neighbour)
    calm = await _probing(both, asyncio.sleep(CALM_SECONDS))
    cases: set[str] = set()
    began = clock()

    async def send(number: int) -> None:
        await asyncio.sleep(began + number / per_second - clock())
        times = 2 if number % RESENT_EVERY == 0 else 1
        for _ in range(times):
            cases.add((await stage.service.submit_report(lives.a_report(post, "harassment", number))).case_id)

    storm = asyncio.create_task(gathered((send(number) for number in range(1, reports + 1)), SENDERS))
    sent: list[float] = []
    storm.add_done_callback(lambda _: sent.append(clock()))
    during = await _probing(both, storm)
    case_id = min(cases)
    counted = await _taken(stage, case_id, reports)
    settled = clock()
    histories = await _histories(stage, case_id)
    events = [event for history in histories for event in history]
    return Storm(
        reports=reports,
        resent=reports // RESENT_EVERY,
        counted=counted,
        cases=len(cases),
        sending_seconds=sent[0] - began,
        settling_seconds=settled - sent[0],
        cost=cost_of(events),
        runs=tuple(map(len, histories)),
        rings=sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED for event in events),
        load=os.getloadavg()[1],
        others=Waits(calm[0], during[0]),
        neighbours=Waits(calm[1], during[1]),
    )


async def _histories(stage: Stage, case_id: str) -> list[list[Any]]:
    """The history of every run of the case, oldest first."""
    last = (await stage.handle(case_id).fetch_history()).events
    histories = [list(last)]
    while before := histories[0][0].workflow_execution_started_event_attributes.continued_execution_run_id:
        handle = stage.temporal.get_workflow_handle(case_id, run_id=before)
        histories.insert(0, list((await handle.fetch_history()).events))
    return histories


async def _taken(stage: Stage, case_id: str, reports: int) -> int:
    """How many reports the case counts, once it counts them all or patience ends."""
    counted = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while counted < reports:
                summary = await stage.handle(case_id).query("summary")
                counted = _reports(summary)
                await asyncio.sleep(0.2)
    return counted


def _reports(summary: dict[str, Any]) -> int:
    return sum(count for name, count in summary["reports"].items())


async def _probing(stages: Sequence[Stage], meanwhile: Awaitable[Any]) -> list[tuple[float, ...]]:
    """Others' seconds from first signal to confirmed hold, by stage, one such case a second in turn, as long as the other
    thing takes."""
    doing = asyncio.ensure_future(meanwhile)
    probes: list[list[asyncio.Task[float]]] = [[] for _ in stages]
    while not doing.done():
        place = sum(map(len, probes)) % len(stages)
        probes[place].append(asyncio.create_task(_time_to_hold(stages[place])))
        await asyncio.wait({doing}, timeout=1 / PROBES_PER_SECOND)
    await doing
    return [tuple(await asyncio.gather(*of_stage)) for of_stage in probes]


async def _time_to_hold(stage: Stage) -> float:
    (post,) = await stage.posts("probe", lives.INSULT, 1)
    sent = datetime.now(UTC)
    receipt = await lives.held(stage, post)
    held = "order:hold:harassment/1:subject:confirmed"
    await asyncio.sleep(0.1)  # not worth asking before
    case = await stage.case_when(receipt.case_id, has(held))
    return (entry(case, held).occurred_at - sent).total_seconds()
