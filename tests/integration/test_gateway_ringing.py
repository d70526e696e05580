"""The doorbell on the real server: one run, however often it rings, listed by what may be seen of it."""

import asyncio
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.common import SearchAttributeKey

from api.ringing import Ringer
from cases.names import SubjectKind, appeal_workflow_id, case_workflow_id
from record.views import CaseRow

CASE = case_workflow_id("demo", SubjectKind.CONTENT, "c" * 32)
OTHER = case_workflow_id("demo", SubjectKind.CONTENT, "d" * 32)


async def test_twenty_rings_are_one_run_with_twenty_signals(temporal_client: Client):
    ringer = Ringer(temporal_client)
    rung = await asyncio.gather(*(ringer.ring(CASE, number, "spam") for number in range(20)))
    handle = temporal_client.get_workflow_handle(CASE)
    try:
        history = await handle.fetch_history()
        found = (await handle.describe()).typed_search_attributes
    finally:
        await handle.terminate()

    kinds = [event.event_type for event in history.events]
    assert all(rung)
    assert kinds.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) == 20
    assert found.get(SearchAttributeKey.for_keyword("CaseTenant")) == "demo"
    assert found.get(SearchAttributeKey.for_keyword("CaseStage")) == "assessing"
    assert found.get(SearchAttributeKey.for_keyword("CaseCategory")) == "spam"
    assert found.get(SearchAttributeKey.for_bool("CaseStuck")) is False


async def test_a_settled_case_that_is_appealed_is_listed_as_the_record_has_it(temporal_client: Client):
    row = CaseRow(
        case_id=OTHER,
        kind="content",
        stage="settled",
        category="harassment",
        queue="harassment",
        rule="harassment.reported",
        jurisdiction=None,
        priority=3,
        due_at=None,
        stuck=False,
        legal_hold=True,
        opened_at=datetime.now(UTC),
        projected_at=None,
    )
    assert await Ringer(temporal_client).ring(OTHER, 7, settled=row)
    handle = temporal_client.get_workflow_handle(OTHER)
    try:
        found = (await handle.describe()).typed_search_attributes
    finally:
        await handle.terminate()
    assert found.get(SearchAttributeKey.for_keyword("CaseStage")) == "under_appeal"
    assert found.get(SearchAttributeKey.for_keyword("CaseQueue")) == "harassment"
    assert found.get(SearchAttributeKey.for_int("CasePriority")) == 3
    assert found.get(SearchAttributeKey.for_bool("CaseLegalHold")) is True
    assert found.get(SearchAttributeKey.for_keyword("CaseJurisdiction")) is None


async def test_an_appeal_is_never_started_by_a_ring(temporal_client: Client):
    assert await Ringer(temporal_client).ring(appeal_workflow_id("demo", "a-9"), 1) is False


async def test_a_server_that_is_not_there_is_left_to_the_sweeper():
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)

    assert await Ringer(nowhere).ring(CASE, 1) is False
