"""The strings that a pack is written in: names, ids of rules, words of people, addresses."""

from typing import Annotated

from pydantic import StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$", max_length=128)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
ShortWords = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$", max_length=500)]
Facts5000 = Annotated[str, StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True)]
