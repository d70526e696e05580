"""Osprey's output, a line at a time, as signals: verdicts, label effects and a platform's own effects.

Read from roostorg/osprey: an output line is `ExecutionResult.extracted_features_json`
(osprey_worker/src/osprey/engine/executor/execution_context.py), which KafkaOutputSink writes to `osprey.execution_results`
(worker/sinks/sink/kafka_output_sink.py); example_rules/README.md shows one. Its own features are `__action_id`,
`__timestamp`, `__error_count` (engine/executor/custom_extracted_features.py), `__verdicts` and `__entity_label_mutations`,
whose items are `<entity type>/<label>/<status>` (engine/shared_constants.py); statuses are 0 removed, 1 added, 2 and 3 the
same by hand, the highest wins within one action (worker/lib/osprey_shared/labels.py). A stored execution result
(worker/lib/storage/stored_execution_result.py) holds such a line under `extracted_features`.

A removed label takes nothing back: a signal says what a machine saw, and the record only grows. It is counted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from api.peers.osprey_map import EntityMeaning, Meaning, OspreyMap, plain_name
from cases.errors import IdentityError, Problem
from cases.messages import Detector, SignalMessage, Subject
from cases.names import canonical_subject_id

VENDOR: Final = "osprey"
ADDED: Final = frozenset({1, 3})  # LabelStatus.ADDED, MANUALLY_ADDED

_ACTION_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_OWN_FEATURES: Final = frozenset({"__verdicts", "__entity_label_mutations"})
_SHAPE: Final = "send the JSON that Osprey's output sink writes, one object a line"


class Finding(NamedTuple):
    """One thing Osprey said, as our message. said: in its words; restricts: whether the platform acts on it at once."""

    message: SignalMessage
    said: str
    restricts: bool


class OspreyLine(NamedTuple):
    """One line read. removed, ignored: words that carry no signal; problems: words that could not be mapped."""

    findings: tuple[Finding, ...] = ()
    removed: int = 0
    ignored: int = 0
    problems: tuple[Problem, ...] = ()
    rule_errors: int = 0


class _Unmapped(Exception):
    """One word that has no meaning here yet."""

    def __init__(self, field: str, value: str, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.problem = Problem(field, value[:60], problem, cure)


class _Said(NamedTuple):
    """A word of the line with its meaning. entity: whom it names, if anyone."""

    kind: str
    name: str
    entity: str | None
    meaning: Meaning


def read_line(raw: bytes | str, table: OspreyMap) -> OspreyLine:
    """What this line says. What cannot be mapped is a problem, and does not keep the rest of the line from being taken."""
    try:
        line = _features(raw)
        action_id, at = _action(line)
    except _Unmapped as error:
        return OspreyLine(problems=(error.problem,))
    findings: dict[str, Finding] = {}
    problems: list[Problem] = []
    removed = ignored = 0
    held = tuple(_rules_held(line, table))
    for word in _words(line, table, problems):
        if word is None:
            removed += 1
        elif word.meaning.ignore:
            ignored += 1
        else:
            try:
                for finding in _findings(word, line, action_id, at, held, table):
                    findings.setdefault(finding.message.message_id, finding)
            except _Unmapped as error:
                problems.append(error.problem)
    return OspreyLine(tuple(findings.values()), removed, ignored, tuple(problems), _error_count(line))


def _features(raw: bytes | str) -> Mapping[str, Any]:
    try:
        line = json.loads(raw)
        if isinstance(line, dict) and line.keys() >= {"given", "problems"}:  # a line of ours that was kept for mending
            line = json.loads(line["given"])
        if isinstance(line, dict) and "extracted_features" in line:  # a stored execution result
            line = line["extracted_features"]
            line = json.loads(line) if isinstance(line, str) else line
    except (ValueError, TypeError, RecursionError):
        raise _Unmapped("line", "", "is not JSON", _SHAPE) from None
    if not isinstance(line, dict):
        raise _Unmapped("line", "", f"is a {type(line).__name__}, not an object", _SHAPE)
    return line


def _action(line: Mapping[str, Any]) -> tuple[str, datetime | None]:
    action = line.get("__action_id")
    action_id = str(action) if isinstance(action, int | str) and not isinstance(action, bool) else ""
    if not _ACTION_ID.fullmatch(action_id):
        raise _Unmapped("__action_id", "", "is missing, or no id: what came twice could not be told", _SHAPE)
    given = line.get("__timestamp")
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        raise _Unmapped("__timestamp", str(given), "is not a time", "Osprey writes ISO 8601") from None
    return action_id, at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _error_count(line: Mapping[str, Any]) -> int:
    count = line.get("__error_count")
    return count if isinstance(count, int) else 0


def _rules_held(line: Mapping[str, Any], table: OspreyMap) -> Iterator[tuple[str, Meaning]]:
    """Rules stand on the line as features that are true."""
    if table.rules:
        for name, value in line.items():
            meaning = table.rules.get(plain_name(name)) if value is True else None
            if meaning and not meaning.ignore:
                yield name, meaning


def _words(line: Mapping[str, Any], table: OspreyMap, problems: list[Problem]) -> Iterator[_Said | None]:
    """Everything the line says; None for a label that was removed. What has no meaning goes to `problems`."""
    for kind, name, entity, known in _named(line, table, problems):
        if name is None:
            yield None
            continue
        meaning = known.get(plain_name(name))
        if meaning is None:
            cure = f"add [{kind}s.{plain_name(name) or 'name'}] to the map, with area or ignore = true"
            problems.append(Problem(f"{kind}s", name[:60], "is not in the map", cure))
        else:
            yield _Said(kind, name, entity or meaning.entity, meaning)


Named = tuple[str, str | None, str | None, Mapping[str, Meaning]]


def _named(line: Mapping[str, Any], table: OspreyMap, problems: list[Problem]) -> Iterator[Named]:
    for (entity, label), status in _label_statuses(line, problems).items():
        yield "label", label if status in ADDED else None, entity, table.labels
    for verdict in dict.fromkeys(_texts(line, "__verdicts", problems)):
        yield "verdict", verdict, None, table.verdicts
    for feature, value in line.items():
        if feature.startswith("__") and feature not in _OWN_FEATURES and isinstance(value, list) and value:
            yield "effect", feature.removeprefix("__"), None, table.effects


def _label_statuses(line: Mapping[str, Any], problems: list[Problem]) -> dict[tuple[str, str], int]:
    """Entity type and label to the status that wins within this action."""
    found: dict[tuple[str, str], int] = {}
    for mutation in _texts(line, "__entity_label_mutations", problems):
        entity, _, rest = mutation.partition("/")
        label, _, status = rest.rpartition("/")
        if not (entity and label and status.isdecimal()):
            cure = "Osprey writes <entity type>/<label>/<status>"
            problems.append(Problem("__entity_label_mutations", mutation[:60], "is not of that form", cure))
        else:
            found[entity, label] = max(int(status), found.get((entity, label), 0))
    return found


def _texts(line: Mapping[str, Any], feature: str, problems: list[Problem]) -> list[str]:
    values = line.get(feature) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        problems.append(Problem(feature, "", "is not a list of strings", _SHAPE))
        return []
    return values


def _findings(
    word: _Said,
    line: Mapping[str, Any],
    action_id: str,
    at: datetime | None,
    held: tuple[tuple[str, Meaning], ...],
    table: OspreyMap,
) -> Iterator[Finding]:
    """A label is its own indication; a verdict or effect is one of each rule known beside it, or of itself."""
    subject = _subject(word, line, table)
    said = f"{word.kind} {word.name}"
    sources = held if held and word.kind != "label" else ((word.name, word.meaning),)
    for name, meaning in sources:
        cause = f"{word.kind}\0{word.name}\0{name}\0{subject.kind}\0{subject.id}"
        detector = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:64]
        message = SignalMessage(
            message_id=f"osprey-{action_id}-{sha256(cause.encode()).hexdigest()[:16]}",
            subject=subject,
            detector=Detector(vendor=VENDOR, name=detector or "unnamed", version=table.rules_version),
            scores={meaning.label or meaning.area or "other": meaning.score},
            area=meaning.area,
            detected_at=at,
        )
        yield Finding(message, said, word.meaning.restricts)


def _subject(word: _Said, line: Mapping[str, Any], table: OspreyMap) -> Subject:
    for entity in (word.entity,) if word.entity else table.subjects:
        meaning = table.entities.get(entity)
        if meaning is None:
            cure = f"add [entities.{entity}] to the map, with kind and ids"
            raise _Unmapped("entities", entity, "is no entity type of the map", cure)
        if (found := _id_on(line, meaning)) is not None:
            return _checked(meaning, found)
    entity = word.entity or "/".join(table.subjects)
    ids = ", ".join(table.entities[word.entity].ids) if word.entity else "subjects"
    cure = f"name the feature that holds its id in [entities.{word.entity or 'X'}] ids (now: {ids})"
    raise _Unmapped(f"{word.kind}s", word.name, f"its subject ({entity}) has no id on this line", cure)


def _id_on(line: Mapping[str, Any], meaning: EntityMeaning) -> str | None:
    values = (line.get(feature) for feature in meaning.ids)
    return next((str(v) for v in values if isinstance(v, str | int) and not isinstance(v, bool) and v != ""), None)


def _checked(meaning: EntityMeaning, found: str) -> Subject:
    try:
        canonical_subject_id(found)
    except IdentityError as error:
        raise _Unmapped(" or ".join(meaning.ids), "", str(error), "send the platform's own id") from None
    return Subject(kind=meaning.kind, id=found)
