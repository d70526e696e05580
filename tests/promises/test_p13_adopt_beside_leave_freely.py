"""P13: adopt beside, leave freely. A shadow run does nothing to anything, adapters count once, a case reads out whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.answers import TimelineEntry
from api.peers.osprey import read_line
from api.peers.osprey_map import read_map
from cases.case import Case
from cases.events import CaseEvent
from cases.folding import fold_all
from cases.projection import stage_of
from record import inbox
from tests.conftest import Database
from tests.coop_payloads import REPORT as COOP_REPORT
from tests.integration.gateway_kit import REPORT, START, a_gateway
from tests.osprey_sample import lines
from tests.unit.docs_pages import ROOT

SAMPLE = ROOT / "docs" / "samples" / "osprey.ndjson"
MAP = ROOT / "docs" / "samples" / "osprey-map.toml"
# The interpreter itself tells of every connection, process and file that is written; what could make one is not loaded.
GUARDED = """
import sys
FORBIDDEN = ("socket.", "subprocess.", "os.fork", "os.posix_spawn", "os.exec", "os.system", "os.mkdir", "os.remove",
             "os.rename", "os.truncate", "sqlite3.", "shutil.", "tempfile.")
page = sys.argv[sys.argv.index("--html") + 1] if "--html" in sys.argv else None
def guard(event, details):
    if event.startswith(FORBIDDEN):
        raise AssertionError("a shadow run reached for the world: " + event)
    if event == "open" and set(str(details[1] or "")) & set("wax+") and details[0] != page:
        raise AssertionError("a shadow run writes " + str(details[0]))
sys.addaudithook(guard)
from workers.console import main
code = main(sys.argv[1:])
loaded = {"asyncpg", "temporalio", "aiosmtplib", "httpx2", "record.inbox", "record.pool"} & set(sys.modules)
assert not loaded, loaded
sys.exit(code)
"""


def shadow_run(folder: Path, *more: str, seed: str = "0") -> str:
    """The command in a process of its own, in an empty folder, with the world boarded up."""
    words = ["shadow", "--from", str(SAMPLE), "--map", str(MAP), "--json", *more]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-B", "-c", GUARDED, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_shadow_run_opens_no_connection_loads_no_client_and_leaves_nothing_behind(tmp_path: Path):
    before = SAMPLE.read_bytes()

    printed = json.loads(shadow_run(tmp_path))

    assert printed["cases"] > 0
    assert list(tmp_path.rglob("*")) == []
    assert SAMPLE.read_bytes() == before


def test_the_same_lines_say_the_same_in_every_process(tmp_path: Path):
    page = tmp_path / "report.html"
    first = (shadow_run(tmp_path, "--html", str(page), seed="1"), page.read_bytes())
    again = (shadow_run(tmp_path, "--html", str(page), seed="2"), page.read_bytes())

    assert first == again


def test_ospreys_lines_have_the_same_message_ids_however_often_they_are_read():
    table = read_map(MAP.read_text())
    once = [f.message for line in lines() for f in read_line(line, table).findings]
    twice = [f.message for line in lines() for f in read_line(line, table).findings]

    assert once == twice
    assert len({message.message_id for message in once}) == len(once) > 50


@pytest.fixture
async def gateway(postgres: Database):
    async with a_gateway(postgres) as one:
        yield one


async def test_coops_report_counts_once_however_often_it_is_sent_and_with_temporal_away(gateway):
    gateway.temporal.down = True
    item, why = {"id": "p1", "data": {}, "typeId": "content"}, {"policyId": "spam"}
    plain = {**COOP_REPORT, "reportedItem": item, "reportedForReason": why}
    sending = [
        gateway.http.post("/compat/coop/api/v1/report", headers={"x-api-key": "service"}, json=plain) for _ in range(5)
    ]
    receipts = [(await one).json() for one in sending]

    assert len({one["reportId"] for one in receipts}) == 1
    assert sorted(one["receipt"]["known"] for one in receipts) == [False] + [True] * 4
    events, _ = await inbox.take(gateway.record, receipts[0]["receipt"]["case_id"], (), START)
    assert [event.event_id for event in events] == ["inbox:1"]


async def test_a_case_reads_out_whole_in_documented_events_that_fold_to_the_same_case(gateway):
    """Leaving, as far as it exists: what a case is can be rebuilt from what the door gives out."""
    receipt = (await gateway.post("/v1/reports", REPORT)).json()
    stored, _ = await inbox.take(gateway.record, receipt["case_id"], (), START)

    answer = (await gateway.get(f"/v1/cases/{receipt['case_id']}")).json()

    entries = [TimelineEntry.model_validate(one) for one in answer["events"]]
    events = [
        CaseEvent.model_validate(
            {
                "event_id": e.event_id,
                "occurred_at": e.occurred_at,
                "sequence": e.sequence,
                "body": {**e.body, "kind": e.kind},
            }
        )
        for e in entries
    ]
    assert events == stored
    empty = Case(case_id=receipt["case_id"])
    assert stage_of(fold_all(empty, events)) is stage_of(fold_all(empty, stored))
