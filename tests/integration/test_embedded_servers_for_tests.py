"""The servers other tests stand on are what those tests take them for."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from cases.names import SEARCH_ATTRIBUTES
from tests.conftest import Database

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("round_", [1, 2])
async def test_every_test_has_a_database_of_its_own_with_all_migrations(postgres: Database, round_: int) -> None:
    owner = await asyncpg.connect(postgres.owner_dsn)
    try:
        await owner.execute("CREATE TABLE only_mine (round int)")  # the second round would find the first one's
        assert await owner.fetchval("SELECT count(*) FROM pg_tables WHERE tablename = 'case_events'") == 1
    finally:
        await owner.close()


async def test_the_app_connects_as_neither_owner_nor_superuser(postgres: Database) -> None:
    app = await asyncpg.connect(postgres.app_dsn)
    try:
        assert await app.fetchval("SELECT current_user") == "dueprocess_app"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("CREATE TABLE not_mine (x int)")
    finally:
        await app.close()


@workflow.defn(sandboxed=False)
class Waits:
    """Half a year, in one timer."""

    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(timedelta(days=180))


async def test_temporal_finds_cases_by_every_attribute(temporal_client: Client) -> None:
    for name in SEARCH_ATTRIBUTES:
        found = await temporal_client.count_workflows(f"{name} IS NOT NULL")  # raises where it is not registered
        assert found.count <= (await temporal_client.count_workflows("")).count


async def test_half_a_year_passes_in_a_moment(temporal_env: WorkflowEnvironment, temporal_client: Client) -> None:
    async with Worker(temporal_client, task_queue="waits", workflows=[Waits]):
        handle = await temporal_client.start_workflow(Waits.run, id="waits-half-a-year", task_queue="waits")
        before = await temporal_env.get_current_time(handle)
        await temporal_env.fast_forward(handle, timedelta(days=181))
        await handle.result()
        assert await temporal_env.get_current_time(handle) - before >= timedelta(days=180)


def test_a_late_coroutine_fails_its_test_and_not_the_run(pytester: pytest.Pytester, repository: Path) -> None:
    pytester.makeconftest(
        "import pytest\nfrom tests.conftest import anyio_backend, pytest_pyfunc_call\n"
        "@pytest.fixture(scope='session')\nasync def server(anyio_backend):\n    yield 1\n"
    )
    pytester.makepyfile(
        "import asyncio, pytest\n"
        "@pytest.mark.timeout(20)\nasync def test_late(server):\n    await asyncio.Event().wait()\n"
        "async def test_next(server):\n    pass\n"
    )
    pytester.makeini(f"[pytest]\nanyio_mode = auto\ntimeout = 60\npythonpath = {repository.as_posix()}\n")
    pytester.runpytest_subprocess(timeout=90).assert_outcomes(passed=1, failed=1)
