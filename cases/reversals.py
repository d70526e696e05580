"""What was taken back, as the case remembers it: who hears of it, who may object, and what is still to be undone."""

from typing import Final

from cases.decisions import Decision
from cases.facts import Fact

REVERSAL: Final = "reversal:"  # of orders' and filings' causes: `reversal:<reversal id>`


class Reversal(Fact):
    """One reversal of one decision. person: who judged so, where a person did; second_by: who approved it. order_ids: what
    lifts what it had imposed. whole: nothing was kept. strike: the decision had left a strike, which counts no longer.
    """

    reversal_id: str
    decision_id: str
    by: str
    person: str | None = None
    second_by: str | None = None
    keep: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    strike: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing of the decision stands."""
        return not self.keep


def taken_back(decision: Decision, keep: tuple[str, ...]) -> frozenset[str]:
    """Which of its measures go when it is reversed but for these."""
    return frozenset(decision.measure_ids) - frozenset(keep)
