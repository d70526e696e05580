"""P1: a signal that was acknowledged is never lost and never counted twice, whatever dies.

Kills between commit and marker are in tests/integration/test_crash_points.py; here: storms, repetition, and doors that die.
"""

import asyncio
from pathlib import Path

import pytest

from cases.errors import Conflict
from cases.messages import Person, ReportMessage, Subject
from tests.conftest import Database
from tests.integration.kit import an_installation, until


def a_message(number: int, reason: str = "synthetic") -> ReportMessage:
    return ReportMessage(
        message_id=f"m-{number}",
        subject=Subject(kind="content", id="post-1"),  # type: ignore[arg-type]  # as a door reads it
        area="harassment",
        reporter=Person(account_id=f"account-{number}"),
        reason=reason,
    )


async def test_two_hundred_reports_each_sent_twice_at_once_are_two_hundred(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        sent = [here.doors.report("demo", a_message(number)) for number in range(200) for _ in range(2)]
        receipts = await asyncio.gather(*sent)
        (stream,) = {receipt.case_id for receipt in receipts}
        assert sum(not receipt.known for receipt in receipts) == 200

        async def counted() -> bool:
            counts = (await here.case(stream)).counts
            return bool(counts) and counts["harassment"].reports >= 200

        await until(counted)
        await here.claim(stream)
        case = await here.case(stream)
        assert (case.counts["harassment"].reports, case.counts["harassment"].independent) == (200, 200)
        history = await here.handle(stream).fetch_history()
        assert len(history.events) < 150, "storms become rows, not history"


async def test_the_same_message_again_gets_its_first_receipt_and_other_words_are_a_conflict(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here:
        first = await here.doors.report("demo", a_message(1))
        here.clock.ahead += here.clock.ahead.resolution * 10_000_000
        again = await here.doors.report("demo", a_message(1))
        assert (again.known, again.received_at) == (True, first.received_at)
        with pytest.raises(Conflict, match="m-1"):
            await here.doors.report("demo", a_message(1, reason="other words"))


async def test_what_came_while_nothing_worked_is_all_there_when_something_does(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here:
        here.world.post("post-1")
        for number in range(5):
            stream = (await here.doors.report("demo", a_message(number))).case_id
        async with here.working():
            await here.reaches(stream, "report_received", times=5)
        for number in range(5, 8):  # a second outage, in the middle of the case's life
            await here.doors.report("demo", a_message(number))
        async with here.working():
            await here.reaches(stream, "report_received", times=8)
            numbers = [body.number for body in await here.bodies(stream, "report_received")]
            assert numbers == sorted(set(numbers))


async def test_a_run_that_is_terminated_is_begun_again_from_the_record(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.claim(stream, reviewer="rev-9")
        before = await here.events(stream)
        await here.handle(stream).terminate("synthetic disaster")
        await here.report("post-1")
        await here.reaches(stream, "report_received", times=2)
        assert (await here.events(stream))[: len(before)] == before
        summary = await until(lambda: here.handle(stream).query("summary"))
        assert summary["reports"] == {"harassment": 2}
