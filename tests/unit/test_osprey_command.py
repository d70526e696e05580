"""`dueprocess osprey` as it is typed: what it sends, says, keeps beside the file, and how it ends. All data is synthetic."""

import io
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.answers import BatchAnswer, BatchResult
from api.cli.program import run_program
from tests.unit.docs_pages import ROOT
from tests.unit.test_osprey_feed import a_line
from workers.console import build_program, explain

SAMPLE = ROOT / "docs" / "samples" / "osprey.ndjson"
MAP = ROOT / "docs" / "samples" / "osprey-map.toml"


class Here:
    """An installation whose gateway takes every batch and remembers ids."""

    tenant = "demo"

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.identity: tuple[str, str] | None = None

    @asynccontextmanager
    async def gateway(self, tenant: str, name: str):
        self.identity = (tenant, name)
        yield self

    async def submit_batch(self, messages):
        results = []
        for index, message in enumerate(messages):
            outcome: Any = "known" if message.message_id in self.known else "accepted"
            self.known.add(message.message_id)
            results.append(BatchResult(index=index, outcome=outcome, message_id=message.message_id))
        return BatchAnswer(accepted=0, known=0, conflict=0, refused=0, next="", results=tuple(results))


def run(here: Here, *words: str) -> int:
    return run_program(build_program(), ["osprey", *words], {"here": lambda: here, "place": lambda: here}, explain)


def test_the_sample_is_sent_with_its_map_and_again_adds_nothing(capsys: pytest.CaptureFixture[str]):
    here = Here()

    codes = [run(here, str(SAMPLE), "--map", str(MAP), "--json") for _ in range(2)]
    first, again = (json.loads(part) for part in capsys.readouterr().out.replace("}\n{", "}\0{").split("\0"))

    assert codes == [0, 0]
    assert here.identity == ("demo", "service")
    assert (first["lines"], first["rejected"], first["rejects_file"]) == (240, 0, None)
    assert first["signals"]["taken"] == again["signals"]["known"] == len(here.known)
    assert not SAMPLE.with_name(f"{SAMPLE.name}.refused.ndjson").exists()


def test_what_needs_mending_stands_beside_the_file_and_can_be_sent_once_the_map_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    here, file = Here(), tmp_path / "osprey.ndjson"
    file.write_bytes(a_line(1, "User/meow/1") + a_line(2))
    mended = tmp_path / "map.toml"
    mended.write_text(
        'subjects = ["User"]\n[entities.User]\nkind = "account"\nids = ["UserId"]\n[labels.meow]\narea = "spam"\n'
    )

    assert run(here, str(file)) == 1
    assert "osprey.ndjson.refused.ndjson" in capsys.readouterr().out
    assert len(here.known) == 1
    assert run(here, f"{file}.refused.ndjson", "--map", str(mended)) == 0
    assert len(here.known) == 2
    assert "1 signals taken" in capsys.readouterr().out


def test_following_keeps_its_place_beside_the_file(tmp_path: Path):
    here, file = Here(), tmp_path / "osprey.ndjson"
    file.write_bytes(a_line(1))
    assert run(here, str(file), "--follow", "--idle", "0") == 0
    kept = json.loads((tmp_path / "osprey.ndjson.position").read_text())
    assert (kept["line"], kept["offset"]) == (1, len(a_line(1)))

    here.known.clear()
    with file.open("ab") as more:
        more.write(a_line(2))
    assert run(here, str(file), "--follow", "--idle", "0") == 0
    assert len(here.known) == 1, "what was dealt with is not sent again"


def test_standard_input_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = Here()
    reading, writing = os.pipe()
    os.write(writing, a_line(1) + a_line(2).rstrip())
    os.close(writing)
    monkeypatch.chdir(tmp_path)
    with io.FileIO(reading) as piped:
        monkeypatch.setattr("sys.stdin", piped)
        assert run(here, "-") == 0

    assert len(here.known) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.ndjson"], "FILE"),
        (["-", "--follow"], "--follow"),
        ([str(SAMPLE), "--idle", "3"], "--idle"),
        ([str(SAMPLE), "--map", "nowhere.toml"], "--map"),
    ],
)
def test_wrong_usage_names_what_to_mend(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert run(Here(), *words) == 2
    assert told in capsys.readouterr().err
