"""The file of vendors: read at the start and checked whole. Secrets are named there, never written."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from api.hook_sources import secret_at
from api.problems import problems_of
from cases.errors import Problem
from cases.hook_signatures import Family, key_of
from cases.vendor_table import CALLBACKS, FormName, Vendor, VendorFile, Vendors, VendorTable
from workers.settings import Settings, SettingsError


def read_vendors(settings: Settings, environment: Mapping[str, str] = os.environ) -> Vendors:
    """Every vendor by name; none where no file is named. Raises SettingsError with everything that is wrong, and no secret."""
    file = settings.vendors_file
    if file == Path():
        return {}
    try:
        read = VendorFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise _unusable(file, [str(one) for one in problems_of(error, VendorFile)]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unusable(file, [f"cannot be read: {error}"]) from None
    problems: list[str] = []
    vendors = [_vendor(f"vendors.{place}", table, environment, problems) for place, table in enumerate(read.vendors)]
    names = [vendor.name for vendor in vendors]
    problems += [f"vendors.name {name!r} is given twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise _unusable(file, problems)
    return {vendor.name: vendor for vendor in vendors}


def _vendor(place: str, table: VendorTable, environment: Mapping[str, str], problems: list[str]) -> Vendor:
    secret, keys = "", []
    if table.secret is not None:
        try:
            secret = secret_at(table.secret, environment)
            if table.form is FormName.WEBHOOK:
                key_of(Family.STANDARD, secret)
        except ValueError as error:
            problems.append(_problem(f"{place}.secret", table.secret, error))
    for number, where in enumerate(table.callback_secrets):
        try:
            keys.append(key_of(CALLBACKS[table.form][0], secret_at(where, environment)))
        except ValueError as error:
            problems.append(_problem(f"{place}.callback_secrets.{number}", where, error))
    return Vendor(table, secret.strip(), tuple(keys))


def _problem(place: str, where: str, error: ValueError) -> str:
    problem, _, cure = str(error).partition("; ")
    return str(Problem(place, where, problem, cure))


def _unusable(file: Path, problems: list[str]) -> SettingsError:
    return SettingsError("\n".join(f"DUEPROCESS_VENDORS_FILE: {file.name}: {problem}" for problem in problems))
