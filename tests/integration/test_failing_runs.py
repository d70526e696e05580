"""Runs that cannot move, on the real server and record: listed with their case while they fail, and no longer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.failing import Failing
from api.operator_answers import FailingRun
from cases.names import FILING_WORKFLOW, SubjectKind, appeal_workflow_id, bulk_workflow_id, case_workflow_id
from record.pool import tenant_transaction
from record.record import Record
from record.tenants import ensure_tenant
from tests.integration.record_means import TENANT, a_record, case_id_of

QUEUE = "runs that fail"
OTHERS = "demo-2"  # which begins with the tenant's name
_mended = False


@workflow.defn(name=FILING_WORKFLOW)
class Fails:
    """Raises what a bug raises, until it is mended."""

    @workflow.run
    async def run(self) -> None:
        if not _mended:
            raise RuntimeError("synthetic: a bug")


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    await ensure_tenant(postgres.owner_dsn, OTHERS)
    yield record
    await record.close()


async def until_failing(failing: Failing, tenant: str, count: int) -> Mapping[str, FailingRun]:
    async with asyncio.timeout(60):
        while len(runs := (await failing.of(tenant)).runs) != count:  # noqa: ASYNC110 - Temporal sets no event
            await asyncio.sleep(0.1)
    return {one.workflow_id: one for one in runs}


async def test_runs_are_listed_with_their_case_while_they_fail_and_only_their_own_tenants(
    record: Record, temporal_client: Client
):
    global _mended
    case_id = await case_id_of(record)
    appeal, bulk = appeal_workflow_id(TENANT, "a-1"), bulk_workflow_id(TENANT, "b-1")
    theirs = case_workflow_id(OTHERS, SubjectKind.CONTENT, "e" * 32)
    async with tenant_transaction(record.pool, TENANT) as connection:
        await record.keyring.map_workflow(connection, TENANT, appeal, case_id)
    began, failing = datetime.now(UTC), Failing(record, temporal_client)
    started = [
        await temporal_client.start_workflow(Fails.run, id=name, task_queue=QUEUE)
        for name in (case_id, appeal, bulk, theirs)
    ]
    async with Worker(
        temporal_client, task_queue=QUEUE, workflows=[Fails], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        found = await until_failing(failing, TENANT, 3)
        assert {name: run.case_id for name, run in found.items()} == {case_id: case_id, appeal: case_id, bulk: None}
        for run in found.values():
            assert run.cause == "WorkflowWorkerUnhandledFailure"
            assert run.since is not None
            assert began - timedelta(seconds=5) < run.since < datetime.now(UTC) + timedelta(seconds=5)
        assert list(await until_failing(failing, OTHERS, 1)) == [theirs]

        _mended = True
        async with asyncio.timeout(60):
            await asyncio.gather(*(handle.result() for handle in started))
        await until_failing(failing, TENANT, 0)
