"""What we promised ourselves (docs: RESULTS.md). Counts are asserted in CI; times are printed, and judged by people."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Budget:
    """At most so many history events and billable actions."""

    events: int
    actions: int


AUTOMATIC: Final = Budget(events=30, actions=10)  # first signal to notices confirmed, filings aside
REVIEWED: Final = Budget(events=60, actions=20)
APPEAL: Final = Budget(events=45, actions=14)  # on top, its own workflow included

THROUGHPUT_RATIO: Final = 0.6  # of a bare workflow with as many regular activities, at least
EFFECT_P50_SECONDS: Final = 0.15
EFFECT_P99_SECONDS: Final = 1.0
STORM_SLOWDOWN: Final = 1.5  # of others' time to hold, at most
IDLE_MEGABYTES: Final = 700.0
WARM_START_SECONDS: Final = 15.0
COLD_START_SECONDS: Final = 180.0
INTAKE_RATIO: Final = 0.6  # signals accepted a second through HTTP, of raw signal-with-start in the same run, at least
BATCH_RATIO: Final = 5.0  # of the single door's rate, at least
RECEIPT_P99_SECONDS: Final = 0.1  # at half of the saturated rate
