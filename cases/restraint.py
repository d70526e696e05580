"""What rules were kept from doing, as the record keeps it: held back by a brake, or in shadow by their pack."""

from typing import Literal

from cases.facts import Fact


class Braked(Fact):
    """A rule that would have acted alone was held back. reason: a stop, a pause, a cap, a protected account; name: which.

    instead: left to review, held where it would have decided, or (where no brake, or no volume, holds the rule back) carried
    out and paged. `unanswered`: a vendor's word is missing, which name says; what was held may have been no rule's to decide.
    """

    matter_id: str
    rule_id: str | None
    what: Literal["hold", "automatic"]
    reason: Literal["stopped", "paused", "cap", "protected", "unanswered"]
    name: str = ""
    instead: Literal["review", "held", "paged"] = "review"


class Shadowed(Fact):
    """A rule that held and had no effect: it is in shadow, or the case outside its share. outcome: what it would ask for."""

    rule_id: str
    area: str
    outcome: Literal["review", "hold", "automatic"]
