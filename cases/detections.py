"""What a detector said, as the record keeps it."""

from cases.decisions import SourceDecision
from cases.facts import Fact


class Detection(Fact):
    """What one detector said of the evidence. A failed one is never clean.

    raw_label, raw_score: in its own words and scale, before mapping. cost_micros: in millionths of the currency.
    rests_on: our own decision that vouches for what it knew again; what a rule decides alone by it falls with that.
    """

    detector: str
    version: str
    label: str
    score: float | None
    failed: bool = False
    raw_label: str = ""
    raw_score: float | None = None
    latency_ms: float | None = None
    cost_micros: int = 0
    rests_on: SourceDecision | None = None
