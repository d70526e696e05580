"""A reviewer of two tenants: each has its turn, and in each case they are at work for its tenant alone."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from cases.case import CaseStage
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.projection import Projection
from record import events, evidence, reviewers
from record.pool import tenant_transaction
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway
from tests.integration.test_queues import TASK, WHY, claimed
from tests.integration.test_review_pages import form_token, signed_in
from tests.integration.test_wellbeing import tire

BOTH = "rev-both"


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def offer(gateway: Gateway, service: str, number: int, **changes: Any) -> str:
    """A case of this service's tenant, with one open task."""
    body = {**REPORT, "message_id": f"m-{number}", "subject": {"kind": "content", "id": f"post-{number}"}}
    case_id: str = (await gateway.post("/v1/reports", body, service)).json()["case_id"]
    projection = Projection(stage=CaseStage.IN_REVIEW, tasks=(TASK.evolve(**changes),))
    await events.append(gateway.record, case_id, (), gateway.clock.now, projection)
    return case_id


async def test_each_tenant_has_its_turn_by_weight_and_danger_goes_first(gateway: Gateway):
    for number in range(6):
        await offer(gateway, "service", number)
        await offer(gateway, "other-service", number)
    whose = []
    for _ in range(6):
        found = await claimed(gateway, BOTH)
        assert found
        whose.append(found["task"]["stream"].split("/")[1])
    assert whose.count("demo") == 4, "two of three claims are for the tenant of weight two"

    danger = await offer(gateway, "other-service", 7, severity=0)
    taken = [await claimed(gateway, BOTH) for _ in range(2)]
    assert danger in [one["task"]["stream"] for one in taken if one]


async def test_what_they_do_in_a_case_they_do_for_its_tenant_alone(gateway: Gateway):
    ours, theirs = await offer(gateway, "service", 1), await offer(gateway, "other-service", 1)
    named = await gateway.post("/v1/claims", {"stream": theirs, "task_id": "harassment/1"}, BOTH)
    assert named.status_code == 201
    renewal = f"/v1/claims/{named.json()['lease_id']}/renewals"
    assert (await gateway.send("POST", renewal, BOTH)).status_code == 404, "that lease is of the other tenant"
    there = {"dueprocess-tenant": "other"}
    assert (await gateway.send("POST", renewal, BOTH, headers=there)).status_code == 200
    assert (await gateway.send("GET", f"/v1/cases/{ours}", BOTH, headers=there)).status_code == 404
    body = {"message_id": "q-1", "stream": theirs, "task_id": "harassment/1", "action": "return", "reason": WHY}
    assert (await gateway.send("POST", "/v1/task-changes", BOTH, json=body, headers=there)).status_code == 200


async def test_their_day_is_one_over_all_tenants_and_no_tenant_learns_what_was_seen_at_another(gateway: Gateway):
    tire(gateway)
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    for tenant, service in (("demo", "service"), ("other", "other-service")):
        case_id = await offer(gateway, service, 1)
        await evidence.keep(gateway.record, case_id, b"{}", facts)
        await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, BOTH)
        for level in ("masked", "clear"):
            body, there = {"stream": case_id, "level": level, "acknowledged": True}, {"dueprocess-tenant": tenant}
            assert (await gateway.send("POST", "/v1/reveals", BOTH, json=body, headers=there)).status_code == 200
    for tenant in ("demo", "other"):
        standing = await reviewers.standings(gateway.record, tenant, [BOTH, "rev-1"], START)
        assert [standing[who].strain.units for who in (BOTH, "rev-1")] == [4, 0], tenant
    await offer(gateway, "service", 2)
    refused = await gateway.post("/v1/claims", {}, BOTH)
    assert (refused.status_code, refused.json()["code"]) == (409, "break"), "either tenant alone saw half of it"
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        looks = await connection.fetchval(
            "SELECT looks_elsewhere('demo', ARRAY['other'], $1, $2, $3, NULL, NULL)",
            BOTH,
            START,
            START - timedelta(days=1),
        )
        assert {name for one in json.loads(looks) for name in one} == {"first_at", "last_at", "severity", "level"}
        assert await connection.fetchval("SELECT current_setting('dueprocess.tenant')") == "demo"


@pytest.mark.parametrize("who", ["rev-1", BOTH, "service"])
async def test_nobody_works_for_a_tenant_their_token_does_not_name(gateway: Gateway, who: str):
    answer = await gateway.send("GET", "/v1/queue", who, headers={"dueprocess-tenant": "third"})

    assert answer.status_code == 403
    assert answer.json()["code"] in ("wrong_tenant", "wrong_role")
    assert "third" not in answer.text


async def test_the_pages_lead_into_the_case_of_whose_turn_it_is(gateway: Gateway):
    theirs = await offer(gateway, "other-service", 1)
    await signed_in(gateway, BOTH)
    fields = {"form": await form_token(gateway)}
    taken = await gateway.http.post("/review/claim", data=fields)
    assert taken.headers["location"] == f"/review/cases/{theirs}"
    page = (await gateway.http.get(taken.headers["location"])).text
    assert "Give it back" in page

    queue = (await gateway.http.get("/review/queue")).text
    assert f"/review/cases/{theirs}" in queue, "what they hold, of whichever tenant"
    assert "what waits at demo" in queue
    assert "what waits at other" in (await gateway.http.get("/review/queue?tenant=other")).text
    assert "what waits at demo" in (await gateway.http.get("/review/queue?tenant=third")).text
