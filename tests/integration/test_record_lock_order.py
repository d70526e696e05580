"""What is written at the same moment waits for one another in one order: a case's stream, its keys, message ids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from cases.appeals import Role
from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind, person_key
from record import inbox, notices, people, pool
from record.batching import BatchMessage, accept_all
from record.errors import Crossed, RecordUnavailable
from record.notices import OwedMail
from record.parsing import RawMessage
from record.pool import tenant_transaction
from record.record import Record
from tests.conftest import Database
from tests.integration.record_means import NOON, TENANT, a_person, a_record, a_report, case_id_of, minutes, raw

ADA = Person(account_id="account-ada")


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


@pytest.fixture
async def beside(postgres: Database, record: Record) -> AsyncIterator[Record]:
    """Another process."""
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


async def _so_many_wait(record: Record, at_least: int) -> None:
    """Until so many wait for a lock; bounded."""
    for _ in range(200):
        async with tenant_transaction(record.pool, TENANT) as connection:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if await connection.fetchval(query) >= at_least:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def _message(record: Record, message_id: str, subject_id: str = "post-1") -> BatchMessage:
    subject = Subject(kind=SubjectKind.CONTENT, id=subject_id)
    message = ReportMessage(message_id=message_id, subject=subject, area="harassment", reporter=ADA)
    case_id = await case_id_of(record, subject_id)
    return BatchMessage(case_id, SubjectKind.CONTENT, subject_id, "report", message_id, message, ADA)


def _raw_report(message_id: str) -> RawMessage:
    subject = {"kind": "content", "id": "post-1"}
    reporter = {"account_id": "account-ada"}
    return raw("report", {"message_id": message_id, "subject": subject, "area": "harassment", "reporter": reporter})


async def _by_batch(record: Record) -> object:
    return await accept_all(record, TENANT, [await _message(record, "r-2")], minutes(1))


async def _by_itself(record: Record) -> object:
    return await a_report(record, "r-2", person=ADA)


async def _to_the_case_there_is(record: Record) -> object:
    one = await _message(record, "r-2")
    return await inbox.accept(
        record, TENANT, one.case_id, None, None, "report", "r-2", one.message, one.person, minutes(1)
    )


async def _by_raw_signal(record: Record) -> object:
    return await inbox.take(record, await case_id_of(record), [_raw_report("r-2")], minutes(1))


async def _as_author(record: Record) -> object:
    return await people.keep_author(record, await case_id_of(record), ADA)


async def _as_told(record: Record) -> object:
    person = person_key(await record.keyring.subject_secret(TENANT), "account-ada")
    mail = OwedMail(person=person, role=Role.AUTHOR, body=b"synthetic")
    return await notices.owe(record, await case_id_of(record), "n-1", "receipt", "r-1", [mail], NOON)


@pytest.mark.parametrize("noted", [_as_author, _as_told])
@pytest.mark.parametrize("door", [_by_itself, _to_the_case_there_is, _by_batch, _by_raw_signal])
async def test_a_stranger_who_writes_while_the_case_first_notes_them_waits_and_nobody_is_given_up(
    record: Record, beside: Record, monkeypatch: pytest.MonkeyPatch, door: Any, noted: Any
):
    monkeypatch.setattr(pool, "Crossed", RecordUnavailable)  # it would be tried again, and nobody would see it
    await a_report(record, "r-1", person=a_person("ben"))
    case_id = await case_id_of(record)
    async with tenant_transaction(record.pool, TENANT) as connection:  # somebody is at the case
        await connection.execute(record.queries["lock_stream"], TENANT, case_id)
        first = asyncio.create_task(noted(beside))
        await _so_many_wait(record, 1)
        second = asyncio.create_task(door(record))
        await _so_many_wait(record, 2)
    await asyncio.gather(first, second)


async def test_a_batch_and_raw_messages_that_name_the_same_ids_crosswise_are_both_taken(record: Record, beside: Record):
    """Raw messages are taken in the order they came, whatever their ids: Postgres ends one of the two, and it begins again."""
    await a_report(beside, "r-1")
    case_id = await case_id_of(beside)
    batch = [await _message(record, name, "post-2") for name in ("m-1", "m-2")]
    with suppress(Crossed):  # the run's: its activity is tried again
        async with beside.together(TENANT):
            await inbox.take(beside, case_id, [_raw_report("m-2")], minutes(1))
            writing = asyncio.create_task(accept_all(record, TENANT, batch, minutes(1)))
            await _so_many_wait(beside, 1)
            await inbox.take(beside, case_id, [_raw_report("m-1")], minutes(1))
    kept = {one.message_id: one.case_id for one in await writing if one}
    await inbox.take(beside, case_id, [_raw_report("m-2"), _raw_report("m-1")], minutes(2))
    async with tenant_transaction(record.pool, TENANT) as connection:
        rows = await connection.fetch("SELECT message_id, stream_id FROM inbox WHERE message_id LIKE 'm-%'")
    assert sorted(row["message_id"] for row in rows) == ["m-1", "m-2"], "each is one message"
    assert all(kept.get(row["message_id"], case_id) == row["stream_id"] for row in rows), "and the door said which"


async def test_what_is_accepted_inside_open_transactions_asks_for_no_connection_beside_them(postgres: Database):
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, size=2)
    begun = asyncio.Barrier(2)
    try:
        await a_report(record, "m-0", subject_id="post-0")  # the tenant's own secret is known from the first message on

        async def nested(place: int) -> inbox.Acceptance:
            async with record.together(TENANT):
                await begun.wait()  # every connection is in a transaction
                return await a_report(record, f"m-{place}", subject_id=f"post-{place}", person=ADA)

        accepted = await asyncio.gather(nested(1), nested(2))

        async def broken_off() -> None:
            async with record.together(TENANT):
                await a_report(record, "m-3", subject_id="post-3")
                raise RecordUnavailable("synthetic")

        with pytest.raises(RecordUnavailable, match="synthetic"):
            await broken_off()
        again = await a_report(record, "m-3", subject_id="post-3")
    finally:
        await record.close()
    assert [(one.known, one.ring) for one in accepted] == [(False, True)] * 2
    assert (again.known, again.number) == (False, 1), "what was rolled back was not kept, nor its key believed"
