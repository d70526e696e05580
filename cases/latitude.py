"""How far a reviewer's word goes in an area: what may be thought better of, and for how long; how long and where."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from cases.durations import Duration
from cases.facts import Message

USUAL_GRACE: Final = "PT2M"
"""For how long a reviewer may change their mind where the pack says nothing; never at severity S0 or S1."""


class Bounds(Message):
    """How far a reviewer may go beyond the area's own list: how long, and in which countries apart. Empty: any."""

    longest: Duration | None = None
    territory: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...], Field(max_length=64)
    ] = ()


class Grace(Message):
    """For how long a reviewer may take back or replace their own decision.

    waits: its effect waits as long, and nobody hears of what was thought better of; else it takes effect at once, and is
    undone wholly. appeals_wait: the same of an appeal's outcome, left out: as decisions do; where it does not wait it is
    final, for nobody is told twice how their appeal ended.
    """

    lasts: Duration
    waits: bool = False
    appeals_wait: bool | None = None
