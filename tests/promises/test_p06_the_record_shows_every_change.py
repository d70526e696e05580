"""P6: the record cannot be changed without anyone noticing.

Attacked as the processes' own role, which may not; and as somebody who may do anything in the database, whom the chain shows.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from record import events
from record.pool import Connection
from record.record import Record
from tests.conftest import Database
from tests.integration.record_means import TENANT, a_record, a_report, case_id_of, minutes
from tests.integration.test_record_events import stuck

CHANGES = {
    "text": "'x' || {column}",
    "bigint": "{column} + 100",
    "integer": "{column} + 100",
    "bytea": "{column} || '\\x00'::bytea",
    "timestamp with time zone": "{column} + interval '1 microsecond'",
}
IDENTITY = {"tenant", "stream_id"}  # another row then, which is missing here


@pytest.fixture
async def record(postgres: Database) -> AsyncIterator[Record]:
    one = await a_record(postgres.owner_dsn, postgres.app_dsn)
    await a_report(one)
    await events.append(one, await case_id_of(one), [stuck(f"e-{number}") for number in range(5)], minutes(1))
    yield one
    await one.close()


@pytest.fixture
async def anybody(postgres: Database) -> AsyncIterator[Connection]:
    """The database's superuser, whom no right and no policy holds."""
    connection = await asyncpg.connect(postgres.superuser_dsn)
    yield connection
    await connection.close()


async def columns(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'case_events'"
    )
    return {row["column_name"]: row["data_type"] for row in rows}


@pytest.mark.parametrize(
    "attempt", ["UPDATE case_events SET kind = 'x'", "DELETE FROM case_events", "TRUNCATE case_events"]
)
async def test_no_process_of_ours_may_change_what_happened(attempt: str, record: Record, postgres: Database):
    connection = await asyncpg.connect(postgres.app_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(attempt)
    finally:
        await connection.close()


async def test_a_change_to_any_column_of_any_event_is_found_and_named(record: Record, anybody: Connection):
    """Whatever columns there are: one that is added later and left out of the chain fails here."""
    await anybody.execute("CREATE TABLE untouched AS SELECT * FROM case_events")
    for name, kind in (await columns(anybody)).items():
        if name in IDENTITY:
            continue
        for sequence in (1, 3, 5):
            change = f"UPDATE case_events SET {name} = {CHANGES[kind].format(column=name)} WHERE sequence = $1"
            await anybody.execute(change, sequence)
            assert await events.verify_all(record, TENANT) != [], (name, sequence)
            await anybody.execute("DELETE FROM case_events")
            await anybody.execute("INSERT INTO case_events SELECT * FROM untouched")
            assert await events.verify_all(record, TENANT) == [], (name, sequence)


@pytest.mark.parametrize(
    "attempt",
    [
        "DELETE FROM case_events WHERE sequence = 3",
        "DELETE FROM case_events WHERE sequence = 5",  # the last: what the stream says of its end is no longer there
        "DELETE FROM case_events",
    ],
)
async def test_an_event_that_is_gone_is_missed(attempt: str, record: Record, anybody: Connection):
    await anybody.execute(attempt)
    assert await events.verify_all(record, TENANT) != []


async def test_an_event_that_was_slipped_in_is_found(record: Record, anybody: Connection):
    names = ", ".join(name for name in await columns(anybody) if name not in ("sequence", "event_id"))
    await anybody.execute(
        f"INSERT INTO case_events (sequence, event_id, {names}) SELECT 6, 'forged', {names} FROM case_events WHERE sequence = 5"
    )
    assert await events.verify_all(record, TENANT) != []


async def test_two_events_that_changed_places_are_found(record: Record, anybody: Connection):
    await anybody.execute(
        "UPDATE case_events e SET body = o.body, kind = o.kind, event_id = 'was-' || o.event_id FROM case_events o "
        "WHERE (e.sequence, o.sequence) IN ((2, 4), (4, 2)) AND e.stream_id = o.stream_id"
    )
    assert {one.sequence for one in await events.verify_all(record, TENANT)} >= {2, 4}
