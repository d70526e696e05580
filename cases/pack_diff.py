"""What is different between two packs, in the words of their files: for who approves a release, and for who wonders why."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cases.areas import OWN_LISTS
from cases.facts import Fact
from cases.policy import PolicyPack

_BY_NAME: Final = ("thresholds", "labels", "queues", "areas", "lists", "entries", "templates")
_WHOLE: Final = ("deadlines", "ladder", "detection_off")


class Change(Fact):
    """One difference. section: of pack.toml; name: of the rule, area and so on; field: dotted, empty for the whole entry.

    before, after: as written; None where there is nothing.
    """

    section: str
    name: str
    field: str
    before: Any = None
    after: Any = None

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def differences(
    before: PolicyPack,
    after: PolicyPack,
    templates: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> tuple[Change, ...]:
    """What the second pack says otherwise, in the order of a pack's sections. templates: file name to text, of both."""
    old, new = _plain(before, templates[0]), _plain(after, templates[1])
    return (*_settings(old, new), *_entries(old, new), *_rules(before, after), *_lists(old, new))


def automatic_rules_changed(before: PolicyPack | None, after: PolicyPack) -> tuple[str, ...]:
    """Rules that decide alone under the second pack, and did not, or not so, under the first.

    A changed condition, scope, threshold or list counts, what it brings, and where or to which content rules apply at all:
    each may make a rule act where it did not, or otherwise. None: everything is new.
    """
    return tuple(rule.id for rule in after.rules if _acts(after, rule.id) and not _same(before, after, rule.id))


def _acts(pack: PolicyPack, rule_id: str) -> bool:
    rule = pack.rule(rule_id)
    return (
        rule is not None and rule.then.outcome == "automatic" and rule.mode != "shadow" and rule_id not in pack.shadowed
    )


def _same(before: PolicyPack | None, after: PolicyPack, rule_id: str) -> bool:
    old, new = (before.rule(rule_id) if before else None), after.rule(rule_id)
    if before is None or old is None or new is None or not _acts(before, rule_id):
        return False
    quiet = {"why"}
    if old.model_dump(exclude=quiet) != new.model_dump(exclude=quiet):
        return False
    return (_named_in(before, new.when), _around(before, new.area)) == (
        _named_in(after, new.when),
        _around(after, new.area),
    )


def _named_in(pack: PolicyPack, condition: str) -> dict[str, Any]:
    """The numbers and entries that a condition leans on."""
    numbers = {name: one.value for name, one in pack.thresholds.items() if f"limits.{name}" in condition}
    lists = {name: entries for name, entries in pack.entries.items() if name in condition}
    return {**numbers, **lists}


def _around(pack: PolicyPack, area: str) -> tuple[Any, ...]:
    """What decides beside a rule whether it acts, and what that brings: the pack's scope, and its area's usual measures."""
    known = pack.areas[pack.area_named(area)]
    brings = known.model_dump(include={"strike", "enforcements", *OWN_LISTS.values()})
    return (pack.detection_off, pack.applies_to_content_from, brings)


def _plain(pack: PolicyPack, templates: Mapping[str, str]) -> dict[str, Any]:
    body = pack.model_dump(mode="json", exclude={"rules", "digest", "entries", "shadowed", "translations"})
    entries = {name: sorted(found) for name, found in pack.entries.items()}
    return {**body, "entries": entries, "templates": dict(templates), "shadowed": sorted(pack.shadowed)}


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for section in sorted((old.keys() | new.keys()) - {*_BY_NAME, *_WHOLE}):
        yield from _fields(section, "", old.get(section), new.get(section), "")


def _entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for section in _BY_NAME:
        before, after = old[section], new[section]
        for name in sorted(before.keys() | after.keys()):
            if section == "entries":
                yield from _added_and_gone(name, before.get(name, []), after.get(name, []))
            elif section == "templates" and before.get(name) != after.get(name):
                yield Change(section=section, name=name, field="", before=name in before, after=name in after)
            else:
                yield from _fields(section, name, before.get(name), after.get(name), "")


def _added_and_gone(name: str, before: list[str], after: list[str]) -> Iterator[Change]:
    added, gone = len(set(after) - set(before)), len(set(before) - set(after))
    if added or gone:
        yield Change(section="entries", name=name, field="", before=f"{gone} taken out", after=f"{added} added")


def _rules(before: PolicyPack, after: PolicyPack) -> Iterator[Change]:
    old = {rule.id: rule.model_dump(mode="json") for rule in before.rules}
    new = {rule.id: rule.model_dump(mode="json") for rule in after.rules}
    for name in (*old, *(one for one in new if one not in old)):
        yield from _fields("rules", name, old.get(name), new.get(name), "")
    kept = [name for name in old if name in new]
    order = [name for name in new if name in old]
    if kept != order:  # the first in the file stands among equals
        yield Change(section="rules", name="", field="order", before=kept, after=order)


def _lists(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for section in _WHOLE:
        gone = [one for one in old[section] if one not in new[section]]
        added = [one for one in new[section] if one not in old[section]]
        yield from (Change(section=section, name="", field="", before=one) for one in gone)
        yield from (Change(section=section, name="", field="", after=one) for one in added)


def _fields(section: str, name: str, before: Any, after: Any, field: str) -> Iterator[Change]:
    """The differing leaves of two entries; the entry itself where one of them is missing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in (*before, *(one for one in after if one not in before)):
            yield from _fields(section, name, before.get(key), after.get(key), f"{field}.{key}" if field else str(key))
    elif before != after:
        yield Change(section=section, name=name, field=field, before=before, after=after)
