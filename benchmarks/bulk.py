"""One act on many cases: `python -m benchmarks.bulk`, or `make bench-bulk`. It starts a stack of its own.

--cases reported posts wait for people. Reviewers decide --singles of them first, a claim and a decision each, as many at once
as a bulk tells at once; then a bulk finds the others, is approved, and decides them (--find): rates are compared within the
run. --kill kills the worker and Postgres with SIGKILL amid the bulk, and again amid its undo, which must leave nothing of it:
what is done twice, lost, or other than before is printed, exit code 1. --json prints one object.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import asyncpg

from api.bulk_messages import BulkAnswer, BulkApproval, BulkChange, BulkRequest
from api.client import DueprocessClient, Unavailable
from benchmarks import lives
from benchmarks.intake import NO_QUOTA
from benchmarks.lives import Stage, gathered, open_stage
from benchmarks.processes import processor_seconds
from benchmarks.stack import Running, data_folder, forget_environment, running
from workers.reconciling import reconcile_all

CASES: Final = 2_000
SINGLES: Final = 100
AT_ONCE: Final = 4  # as many as a bulk tells at once
BATCH: Final = 100
PATIENCE_SECONDS: Final = 3_600.0
SETTLED_WITHIN_SECONDS: Final = 300.0
UNSETTLED: Final = "stage <> 'settled'"
VICTIMS: Final = ("worker", "postgres")
FINDING: Final[dict[str, dict[str, Any]]] = {
    "no_violation": {"outcome": "no_violation"},
    "violation": {"outcome": "violation", **lives.VIOLATION},
}


@dataclass
class BulkResults:
    """Seconds of each part; milliseconds: of a processor for each case, by process. wrong: what was not as it has to be."""

    cases: int
    find: str
    singles: int = 0
    singles_seconds: float = 0.0
    singles_milliseconds: dict[str, float] = field(default_factory=dict)
    found_seconds: float = 0.0
    told_seconds: float = 0.0
    decided_seconds: float = 0.0
    milliseconds: dict[str, float] = field(default_factory=dict)
    undone_seconds: float | None = None
    killed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Decisions a second in bulk, by those of single ones."""
        return (self.cases / self.decided_seconds) / (self.singles / self.singles_seconds)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description="One act on many cases.")
    parser.add_argument("--cases", type=int, default=CASES, help=f"in the bulk (default {CASES})")
    parser.add_argument("--singles", type=int, default=SINGLES, help=f"decided one by one (default {SINGLES})")
    parser.add_argument("--find", choices=sorted(FINDING), default="no_violation", help="what is decided")
    parser.add_argument("--kill", action="store_true", help="kill worker and Postgres amid it and amid its undo")
    parser.add_argument("--json", action="store_true", help="print one JSON object, progress goes to standard error")
    asked = parser.parse_args()
    forget_environment()
    results = asyncio.run(measure(asked.cases, asked.singles, asked.find, kill=asked.kill))
    print(json.dumps(asdict(results), indent=1) if asked.json else "\n".join(lines(results)))
    sys.exit(1 if results.wrong else 0)


async def measure(cases: int, singles: int, find: str, *, kill: bool) -> BulkResults:
    """All of it, on a stack of its own."""
    results = BulkResults(cases, find, singles)
    async with (
        data_folder() as folder,
        running(folder, **NO_QUOTA) as stack,
        open_stage(stack.here, "bulk") as stage,
        _operators(stack) as bulk,
    ):
        one_by_one = await _reported(stage, singles)
        several = await _reported(stage, cases)
        await bulk.counted("review_tasks", "closed_at IS NULL", cases + singles)
        _say("prepared")
        await asyncio.sleep(3)  # what still runs of the preparation is not measured
        await _singles(stack, stage, bulk, one_by_one, results)
        _say(f"{singles} single decisions in {results.singles_seconds:.1f} s")
        await bulk.carried_out(several, results, VICTIMS if kill else ())
        _say(f"{cases} in bulk in {results.decided_seconds:.1f} s")
        if kill:
            await bulk.undone(results)
            await bulk.looked_over(results)
    return results


async def _reported(stage: Stage, count: int) -> list[str]:
    """Cases of as many new posts, each reported once, whose questions wait for people."""
    posts = await _posts(stage, count)
    found: list[str] = []
    for start in range(0, count, BATCH):
        answer = await stage.service.submit_batch(
            [lives.a_report(one, "harassment") for one in posts[start : start + BATCH]]
        )
        assert answer.accepted == len(answer.results), answer.results[:3]
        found += [one.case_id or "" for one in answer.results]
    return found


async def _posts(stage: Stage, count: int) -> list[str]:
    """New posts of as many authors, no two alike: else they would be a raid."""
    names = [stage.name("post") for _ in range(count)]
    for start in range(0, count, BATCH):
        some = names[start : start + BATCH]
        accounts = [{"id": f"{one}-author", "display_name": "Synthetic", "country": "DE"} for one in some]
        posts = [{"id": one, "author_id": f"{one}-author", "text": _words(one), "language": "en"} for one in some]
        url = f"{stage.here.settings.platform_url}/users-api/bulk"
        (await stage.http.post(url, json={"accounts": accounts, "posts": posts})).raise_for_status()
    return names


def _words(name: str) -> str:
    chance = random.Random(name)
    return " ".join("".join(chance.choices("abdeilmnorstu", k=chance.randint(3, 9))) for _ in range(30))


async def _singles(stack: Running, stage: Stage, bulk: "_Bulk", cases: Sequence[str], results: BulkResults) -> None:
    clock = asyncio.get_running_loop().time
    before, began = processor_seconds(stack.pids()), clock()

    async def decide(place: int, case_id: str) -> None:
        claim = await lives.claimed(stage, case_id, "harassment/1", place % 2)
        more = {name: value for name, value in FINDING[results.find].items() if name != "outcome"}
        await _answered(lambda: lives.decide(stage, claim, f"single-{place}", results.find, place % 2, **more))

    await gathered((decide(place, one) for place, one in enumerate(cases)), AT_ONCE)
    await bulk.counted("case_events", "kind = 'decision_recorded'", len(cases))
    results.singles_seconds = clock() - began
    results.singles_milliseconds = _spent(before, processor_seconds(stack.pids()), len(cases))


@asynccontextmanager
async def _operators(stack: Running) -> AsyncIterator["_Bulk"]:
    async with AsyncExitStack() as opened:

        async def door(name: str) -> DueprocessClient:
            token = stack.here.token(stack.here.tenant, name)
            return await opened.enter_async_context(DueprocessClient(stack.here.settings.gateway_url, token))

        yield _Bulk(stack, await door("operator"), await door("operator-2"))


@dataclass
class _Bulk:
    """A bulk at the gateway, of two operators; and the record as its owner sees it."""

    stack: Running
    operator: DueprocessClient
    colleague: DueprocessClient
    name: str = "bulk-1"

    async def carried_out(self, cases: Sequence[str], results: BulkResults, victims: Sequence[str]) -> None:
        """Found, approved, told, and answered by every case."""
        clock = asyncio.get_running_loop().time
        plan = {"act": "decide", "selection": {"cases": sorted(cases)}, "per_second": 500, **FINDING[results.find]}
        request = {"bulk_id": self.name, "plan": plan, "reason": "Synthetic."}
        began = clock()
        await self.operator.propose_bulk(BulkRequest.model_validate(request))
        preview = await self._when(lambda bulk: bulk.phase != "selecting")
        results.found_seconds = clock() - began
        if preview.reaches.members != len(cases):
            results.wrong.append(f"{preview.reaches.members} of {len(cases)} were found")
        before, began = processor_seconds(self.stack.pids()), clock()
        await self.colleague.approve_bulk(BulkApproval(bulk_id=self.name, digest=preview.digest or ""))
        await self._killed_amid(victims, lambda bulk: bulk.progress.planned, len(cases), results)
        await self._when(lambda bulk: not bulk.progress.planned)
        results.told_seconds = clock() - began
        await self._when(lambda bulk: bulk.phase == "done")
        results.decided_seconds = clock() - began
        if not victims:  # a killed process takes its account of what it spent with it
            results.milliseconds = _spent(before, processor_seconds(self.stack.pids()), len(cases))

    async def undone(self, results: BulkResults) -> None:
        """Whole, through the same deaths."""
        clock = asyncio.get_running_loop().time
        began = clock()
        change = {"bulk_id": self.name, "step": "undo", "reason": "Synthetic second thought."}
        await _answered(lambda: self.operator.change_bulk(BulkChange.model_validate(change)))
        await self._killed_amid(VICTIMS, lambda bulk: bulk.progress.to_undo, results.cases, results)
        await self._when(lambda bulk: bulk.phase == "undone")
        results.undone_seconds = clock() - began

    async def looked_over(self, results: BulkResults) -> None:
        """Each case decided once and taken back once, whatever died; and nothing of it left on the platform."""
        try:
            async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
                await self.counted("cases", "stage = 'settled'", results.cases + results.singles)
        except TimeoutError:
            results.wrong.append(f"{await self._count('cases', UNSETTLED)} cases are not settled")
        done = (await self.operator.bulk(self.name)).progress
        if (done.done, done.undone, done.refused, done.undo_refused) != (results.cases, results.cases, 0, 0):
            results.wrong.append(f"progress: {done.model_dump()}")
        for kind, wanted in (
            ("decision_recorded", results.cases + results.singles),
            ("decision_reversed", results.cases),
            ("bulk_act_done", 2 * results.cases),
            ("message_refused", 0),
        ):
            if (there := await self._count("case_events", f"kind = '{kind}'")) != wanted:
                results.wrong.append(f"{there} events {kind}, not {wanted}")
        kept = await self._count("measures", "revoked_at IS NULL")
        if kept != (results.singles if results.find == "violation" else 0):
            results.wrong.append(f"{kept} measures in force")
        async with self.stack.here.means() as means:
            compared = await reconcile_all(means.record, means.settings, 30.0)
        results.wrong += [str(one) for one in compared.differences[:10]]

    async def counted(self, table: str, where: str, wanted: int) -> None:
        """Wait until the record has as many such rows."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._count(table, where) < wanted:  # noqa: ASYNC110 - the record says so only when asked
                await asyncio.sleep(0.25)

    async def _count(self, table: str, where: str) -> int:
        connection = await asyncpg.connect(self.stack.superuser_dsn)
        try:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where}"))
        finally:
            await connection.close()

    async def _killed_amid(
        self, victims: Sequence[str], left: Callable[[BulkAnswer], int], cases: int, results: BulkResults
    ) -> None:
        """The first when a quarter is through, the next when half is; each until it runs again."""
        for place, victim in enumerate(victims, start=1):
            bar = cases - place * cases // 4
            await self._when(lambda bulk, bar=bar: left(bulk) <= bar)
            before = self.stack.pids()[victim]
            os.kill(before, signal.SIGKILL)
            results.killed.append(victim)
            async with asyncio.timeout(60):
                while self.stack.pids().get(victim, before) == before:  # noqa: ASYNC110 - a supervisor tells nobody
                    await asyncio.sleep(0.05)

    async def _when(self, holds: Callable[[BulkAnswer], bool]) -> BulkAnswer:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer: BulkAnswer = await _answered(lambda: self.operator.bulk(self.name, 1))
                if holds(answer):
                    return answer
                await asyncio.sleep(0.25)


async def _answered(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Asked again while Postgres is away, or a case's run is slow to answer."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await ask()
            except Unavailable:
                await asyncio.sleep(0.25)


def _spent(before: dict[str, float] | None, after: dict[str, float] | None, cases: int) -> dict[str, float]:
    common = (before or {}).keys() & (after or {}).keys()
    return {name: 1000 * ((after or {})[name] - (before or {})[name]) / max(1, cases) for name in sorted(common)}


def lines(results: BulkResults) -> list[str]:
    """For people."""
    spent = {"single": results.singles_milliseconds, "bulk": results.milliseconds}
    return [
        f"{results.singles} single decisions ({results.find}), {AT_ONCE} at once: "
        f"{results.singles / results.singles_seconds:.1f} a second",
        f"bulk of {results.cases}: found {results.cases / results.found_seconds:.0f} a second, told "
        f"{results.cases / results.told_seconds:.0f}, decided {results.cases / results.decided_seconds:.1f}; "
        f"{results.ratio:.2f} of single decisions",
        *(
            f"processor of one decision, {how}: {sum(one.values()):.0f} ms ("
            + ", ".join(f"{name} {value:.0f}" for name, value in sorted(one.items(), key=lambda item: -item[1]))
            + ")"
            for how, one in spent.items()
            if one
        ),
        *([f"undone in {results.undone_seconds:.1f} s"] if results.undone_seconds is not None else []),
        *([f"killed: {', '.join(results.killed)}"] if results.killed else []),
        *(f"WRONG: {one}" for one in results.wrong),
    ]


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
