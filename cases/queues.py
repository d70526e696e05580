"""What a pack says of a queue: who may take its tasks, when, how many at once, and what happens when nobody does."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cases.durations import Duration, parse_duration
from cases.facts import Message

SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
QueueWords = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]


class Weekday(StrEnum):
    """Monday first, as `datetime.weekday` counts."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WORKDAYS: Final = (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name[:40]!r} is no time zone such as Europe/Berlin") from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]


class Hours(Message):
    """Working hours, by a clock on the wall: from `start` up to, not including, `end`; over midnight where end is earlier."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WORKDAYS
    start: time
    end: time
    zone: ZoneName = "UTC"

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are the same; leave hours out for a queue that never closes")
        return self

    def open_at(self, at: datetime) -> bool:
        """Whether this instant lies within."""
        local = at.astimezone(ZoneInfo(self.zone))
        today, clock = tuple(Weekday)[local.weekday()], local.time()
        yesterday = tuple(Weekday)[local.weekday() - 1]
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        return (today in self.days and clock >= self.start) or (yesterday in self.days and clock < self.end)


class Tier(Message):
    """Who takes a task that the tier below did not finish in time. within: how long until the next tier has it too."""

    name: SkillName
    within: Duration = "PT4H"


class Queue(Message):
    """Where reviewers find matters. specialist: only reviewers trained for it may claim, who have the skill of its name.

    skills, certifications: all of them are asked for. at_once: tasks of it claimed at one time, by all together. hours: none
    = around the clock. tiers: who gets what is overdue, one after the other. pages: a person is called for each task.
    skips_per_task, skips_per_reviewer: how often a task is passed over, and how often a day by one reviewer.
    """

    description: QueueWords
    specialist: bool = False
    skills: tuple[SkillName, ...] = ()
    certifications: tuple[SkillName, ...] = ()
    at_once: Annotated[int, Field(ge=1, le=100_000)] | None = None
    hours: Hours | None = None
    tiers: Annotated[tuple[Tier, ...], Field(max_length=4)] = ()
    pages: bool = False
    skips_per_task: Annotated[int, Field(ge=0, le=20)] = 3
    skips_per_reviewer: Annotated[int, Field(ge=0, le=1_000)] = 10

    @model_validator(mode="after")
    def _somebody_is_there(self) -> Self:
        if self.pages and self.hours:
            raise ValueError("a queue that pages has no hours: somebody is called around the clock (P12)")
        return self


def tier_due(queue: Queue, due_at: datetime, now: datetime) -> tuple[int, datetime | None]:
    """Whose an open task is at this instant, and when the next tier gets it; None: there is no further one.

    Before it is due, the first tier's; then the second's, whether or not the pack names one; then each next after `within`.
    """
    if now < due_at:
        return 1, due_at
    tier, at = 2, due_at
    for named in queue.tiers[:-1]:
        at += parse_duration(named.within)
        if now < at:
            return tier, at
        tier += 1
    return tier, None


UNKNOWN: Final = Queue(description="A queue that the pack in force does not name.")
"""Tasks keep the queue of the pack they opened under; who may take them then is whoever may take anything."""
