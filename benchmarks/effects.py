"""From a reviewer's decision to the platform's confirmation, while automatic cases come in at half of what is possible."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from benchmarks import lives
from benchmarks.lives import Stage, entry, gathered, has

AT_ONCE: Final = 16


@dataclass(frozen=True)
class Effects:
    """Seconds from sending the decision to the instant at which the case's run had the platform's confirmation."""

    seconds: tuple[float, ...]
    load_per_second: float

    def percentile(self, share: float) -> float:
        """The nearest rank; 0.5 is the median."""
        return percentile(self.seconds, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


async def measure_effects(stage: Stage, half_load: float, decisions: int = 60) -> Effects:
    """half_load: cases a second in all: half of them decisions, half of them automatic cases, evenly spaced."""
    posts = await stage.posts("effect", lives.INSULT, decisions)
    cases = await gathered([_ready(stage, post) for post in posts], AT_ONCE)
    spam = await stage.posts("effect-load", lives.PITCH, decisions)

    async def decided(position: int) -> tuple[str, datetime]:
        await asyncio.sleep(2 * position / half_load)
        case_id = cases[position]
        reviewer = position % len(stage.reviewers)
        claim = await lives.claimed(stage, case_id, "harassment/1", reviewer)
        sent = datetime.now(UTC)
        await lives.decide(stage, claim, f"{posts[position]}-decision", "violation", reviewer, **lives.VIOLATION)
        return case_id, sent

    async def loaded(position: int) -> None:
        await asyncio.sleep((2 * position + 1) / half_load)
        await lives.automatic(stage, spam[position])

    load = [asyncio.create_task(loaded(position)) for position in range(decisions)]
    sent = await asyncio.gather(*map(decided, range(decisions)))
    await asyncio.gather(*load)
    took = await gathered([_took(stage, case_id, at) for case_id, at in sent], AT_ONCE)
    return Effects(tuple(took), half_load)


async def _ready(stage: Stage, post: str) -> str:
    """The case, once its task waits: a reviewer may hold a few at a time only, so each is claimed when its turn comes."""
    receipt = await lives.held(stage, post)
    await stage.case_when(receipt.case_id, lambda case: has("told:statement_provisional")(case) and case.tasks)
    return receipt.case_id


async def _took(stage: Stage, case_id: str, sent: datetime) -> float:
    """By the record: a confirmation's time is the run's clock in the workflow task that read the platform's answer."""
    decided = next(one for one in (await stage.auditor.case(case_id)).events if one.kind == "decision_recorded")
    confirmed = f"order:{decided.event_id.removeprefix('decision:')}:subject:confirmed"
    case = await stage.case_when(case_id, has(confirmed))
    return (entry(case, confirmed).occurred_at - sent).total_seconds()
