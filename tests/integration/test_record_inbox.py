"""The inbox: acknowledged is durable, counted once, taken once, in order."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from cases.errors import Conflict, UnknownSomething
from cases.received import MessageRefused, ReportReceived, SignalReceived
from record import inbox as inbox_room
from record.errors import RecordUnavailable
from record.inbox import subject_of, take
from record.pool import open_pool, tenant_transaction, tenants
from record.record import Record
from record.turns import Turns
from record.views import cases, clear_flag, flags
from tests.integration.record_means import (
    NOON,
    TENANT,
    a_person,
    a_record,
    a_report,
    a_signal,
    case_id_of,
    minutes,
    raw,
)


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


def raw_report(message_id: str = "raw-1", subject_id: str = "post-1", **more: object) -> dict[str, object]:
    return {"message_id": message_id, "subject": {"kind": "content", "id": subject_id}, "area": "spam", **more}


async def test_a_report_is_accepted_rings_and_becomes_an_event(record):
    receipt = await a_report(record, person=a_person())
    assert (receipt.number, receipt.known, receipt.ring) == (1, False, True)

    (event,), more = await take(record, receipt.case_id, [], minutes(1))

    assert not more
    assert (event.event_id, event.sequence, event.occurred_at) == ("inbox:1", 1, NOON)
    assert event.body == ReportReceived(
        number=1, area="harassment", source="other", received_at=NOON, independent=1, contactable=1
    )
    assert await take(record, receipt.case_id, [], minutes(2)) == ([], False)
    subject = await subject_of(record, receipt.case_id)
    assert (subject.kind, subject.id) == ("content", "post-1")


async def test_the_same_message_again_gets_the_first_receipt_and_rings_nobody(record):
    first = await a_report(record, person=a_person())
    again = await a_report(record, person=a_person(), at=minutes(5))
    assert again == first.evolve(known=True, ring=False)
    assert again.received_at == NOON


async def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(record):
    first = await a_report(record, reason="synthetic reason")
    with pytest.raises(Conflict, match="r-1 came before with other content"):
        await a_report(record, reason="another synthetic reason")
    with pytest.raises(Conflict):
        await a_report(record, subject_id="post-2", reason="synthetic reason")
    assert [row.case_id for row in await cases(record, "demo")] == [first.case_id]
    events, _ = await take(record, first.case_id, [], minutes(1))
    assert [event.event_id for event in events] == ["inbox:1"]


async def test_of_twenty_at_once_exactly_one_rings_until_the_stream_is_taken(record):
    receipts = await asyncio.gather(*(a_report(record, f"r-{number}") for number in range(20)))
    assert sum(receipt.ring for receipt in receipts) == 1
    assert sorted(receipt.number for receipt in receipts) == list(range(1, 21))
    assert not (await a_report(record, "r-20")).ring

    events, more = await take(record, receipts[0].case_id, [], minutes(1))

    assert (len(events), more) == (21, False)
    assert (await a_report(record, "r-21")).ring


async def test_a_partial_take_leaves_the_ring_pending(record):
    receipts = [await a_report(record, f"r-{number}") for number in range(3)]
    events, more = await take(record, receipts[0].case_id, [], minutes(1), limit=2)
    assert (len(events), more) == (2, True)
    assert not (await a_report(record, "r-3")).ring
    events, more = await take(record, receipts[0].case_id, [], minutes(1))
    assert ([event.event_id for event in events], more) == (["inbox:3", "inbox:4"], False)


async def test_concurrent_takes_consume_each_message_once(record):
    receipts = [await a_report(record, f"r-{number}") for number in range(40)]
    case_id = receipts[0].case_id
    taken = await asyncio.gather(*(take(record, case_id, [], minutes(1), limit=7) for _ in range(8)))
    ids = [event.event_id for events, _ in taken for event in events]
    assert sorted(ids, key=lambda one: int(one.partition(":")[2])) == [f"inbox:{number}" for number in range(1, 41)]
    assert len(set(ids)) == 40


async def test_a_take_that_dies_before_its_commit_took_nothing(record, monkeypatch):
    receipt = await a_report(record)
    case_id = receipt.case_id

    async def die(*arguments: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as dying:
        dying.setattr(inbox_room, "open_events", die)  # after append and mark, before commit
        with pytest.raises(RecordUnavailable):
            await take(record, case_id, [], minutes(1))

    events, _ = await take(record, case_id, [], minutes(1))
    assert [event.event_id for event in events] == ["inbox:1"]


async def test_a_run_whose_answer_was_lost_hears_again_of_what_it_took(record):
    receipt = await a_report(record)
    first, _ = await take(record, receipt.case_id, [], minutes(1), seen=0)
    lost, _ = await take(record, receipt.case_id, [], minutes(2), seen=0)
    assert lost == first
    await a_signal(record)
    both, _ = await take(record, receipt.case_id, [], minutes(3), seen=0)
    assert [event.event_id for event in both] == ["inbox:1", "inbox:2"]
    assert await take(record, receipt.case_id, [], minutes(3), seen=2) == ([], False)


async def test_ten_thousand_reports_of_one_subject_come_out_in_pages(record):
    case_id = (await a_report(record, "first")).case_id
    gate = asyncio.Semaphore(32)

    async def one(number: int) -> None:
        async with gate:
            await a_report(record, f"r-{number}", person=a_person(f"p{number % 100}"))

    await asyncio.gather(*(one(number) for number in range(10_000)))
    numbers: list[int] = []
    independent = 0
    more = True
    while more:
        events, more = await take(record, case_id, [], minutes(1))
        assert len(events) <= 500
        numbers += [event.body.number for event in events if isinstance(event.body, ReportReceived)]
        independent += sum(event.body.independent for event in events if isinstance(event.body, ReportReceived))
    assert numbers == list(range(1, 10_002))
    assert independent == 101  # a hundred people, and all the nameless as one


async def test_the_same_person_or_the_nameless_count_once_in_an_area(record):
    for number, person in enumerate([a_person(), a_person(), None, None]):
        receipt = await a_report(record, f"r-{number}", person=person)
    await a_report(record, "r-9", person=a_person(), area="spam")
    events, _ = await take(record, receipt.case_id, [], minutes(1))
    assert [event.body.independent for event in events] == [1, 0, 1, 0, 1]
    assert [event.body.contactable for event in events] == [1, 1, 0, 0, 1]


async def test_a_signal_becomes_its_event(record):
    receipt = await a_signal(record)
    (event,), _ = await take(record, receipt.case_id, [], minutes(1))
    assert event.body == SignalReceived(
        number=1, detector="synthetic/rule@1", scores={"harassment": 0.9}, received_at=NOON
    )


async def test_a_raw_report_opens_its_case_and_is_counted_once(record):
    case_id = await case_id_of(record)
    message = raw("report", raw_report(reporter={"account_id": "account-ada"}))
    (event,), _ = await take(record, case_id, [message], minutes(1))
    assert event.body == ReportReceived(
        number=1, area="spam", source="other", received_at=minutes(1), independent=1, contactable=0
    )
    assert await take(record, case_id, [message], minutes(2)) == ([], False)
    assert (await subject_of(record, case_id)).id == "post-1"


async def test_a_raw_message_with_a_known_id_and_other_content_is_a_recorded_conflict(record):
    case_id = await case_id_of(record)
    await take(record, case_id, [raw("report", raw_report())], minutes(1))
    other = raw("report", raw_report(source="other"))
    (refused,), _ = await take(record, case_id, [other], minutes(2))
    assert isinstance(refused.body, MessageRefused)
    assert (refused.body.code, refused.body.number) == ("conflict", None)
    again, _ = await take(record, case_id, [other], minutes(3))
    assert [event.event_id for event in again] == [refused.event_id]


@pytest.mark.parametrize(
    ("payload", "code", "problem"),
    [
        (raw_report(reason="SYNTHETIC-SECRET words"), "free_text", "reason: may hold text"),
        (raw_report(**{"SYNTHETIC-SECRET words": 1}), "free_text", r"\(unknown\): may hold text"),
        (raw_report(reporter={"account_id": "a", "address": "SYNTHETIC-SECRET@x.invalid"}), "free_text", "address"),
        (raw_report(area="cooking"), "malformed", "area: is no area of the policy pack .*one of harassment, spam"),
        (raw_report(subject_id="post-SYNTHETIC-SECRET"), "malformed", "subject: is not this case's"),
        (raw_report(source="SYNTHETIC-SECRET"), "malformed", "source: Input should be"),
        (raw_report(reported_at="2031-01-01T00:00:00Z"), "malformed", "reported_at: lies in the future"),
        (raw_report(reported_at="2026-01-01T00:00:00"), "malformed", "reported_at: "),
        (raw_report(urgency=3), "malformed", "urgency: is not a field of this message"),
        ([], "malformed", "message: is not one JSON object"),
        ([raw_report(), raw_report()], "malformed", "message: is not one JSON object"),
        (None, "malformed", "message: is not one JSON object"),
        ({"arguments": 2}, "malformed", "message_id: Field required"),
    ],
)
async def test_a_raw_report_that_breaks_a_rule_is_refused_without_its_content(record, payload, code, problem):
    case_id = await case_id_of(record)
    (event,), more = await take(record, case_id, [raw("report", payload)], minutes(1))
    assert not more
    body = event.body
    assert isinstance(body, MessageRefused)
    assert (body.code, body.message_kind, body.number) == (code, "report", 1)
    assert re.search(problem, body.problem)
    assert "SYNTHETIC-SECRET" not in body.model_dump_json()
    assert await take(record, case_id, [raw("report", payload)], minutes(2)) == ([], False)


async def test_text_in_a_raw_signal_flags_the_run_for_deletion(record):
    case_id = await case_id_of(record)
    await take(record, case_id, [raw("report", raw_report(reason="synthetic words"))], minutes(1))
    (flag,) = await flags(record, "demo")
    assert (flag.stream_id, flag.flag) == (case_id, "history_holds_text")
    await clear_flag(record, case_id, flag.flag, minutes(2))
    assert await flags(record, "demo") == []


async def test_an_unknown_kind_of_raw_message_is_refused(record):
    case_id = await case_id_of(record)
    (event,), _ = await take(record, case_id, [raw("strange", {"message_id": "o-1"})], minutes(1))
    assert isinstance(event.body, MessageRefused)
    assert event.body.code == "unknown_kind"


async def test_a_message_for_an_appeal_that_was_never_mapped_is_not_accepted(record):
    with pytest.raises(UnknownSomething):
        await take(record, "appeal/demo/a-1", [], minutes(1))


async def test_a_tenant_that_was_never_created_accepts_nothing(record):
    with pytest.raises(UnknownSomething, match="no tenant 'other'"):
        await a_report(record, tenant="other")


async def test_nothing_is_accepted_while_postgres_is_away(postgres):
    pool = await open_pool(postgres.app_dsn.replace("host=", "host=/nonexistent"), 1)
    try:
        with pytest.raises(RecordUnavailable):
            await tenants(pool)
    finally:
        await pool.close()


async def test_no_column_holds_what_people_said_or_who_they_are(record, postgres):
    receipt = await a_report(record, person=a_person("SYNTHETIC-CANARY"), reason="SYNTHETIC-CANARY")
    await take(record, receipt.case_id, [], minutes(1))
    connection = await asyncpg.connect(postgres.superuser_dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table['tablename']} t")
            for row in rows:
                assert "SYNTHETIC-CANARY" not in row["row"]
                assert b"SYNTHETIC-CANARY".hex() not in row["row"]
                assert "post-1" not in row["row"]
    finally:
        await connection.close()


async def sent_until_taken(record: Any, number: int) -> Any:
    """As a platform sends: who is told to come again comes again."""
    while True:
        with suppress(RecordUnavailable):
            return await a_report(record, f"r-{number}", person=a_person(f"p{number}"))


async def test_others_are_accepted_while_one_case_is_locked_and_stormed(postgres):
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, size=10)
    stormed = (await a_report(record, "r-0", person=a_person())).case_id
    storm: list[asyncio.Task[Any]] = []
    try:
        async with tenant_transaction(record.pool, TENANT) as holder:
            await holder.fetchval(record.queries["lock_stream"], TENANT, stormed)
            storm += [asyncio.create_task(sent_until_taken(record, n)) for n in range(1, 40)]
            await asyncio.sleep(0)
            async with asyncio.timeout(2):  # the lock is held all the while
                other = await a_report(record, "other", subject_id="post-2")
            assert other.number == 1
            assert not any(one.done() for one in storm)
        assert sorted(one.number for one in await asyncio.gather(*storm)) == list(range(2, 41))
    finally:
        await asyncio.gather(*storm, return_exceptions=True)
        await record.close()


async def test_whose_turn_does_not_come_is_told_to_come_again():
    turns = Turns(wait_seconds=0.01)
    async with turns.turn(TENANT, "one"), turns.turn(TENANT, "one"), turns.turn(TENANT, "other"):
        with pytest.raises(RecordUnavailable, match="turn"):
            async with turns.turn(TENANT, "one"):
                raise AssertionError("a third of the same stream")
    async with turns.turn(TENANT, "one"):
        pass  # the line is as it was before


async def test_one_tenant_leaves_connections_to_others():
    turns = Turns(connections=3, wait_seconds=0.01)
    async with turns.turn(TENANT, "one"), turns.turn("other", "one"):
        with pytest.raises(RecordUnavailable):
            async with turns.turn(TENANT, "two"):
                raise AssertionError("a second of three connections is left to others")
