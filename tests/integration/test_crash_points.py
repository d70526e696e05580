"""The worker is killed with SIGKILL between what it did and hearing of it; another goes on. Nothing is lost or doubled.

For each point: another report meanwhile, a restart, and then the outcome must equal the record, the record the world, and
the platform and the mailbox must have done everything once.
Between decision and order: tests/promises/test_p02_seven_crashes.py.
"""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from api.errors import ServiceUnavailable
from api.requests import DecisionRequest
from cases.case import Case
from cases.projection import stage_of
from record import events
from tests.conftest import Database
from tests.integration.doomed import a_doomed_worker, begin
from tests.integration.kit import Installation, an_installation

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


@pytest.mark.parametrize("point", ["ordered", "confirmed"])
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
