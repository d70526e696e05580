"""What one tenant says of a pack in force for it: thresholds within their bounds, entries of lists, rules only recorded.

It stands in the pack's folder, under `tenants/<tenant>/`: `settings.toml`, and `lists/<name>.txt` with further entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import Field, StrictFloat, StrictInt

from cases.facts import Message
from cases.pack_lists import FOLDER, MAX_ENTRIES, ListOf, entries_of, problem_of
from cases.pack_mistakes import PackMistake, TomlFile, nearest
from cases.pack_words import Name, RuleId
from cases.policy import PackBody, PolicyError, Threshold

TENANTS: Final = "tenants/"
SETTINGS: Final = "settings.toml"
MAX_VALUES: Final = 1_000  # of a list that conditions compare with: every judgement carries it


class OwnSettings(Message):
    """A tenant's settings.toml. shadow: rules that are only recorded for this tenant."""

    thresholds: dict[Name, StrictInt | StrictFloat] = Field(default_factory=dict)
    shadow: tuple[RuleId, ...] = ()


class Listed(NamedTuple):
    """The entries of a pack's lists, and what is wrong with their files."""

    entries: Mapping[str, frozenset[str]]
    mistakes: tuple[PackMistake, ...]


def own_files(files: Mapping[str, str], tenant: str | None) -> dict[str, str]:
    """The files that make the pack of this tenant, or of one that says nothing of its own."""
    mine = f"{TENANTS}{tenant}/"
    return {
        name: text for name, text in files.items() if not name.startswith(TENANTS) or (tenant and name.startswith(mine))
    }


def tenants_in(files: Mapping[str, str]) -> tuple[str, ...]:
    """The tenants that say something of their own, by name."""
    return tuple(sorted({name.split("/")[1] for name in files if name.startswith(TENANTS) and name.count("/") > 1}))


def read_lists(file: TomlFile, pack: PackBody, files: Mapping[str, str]) -> Listed:
    """The entries of every list the pack declares, a tenant's added. files: as `own_files` gives them."""
    found: dict[str, frozenset[str]] = {}
    mistakes: list[PackMistake] = []
    for name, rule in pack.lists.items():
        if f"{FOLDER}{name}.txt" not in files:
            cure = f"Write {FOLDER}{name}.txt, an entry a line."
            mistakes.append(file.mistake(("lists", name), "the list has no file", cure))
        own = [path for path in files if path.endswith(f"/{FOLDER}{name}.txt")]
        if own and not rule.tenants_add:
            cure = "Remove it, or let the pack say tenants_add = true."
            mistakes.append(PackMistake(own[0], 1, "", "", f"list {name!r} is not for tenants to add to", cure))
        texts = {path: files[path] for path in (f"{FOLDER}{name}.txt", *own) if path in files}
        mistakes += [mistake for path, text in texts.items() for mistake in _wrong_entries(path, rule.of, text)]
        found[name] = frozenset(entry for text in texts.values() for entry in entries_of(rule.of, text))
        most = MAX_VALUES if rule.of is ListOf.VALUES else MAX_ENTRIES
        if len(found[name]) > most:
            cure = f"A list of {rule.of} has at most {most}."
            mistakes.append(file.mistake(("lists", name), f"has {len(found[name])} entries", cure))
    for path in files:
        if path.endswith(".txt") and (path.startswith(FOLDER) or f"/{FOLDER}" in path):
            name = path.rpartition("/")[2].removesuffix(".txt")
            if name not in pack.lists:
                mistakes.append(PackMistake(path, 1, "", "", f"no list is called {name!r}", nearest(name, pack.lists)))
    return Listed(found, tuple(mistakes))


def own_mistakes(file: TomlFile, pack: PackBody, own: OwnSettings) -> Iterator[PackMistake]:
    """What of a tenant's settings the pack does not allow."""
    for name, value in own.thresholds.items():
        try:
            threshold_of(pack, name, value)
        except PolicyError as error:
            yield file.mistake(("thresholds", name), str(error), "Leave it out, or give a value the pack allows.")
    known = {rule.id: rule for rule in pack.rules}
    for index, rule_id in enumerate(own.shadow):
        path: Sequence[str | int] = ("shadow", index)
        if rule_id not in known:
            yield file.mistake(path, f"there is no rule {rule_id!r}", nearest(rule_id, known))
        elif known[rule_id].exempt_from_brakes:
            yield file.mistake(path, f"rule {rule_id} is not for tenants to silence (P12)", "Leave it out.")


def threshold_of(pack: PackBody, name: str, value: float) -> Threshold:
    """The pack's threshold with a tenant's value. Raises PolicyError: unknown, not for tenants, or out of bounds."""
    if name not in pack.thresholds:
        raise PolicyError(f"pack {pack.id} has no threshold {name!r}. {nearest(name, pack.thresholds)}")
    old = pack.thresholds[name]
    if old.minimum is None:
        raise PolicyError(f"threshold {name!r} of pack {pack.id} is not for tenants to set")
    if isinstance(value, bool) or isinstance(old.value, int) != isinstance(value, int):
        raise PolicyError(
            f"threshold {name!r} is {'a whole number' if isinstance(old.value, int) else 'written with a point'}"
        )
    if not old.allows(value):
        raise PolicyError(f"threshold {name!r} lies between {old.minimum} and {old.maximum}, not at {value}")
    return old.model_copy(update={"value": value})


def in_force(pack: PackBody, own: OwnSettings) -> dict[str, Any]:
    """The fields of the pack that a tenant's settings change."""
    changed = {name: threshold_of(pack, name, value) for name, value in own.thresholds.items()}
    return {"thresholds": {**pack.thresholds, **changed}, "shadowed": frozenset(own.shadow)}


def _wrong_entries(path: str, of: ListOf, text: str) -> Iterator[PackMistake]:
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.partition("#")[0].strip()
        if entry and (problem := problem_of(of, entry)):
            yield PackMistake(path, number, "", "", f"the entry {problem}", "Mend or remove the line.")
