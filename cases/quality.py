"""What a pack says of quality: how many answers are asked again, and how often a known answer is put among the questions."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from cases.facts import Message
from cases.queues import SkillName


class Sampling(Message):
    """Shares of a queue's answers. double: asked again of another person; golden: known answers put among them."""

    double: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    golden: Annotated[float, Field(ge=0, le=0.2)] = 0.0


class Quality(Message):
    """By queue. too_few: answers below which no figure is said of anything; it would be chance, or one person's."""

    queues: Mapping[SkillName, Sampling] = Field(default_factory=dict)
    too_few: Annotated[int, Field(ge=5, le=1_000)] = 20
