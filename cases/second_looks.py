"""What a second person says: whether a decision stands as it is, and why. It has no terms of its own."""

from typing import Final

from cases.messages import DecisionMessage
from cases.refusals import Refusal

_TERMS: Final = (
    *("enforcements", "territory", "duration", "excerpts", "responsible", "copies", "sample_violations"),
    *("derived_from", "replaces"),
)


def refuse_second_look(message: DecisionMessage) -> Refusal | None:
    """Why this cannot be said of another's decision; None where it can, and for what is no second look.

    The same outcome agrees, and what was decided is done: a list of one's own beside it would be passed over, and what one
    did not want take effect.
    """
    if message.seconds is None:
        return None
    if message.rationale_id is None:
        return Refusal(code="missing", text="rationale_id: missing; store the rationale at a door and name it here")
    own = next((name for name in _TERMS if getattr(message, name)), None)
    if own is None and message.enforcements is not None:
        own = "enforcements"  # an empty list says something, too: nothing
    if own is None:
        return None
    cure = "leave it out to agree; find otherwise, and the matter is decided anew"
    return Refusal(
        code="own_terms", text=f"{own}: a second look says whether {message.seconds} stands as it is; {cure}"
    )
