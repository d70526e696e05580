"""The world goes away for a while. Nobody is told of what is not so, and everything happens once.

A platform that is away for days, or whose answers are lost: tests/promises/test_p02_seven_crashes.py.
"""

import asyncio
import os
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ladders import Ladders
from activities.starting import Starting
from api.errors import ServiceUnavailable
from api.ringing import Ringer
from cases.messages import Person, ReportMessage, Subject
from simulators.faults import Fault
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until


async def decided_while(here: Installation, fault: str, wrong: Fault) -> str:
    """A case in review, decided after this party began to fail."""
    here.world.post("post-1")
    stream = (await here.report("post-1")).case_id
    await here.claim(stream)
    getattr(here.world, fault).faults.fault = wrong
    await here.decide(stream)
    return stream


@pytest.mark.parametrize("wrong", ["500", "garbage", "lost"])
async def test_whatever_the_platform_does_to_an_order_it_takes_effect_once(
    wrong: str, postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await decided_while(here, "platform", Fault(wrong=wrong, times=2, paths=("/orders",)))
        await here.settles(stream)
        assert here.world.measures("post-1") == ["remove"]
        assert Counter(one["outcome"] for one in here.world.orders())["applied"] == 1
        assert not (await here.reconciled()).differences


async def test_a_mail_server_away_is_waited_for_and_everybody_is_told_once(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await decided_while(here, "mailbox", Fault(down=True))
        await here.reaches(stream, "order_confirmed")
        assert "told" not in await here.kinds(stream)
        here.world.heal()
        await here.settles(stream)
        assert set(Counter(here.world.told()).values()) == {1}
        assert ("author@example.invalid", "statement") in here.world.told()


async def test_a_database_that_stores_and_answers_500_has_the_statement_once(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await decided_while(here, "database", Fault(wrong="apply_then_500", times=1))
        filing = (await until(lambda: the_filings(here, stream)))[0]
        await until(lambda: tried(here))
        await here.forward(f"filing/demo/{filing}", seconds=40)  # the database keeps what it works on locked that long
        case = await here.settles(stream)
        here.clock.ahead = timedelta(0)
        assert [(filing.cause, filing.accepted) for filing in case.filings] == [("d-1", True)]
        assert not (await here.reconciled()).differences


async def the_filings(here: Installation, stream: str) -> list[str]:
    return [filing.filing_id for filing in (await here.case(stream)).filings]


async def tried(here: Installation) -> bool:
    """Whether the database met the fault: it heals by being met."""
    return not here.world.database.faults.fault.active


async def test_what_was_never_rung_is_rung_by_the_sweeper(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here:
        here.world.post("post-1")
        subject = Subject(kind="content", id="post-1")  # type: ignore[arg-type]  # as a door reads it
        message = ReportMessage(message_id="m-0", subject=subject, area="harassment", reporter=Person(account_id="r-0"))
        here.doors._intake._ringer.ring_soon = lambda *args: None  # type: ignore[method-assign]  # the door dies before it rings
        stream = (await here.doors.report("demo", message)).case_id
        ringer = Ringer(here.means.client)
        ladders = Ladders(here.means.record, here.means.in_force, ringer.ring_soon, here.clock)
        sweeping = Starting(here.means.record, here.means.client, ringer.ring, here.clock, ladders)
        assert await ActivityEnvironment().run(sweeping.sweep_inboxes) == 0, "ten seconds' patience with the door"
        here.clock.ahead += timedelta(seconds=11)
        async with here.working():
            assert await here.means.client.execute_workflow("SweeperWorkflow", id="sweep-1", task_queue="cases") == 1
            await here.reaches(stream, "triaged")
            here.clock.ahead += timedelta(minutes=1)
            assert await here.means.client.execute_workflow("SweeperWorkflow", id="sweep-2", task_queue="cases") == 0
        await ringer.aclose()


async def test_a_record_that_cannot_be_reached_accepts_nothing_and_says_so(postgres: Database, tmp_path: Path):
    nowhere = {"DUEPROCESS_DATABASE_DSN": "postgresql://nobody@127.0.0.1:9/nothing"}
    async with an_installation(postgres, tmp_path, **nowhere) as here:
        with pytest.raises(ServiceUnavailable, match="nothing was accepted, send it again"):
            await here.report("post-1")


async def test_a_wrong_temporal_address_is_waited_for_and_named(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DUEPROCESS_")}
        variables = {**here.variables, "DUEPROCESS_TEMPORAL_ADDRESS": "127.0.0.1:9"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "workers.main"),
            cwd=Path(__file__).parents[2],
            env={**environment, **variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout
        try:
            async with asyncio.timeout(60):
                while b"worker_waits" not in (line := await process.stdout.readline()):
                    assert line, "it ended instead of waiting"
        finally:
            process.terminate()
            async with asyncio.timeout(20):
                await process.communicate()
        assert process.returncode == 0, "asked to stop while it waits, it stops"
