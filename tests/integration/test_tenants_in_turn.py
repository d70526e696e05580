"""A reviewer of two tenants: each has its turn, and in each case they are at work for its tenant alone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cases.case import CaseStage
from cases.projection import Projection
from record import events
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, Gateway, a_gateway
from tests.integration.test_queues import TASK, WHY, claimed
from tests.integration.test_review_pages import form_token, signed_in

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
