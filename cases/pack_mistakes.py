"""What is wrong with a pack, said so that its author can put it right: file, line, rule, field, message, cure."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cases.policy import PolicyError
from cases.toml_lines import Path, line_of, toml_lines

SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""


class PackMistake(NamedTuple):
    """One mistake. rule: the rule's or example's name, or empty; field: dotted; line counts from 1."""

    file: str
    line: int
    rule: str
    field: str
    message: str
    cure: str

    def __str__(self) -> str:
        rule = f"{self.rule}: " if self.rule else ""
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {rule}{field}{self.message}. {self.cure}"


class PackMistakes(PolicyError):
    """The pack has mistakes."""

    def __init__(self, mistakes: Iterable[PackMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class TomlFile(NamedTuple):
    """A read TOML file: its name, what it says, and where."""

    name: str
    body: Mapping[str, Any]
    lines: Mapping[Path, int]

    @classmethod
    def of(cls, name: str, text: str, body: Mapping[str, Any]) -> "TomlFile":
        return cls(name, body, toml_lines(text))

    def mistake(self, path: Sequence[str | int], message: str, cure: str, rule: str = "") -> PackMistake:
        """A mistake at this path; the rule's name is found for a path within `rules` or `examples`."""
        within = 2 if path[:1] in (("rules",), ("examples",)) else 0
        field = ".".join(str(part) for part in path[within:])
        return PackMistake(self.name, line_of(self.lines, path), rule or self._named(path), field, message, cure)

    def _named(self, path: Sequence[str | int]) -> str:
        if len(path) < 2 or path[0] not in ("rules", "examples") or not isinstance(path[1], int):
            return ""
        entry = self.body[path[0]][path[1]]
        kind = str(path[0])[:-1]
        name = entry.get("id" if kind == "rule" else "name", path[1] + 1) if isinstance(entry, dict) else path[1] + 1
        return f"{kind} {name}"


def nearest(word: str, known: Iterable[str]) -> str:
    """The cure for an unknown word: the nearest known one, else all of them."""
    choices = sorted(str(word) for word in known)
    close = get_close_matches(word, choices, n=1, cutoff=0.75)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(choices)}." if choices else "None is declared yet."


def form_mistakes(file: TomlFile, model: type[BaseModel], error: ValidationError) -> list[PackMistake]:
    """pydantic's findings in a policy author's words."""
    return [_form_mistake(file, model, dict(detail)) for detail in error.errors(include_url=False)]


def _form_mistake(file: TomlFile, model: type[BaseModel], detail: dict[str, Any]) -> PackMistake:
    path = tuple(part for part in detail["loc"] if part != "[key]" and not str(part).startswith("Strict"))
    path = tuple(part for part in path if part not in ("int", "float"))
    kind, context = detail["type"], detail.get("ctx", {})
    shown = _shown(detail.get("input"))
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        return file.mistake(path, f"unknown key {path[-1]!r}", nearest(str(path[-1]), known))
    if kind == "missing":
        return file.mistake(
            path, f"{path[-1]!r} is missing", f"Add {path[-1]!r}; policies/README.md shows what it says."
        )
    if kind in ("enum", "literal_error"):
        return file.mistake(path, f"{shown} is not known here", f"Use one of: {context['expected']}.")
    if kind == "value_error":
        return file.mistake(path, str(context["error"]), "Write it so.")
    if kind == "string_pattern_mismatch":
        return file.mistake(path, f"{shown} has the wrong form", f"It must match {context['pattern']}.")
    return file.mistake(path, f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {shown}", "Change the value.")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Names of the fields of the model that stands at this path."""
    current: Any = model
    for part in path:
        current = _bare(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            arguments = [argument for argument in get_args(current) if argument is not Ellipsis]
            current = arguments[-1] if arguments else None
    current = _bare(current)
    return tuple(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else ()


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(argument for argument in get_args(annotation) if argument is not type(None))
    return annotation
