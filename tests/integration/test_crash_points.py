"""The worker is killed with SIGKILL between what it did and hearing of it; another goes on. Nothing is lost or doubled.

For each point: another report meanwhile, a restart, and then the outcome must equal the record, the record the world, and
the platform and the mailbox must have done everything once.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.service import RPCError

from api.errors import ServiceUnavailable
from api.requests import DecisionRequest
from cases.case import Case
from cases.projection import stage_of
from record import events
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until

ROOT = Path(__file__).parents[2]
VIOLATION: dict[str, Any] = {
    "outcome": "violation",
    "ground": "terms",
    "rule_id": "harassment.reported",
    "rationale": "synthetic rationale",
}


@pytest.mark.parametrize("point", ["took", "triaged"])
async def test_killed_before_it_heard_of_its_own_commit_the_next_worker_finds_it_done(
    point: str, postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here:
        stream = await begin(here)
        async with a_doomed_worker(here, point) as worker:
            assert await worker.wait() == -signal.SIGKILL
        await here.report("post-1")
        async with here.working():
            await here.decide(stream)
            await ends_as_if_nothing_had_happened(here, stream, reports=2)


@pytest.mark.parametrize("point", ["decided", "ordered", "confirmed"])
async def test_killed_while_a_decision_takes_effect_it_takes_effect_once(
    point: str, postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here:
        stream = await begin(here)
        async with a_doomed_worker(here, point) as worker:
            await here.reaches(stream, "receipts_sent")  # no mail is on its way when the decision's worker is killed
            claimed = await here.claim(stream)
            decision = DecisionRequest(decision_id="d-1", token=claimed.token, **VIOLATION)
            answer = await asyncio.gather(here.doors.decide("demo", "rev-1", decision), return_exceptions=True)
            assert await worker.wait() == -signal.SIGKILL
        await here.report("post-1")
        async with here.working():
            if isinstance(answer[0], ServiceUnavailable):  # nobody knows whether it was taken: it is sent again
                await here.doors.decide("demo", "rev-1", decision)
            case = await ends_as_if_nothing_had_happened(here, stream, reports=2)
        assert [one.decision_id for one in case.decisions] == ["d-1"]
        arrivals = Counter(here.world.told())
        assert arrivals[("author@example.invalid", "statement")] == 1
        assert set(arrivals.values()) == {1}


async def test_killed_after_the_mail_server_took_it_the_same_mail_may_come_twice_and_no_other(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here:
        stream = await begin(here)
        async with a_doomed_worker(here, "mailed") as worker:  # the first mail is a receipt
            assert await worker.wait() == -signal.SIGKILL
        await here.report("post-1")
        async with here.working():
            await here.reaches(stream, "receipts_sent")
            await here.decide(stream)
            await ends_as_if_nothing_had_happened(here, stream, reports=2)
        mails = here.world.mails()
        assert len({mail["message_id"] for mail in mails}) == len(mails), "a repeated mail is the same mail"
        again = [mail for mail in mails if len(mail["arrivals"]) > 1]
        assert [(mail["kind"], len(mail["arrivals"])) for mail in again] == [("receipt", 2)]


@asynccontextmanager
async def a_doomed_worker(here: Installation, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that dies at this point, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUEPROCESS_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.dying_worker", point),
        cwd=ROOT,
        env={**environment, **here.variables},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def begin(here: Installation) -> str:
    """A reported case. Its run is started anew with a short task timeout: else every kill costs ten seconds of waiting."""
    here.world.post("post-1")
    stream = (await here.report("post-1")).case_id

    async def rung() -> bool:
        try:
            return bool(await here.handle(stream).describe())
        except RPCError:
            return False

    await until(rung)
    await here.handle(stream).terminate("started anew below")
    await here.means.client.start_workflow(
        "CaseWorkflow",
        id=stream,
        task_queue="cases",
        task_timeout=timedelta(seconds=2),
        start_signal="ring",
        start_signal_args=[{"number": 1}],
    )
    return stream


async def ends_as_if_nothing_had_happened(here: Installation, stream: str, reports: int) -> Case:
    """The run completes; the record is whole, everything was done once, and the world agrees with it."""
    case = await here.settles(stream, seconds=90)
    stored = await here.events(stream)
    assert len({event.event_id for event in stored}) == len(stored)
    assert [event.sequence for event in stored] == list(range(1, len(stored) + 1))
    assert await events.verify(here.means.record, stream) == []
    assert sum(count.reports for count in case.counts.values()) == reports
    assert not [event for event in stored if event.body.kind == "message_refused"]
    summary = await here.handle(stream).query("summary")
    assert (summary["stage"], summary["events"]) == (stage_of(case).value, len(stored)), "state equals fold"
    assert here.world.measures("post-1") == ["remove"]
    applied = Counter(one["order_id"] for one in here.world.orders("applied"))
    assert set(applied.values()) == {1}, "each order changed something once"
    comparison = await here.reconciled()
    assert not comparison.differences
    return case
