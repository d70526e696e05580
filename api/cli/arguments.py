"""What is typed on the command line, made into what the doors take. Raises BadUsage naming option, value and cure."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from api.cli.exits import BadUsage
from api.problems import problems_of
from cases.decisions import EnforcementRequest
from cases.measures import MeasureKind, Target
from cases.messages import TEXT_LIMIT

_DURATION: Final = re.compile(r"P[0-9T].*")
Model = TypeVar("Model", bound=BaseModel)


def parse_enforcements(words: Iterable[str]) -> tuple[EnforcementRequest, ...]:
    """`kind[:target][:duration]` each: `hide`, `suspend:author:P7D`, `label:P30D`."""
    return tuple(_parse_enforcement(word) for word in words)


def read_text(option: str, given: str) -> str:
    """The text itself, or a file's where it starts with `@`; blanks at the ends are cut."""
    text = given
    if given.startswith("@"):
        try:
            text = Path(given[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadUsage(
                f"{option}: {given[1:]} cannot be read ({type(error).__name__}); name a UTF-8 file"
            ) from None
    text = text.strip()
    if not text:
        raise BadUsage(f"{option}: is empty; say in a sentence or two why")
    if len(text) > TEXT_LIMIT:
        raise BadUsage(f"{option}: has {len(text)} characters, {TEXT_LIMIT} at most; shorten it")
    return text


def parse_moment(option: str, given: str) -> datetime:
    """An instant with its zone, ISO 8601."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise BadUsage(f"{option}: {given[:40]!r} is no ISO 8601 time; write 2026-11-22T10:00:00Z") from None
    if moment.tzinfo is None:
        raise BadUsage(f"{option}: {given[:40]!r} has no zone; add Z for UTC, or an offset such as +01:00")
    return moment


def parse_scores(words: Iterable[str]) -> dict[str, float]:
    """`label=probability` each."""
    scores: dict[str, float] = {}
    for word in words:
        label, _, number = word.partition("=")
        try:
            scores[label] = float(number)
        except ValueError:
            raise BadUsage(f"--score: {word[:60]!r} is not label=probability; write spam=0.97") from None
    return scores


def made(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The message these values make; None counts as not given."""
    try:
        return model.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise BadUsage("\n".join(str(problem) for problem in problems_of(error, model))) from None


def new_id(prefix: str) -> str:
    """An id of our own for one message; sent again with the same id, a message counts once."""
    return f"{prefix}-{uuid4().hex[:16]}"


def read_object(option: str, given: str) -> dict[str, Any]:
    """A JSON object, or a file's where it starts with `@`."""
    try:
        value = json.loads(Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given)
    except (OSError, ValueError) as error:
        raise BadUsage(f"{option}: cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(value, dict):
        raise BadUsage(f"{option}: is not a JSON object")
    return value


def _parse_enforcement(word: str) -> EnforcementRequest:
    kind, *rest = word.split(":")
    if kind not in set(MeasureKind):
        raise BadUsage(f"--enforce: {kind[:40]!r} is no measure; one of {', '.join(MeasureKind)}")
    values: dict[str, str] = {"kind": kind}
    for part in rest:
        field = "target" if part in set(Target) else "duration" if _DURATION.fullmatch(part) else ""
        if not field or field in values:
            raise BadUsage(
                f"--enforce: {part[:40]!r} in {word[:80]!r} is neither a target ({', '.join(Target)}) nor a duration "
                "(P7D, PT24H), or given twice; write kind[:target][:duration]"
            )
        values[field] = part
    return made(EnforcementRequest, values)
