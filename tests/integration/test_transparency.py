"""Filing for real: a Postgres, the EU database over HTTP, and everything that is lost between them."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import processes, transparency
from activities.packs_in_force import PacksInForce
from activities.transparency import Transparency
from activities.transparency_client import LOCK, TransparencyClient
from cases.decisions import EnforcementRequest, Outcome
from cases.measures import MeasureKind, Target
from record import filings
from record.errors import RecordUnavailable
from record.record import Record
from simulators.faults import HEALTHY, Fault
from simulators.transparency.app import TransparencyDatabase
from tests.builders import NOON, SUSPEND
from tests.conftest import Database
from tests.integration.record_means import TENANT, a_record
from tests.integration.telling_means import TOKEN, a_database, a_recorded_life, keep_up
from tests.lives import PACKS, Life, a_decided_life, a_held_life


class World:
    """A record, the EU database, and the activity between them."""

    def __init__(self, record: Record, database: TransparencyDatabase, url: str, http: httpx2.AsyncClient) -> None:
        self.record, self.database, self.url, self.http = record, database, url, http
        self.now = NOON + timedelta(days=1)
        self.transparency = self.with_token(TOKEN)

    def with_token(self, token: str, url: str = "") -> Transparency:
        database = TransparencyClient(self.http, url or self.url, token)
        return Transparency(self.record, PacksInForce(self.record, PACKS), database, lambda: self.now)

    async def file(self, life: Life, cause: str = "d-1") -> processes.FilingAnswer:
        request = processes.FileStatement(case_id=life.case_id, filing=life.filing(cause))
        return await ActivityEnvironment().run(self.transparency.submit_statement, request)

    async def refused(self, life: Life, cause: str = "d-1") -> ApplicationError:
        with pytest.raises(ApplicationError) as caught:
            await self.file(life, cause)
        assert not caught.value.non_retryable
        return caught.value

    async def row(self, life: Life, cause: str = "d-1") -> filings.StoredFiling:
        return await filings.get(self.record, TENANT, life.filing(cause).filing_id)

    def stored(self) -> list[dict[str, Any]]:
        return [
            dict(row) for row in self.database.filings.database.all("statements", before=2**62, limit=99, puid=None)
        ]

    def fails(self, **fault: Any) -> None:
        self.database.faults.fault = Fault(**fault) if fault else HEALTHY


@pytest.fixture
async def world(postgres: Database, tmp_path: Path) -> AsyncIterator[World]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    async with a_database(tmp_path) as (database, url), httpx2.AsyncClient() as http:
        yield World(record, database, url, http)
    await record.close()


@pytest.fixture
async def life(world: World) -> Life:
    return await a_recorded_life(world.record, a_decided_life())


async def test_a_statement_is_stored_under_our_puid_and_its_uuid_is_kept(world: World, life: Life) -> None:
    answer = await world.file(life)
    (stored,) = world.stored()
    row = await world.row(life)
    assert answer == processes.FilingAnswer(accepted=True, reference=stored["uuid"])
    assert stored["puid"] == life.filing("d-1").filing_id
    assert (row.state, row.uuid, row.attempts, row.last_error) == ("accepted", stored["uuid"], 1, None)
    assert row.answered_at == world.now


async def test_an_answer_that_is_on_record_is_not_asked_for_again(world: World, life: Life) -> None:
    first = await world.file(life)
    world.fails(down=True)
    assert await world.file(life) == first


async def test_a_crash_between_the_answer_and_our_commit_files_nothing_twice(
    world: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*arguments: object, **more: object) -> None:
        raise RecordUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(filings, "note_answered", dies)
        with pytest.raises(RecordUnavailable):
            await world.file(life)
    assert (await world.refused(life)).next_retry_delay == LOCK
    assert await world.file(life) == processes.FilingAnswer(accepted=True, reference=None)
    assert len(world.stored()) == 1


@pytest.mark.parametrize("wrong", ["apply_then_500", "apply_then_lost"])
async def test_work_done_and_an_answer_lost_is_found_out_after_the_lock(world: World, life: Life, wrong: str) -> None:
    world.fails(wrong=wrong, times=1)
    assert (await world.refused(life)).type == "DatabaseAway"
    waiting = await world.refused(life)
    assert (waiting.type, waiting.next_retry_delay) == ("PuidTaken", LOCK)
    assert (await world.row(life)).last_error == transparency.TAKEN
    answer = await world.file(life)
    assert answer.accepted
    assert (await world.row(life)).state == "accepted"
    assert len(world.stored()) == 1


async def test_an_error_before_the_work_is_simply_tried_again(world: World, life: Life) -> None:
    world.fails(wrong="500", times=1)
    assert (await world.refused(life)).type == "DatabaseAway"
    assert (await world.file(life)).reference == world.stored()[0]["uuid"]


async def test_a_database_that_is_down_says_when_to_come_back(world: World, life: Life) -> None:
    world.fails(down=True, retry_after_seconds=42)
    error = await world.refused(life)
    assert error.next_retry_delay == timedelta(seconds=42)
    assert (await world.row(life)).last_error == "the database answers 503"
    world.fails()
    assert (await world.file(life)).accepted


@pytest.mark.parametrize("wrong", ["garbage", "lost"])
async def test_what_is_no_answer_is_none(world: World, life: Life, wrong: str) -> None:
    world.fails(wrong=wrong, times=1)
    assert (await world.refused(life)).type == "DatabaseAway"
    assert (await world.file(life)).accepted


async def test_a_puid_in_flight_is_waited_for_and_not_taken_for_stored(world: World, life: Life) -> None:
    puid = life.filing("d-1").filing_id
    platform = world.database._users[0].platform_id
    with world.database.filings.puids.locked(platform, [puid]):
        assert (await world.refused(life)).next_retry_delay == LOCK
        assert (await world.refused(life)).type == "PuidTaken"  # the database does not know it: it is not stored
    answer = await world.file(life)
    assert answer.reference == world.stored()[0]["uuid"]


async def test_a_token_that_is_refused_stays_visible_and_heals(world: World, life: Life) -> None:
    world.transparency = world.with_token("7|another-secret")
    error = await world.refused(life)
    assert "DUEPROCESS_TRANSPARENCY_TOKEN" in str(error)
    assert "another-secret" not in str(error)
    assert (await world.row(life)).last_error == "token_refused"
    world.transparency = world.with_token(TOKEN)
    assert (await world.file(life)).accepted


async def test_a_refused_statement_names_its_fields_and_heals_when_it_is_mended(
    world: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = transparency.statement_of

    class Spoiled:
        """What an older mapping would have filed: a category that was retired."""

        def __init__(self, *given: Any) -> None:
            self._given = given

        def payload(self) -> dict[str, Any]:
            retired = {"category": "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"}
            return {**real(*self._given).payload(), **retired}

    with monkeypatch.context() as patched:
        patched.setattr(transparency, "statement_of", Spoiled)
        error = await world.refused(life)
    assert (error.type, error.next_retry_delay) == ("StatementRefused", transparency.MENDING)
    assert "statement's category" in str(error)
    assert "SCOPE_OF_PLATFORM_SERVICE" not in str(error)
    assert (await world.row(life)).last_error == "refused: category"
    assert (await world.file(life)).accepted
    assert len(world.stored()) == 1


async def test_words_of_a_pack_that_break_a_rule_are_never_sent(
    world: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = transparency.statement_of

    def spoiled(*given: Any) -> Any:
        return real(*given).evolve(decision_facts="Ask somebody@example.invalid")

    monkeypatch.setattr(transparency, "statement_of", spoiled)
    error = await world.refused(life)
    assert (error.type, "decision_facts" in str(error), "somebody" in str(error)) == ("StatementInvalid", True, False)
    assert world.stored() == []


async def test_nothing_to_state_is_answered_and_not_owed_for_ever(world: World) -> None:
    warn = EnforcementRequest(kind=MeasureKind.WARN, target=Target.AUTHOR)
    life = Life().reported().captured().triaged().decided(Outcome.VIOLATION, warn).confirmed()
    await a_recorded_life(world.record, life)
    assert await world.file(life) == processes.FilingAnswer(accepted=False)
    row = await world.row(life)
    assert (row.state, row.last_error) == ("refused", "nothing_to_state")
    assert await world.file(life) == processes.FilingAnswer(accepted=False)


async def test_hold_decision_and_reversal_are_three_statements(world: World) -> None:
    life = a_held_life().decided(Outcome.VIOLATION, SUSPEND, EnforcementRequest(kind=MeasureKind.REMOVE)).confirmed()
    await a_recorded_life(world.record, life, 3)
    for cause in ("hold:harassment/1", "d-1"):
        assert (await world.file(life, cause)).accepted
    await keep_up(world.record, life.appealed().reversed().confirmed())
    assert (await world.file(life, "reversal:r-1")).accepted
    assert {one["puid"] for one in world.stored()} == {filing.filing_id for filing in life.case.filings}
    assert len(world.stored()) == 3


async def test_an_erased_case_has_nothing_left_to_state(world: World, life: Life) -> None:
    await world.record.keyring.destroy(TENANT, life.case_id, at=NOON)
    assert await world.file(life) == processes.FilingAnswer(accepted=False)
    assert world.stored() == []


async def test_a_case_erased_after_a_first_attempt_is_not_filed_any_more(world: World, life: Life) -> None:
    world.fails(wrong="500", times=1)
    await world.refused(life)
    await world.record.keyring.destroy(TENANT, life.case_id, at=NOON)
    assert await world.file(life) == processes.FilingAnswer(accepted=False)


async def test_no_log_line_and_no_error_holds_what_the_statement_says(
    world: World, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="activities")
    world.fails(wrong="500", times=1)
    error = await world.refused(life)
    await world.file(life)
    said = " ".join(str(vars(line)) for line in caplog.records if line.name.startswith("activities"))
    assert "statement_filed" in said
    for text in (said, str(error)):
        assert "Harassment" not in text
        assert TOKEN not in text
