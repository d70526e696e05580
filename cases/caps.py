"""How much a pack lets automation do alone: caps, and the corridor a rule has to stay in."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from cases.facts import Message

Number = Annotated[int, Field(ge=0, le=100_000_000)]


class Cap(Message):
    """How often automation may act, by the hour of the clock and by the UTC day; none: as often as it likes."""

    hour: Number | None = None
    day: Number | None = None


class Caps(Message):
    """Of each rule, on each account, and in all."""

    rule: Cap = Cap()
    account: Cap = Cap()
    tenant: Cap = Cap()


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
