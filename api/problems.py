"""What is wrong with an input, said so that the sender can mend it: field, value, problem, cure."""

import difflib
import json
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.errors import NotJson
from cases.errors import BadInput, Problem

M = TypeVar("M", bound=BaseModel)

VALUE_LIMIT: Final = 60  # characters of a value shown
FIELD_LIMIT: Final = 64  # characters of one part of a field's name shown; an unknown field is a sender's word

# Fields of free text or about a person, or that prove something: their values are never shown.
UNSHOWN: Final = frozenset(
    {"reason", "snapshot", "grounds", "rationale", "context", "token", "explanation", "statement", "signature", "notice",
     "legal_basis", "reasons", "recipient", "redress", "text", "note", "override", "location", "source",
     "reporter", "reporters", "appellant", "sender", "requester", "authority", "responsible",
     "reviewer", "reviewers", "to_reviewer",
     "account", "accounts", "account_id", "address", "addresses",
     "actorEmail", "actorNote", "appealReason", "appealedBy", "decisionReason", "reportedForReason"}
)  # fmt: skip

_ID_CURE = "use 1 to 128 letters, digits and . _ : -, a letter or digit first"
_CURES: Final[Mapping[str, str]] = {
    "message_id": _ID_CURE,
    "decision_id": _ID_CURE,
    "seconds": _ID_CURE,
    "area": "use the policy area's id: lower-case letters, digits and _, a letter first",
    "scores": "name labels by lower-case letters, digits and _, a letter first",
    "matter": "use <area>/<evidence version>, such as harassment/1, as the task names it",
    "address": "send one mail address, local@domain",
    "language": "send a language code of two or three lower-case letters, such as en",
    "vendor": "use 1 to 64 letters, digits and . _ -",
    "name": "use 1 to 64 letters, digits and . _ -",
    "version": "use 1 to 64 letters, digits and . _ + -",
    "reach": "name countries by two capital letters, such as DE",
    "rule_id": "use the rule's id as the policy pack spells it",
    "reference": "use 1 to 64 letters, digits and . _ / -",
    "duration": "send an ISO 8601 duration, such as P7D",
    "network": "send the network, such as 203.0.113.0/24 or 2001:db8:7::/48, or your own keyed hash of it",
    "campaign": _ID_CURE,
    "queue": "use the queue's name: lower-case letters, digits and . _ -",
}
_TIME_CURE = "send ISO 8601 in UTC with an offset, such as 2026-11-22T10:00:00Z"


def parse(model: type[M], raw: bytes | str) -> M:
    """The message in this JSON. Raises BadInput with every problem found; NotJson where it is no JSON at all."""
    try:
        return model.model_validate_json(raw, strict=True)  # strict: what the schema says, and nothing guessed
    except ValidationError as error:
        problems = problems_of(error, model)
        if any(detail["type"] == "json_invalid" for detail in error.errors(include_url=False, include_input=False)):
            raise NotJson(problems) from None
        raise BadInput(problems) from None


def problems_of(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Every problem pydantic found, each with a cure."""
    return tuple(problem_of(detail, model) for detail in error.errors(include_url=False))


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` or the whole list: how a name that nobody knows is mended."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    listed = ", ".join(names)
    return f"did you mean {close[0]}? known: {listed}" if close else f"use one of {listed}"


def shown(field: str, value: Any) -> str:
    """The value cut short; nothing where it may be someone's text or data, or is not a plain value."""
    if value is None or isinstance(value, dict | list | bytes) or UNSHOWN & set(field.split(".")):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}… ({len(text)} characters)"


def problem_of(detail: ErrorDetails, model: type[BaseModel] = BaseModel) -> Problem:
    """One problem that pydantic found."""
    location = [part for part in detail["loc"] if part != "[key]"]
    field = ".".join(str(part)[:FIELD_LIMIT] for part in location) or "body"
    say = _SAY.get(detail["type"], _otherwise)
    problem, cure = say(detail, location, model)
    hidden = detail["type"] in ("extra_forbidden", "missing", "json_invalid")
    return Problem(field, "" if hidden else shown(field, detail["input"]), problem, cure)


Said = tuple[str, str]  # problem, cure
Say = Callable[[ErrorDetails, list[int | str], type[BaseModel]], Said]


def _unknown_field(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    known = _fields_at(model, location[:-1])
    return "is not a field here", nearest(str(location[-1]), known) if known else "leave it out"


def _missing(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return "is missing", "send it"


def _not_json(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return f"is not JSON: {detail['ctx']['error']}", "send one JSON object in UTF-8"


def _naive_time(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return "is a time without an offset", _TIME_CURE


def _no_time(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return "is not a time", _TIME_CURE


def _too_long(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    unit = "characters" if detail["type"] == "string_too_long" else "items"
    return "is too long", f"send at most {detail['ctx']['max_length']} {unit}"


def _too_short(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    unit = "characters" if detail["type"] == "string_too_short" else "items"
    optional = "" if detail["ctx"]["min_length"] > 1 else ", or leave the field out where it may be"
    return "is too short", f"send at least {detail['ctx']['min_length']} {unit}{optional}"


def _wrong_form(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return "is not of the form asked for", _cure(location, f"match {detail['ctx']['pattern']}")


def _not_listed(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    expected = str(detail["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
    return "is not one of the values known", nearest(str(detail["input"]), expected)


def _rule(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    problem = str(detail["ctx"]["error"])
    if location and location[-1] in ("id", "account_id"):
        return problem, "send the platform's own id, unchanged"
    return problem, _cure(location, "mend it and send the message again")


def _out_of_range(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return "is out of range", "send a number from 0 to 1" if "scores" in location else f"{detail['msg']}".lower()


def _wrong_type(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    wanted = _WANTED[detail["type"]]
    return f"is not {wanted}", f"send {wanted}"


def _otherwise(detail: ErrorDetails, location: list[int | str], model: type[BaseModel]) -> Said:
    return detail["type"].replace("_", " "), _cure(location, "see the message's JSON Schema")


def _cure(location: list[int | str], otherwise: str) -> str:
    names = [part for part in reversed(location) if isinstance(part, str)]
    return next((_CURES[name] for name in names if name in _CURES), otherwise)


def _fields_at(model: type[BaseModel], location: list[int | str]) -> tuple[str, ...]:
    """The names of fields at this place of the model; none where no model stands there."""
    here: Any = model
    for part in location:
        if isinstance(part, str):
            field = here.model_fields.get(part)
            here = _model_in(field.annotation) if field else None
        if here is None:
            return ()
    return tuple(here.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `X | None`, `tuple[X, …]` and their like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)


_WANTED: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "string_unicode": "a text in UTF-8",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "tuple_type": "a list",
    "list_type": "a list",
}
_SAY: Final[Mapping[str, Say]] = {
    "extra_forbidden": _unknown_field,
    "missing": _missing,
    "json_invalid": _not_json,
    "timezone_aware": _naive_time,
    "datetime_type": _no_time,
    "datetime_parsing": _no_time,
    "datetime_from_date_parsing": _no_time,
    "datetime_object_invalid": _no_time,
    "string_too_long": _too_long,
    "too_long": _too_long,
    "string_too_short": _too_short,
    "too_short": _too_short,
    "string_pattern_mismatch": _wrong_form,
    "enum": _not_listed,
    "literal_error": _not_listed,
    "value_error": _rule,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    **dict.fromkeys(_WANTED, _wrong_type),
}
