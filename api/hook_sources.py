"""Who may send webhooks here: one TOML file, read at the start and checked whole. Secrets are named there, never written.

[[sources]]
name = "acme"                       # POST /v1/hooks/acme
tenant = "demo"
signature = "standard"              # or timestamped, prefixed, plain, rsa; those need `header`
secrets = ["env:ACME_SECRET", "file:/run/secrets/acme"]
[sources.signal]                    # cases/hook_mapping.py
subject_kind = { const = "content" }
subject_id = "data.post"
"""

import os
import stat
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from api.problems import nearest, problems_of
from cases.errors import Problem
from cases.facts import Message
from cases.hook_mapping import Path as PayloadPath
from cases.hook_mapping import SignalMapping
from cases.hook_signatures import Family, key_of
from cases.names import checked_tenant

_OTHERS_MAY: Final = stat.S_IRWXG | stat.S_IRWXO
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
SecretPlace = Annotated[str, StringConstraints(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$")]


class SourceTable(Message):
    """One source as the file has it. event_id: where an event's own id is, in a payload whose signature covers no id."""

    name: SourceName
    tenant: Annotated[str, AfterValidator(checked_tenant)]
    signature: Family
    secrets: Annotated[tuple[SecretPlace, ...], Field(min_length=1, max_length=8)]
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$", to_lower=True)] | None = None
    event_id: PayloadPath | None = None
    signal: SignalMapping

    @model_validator(mode="after")
    def _has_its_header(self) -> "SourceTable":
        if self.signature is Family.STANDARD and (self.header or self.event_id):
            raise ValueError("Standard Webhooks name header and event id themselves: leave header and event_id out")
        if self.signature is not Family.STANDARD and self.header is None:
            raise ValueError("this family needs header, the name of the header the signature is in")
        return self


class _File(Message):
    sources: tuple[SourceTable, ...] = ()


@dataclass(frozen=True)
class HookSource:
    """A source that may send. keys: any one of them proves it."""

    table: SourceTable
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """What its address is called by."""
        return self.table.name


class HookSourcesError(ValueError):
    """The file of sources cannot be used. The message has a line for each mistake: place, field, problem, cure; no secret."""


HookSources = Mapping[str, HookSource]
NO_SOURCES: Final[HookSources] = MappingProxyType({})


def read_sources(
    file: Path, tenants: Collection[str], areas: Collection[str], environment: Mapping[str, str] = os.environ
) -> HookSources:
    """Every source by name. tenants, areas: those there are. Raises HookSourcesError with everything that is wrong."""
    try:
        read = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise _mistakes(file, problems_of(error, _File)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise HookSourcesError(f"{file.name} cannot be read: {type(error).__name__}") from None
    except tomllib.TOMLDecodeError as error:
        raise HookSourcesError(f"{file.name} is not TOML: {error}") from None
    problems: list[Problem] = []
    sources = [
        _source(f"sources.{place}", table, tenants, areas, environment, problems)
        for place, table in enumerate(read.sources)
    ]
    names = [source.name for source in sources]
    problems += [
        Problem("sources.name", name, "is given twice", "give each source an address of its own")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise _mistakes(file, problems)
    return {source.name: source for source in sources}


def _source(
    place: str,
    table: SourceTable,
    tenants: Collection[str],
    areas: Collection[str],
    environment: Mapping[str, str],
    problems: list[Problem],
) -> HookSource:
    if table.tenant not in tenants:
        problems.append(Problem(f"{place}.tenant", table.tenant, "is no tenant here", nearest(table.tenant, tenants)))
    area = table.signal.area
    for named in [] if area is None else area.words.values() if area.path else [area.const or ""]:
        if named not in areas:
            said = "is not an area of the policy pack"
            problems.append(Problem(f"{place}.signal.area", named, said, nearest(named, areas)))
    keys = []
    for number, where in enumerate(table.secrets):
        try:
            keys.append(key_of(table.signature, secret_at(where, environment)))
        except ValueError as error:
            problem, _, cure = str(error).partition("; ")
            problems.append(Problem(f"{place}.secrets.{number}", where, problem, cure))
    return HookSource(table, tuple(keys))


def secret_at(where: str, environment: Mapping[str, str]) -> str:
    """Raises ValueError: the problem, a semicolon, the cure."""
    kind, _, name = where.partition(":")
    if kind == "env":
        if not (value := environment.get(name, "")):
            raise ValueError("is not set; set this variable for the gateway")
        return value
    try:
        if Path(name).stat().st_mode & _OTHERS_MAY:
            raise ValueError("may be read by others; chmod 600 it")
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read ({type(error).__name__}); name a file that the gateway may read") from None


def _mistakes(file: Path, problems: Iterable[Problem]) -> HookSourcesError:
    return HookSourcesError("\n".join(f"{file.name}: {problem}" for problem in problems))
