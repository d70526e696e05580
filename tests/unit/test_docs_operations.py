"""docs/operations.md: its table of settings is the model's own, and what it tells to run is there."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from api.hook_sources import read_sources
from cases.names import SEARCH_ATTRIBUTES
from tests.unit.docs_pages import code_words, examples, page, table_rows
from workers.settings import PREFIX, SECRET_FILES, Settings

OPERATIONS = page("docs/operations.md")
_TEMPORALS_OWN = {"ExecutionStatus", "WorkflowType", "TemporalReportedProblems"}


def test_the_table_of_settings_has_every_variable_with_its_default_and_meaning():
    listed = {row[0].strip("`"): (row[1], row[2]) for row in table_rows(OPERATIONS, "| variable | default | meaning |")}

    assert listed == {f"{PREFIX}{name.upper()}": _told(name) for name in Settings.model_fields}


def test_every_module_told_to_run_exists():
    modules = set(re.findall(r"python -m ([\w.]+)", OPERATIONS))

    assert {name for name in modules if find_spec(name) is None} == set()
    assert "record.migrate" in modules


def test_every_view_asks_for_attributes_that_exist():
    addresses = re.findall(r"<(http://127\.0\.0\.1:8233/[^>]+)>", OPERATIONS)
    queries = [parse_qs(urlsplit(address).query)["query"][0] for address in addresses]
    asked = {name for query in queries for name in re.findall(r"(\w+) (?:=|<|<=|IN|IS)(?= )", query)}

    assert len(queries) > 5
    assert asked <= set(SEARCH_ATTRIBUTES) | _TEMPORALS_OWN
    assert {"CaseStuck", "CaseDueAt", "CaseCategory"} <= asked


def test_every_key_file_is_named():
    named = " ".join(code_words(OPERATIONS))

    assert {file for file in SECRET_FILES.values() if file.removesuffix(".pem") not in named} - {
        "signing_key.pem"
    } == set()


def test_the_sources_shown_are_ones_the_gateway_takes(tmp_path: Path):
    (shown,) = [one.text for one in examples(OPERATIONS) if one.language == "toml"]
    secret, file = tmp_path / "scan", tmp_path / "hooks.toml"
    secret.write_text("synthetic")
    secret.chmod(0o600)
    file.write_text(shown.replace("/run/secrets/scan", str(secret)))
    given = {"ACME_SECRET": "whsec_" + "c3ludGhldGlj" * 3, "ACME_NEXT_SECRET": "whsec_" + "bmV4dCBvbmUu" * 3}

    sources = read_sources(file, ("demo",), {"harassment"}, given)

    assert set(sources) == {one["name"] for one in tomllib.loads(shown)["sources"]} == {"acme", "scan"}


def _told(name: str) -> tuple[str, str]:
    """Default and meaning as the page tells them."""
    field = Settings.model_fields[name]
    if name in SECRET_FILES:
        shown = f"`<data>/secrets/{SECRET_FILES[name]}`"
    elif field.default == Path():
        shown = ""
    elif name == "gateway_url":
        shown = "`http://127.0.0.1:<gateway port>`"
    elif isinstance(field.default, SecretStr) or field.default in ("", ()):
        shown = ""
    elif isinstance(field.default, tuple):
        shown = f"`{','.join(field.default)}`"
    else:
        shown = f"`{field.default}`"
    return shown, field.description or ""
