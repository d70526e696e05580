"""Which acts on a case ask for somebody without a part in it (P5), and which are left to anybody because a duty waits (P12).

An operator's act reaches the whole case, so a declared topic counts where any matter of the case is of it.
"""

from collections.abc import Mapping
from typing import Any, Final

from cases.authority_orders import OrderChange
from cases.deadlines import ClockKind
from cases.facts import Fact
from cases.interventions import Step
from cases.names import is_appeal
from cases.refusals import Refusal

PART: Final = (
    "has a part in this case; nobody judges their own account or report, or what they declared a conflict with"
)
CONFLICT: Final = "conflict_of_interest"
DECIDED: Final = "decided_before"
PAUSE: Final = "campaign_pause"
BANK: Final = "bank_decision"
PROTECT: Final = "protected_account"
DISCARD: Final = "parked_discard"
STANDING: Final = "reports_standing"
TASK: Final = "task_change"
_CURE: Final = (
    "let a colleague do it; where you are alone on duty, whoever is on call (dueprocess oncall): until then what is in force "
    "stays, orders are tried on, and clocks alarm"
)

# Of the messages by which operators act on a case.
ACTS: Final = frozenset(
    {
        "reverse",
        "extend_deadline",
        "intervene",
        "order_change",
        "telling_set",
        "authority_report",
        PAUSE,
        BANK,
        PROTECT,
        DISCARD,
        STANDING,
        TASK,
    }
)
# These carry out what others decided or a law asks for, and make nothing lighter for anybody.
_DUTIES: Final = frozenset({OrderChange.CLARIFIED, OrderChange.ANSWERED, OrderChange.INFORMED})


class Parts(Fact):
    """What somebody has to do with a case. part: among its people, or a declared conflict; decided: judged in it before."""

    part: bool
    decided: bool


def left_to_anybody(act: str, content: Mapping[str, Any]) -> bool:
    """Whether this act is a duty that waits for nobody: an order tried again, an authority's order that goes on or is done."""
    if act == "intervene":
        return bool(content["step"] == Step.RETRY)
    return act == "order_change" and content["change"] in _DUTIES


def refuse_act(act: str, content: Mapping[str, Any], parts: Parts) -> Refusal | None:
    """Why this person does not act here; None where they may. content: of the message, as it is stored."""
    if act not in ACTS or left_to_anybody(act, content):
        return None
    if parts.part:
        return Refusal(code=CONFLICT, text=f"operator: {PART}; {_CURE}")
    if parts.decided and _judges(act, content):
        return Refusal(code=DECIDED, text=f"operator: judged in this case before; nobody judges their own; {_CURE}")
    return None


def refuse_own_cases(own: int, cases: int) -> Refusal | None:
    """Why this person does not change what counts in these cases at once; None where they have a part in none of them."""
    if not own:
        return None
    return Refusal(
        code=CONFLICT, text=f"operator: {PART}; that is so of {own} of the {cases} cases it would change; {_CURE}"
    )


def _judges(act: str, content: Mapping[str, Any]) -> bool:
    """Whether the act takes back, leaves out or vouches for what was decided, or arranges the look that another takes at it."""
    if act == TASK:
        return is_appeal(content["stream"]) or str(content["task_id"]).startswith("second:")
    looks_again = act == "extend_deadline" and str(content["clock_id"]).startswith(f"{ClockKind.SECOND_LOOK}:")
    return act in ("reverse", "intervene") or looks_again
