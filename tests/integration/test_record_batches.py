"""Many messages in one transaction: each as the single door would have kept it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind
from record import batching, inbox
from record.admission import Unfinished, unfinished
from record.batching import BatchMessage, accept_all
from record.errors import RecordUnavailable
from record.pool import tenant_transaction
from record.record import Record
from tests.conftest import Database
from tests.integration.record_means import NOON, TENANT, a_person, a_record, a_report, case_id_of, minutes


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield one
    await one.close()


async def a_message(
    record: Record, message_id: str, subject_id: str = "post-1", person: Person | None = None, reason: str = "synthetic"
) -> BatchMessage:
    message = ReportMessage(
        message_id=message_id,
        subject=Subject(kind=SubjectKind.CONTENT, id=subject_id),
        area="harassment",
        reporter=person,
        reason=reason,
    )
    case_id = await case_id_of(record, subject_id)
    return BatchMessage(case_id, SubjectKind.CONTENT, subject_id, "report", message_id, message, person)


async def rows(record: Record, query: str) -> list[Any]:
    async with tenant_transaction(record.pool, TENANT) as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_new_known_and_conflicting_messages_each_get_their_own_answer(record: Record):
    first = await a_report(record, "r-1", person=a_person(), reason="synthetic reason")
    batch = [
        await a_message(record, "m-1", "post-1", a_person("ben")),
        await a_message(record, "m-2", "post-2"),
        await a_message(record, "m-1", "post-1", a_person("ben")),
        await a_message(record, "m-1", "post-1", a_person("ben"), reason="other words"),
        await a_message(record, "r-1", "post-3"),
    ]
    one, two, again, other, taken = await accept_all(record, TENANT, batch, minutes(1))

    assert one is not None
    assert two is not None
    assert again is not None
    assert (one.number, one.known, one.ring) == (2, False, False)  # the single door's message rang
    assert (two.number, two.known, two.ring) == (1, False, True)
    assert (again.number, again.known, again.ring, again.received_at) == (2, True, False, minutes(1))
    assert (other, taken) == (None, None)
    assert first.number == 1
    assert await rows(record, "SELECT count(*) FROM cases") == [(2,)], "a conflict opens no case"


async def test_a_batch_is_taken_like_what_came_one_by_one(record: Record):
    batch = [await a_message(record, f"m-{number}", "post-1", a_person(f"p{number % 3}")) for number in range(6)]
    accepted = await accept_all(record, TENANT, batch, NOON)
    assert [one and one.ring for one in accepted] == [True, *[False] * 5]

    events, more = await inbox.take(record, batch[0].case_id, (), minutes(1))

    assert [event.event_id for event in events] == [f"inbox:{number}" for number in range(1, 7)]
    bodies: list[Any] = [event.body for event in events]
    assert [body.independent for body in bodies] == [1, 1, 1, 0, 0, 0]
    assert not more
    assert (await inbox.subject_of(record, batch[0].case_id)).id == "post-1"
    assert await rows(record, "SELECT count(*), bool_and(contact IS NOT NULL) FROM case_people") == [(3, True)]


async def test_the_same_batch_again_gets_its_first_receipts(record: Record):
    batch = [await a_message(record, f"m-{number}", f"post-{number % 4}", a_person()) for number in range(20)]
    first = await accept_all(record, TENANT, batch, NOON)
    again = await accept_all(record, TENANT, batch, minutes(5))

    assert [(one.number, one.received_at) for one in again if one and one.known] == [
        (one.number, one.received_at) for one in first if one and not one.known
    ]
    assert len([one for one in again if one]) == 20


async def test_batches_that_overlap_crosswise_neither_deadlock_nor_double(record: Record):
    messages = [await a_message(record, f"m-{number}", f"post-{number % 7}", a_person()) for number in range(60)]
    batches = [messages, messages[::-1], messages[30:] + messages[:30], messages[::2], messages[1::2]]
    answers = await asyncio.gather(*(accept_all(record, TENANT, batch, NOON) for batch in batches))

    fresh = [one.message_id for answer in answers for one in answer if one and not one.known]
    assert sorted(fresh) == sorted(one.message_id for one in messages)
    assert sum(one.ring for answer in answers for one in answer if one) == 7, "one ring a subject"
    assert await rows(record, "SELECT count(*) FROM inbox") == [(60,)]


async def test_a_batch_is_kept_however_often_other_doors_take_one_of_its_messages_first(
    record: Record, monkeypatch: pytest.MonkeyPatch
):
    messages = [await a_message(record, f"m-{number}", f"post-{number % 3}") for number in range(10)]
    others = iter(messages[:5])
    write_new = batching._Batch._write_new

    async def overtaken(batch: Any, connection: Any, places: Any, received_at: Any) -> Any:
        if len(places) > 1 and (other := next(others, None)):  # between the look at what came before and the writing
            await accept_all(record, TENANT, [other], NOON)
        return await write_new(batch, connection, places, received_at)

    monkeypatch.setattr(batching._Batch, "_write_new", overtaken)
    answers = await accept_all(record, TENANT, messages, minutes(1))

    assert [one and one.known for one in answers] == [True] * 5 + [False] * 5
    assert await rows(record, "SELECT count(*) FROM inbox") == [(10,)]


async def test_a_key_destroyed_meanwhile_is_replaced(record: Record):
    batch = [await a_message(record, "m-1", "post-1", a_person())]
    await accept_all(record, TENANT, batch, NOON)
    other = await a_record_beside(record)
    await other.keyring.destroy(TENANT, batch[0].case_id, at=NOON)  # this process's cache does not know
    (kept,) = await accept_all(record, TENANT, [await a_message(record, "m-2", "post-1", a_person())], minutes(1))

    assert kept is not None
    assert kept.number == 2
    events, _ = await inbox.take(record, batch[0].case_id, (), minutes(2))
    assert [event.body.kind for event in events] == ["message_refused", "report_received"]


async def test_a_batch_reads_the_keys_it_needs_and_not_all_the_tenant_has(postgres: Database):
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, size=1)  # one connection, and so its settled plans
    try:
        for batch in range(8):
            people = [a_person(f"{batch}-{number}") for number in range(50)]
            messages = [
                await a_message(record, f"m-{batch}-{n}", f"post-{batch % 2}", one) for n, one in enumerate(people)
            ]
            async with record.together(TENANT):
                before = await keys_read(record)
                await accept_all(record, TENANT, messages, NOON)
                read = await keys_read(record) - before
    finally:
        await record.close()

    assert read < 500, "51 keys, each looked up a few times; one comparison with every other would be twenty thousand"


async def keys_read(record: Record) -> int:
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'data_keys'"
    return int((await rows(record, query))[0][0])


async def test_of_several_messages_of_one_person_the_first_counts_and_the_best_contact_is_kept(record: Record):
    nameless, reachable = Person(account_id="account-ben"), a_person("ben")
    batch = [await a_message(record, f"m-{n}", "post-1", one) for n, one in enumerate([nameless, reachable, nameless])]
    await accept_all(record, TENANT, batch, NOON)

    assert await rows(record, "SELECT first_number, contactable FROM case_people") == [(1, True)]


async def a_record_beside(record: Record) -> Record:
    from record.keys import Keyring
    from tests.integration.record_means import KEK

    return Record(record.pool, record.queries, Keyring(record.pool, KEK), record.verifying_keys, record.areas)


async def test_where_postgres_fails_nothing_was_kept(record: Record, postgres: Database):
    batch = [await a_message(record, f"m-{number}", f"post-{number}") for number in range(3)]
    await record.close()
    with pytest.raises(RecordUnavailable):
        await accept_all(record, TENANT, batch, NOON)
    after = await a_record(postgres.owner_dsn, postgres.app_dsn)
    try:
        assert await rows(after, "SELECT count(*) FROM inbox") == [(0,)]
    finally:
        await after.close()


async def test_what_is_unfinished_is_what_no_run_has_taken(record: Record):
    batch = [await a_message(record, f"m-{number}", "post-1") for number in range(6)]
    await accept_all(record, TENANT, batch, NOON)

    await accept_all(record, TENANT, [await a_message(record, "other", "post-2")], NOON)

    assert await unfinished(record.pool, TENANT, 100, 3) == Unfinished(messages=7, streams={batch[0].case_id: 6})
    assert (await unfinished(record.pool, TENANT, 4, 3)).messages == 4
    await inbox.take(record, batch[0].case_id, (), minutes(1))
    assert await unfinished(record.pool, TENANT, 100, 3) == Unfinished(messages=1)
