"""Our pages name files, functions and commands that are there."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.docs_pages import ROOT, code_words, page, table_rows
from workers.console import DETECTOR_COMMANDS, STACK_COMMANDS
from workers.console import POLICY_COMMANDS as RECORD_POLICY_COMMANDS

PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "decisions").glob("*.md")),
)
ROOMS = ("activities", "api", "benchmarks", "cases", "docs", "policies", "record", "requirements", "simulators", "tests",
         "workers", "workflows")  # fmt: skip
_NAMED = re.compile(r"`(\w+)` in `([\w.]+/[\w/.]+)`")
_TESTS = re.compile(r"`(tests/[\w/.]+)::(\w+)`")
_COMMAND = re.compile(r"\bdueprocess +((?:[a-z][a-z-]+ ?){1,2})")


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_names_is_there(name: str):
    paths = {word for word in code_words(page(name)) if re.fullmatch(rf"(?:{'|'.join(ROOMS)})/[\w./-]+", word)}

    assert {path for path in paths if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_function_that_a_page_names_is_in_its_file(name: str):
    named = _NAMED.findall(page(name))

    assert [f"{what} in {where}" for what, where in named if not _is_in(what, ROOT / where)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_a_page_names_is_in_its_file(name: str):
    named = _TESTS.findall(page(name))

    assert [f"{where}::{what}" for where, what in named if f"def {what}(" not in (ROOT / where).read_text()] == []


def test_the_architecture_follows_a_report_through_every_room():
    steps = " ".join(" ".join(row) for row in table_rows(page("docs/architecture.md"), "| | what happens | where |"))

    assert {room for room in ("api", "record", "workflows", "activities", "cases") if f"`{room}/" not in steps} == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_a_page_names_exists(name: str):
    told = {words.strip() for words in _COMMAND.findall(_code_of(page(name)))}

    assert {words for words in told if not _exists(words.split())} == set()


def test_pictures_can_be_read_without_seeing_them():
    for picture in (ROOT / "docs" / "images").glob("*.svg"):
        drawing = ElementTree.parse(picture).getroot()
        names = {child.tag.rpartition("}")[2] for child in drawing}

        assert {"title", "desc"} <= names, picture.name


def test_no_page_names_a_place_of_one_machine():
    for name in PAGES:
        assert not re.search(r"(?<![\w.:/])/(?:home|root|work|Users|tmp)/", page(name)), name


def _code_of(text: str) -> str:
    """What is shown as code: between back-ticks, in fences, and indented by four."""
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    fenced = re.findall(r"^```(?:sh|console|text)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*code_words(" ".join(text.split())), *indented, *fenced])


def _exists(words: list[str]) -> bool:
    from api.cli.program import (
        BANK_COMMANDS,
        BULK_COMMANDS,
        CAMPAIGN_COMMANDS,
        CASE_COMMANDS,
        COMMANDS,
        CONFLICT_COMMANDS,
        ENFORCEMENT_COMMANDS,
        FLAG_COMMANDS,
        FLAGGER_COMMANDS,
        PAGE_COMMANDS,
        PARKED_COMMANDS,
        POLICY_COMMANDS,
        PROTECT_COMMANDS,
        QUALITY_COMMANDS,
        REPORTER_COMMANDS,
        REVIEWER_COMMANDS,
        SUBSCRIBER_COMMANDS,
        TASK_COMMANDS,
        VENDOR_COMMANDS,
        WELLBEING_COMMANDS,
    )

    groups = {
        "bulk": BULK_COMMANDS,
        "campaign": CAMPAIGN_COMMANDS,
        "case": CASE_COMMANDS,
        "protect": PROTECT_COMMANDS,
        "enforcement": ENFORCEMENT_COMMANDS,
        "task": TASK_COMMANDS,
        "page": PAGE_COMMANDS,
        "reviewer": REVIEWER_COMMANDS,
        "wellbeing": WELLBEING_COMMANDS,
        "quality": QUALITY_COMMANDS,
        "parked": PARKED_COMMANDS,
        "flags": FLAG_COMMANDS,
        "flaggers": FLAGGER_COMMANDS,
        "conflict": CONFLICT_COMMANDS,
        "policy": {**POLICY_COMMANDS, **RECORD_POLICY_COMMANDS},
        "reporters": REPORTER_COMMANDS,
        "subscriber": SUBSCRIBER_COMMANDS,
        "vendor": VENDOR_COMMANDS,
        "banks": BANK_COMMANDS,
        "detectors": DETECTOR_COMMANDS,
    }
    first, rest = words[0], words[1:]
    return rest[0] in groups[first] if first in groups and rest else first in {*COMMANDS, *STACK_COMMANDS, *groups}


def _is_in(what: str, where: Path) -> bool:
    text = where.read_text(encoding="utf-8")
    return bool(re.search(rf"(?:def|class|FUNCTION|TABLE) {what}\b|^{what}\b", text, re.MULTILINE))
