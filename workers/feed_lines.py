"""The feed's format: one JSON object a line, `{"post": …}`, `{"report": …}` or `{"signal": …}`; docs/feed.md shows it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, BinaryIO, Final, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, StringConstraints, ValidationError

from api.lines import RawLine, id_from, raw_lines, values_of
from api.problems import problems_of
from cases.errors import BadInput, IdentityError, Problem
from cases.evidence import Surface
from cases.facts import Message
from cases.languages import UNKNOWN, Language
from cases.messages import SNAPSHOT_LIMIT, ReportMessage, SignalMessage
from cases.names import canonical_subject_id

PlatformId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(lambda v: _canonical(v))]

# Beside these, a refused value may be content or a person's: it is not repeated.
_SHOWABLE: Final = frozenset({"kind", "area", "source", "surface", "language", "author_language", "country"})


class FeedPost(Message):
    """Something a user published on the simulated platform. The author's account is made if there is none."""

    id: PlatformId
    author_id: PlatformId
    text: Annotated[str, StringConstraints(min_length=1, max_length=SNAPSHOT_LIMIT)]
    author_name: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    author_language: Language = UNKNOWN
    surface: Surface = Surface.PUBLIC
    language: Language = UNKNOWN
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    sensitive: bool = False
    created_at: AwareDatetime | None = None


FeedMessage = FeedPost | ReportMessage | SignalMessage
LineKind = Literal["post", "report", "signal"]
_MODELS: Final[Mapping[str, type[FeedPost] | type[ReportMessage] | type[SignalMessage]]] = {
    "post": FeedPost,
    "report": ReportMessage,
    "signal": SignalMessage,
}


class FeedLine(NamedTuple):
    """One line that can be sent. number counts from 1."""

    number: int
    message: FeedMessage


class BadLine(NamedTuple):
    """One line that cannot, with everything wrong with it; given: as it stood in the file."""

    number: int
    problems: tuple[Problem, ...]
    given: str


def read_lines(file: BinaryIO) -> Iterator[FeedLine | BadLine]:
    """Every line that is not blank, parsed or refused; a line too long is passed over whole."""
    return map(parse_line, raw_lines(file))


def parse_line(line: RawLine) -> FeedLine | BadLine:
    """One line. A report or signal without message_id gets one from its own words, so that sending again adds nothing."""
    number = line.number
    given = (line.raw or b"").decode("utf-8", errors="replace").rstrip("\r\n")
    try:
        values = values_of(line)
    except BadInput as error:
        return BadLine(number, error.problems, given)
    if not isinstance(values, dict) or len(values) != 1 or not values.keys() <= _MODELS.keys():
        cure = 'write {"post": {…}}, {"report": {…}} or {"signal": {…}}, one of them a line'
        return BadLine(number, (Problem("line", "", f"has {_what(values)} at its top", cure),), given)
    kind, fields = next(iter(values.items()))
    if isinstance(fields, dict) and kind != "post" and "message_id" not in fields:
        fields = {**fields, "message_id": id_from("feed", values)}
    try:
        return FeedLine(number, _MODELS[kind].model_validate(fields))
    except ValidationError as error:
        return BadLine(number, tuple(_problems(kind, error)), given)


def refused_line(bad: BadLine) -> str:
    """The line of FILE.refused.ndjson that tells of it."""
    problems = [
        {"field": p.field, **({"value": p.value} if p.value else {}), "problem": p.problem, "cure": p.cure}
        for p in bad.problems
    ]
    return json.dumps({"line": bad.number, "problems": problems, "given": bad.given}, ensure_ascii=False) + "\n"


def _problems(kind: str, error: ValidationError) -> Iterator[Problem]:
    for problem in problems_of(error, _MODELS[kind]):
        known = problem.field.rpartition(".")[2] in _SHOWABLE
        field = kind if problem.field == "body" else f"{kind}.{problem.field}"
        yield replace(problem, field=field, value=problem.value if known else "")


def _what(values: Any) -> str:
    if not isinstance(values, dict):
        return f"a {type(values).__name__}"
    return ", ".join(sorted(str(key)[:30] for key in values)[:4]) or "nothing"


def _canonical(value: str) -> str:
    try:
        return canonical_subject_id(value)
    except IdentityError as error:
        raise ValueError(str(error)) from None
