"""Named SQL: explained, used, without a clock of its own."""

import re
from pathlib import Path

import pytest

import record
from record.queries import load_queries

ROOM = Path(record.__file__).parent


def test_every_query_is_used_and_every_used_one_is_there():
    rooms = (ROOM.parent / name for name in ("record", "activities", "api", "workers"))
    code = "".join(file.read_text() for room in rooms for file in room.rglob("*.py"))
    names = set(load_queries())
    assert {name for name in names if f'"{name}"' not in code} == set()
    here = "".join(file.read_text() for file in ROOM.glob("*.py"))
    assert set(re.findall(r'queries(?:\(\))?\["(\w+)"\]', here)) <= names


def test_no_sql_has_a_clock_of_its_own():
    for file in (*ROOM.glob("sql/*.sql"), *ROOM.glob("migrations/*.sql")):
        clocks = r"\bnow\(\)|current_timestamp|current_date|clock_timestamp|localtime|transaction_timestamp"
        assert not re.search(clocks, file.read_text(), re.IGNORECASE), file.name


def test_no_python_here_spells_sql():
    for file in ROOM.glob("*.py"):
        assert not re.search(r"\b(SELECT|INSERT INTO|DELETE FROM)\b", file.read_text()), file.name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-- one --\n-- Why.\nSELECT 1;\n\n-- one --\n-- Why.\nSELECT 2;", "the query one has a namesake"),
        ("-- one --\nSELECT 1;", "the query one is not explained"),
    ],
)
def test_a_file_that_explains_nothing_or_names_twice_is_refused(tmp_path, text, problem):
    (tmp_path / "x.sql").write_text(text)
    with pytest.raises(ValueError, match=problem):
        load_queries(tmp_path)


def test_explanations_are_not_sent_to_the_server(tmp_path):
    (tmp_path / "x.sql").write_text("-- one --\n-- Why.\nSELECT 1;\n")
    assert dict(load_queries(tmp_path)) == {"one": "SELECT 1"}
