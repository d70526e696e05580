"""A part of the day through everything: an embedded stack, its gateway, Temporal, the simulated platform and mail."""

import asyncio
import time
from random import Random
from typing import Final

from api.answers import CaseAnswer
from benchmarks import lives
from benchmarks.effects import percentile
from benchmarks.lives import Stage, gathered, has, open_stage
from benchmarks.stack import data_folder, forget_environment, running

AT_ONCE: Final = 8  # people who work side by side
GRACE_AND_MORE: Final = 300.0  # seconds
FASTER: Final = 300.0  # a usual look of two and a half minutes takes half a second


async def through_temporal(cases: int, seed: int) -> dict[str, float]:
    """Report, claim and decide so many, each claimed by a reviewer who then takes a while. Seconds and counts.

    A decision is entered at once, and takes effect when its grace is over: both are waited for.
    """
    forget_environment()
    chance = Random(seed)
    async with data_folder() as folder, running(folder) as stack, open_stage(stack.here) as stage:
        posts = await stage.posts("day", lives.INSULT, cases)
        began = time.perf_counter()
        took = await gathered([_one(stage, post, chance.expovariate(1.0) * 150 / FASTER) for post in posts], AT_ONCE)
        streams = [stream for stream, _ in took]
        async with asyncio.timeout(GRACE_AND_MORE):
            decided = [await _decided(stage, stream) for stream in streams]
        whole = time.perf_counter() - began
    seconds = [one for _, one in took]
    return {
        "cases": len(streams),
        "claimed_twice": len(streams) - len(set(streams)),
        "breaches": sum("clock_breached" in {event.kind for event in case.events} for case in decided),
        "seconds": round(whole, 1),
        "decision_to_entered_p50": round(percentile(seconds, 0.5), 3),
        "decision_to_entered_p99": round(percentile(seconds, 0.99), 3),
    }


async def _one(stage: Stage, post: str, looks_for: float) -> tuple[str, float]:
    receipt = await lives.held(stage, post)
    await stage.case_when(receipt.case_id, lambda case: case.tasks)
    claim = await lives.claimed(stage, receipt.case_id, "harassment/1")
    await asyncio.sleep(looks_for)
    sent = time.perf_counter()
    await lives.decide(stage, claim, f"{post}-decision", "violation", **lives.VIOLATION)
    await stage.case_when(receipt.case_id, lambda case: has("entered:")(case) or has("decision:")(case))
    return claim.task.stream, time.perf_counter() - sent


async def _decided(stage: Stage, stream: str) -> CaseAnswer:
    while not has("decision:")(case := await stage.auditor.case(stream)):  # noqa: ASYNC110 - the record sets no event
        await asyncio.sleep(1.0)
    return case
