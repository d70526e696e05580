"""How much a pack lets automation do alone, and a person in an hour: caps, and the corridor a rule has to stay in."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cases.facts import Message

Number = Annotated[int, Field(ge=0, le=100_000_000)]


class Cap(Message):
    """How often somebody or something may act, by the hour of the clock and by the UTC day; none: as often as it likes."""

    hour: Number | None = None
    day: Number | None = None

    @property
    def limits(self) -> bool:
        """Whether it says anything."""
        return self.hour is not None or self.day is not None

    def exceeded(self, hour: int, day: int) -> Literal["hour", "day"] | None:
        """By which of the two so many acts, the one in question included, are too many; the day's where both are."""
        if self.day is not None and day > self.day:
            return "day"
        return "hour" if self.hour is not None and hour > self.hour else None


class Caps(Message):
    """Of each rule, on each account, and in all: how often automation acts.

    person: how often each reviewer or operator restricts.
    """

    rule: Cap = Cap()
    account: Cap = Cap()
    tenant: Cap = Cap()
    person: Cap = Cap()


class Corridor(Message):
    """Where a rule's automation has to stay. reversals: the share of its acts of the last seven days that were taken back;
    growth: how many times the hourly mean of those days an hour may have; least: acts before either is judged.
    """

    reversals: Annotated[float, Field(gt=0, le=1)] | None = None
    growth: Annotated[float, Field(gt=1)] | None = None
    least: Annotated[int, Field(ge=1)] = 20

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.reversals is None and self.growth is None:
            raise ValueError("give reversals or growth, or leave the corridor out")
        return self
