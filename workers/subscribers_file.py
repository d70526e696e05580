"""The file of subscribers: read at the start and checked whole. Secrets are named there, never written."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from api.hook_sources import secret_at
from api.problems import nearest, problems_of
from cases.errors import Problem
from cases.hook_signatures import Family, key_of
from cases.subscribers import KINDS, Subscriber, SubscriberFile, Subscribers, SubscriberTable
from workers.settings import Settings, SettingsError


def read_subscribers(settings: Settings, environment: Mapping[str, str] = os.environ) -> Subscribers:
    """Every subscriber by tenant and name; none where no file is named.

    Raises SettingsError with everything that is wrong, and no secret.
    """
    file = settings.subscribers_file
    if file == Path():
        return {}
    try:
        read = SubscriberFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise _unusable(file, [str(one) for one in problems_of(error, SubscriberFile)]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unusable(file, [f"cannot be read: {error}"]) from None
    problems: list[str] = []
    subscribers: dict[tuple[str, str], Subscriber] = {}
    for place, table in enumerate(read.subscribers):
        where, named = f"subscribers.{place}", (table.tenant, table.name)
        problems += map(str, _mistakes(where, table, settings.tenants))
        if named in subscribers:
            problems.append(str(Problem(f"{where}.name", table.name, "is given twice", "a tenant's names differ")))
        subscribers[named] = Subscriber(table, tuple(_keys(where, table, environment, problems)))
    if problems:
        raise _unusable(file, problems)
    return subscribers


def _mistakes(where: str, table: SubscriberTable, tenants: tuple[str, ...]) -> Iterator[Problem]:
    if table.tenant not in tenants:
        yield Problem(f"{where}.tenant", table.tenant, "is no tenant here", nearest(table.tenant, tenants))
    for kind in table.kinds:
        if kind not in KINDS:
            yield Problem(f"{where}.kinds", kind, "is no kind of event", nearest(kind, KINDS))


def _keys(where: str, table: SubscriberTable, environment: Mapping[str, str], problems: list[str]) -> Iterator[bytes]:
    for number, place in enumerate(table.secrets):
        try:
            yield key_of(Family.STANDARD, secret_at(place, environment))
        except ValueError as error:
            problem, _, cure = str(error).partition("; ")
            problems.append(str(Problem(f"{where}.secrets.{number}", place, problem, cure)))


def _unusable(file: Path, problems: list[str]) -> SettingsError:
    return SettingsError("\n".join(f"DUEPROCESS_SUBSCRIBERS_FILE: {file.name}: {problem}" for problem in problems))
