"""What reviewers and leads ask and are answered about looking: levels, budgets, breaks, what is not shown, load."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from api.dossiers import Shown
from api.requests import CaseName
from cases.facts import Fact, Message
from cases.presentation import Presentation
from cases.queues import SkillName


class RevealRequest(Message):
    """Show the evidence of a task that you hold, so closely. acknowledged: the warning was read; asked for before the first
    look at what may distress. attachment: one of them, by its number, `grey` or `clear`; without it the words, `masked` or
    `clear`."""

    stream: CaseName
    level: Literal["masked", "grey", "clear"]
    acknowledged: bool = False
    attachment: Annotated[int, Field(ge=1, le=999)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.level == ("masked" if self.attachment else "grey"):
            raise ValueError("words are shown masked or clear, an attachment grey or clear")
        return self


class Revealed(Fact):
    """The evidence as far as it is shown, and how to show it. shown: none where nothing was captured."""

    stream: str
    task_id: str
    presentation: Presentation
    shown: Shown | None = None


class OptOutRequest(Message):
    """Areas you do not want to be shown, all of them: what is left out is shown again. No reason is asked."""

    areas: Annotated[tuple[SkillName, ...], Field(max_length=64)]


class FiguresRead(Fact):
    """Somebody read figures of how each reviewer judges."""

    at: AwareDatetime
    by: str
    what: str


class WellbeingAnswer(Fact):
    """Where you stand. units: of what was looked at today, of `units_per_day`; since_break: of the stretch since the last
    pause, of `break_after_units`.

    break_until: no task before then. not_now: areas to be left for a while, until `change_until`; enough_of: severities of
    which you saw enough today, until `day_ends`. figures_read: who read
    lately how each reviewer judges, the latest first.
    """

    at: AwareDatetime
    units: int
    units_per_day: int
    since_break: int
    break_after_units: int
    stretch_since: AwareDatetime | None = None
    break_until: AwareDatetime | None = None
    not_now: tuple[str, ...] = ()
    change_until: AwareDatetime | None = None
    enough_of: tuple[int, ...] = ()
    day_ends: AwareDatetime | None = None
    opted_out: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    figures_read: tuple[FiguresRead, ...] = ()


class PersonLoad(Fact):
    """One person's load, for whoever arranges the work. No decisions, no speed, no keystrokes."""

    reviewer: str
    units: int
    since_break: int
    break_until: AwareDatetime | None = None
    held: int


class UnstaffedLine(Fact):
    """What is severe, waits, and nobody known here may take now."""

    queue: str
    severity: int
    area: str | None
    language: str | None
    tasks: int
    due_at: AwareDatetime


class DespiteLine(Fact):
    """Somebody who was called took a task though a break was due, or enough was seen."""

    reviewer: str
    stream: str
    task_id: str
    at: AwareDatetime


class LoadAnswer(Fact):
    """Load by person, by name; never by anything that could be a rank."""

    at: AwareDatetime
    units_per_day: int
    break_after_units: int
    people: tuple[PersonLoad, ...]
    unstaffed: tuple[UnstaffedLine, ...]
    despite_limits: tuple[DespiteLine, ...]
