"""An emergency stop amid a flow: `python -m benchmarks.stopping`. It starts a stack of its own.

--cases posts of certain spam are reported at --rate a second, each of which a rule removes alone. When half are sent an
operator stops all automation; the others follow. Measured from the stop's answer: until the last decision by rule was
recorded, and until the last removal that a rule ordered was confirmed. A rule that decided about a post reported after the
stop, or anything later than five seconds, is a failure, exit code 1. --json prints one object.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from api.brake_messages import BrakeRequest
from api.client import DueprocessClient
from benchmarks import lives
from benchmarks.intake import NO_QUOTA
from benchmarks.lives import Stage, open_stage
from benchmarks.stack import Running, data_folder, forget_environment, running

CASES: Final = 100
PER_SECOND: Final = 5.0
WITHIN_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 300.0
# The last of one kind of event in the cases that a rule decided, and how many of them there are among these cases.
LAST: Final = """
SELECT max(e.recorded_at) AS at, count(*) AS events FROM case_events e
WHERE e.kind = $1 AND ($2::text[] IS NULL OR e.stream_id = ANY ($2))
"""


@dataclass
class StopResults:
    """Seconds after the stop's answer; below zero: before it. answered: how long the operator waited for it."""

    cases: int
    answered_seconds: float = 0.0
    decided: int = 0
    held_back: int = 0
    decided_after: int = 0
    last_decision_seconds: float | None = None
    last_effect_seconds: float | None = None

    @property
    def failed(self) -> bool:
        """Whether the stop came too late for anything."""
        late = [one for one in (self.last_decision_seconds, self.last_effect_seconds) if one and one > WITHIN_SECONDS]
        return bool(late or self.decided_after or not self.held_back)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stopping", description="A stop amid a flow.")
    parser.add_argument("--cases", type=int, default=CASES, help=f"half of them before the stop (default {CASES})")
    parser.add_argument("--rate", type=float, default=PER_SECOND, help=f"reports a second (default {PER_SECOND})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    forget_environment()
    results = asyncio.run(measure(asked.cases, asked.rate))
    print(json.dumps(asdict(results), indent=1) if asked.json else "\n".join(lines(results)))
    sys.exit(1 if results.failed else 0)


async def measure(cases: int, rate: float) -> StopResults:
    """All of it, on a stack of its own."""
    results = StopResults(cases)
    async with (
        data_folder() as folder,
        running(folder, **NO_QUOTA) as stack,
        open_stage(stack.here, "stop") as stage,
        DueprocessClient(stack.here.settings.gateway_url, stack.here.token(stack.here.tenant, "operator")) as operator,
    ):
        clock = asyncio.get_running_loop().time
        await _flow(stage, 1, rate)  # what a process does once is not the flow's
        posts = await stage.posts("post", lives.PITCH, cases)
        await _sent(stage, posts[: cases // 2], rate)
        began = clock()
        await operator.stop(BrakeRequest(message_id="stop-1", reason="Synthetic: it misfires."))
        stopped, results.answered_seconds = datetime.now(UTC), clock() - began
        after = await _sent(stage, posts[cases // 2 :], rate)
        await _judged(stack, cases + 1, results, after, stopped)
    return results


async def _flow(stage: Stage, count: int, rate: float) -> None:
    for case_id in await _sent(stage, await stage.posts("warm", lives.PITCH, count), rate):
        await stage.case_when(case_id, lives.has("told:"))


async def _sent(stage: Stage, posts: Sequence[str], rate: float) -> list[str]:
    """One report each, evenly, whatever the answers take; their cases."""
    clock = asyncio.get_running_loop().time
    began = clock()

    async def one(place: int, post: str) -> str:
        await asyncio.sleep(began + place / rate - clock())
        return (await lives.automatic(stage, post)).case_id

    return list(await asyncio.gather(*(one(place, post) for place, post in enumerate(posts))))


async def _judged(stack: Running, cases: int, results: StopResults, after: Sequence[str], stopped: datetime) -> None:
    """Once every case was judged, and every decision confirmed."""
    connection = await asyncpg.connect(stack.superuser_dsn)

    async def last(kind: str, of: Sequence[str] | None = None) -> Any:
        return await connection.fetchrow(LAST, kind, list(of) if of is not None else None)

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await last("triaged"))["events"] < cases:  # noqa: ASYNC110 - the record says so only when asked
                await asyncio.sleep(0.25)
            while (await last("order_confirmed"))["events"] < (await last("decision_recorded"))["events"]:  # noqa: ASYNC110
                await asyncio.sleep(0.25)
        decided, confirmed = await last("decision_recorded"), await last("order_confirmed")
        results.decided = decided["events"] - 1  # but for the first, which was none of the flow's
        results.held_back = cases - decided["events"]
        results.decided_after = (await last("decision_recorded", after))["events"]
        results.last_decision_seconds = (decided["at"] - stopped).total_seconds()
        results.last_effect_seconds = (confirmed["at"] - stopped).total_seconds()
    finally:
        await connection.close()


def lines(results: StopResults) -> list[str]:
    """For people."""
    return [
        f"{results.cases} cases: {results.decided} decided by rule, {results.held_back} left to people; the stop was answered "
        f"in {results.answered_seconds:.2f} s",
        f"of those reported after it, decided by rule: {results.decided_after}",
        f"after its answer: last decision {results.last_decision_seconds:+.2f} s, "
        f"last effect {results.last_effect_seconds:+.2f} s",
    ]


if __name__ == "__main__":
    main()
