"""What holds of a matter are called: `hold:<matter>`, and where one was lifted and placed again `hold:<matter>#2`, …"""

from collections.abc import Container
from typing import Final

from cases.case import Case

HOLD: Final = "hold:"
LIFTED: Final = ":lifted"  # of the order that ends a hold nothing speaks for any more


def hold_causes(case: Case, matter_id: str) -> tuple[str, ...]:
    """The causes of this matter's holds, oldest first."""
    placed = dict.fromkeys(order.cause for order in case.orders if order.impose and order.cause.startswith(HOLD))
    return tuple(cause for cause in placed if held_matter(cause) == matter_id)


def next_hold(case: Case, matter_id: str) -> str:
    """What the matter's next hold is called."""
    placed = len(hold_causes(case, matter_id))
    return f"{HOLD}{matter_id}" if not placed else f"{HOLD}{matter_id}#{placed + 1}"


def held_matter(cause: str) -> str:
    """The matter of a hold's cause, or of its lifting's."""
    return cause.removeprefix(HOLD).removesuffix(LIFTED).partition("#")[0]


def ever_in_force(case: Case, measures: Container[str]) -> tuple[str, ...]:
    """Which of these measures the platform had: confirmed, and not over by then. What lifts no other is told to nobody."""
    return tuple(
        one.measure_id
        for order in case.orders
        if order.in_effect
        for one in order.impose
        if one.measure_id in measures and one.measure_id not in order.missed
    )
