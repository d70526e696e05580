"""The inbox: acknowledged is durable, counted once, taken once, in order."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.errors import Conflict
from cases.events import ReportReceived
from record.inbox import accept, subject_of, take
from record.record import Record
from tests.integration.record_means import NOON, a_person, a_record, a_report, a_signal, case_id_of, minutes


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


async def test_a_report_is_accepted_rings_once_and_becomes_an_event(record):
    receipt = await a_report(record, person=a_person())
    assert (receipt.number, receipt.known, receipt.ring) == (1, False, True)
    (event,), more = await take(record, receipt.case_id, [], minutes(1))
    assert not more
    assert (event.event_id, event.sequence, event.occurred_at) == ("inbox:1", 1, NOON)
    assert event.body == ReportReceived(
        number=1, area="harassment", source="notice", received_at=NOON, independent=1, contactable=1
    )
    assert await take(record, receipt.case_id, [], minutes(2)) == ([], False)
    subject = await subject_of(record, receipt.case_id)
    assert (subject.kind, subject.id) == ("content", "post-1")
