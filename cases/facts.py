"""The two kinds of models: facts that are stored, messages that come in at a door."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Something stored or decided. Frozen; ignores fields it does not know, so that older code reads newer rows."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")

    def evolve(self, **changes: Any) -> Self:
        """A copy with these changes, validated afresh (pydantic's own model_copy does not look)."""
        return type(self).model_validate({**self.__dict__, **changes})


class Message(BaseModel):
    """Something that came in at a door. Frozen; refuses fields it does not know, so that a typo is heard of."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)
