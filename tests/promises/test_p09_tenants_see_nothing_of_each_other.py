"""P9: one tenant never sees, signals or starves another."""

from pathlib import Path

import asyncpg
import pytest

from api.errors import NotFound
from api.requests import ClaimRequest, DecisionRequest
from cases.errors import CaseError
from record import events, views
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation

TENANTS = (TENANT, "other")


async def test_the_same_subject_of_two_tenants_is_two_cases_whose_ids_tell_nothing(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, TENANTS) as here, here.working():
        here.world.post("post-1")
        ours = (await here.report("post-1")).case_id
        theirs = (await here.report("post-1", tenant="other")).case_id
        assert ours.rpartition("/")[2] != theirs.rpartition("/")[2]
        for stream in (ours, theirs):
            await here.reaches(stream, "triaged")
            assert (await here.case(stream)).counts["harassment"].reports == 1


async def test_another_tenants_roles_find_no_case_no_task_and_nothing_stuck(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, TENANTS) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        claimed = await here.claim(stream)
        with pytest.raises(NotFound):
            await here.doors.case("other", stream)
        assert (await here.doors.queue("other")).tasks == ()
        assert (await here.doors.stuck("other")).cases == ()
        assert sum((await here.doors.stages("other")).stages.values()) == 0
        assert await here.doors.claim("other", "rev-1", ClaimRequest()) is None
        decision = DecisionRequest(
            decision_id="d-1", token=claimed.token, outcome="no_violation", rationale="synthetic"
        )  # type: ignore[arg-type]
        with pytest.raises(CaseError, match="given to somebody else"):
            await here.doors.decide("other", "rev-1", decision)
        assert "decision_recorded" not in await here.kinds(stream)


async def test_the_database_itself_shows_a_tenant_only_its_own_rows(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, TENANTS) as here:
        here.world.post("post-1")
        ours = (await here.report("post-1")).case_id
        await here.report("post-1", tenant="other")
        connection = await asyncpg.connect(here.settings.database_dsn.get_secret_value())
        try:
            tables = [
                row["relname"]
                for row in await connection.fetch(
                    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                    "WHERE c.relkind = 'r' AND a.attname = 'tenant' AND c.relname NOT IN ('tenants')"
                )
            ]
            assert {"inbox", "case_events", "data_keys", "review_tasks"} <= set(tables)
            for table in tables:
                assert await connection.fetchval(f'SELECT count(*) FROM "{table}"') == 0, "no tenant set: nothing"
            async with connection.transaction():
                await connection.execute("SELECT set_config('dueprocess.tenant', 'other', true)")
                for table in tables:
                    seen = {row["tenant"] for row in await connection.fetch(f'SELECT tenant FROM "{table}"')}
                    assert seen <= {"other"}, table
        finally:
            await connection.close()
        assert await views.case(here.means.record, "other", ours) is None
        assert await events.load(here.means.record, ours.replace("/demo/", "/other/")) == []


async def test_a_key_id_of_another_tenant_does_not_open_what_is_ours(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, TENANTS) as here:
        ours = (await here.report("post-1")).case_id
        with pytest.raises(CaseError):
            await here.means.record.keyring.case_key("other", ours)
