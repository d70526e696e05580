"""How one platform's Osprey words become ours: a small declarative table in TOML, with a documented default (osprey.toml)."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from api.problems import problems_of
from cases.errors import BadInput, Problem
from cases.facts import Message
from cases.messages import AreaName, Score
from cases.names import SubjectKind

DEFAULT: Final = Path(__file__).with_name("osprey.toml")

_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")


class EntityMeaning(Message):
    """An entity type as one of our kinds of subject. ids: features that may hold its id, the first present counts."""

    kind: SubjectKind
    ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)]


class Meaning(Message):
    """What one rule, verdict, label or effect says. ignore: it says nothing to us, and is only counted.

    label: the score's name where the pack has another than the area's. entity: whom a verdict or effect is about.
    restricts: whether the platform acts on it at once; compared with what our pack would have done.
    """

    area: AreaName | None = None
    label: AreaName | None = None
    score: Score = 1.0
    entity: str | None = None
    restricts: bool = False
    ignore: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.area is None and not self.ignore:
            raise ValueError("give area, or ignore = true")
        return self


class OspreyMap(Message):
    """The whole table. subjects: what a verdict without an entity is about, the first whose id stands on the line."""

    rules_version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")] = "unversioned"
    subjects: Annotated[tuple[str, ...], Field(min_length=1)]
    entities: Annotated[dict[str, EntityMeaning], Field(min_length=1)]
    rules: dict[str, Meaning] = Field(default_factory=dict)
    verdicts: dict[str, Meaning] = Field(default_factory=dict)
    labels: dict[str, Meaning] = Field(default_factory=dict)
    effects: dict[str, Meaning] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _plain_names(self) -> Self:
        """Names as they are compared: written once here, not on every line."""
        for table in ("rules", "verdicts", "labels", "effects"):
            self.__dict__[table] = {plain_name(name): meaning for name, meaning in getattr(self, table).items()}
        known = set(self.entities)
        named = {*self.subjects, *(m.entity for t in (self.verdicts, self.effects) for m in t.values() if m.entity)}
        if unknown := sorted(named - known):
            raise ValueError(f"{unknown[0]} is no entity here; add [entities.{unknown[0]}]")
        return self


def plain_name(name: str) -> str:
    """A name as it is compared: `Likely Spam` and `likely_spam` are one."""
    return _NOT_PLAIN.sub("_", name.casefold()).strip("_")


def read_map(text: str) -> OspreyMap:
    """The table in this TOML. Raises BadInput with every problem found."""
    try:
        return OspreyMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput([Problem("map", "", f"is not TOML: {error}", "see docs/adopting.md for an example")]) from None
    except ValidationError as error:
        raise BadInput(problems_of(error, OspreyMap)) from None


@lru_cache(maxsize=1)
def default_map() -> OspreyMap:
    """The table that holds where none is given."""
    return read_map(DEFAULT.read_text(encoding="utf-8"))
