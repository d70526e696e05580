"""A pack from the texts of its files: checked whole before it decides anything, every mistake in one go."""

import tomllib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar

from pydantic import Field, ValidationError

from cases.capabilities import Capabilities, lacking
from cases.facts import Message
from cases.measures import MeasureKind
from cases.pack_checks import TEMPLATES as LETTERS
from cases.pack_checks import cross_mistakes
from cases.pack_language_checks import language_mistakes
from cases.pack_languages import read_languages
from cases.pack_mistakes import PackMistake, PackMistakes, TomlFile, form_mistakes
from cases.pack_own import SETTINGS, TENANTS, OwnSettings, in_force, own_files, own_mistakes, read_lists, tenants_in
from cases.pack_words import Name, Words
from cases.policy import PackBody, PolicyPack, TriageOutcome
from cases.policy_facts import Facts
from cases.rule_scope import Mode
from cases.severity import NamedSeverity
from cases.triage import Triage, triage

PACK: Final = "pack.toml"
EXAMPLES: Final = "examples.toml"
TEMPLATES: Final = "templates/"

Body = TypeVar("Body", bound=Message)


class Expected(Message):
    """What an example should come to; what is left out is not looked at. rules: all that hold, in file order; shadowed: those
    that hold and are only recorded.

    account_rule: the one that opens a case about the author's account; "" for none. enforcements: kinds a violation brings;
    account_enforcements: kinds for people found responsible with a community.
    """

    outcome: TriageOutcome
    rules: tuple[str, ...]
    shadowed: tuple[str, ...] | None = None
    area: Name | None = None
    queue: str | None = None
    severity: NamedSeverity | None = None
    review_within: str | None = None
    hold: MeasureKind | None = None
    account_rule: str | None = None
    enforcements: tuple[MeasureKind, ...] | None = None
    account_enforcements: tuple[MeasureKind, ...] | None = None
    also: tuple[str, ...] | None = None


class Example(Message):
    """A worked case. facts: as in policy_facts.py, as little as matters."""

    name: Words
    facts: dict[str, Any]
    expect: Expected


class ExampleFile(Message):
    """examples.toml as it is written."""

    examples: tuple[Example, ...] = Field(default=())


def pack_digest(files: Mapping[str, str]) -> str:
    """`sha256:…` over the files in the order of their names, each with its length, so that no two packs share one."""
    digest = sha256()
    for name in sorted(files):
        body = files[name].encode()
        digest.update(f"{name}\0{len(body)}\0".encode() + body)
    return f"sha256:{digest.hexdigest()}"


def load_pack(files: Mapping[str, str], tenant: str | None = None) -> PolicyPack:
    """The pack that these files make: relative names with forward slashes, and their texts. Raises PackMistakes.

    tenant: for whom; what that tenant says of its own is in it, and in its digest.
    """
    mistakes, pack = _read(own_files(files, tenant), tenant)
    if mistakes or pack is None:
        raise PackMistakes(mistakes)
    return pack


def reopen_pack(files: Mapping[str, str], tenant: str | None = None) -> PolicyPack:
    """A pack that was in force before, for what opened under it. Its form is read; what checks ask today is not asked of it.

    A pack that decided yesterday must not fail its matters because it lacks a template that today's notices have.
    Raises PackMistakes for what cannot be read at all.
    """
    own = own_files(files, tenant)
    mistakes: list[PackMistake] = []
    source = _parse(PACK, own.get(PACK, ""), mistakes)
    body = _validated(source, PackBody, mistakes) if source else None
    settings = _own(body, own, tenant, mistakes) if body else OwnSettings()
    if source is None or body is None:
        raise PackMistakes(mistakes)
    return _pack(source, body, own, settings)


def check_files(files: Mapping[str, str], platform: Capabilities | None = None) -> tuple[PackMistake, ...]:
    """Everything that is wrong with the pack, in the order of the files and their lines; empty when it may decide.

    platform: what it can carry out, if that is known; a pack that needs more is wrong for it.
    """
    mistakes = [*_read(own_files(files, None), None)[0], *(_too_much(files, platform) if platform else ())]
    for tenant in tenants_in(files):
        own = _read(own_files(files, tenant), tenant)[0]
        mistakes += [mistake for mistake in own if mistake.file.startswith(TENANTS)]
    return tuple(sorted(mistakes, key=lambda mistake: (mistake.file != PACK, mistake.file, mistake.line)))


def read_examples(files: Mapping[str, str]) -> tuple[Example, ...]:
    """The worked cases of a pack whose files are in order."""
    return ExampleFile.model_validate(tomllib.loads(files.get(EXAMPLES, ""))).examples


def templates_in(files: Mapping[str, str]) -> dict[str, str]:
    """A pack's templates: file name within its templates folder, and text."""
    return {name.removeprefix(TEMPLATES): text for name, text in files.items() if name.startswith(TEMPLATES)}


def run_example(pack: PolicyPack, example: Example) -> tuple[str, ...]:
    """In which points the pack's answer differs from what the example expects; empty when it agrees."""
    answer = triage(pack, Facts.model_validate(example.facts, extra="forbid"))
    said = _comparable(answer)
    expected = example.expect.model_dump(exclude_none=True)
    return tuple(
        f"{key} is {_plain(said[key])}, not {_plain(value)}" for key, value in expected.items() if said[key] != value
    )


def _read(files: Mapping[str, str], tenant: str | None) -> tuple[list[PackMistake], PolicyPack | None]:
    if PACK not in files:
        return [PackMistake(PACK, 1, "", "", "the file is missing", "A pack is a folder with pack.toml in it.")], None
    mistakes: list[PackMistake] = []
    source = _parse(PACK, files[PACK], mistakes)
    examples_source = _parse(EXAMPLES, files.get(EXAMPLES, ""), mistakes)
    body = _validated(source, PackBody, mistakes) if source else None
    examples = _validated(examples_source, ExampleFile, mistakes) if examples_source else None
    if source is None or body is None:
        return mistakes, None
    mistakes += cross_mistakes(source, body, templates_in(files))
    mistakes += language_mistakes(source, body, files, LETTERS)
    mistakes += read_lists(source, body, files).mistakes
    own = _own(body, files, tenant, mistakes)
    if examples_source is None or examples is None:
        return mistakes, None
    mistakes += _uncovered(source, body, examples.examples)
    if mistakes:
        return mistakes, None
    pack = _pack(source, body, files, own)
    # worked examples speak of the pack as it is, and not of a tenant's own numbers
    return list(_failing(examples_source, pack, examples.examples)) if tenant is None else [], pack


def _pack(source: TomlFile, body: PackBody, files: Mapping[str, str], own: OwnSettings) -> PolicyPack:
    entries = read_lists(source, body, files).entries
    return PolicyPack.model_validate(
        {
            **source.body,
            **in_force(body, own),
            "digest": pack_digest(files),
            "entries": entries,
            "translations": read_languages(files),
        }
    )


def _own(body: PackBody, files: Mapping[str, str], tenant: str | None, mistakes: list[PackMistake]) -> OwnSettings:
    name = f"{TENANTS}{tenant}/{SETTINGS}"
    source = _parse(name, files[name], mistakes) if name in files else None
    own = _validated(source, OwnSettings, mistakes) if source else None
    if source is None or own is None:
        return OwnSettings()
    mistakes += own_mistakes(source, body, own)
    return own


def _too_much(files: Mapping[str, str], platform: Capabilities) -> Iterable[PackMistake]:
    unheard: list[PackMistake] = []  # what cannot be read is said by the check of the pack itself
    source = _parse(PACK, files.get(PACK, ""), unheard)
    body = _validated(source, PackBody, unheard) if source else None
    if source is None or body is None:
        return
    for lack in lacking(body, platform):
        has = ", ".join(sorted(platform.kinds.get(lack.subject, ()))) or "nothing"
        yield source.mistake(
            lack.path, str(lack), f"On {lack.subject} it can: {has}. Choose one, or let its adapter learn."
        )


def _parse(name: str, text: str, mistakes: list[PackMistake]) -> TomlFile | None:
    try:
        return TomlFile.of(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line = int(place.split("line ")[1].split(",")[0]) if "line " in place else len(text.splitlines()) or 1
        mistakes.append(
            PackMistake(name, line, "", "", f"is not TOML: {message}", "Strings stand in quotes, tables in [brackets].")
        )
        return None


def _validated(source: TomlFile, model: type[Body], mistakes: list[PackMistake]) -> Body | None:
    try:
        return model.model_validate(source.body)
    except ValidationError as error:
        mistakes += form_mistakes(source, model, error)
        return None


def _uncovered(source: TomlFile, body: PackBody, examples: Iterable[Example]) -> Iterable[PackMistake]:
    shown = {rule for example in examples for rule in (*example.expect.rules, *(example.expect.shadowed or ()))}
    for index, rule in enumerate(body.rules):
        if rule.id not in shown:
            where = "expect.rules" if rule.mode is Mode.LIVE else "expect.shadowed"
            yield source.mistake(
                ("rules", index), "no worked example shows this rule", f"Add one to {EXAMPLES} whose {where} names it."
            )


def _failing(source: TomlFile, pack: PolicyPack, examples: Iterable[Example]) -> Iterable[PackMistake]:
    for index, example in enumerate(examples):
        path = ("examples", index)
        try:
            differences = run_example(pack, example)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = ".".join(str(part) for part in detail["loc"])
                message = f"{where}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
                yield source.mistake((*path, "facts"), message, "policies/README.md lists the facts a case can have.")
            continue
        for difference in differences:
            yield source.mistake((*path, "expect"), difference, "Change the rule, or what the example expects.")


def _comparable(answer: Triage) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "rules": tuple(rule.rule_id for rule in answer.matched),
        "shadowed": tuple(rule.rule_id for rule in answer.shadowed),
        "area": answer.area,
        "queue": answer.queue,
        "severity": answer.severity,
        "review_within": answer.review_within,
        "hold": answer.hold.measure if answer.hold else None,
        "account_rule": answer.account_rule or "",
        "enforcements": tuple(one.kind for one in answer.enforcements),
        "account_enforcements": tuple(one.kind for one in answer.account_enforcements),
        "also": answer.also,
    }


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    return str(getattr(value, "name", value)) if isinstance(value, int) else str(value)
