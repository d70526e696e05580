"""A vendor's webhook payload as a signal, by a small table: where each field is, what its words mean here, how scores scale.

Nothing is guessed: what the table does not find is a BadInput that names the field, and the callback is parked for a person.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from cases.errors import BadInput, Problem
from cases.facts import Message
from cases.messages import AreaName, Score

LABELS_LIMIT: Final = 64
Path = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$", max_length=256)]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS: Final = 100_000_000_000  # a Unix time beyond this counts them
_ABSENT: Final = object()


class Value(Message):
    """Where one value comes from. path: dotted, list places by number; const: the same for every callback.

    words: what the source's words mean here; a word it does not list is unmappable. In TOML a bare string is a path.
    """

    path: Path | None = None
    const: str | None = None
    words: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_of_two(self) -> "Value":
        if (self.path is None) == (self.const is None):
            raise ValueError("a value comes from a path or is a const, and never both")
        return self


class ScoreValue(Message):
    """Where a probability comes from. scale: what stands for certainty there, such as 100; steps: words as probabilities."""

    path: Path
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    steps: dict[str, Score] = {}


class Labels(Message):
    """A list of labels with scores. each: where the list is; name, score: within one entry.

    words: the source's label to ours. A label not listed parks the callback, so that a vendor's new label is heard of;
    with `others = "ignore"` it is passed over.
    """

    each: Path
    name: Path
    score: Path
    words: Annotated[dict[str, AreaName], Field(min_length=1)]
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    others: Annotated[str, StringConstraints(pattern=r"^(park|ignore)$")] = "park"


def _path(given: Any) -> Any:
    return {"path": given} if isinstance(given, str) else given


Valued = Annotated[Value, BeforeValidator(_path)]
Scored = Annotated[ScoreValue, BeforeValidator(_path)]


class DetectorMapping(Message):
    """The machine that speaks."""

    vendor: Valued
    name: Valued
    version: Valued


class SignalMapping(Message):
    """Which fields of a payload make a signal."""

    subject_kind: Valued
    subject_id: Valued
    detector: DetectorMapping
    scores: Annotated[dict[AreaName, Scored], Field(max_length=LABELS_LIMIT)] = {}
    labels: Annotated[tuple[Labels, ...], Field(max_length=8)] = ()
    area: Valued | None = None
    detected_at: Valued | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "SignalMapping":
        if not self.scores and not self.labels:
            raise ValueError("a signal has scores: give scores, labels, or both")
        return self


def signal_fields(mapping: SignalMapping, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a `SignalMessage` but its message id, not yet validated; None where the source found nothing.

    Nothing is found where every list of labels is there and empty (or holds only labels that are ignored).
    Raises BadInput naming the fields that are missing or mean nothing here; no values.
    """
    problems: list[Problem] = []
    fields: dict[str, Any] = {
        "subject": {
            "kind": _text(mapping.subject_kind, "subject_kind", payload, problems),
            "id": _text(mapping.subject_id, "subject_id", payload, problems),
        },
        "detector": {
            name: _text(getattr(mapping.detector, name), f"detector.{name}", payload, problems)
            for name in DetectorMapping.model_fields
        },
        "scores": dict(_scores(mapping, payload, problems)),
    }
    if mapping.area is not None:
        fields["area"] = _text(mapping.area, "area", payload, problems)
    if mapping.detected_at is not None:
        fields["detected_at"] = _moment(mapping.detected_at, payload, problems)
    if problems:
        raise BadInput(problems)
    return fields if fields["scores"] else None


def text_at(payload: Mapping[str, Any], path: str) -> str | None:
    """The text or whole number at this path; None where there is none."""
    found = _at(payload, path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found) or None


def _scores(mapping: SignalMapping, payload: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, float]]:
    """Label and probability, the highest of a label that comes several times."""
    found: dict[str, float] = {}
    for label, value in mapping.scores.items():
        _keep(found, label, _probability(_at(payload, value.path), value), value.path, problems)
    for labels in mapping.labels:
        entries = _at(payload, labels.each)
        if not isinstance(entries, list):
            problems.append(Problem(labels.each, "", "is not a list", "mend labels.each in the table of sources"))
            continue
        for place, entry in enumerate(entries):
            _take_label(found, labels, place, entry, problems)
    return iter(found.items())


def _take_label(found: dict[str, float], labels: Labels, place: int, entry: Any, problems: list[Problem]) -> None:
    field = f"{labels.each}.{place}"
    name = text_at(entry, labels.name) if isinstance(entry, Mapping) else None
    if name is None:
        problems.append(Problem(f"{field}.{labels.name}", "", "is missing", "mend labels.name in the table of sources"))
    elif name in labels.words:
        value = ScoreValue(path=labels.score, scale=labels.scale)
        _keep(
            found,
            labels.words[name],
            _probability(_at(entry, labels.score), value),
            f"{field}.{labels.score}",
            problems,
        )
    elif labels.others == "park":
        cure = 'add it to labels.words in the table of sources, or set others = "ignore"'
        problems.append(Problem(f"{field}.{labels.name}", "", "is a label the table does not know", cure))


def _keep(found: dict[str, float], label: str, score: float | None, field: str, problems: list[Problem]) -> None:
    if score is None:
        cure = "mend its path, scale or steps in the table of sources"
        problems.append(Problem(field, "", "is no probability", cure))
    else:
        found[label] = max(score, found.get(label, 0.0))


def _probability(given: Any, value: ScoreValue) -> float | None:
    if isinstance(given, str):
        return value.steps.get(given)
    if isinstance(given, bool):
        return float(given)
    if not isinstance(given, int | float):
        return None
    score = given / value.scale
    return score if 0.0 <= score <= 1.0 else None  # NaN is in no range


def _text(value: Value, field: str, payload: Mapping[str, Any], problems: list[Problem]) -> str | None:
    if value.const is not None:
        return value.const
    assert value.path is not None
    found = text_at(payload, value.path)
    if found is None:
        problems.append(Problem(value.path, "", f"is missing, and {field} comes from it", "mend the table of sources"))
    elif value.words and found not in value.words:
        cure = f"add it to words of {field} in the table of sources"
        problems.append(Problem(value.path, "", "is a word the table does not know", cure))
        return None
    return value.words.get(found, found) if found is not None else None


def _moment(value: Value, payload: Mapping[str, Any], problems: list[Problem]) -> datetime | str | None:
    """A Unix time in seconds or milliseconds as an instant; a text is ISO 8601, and judged as the message's own field."""
    found = _text(value, "detected_at", payload, problems)
    if found is None or not (found.isascii() and found.isdigit()) or len(found) > 13:
        return found
    seconds = int(found) / 1_000 if int(found) > _MILLISECONDS else int(found)
    return EPOCH + timedelta(seconds=seconds)


def _at(payload: Any, path: str) -> Any:
    """What stands at a dotted path; `_ABSENT` where nothing does."""
    here = payload
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step, _ABSENT)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return _ABSENT
    return here
