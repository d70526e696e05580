"""What a queue asks for holds at every way in and for as long as a task is held, and nobody arranges their own case."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from api.errors import Refused
from api.queue_messages import TaskChangeRequest
from cases.projection import TaskKind
from cases.queues import Queue
from tests.conftest import Database
from tests.integration.gateway_kit import START, Gateway, a_gateway, decide_in_the_record
from tests.integration.test_queues import TASK, change, claimed, offer, project

LATER = (START + timedelta(hours=1)).isoformat()


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


def rules(gateway: Gateway, **queues: Any) -> None:
    """What the pack says of queues."""
    gateway.record.queues.update({name: Queue(description="Synthetic.", **said) for name, said in queues.items()})


async def by_name(gateway: Gateway, case_id: str, who: str = "rev-1") -> Any:
    return await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, who)


async def register(gateway: Gateway, who: str = "rev-1", **profile: Any) -> None:
    body = {"reviewer": who, "profile": profile}
    assert (await gateway.post("/v1/reviewers", body, "operator")).status_code == 200


async def renew(gateway: Gateway, lease_id: str, who: str = "rev-1") -> Any:
    return await gateway.send("POST", f"/v1/claims/{lease_id}/renewals", who)


# Capacity -----------------------------------------------------------------------------------------------------------


async def test_who_names_a_task_keeps_to_the_queues_limit_like_who_takes_the_next(gateway: Gateway):
    rules(gateway, harassment={"at_once": 1})
    first, second = await offer(gateway, 1), await offer(gateway, 2)
    assert (await by_name(gateway, first, "rev-1")).status_code == 201

    refused = await by_name(gateway, second, "rev-2")
    assert (refused.status_code, refused.json()["code"]) == (409, "queue_full")
    assert (await by_name(gateway, first, "rev-1")).status_code == 201, "who holds it gets the same claim again"
    gateway.clock.forward(timedelta(minutes=30))
    assert (await by_name(gateway, second, "rev-2")).status_code == 201


async def test_of_ten_who_name_tasks_of_one_queue_at_once_as_many_get_one_as_it_allows(gateway: Gateway):
    rules(gateway, harassment={"at_once": 3})
    streams = [await offer(gateway, number) for number in range(10)]
    answers = await asyncio.gather(*(by_name(gateway, one, f"rev-{1 + at % 2}") for at, one in enumerate(streams)))

    assert sorted(one.status_code for one in answers) == [201] * 3 + [409] * 7


async def test_danger_waits_for_no_limit_of_its_queue(gateway: Gateway):
    rules(gateway, harassment={"at_once": 1})
    first, danger = await offer(gateway, 1), await offer(gateway, 2, severity=0)
    await by_name(gateway, first, "rev-1")

    assert (await by_name(gateway, danger, "rev-2")).status_code == 201


# As long as it is held ----------------------------------------------------------------------------------------------


async def test_who_lost_what_the_queue_asks_for_holds_a_task_no_longer_than_claimed(gateway: Gateway):
    rules(gateway, harassment={"certifications": ("annual",)})
    ends = START + timedelta(minutes=20)
    await register(gateway, certifications=[{"name": "annual", "expires_at": ends.isoformat()}])
    await offer(gateway)
    held = await claimed(gateway)
    assert held
    gateway.clock.forward(timedelta(minutes=10))
    assert (await renew(gateway, held["lease_id"])).status_code == 200

    gateway.clock.forward(timedelta(minutes=15))
    refused = await renew(gateway, held["lease_id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "certification")
    assert "annual" in refused.json()["detail"]
    gateway.clock.forward(timedelta(minutes=20))
    await register(gateway, "rev-2", certifications=[{"name": "annual"}])
    assert await claimed(gateway, "rev-2"), "it came back by itself"


async def test_a_limit_on_taking_more_lets_who_holds_a_task_finish_it(gateway: Gateway):
    hours = {"days": ["sun"], "start": "09:00", "end": "10:15"}
    rules(gateway, harassment={"hours": {**hours, "zone": "UTC"}})
    await register(gateway, at_once=1, per_day=1, hours=hours)
    await offer(gateway)
    held = await claimed(gateway)
    assert held
    gateway.clock.forward(timedelta(minutes=20))

    assert (await renew(gateway, held["lease_id"])).status_code == 200


async def test_who_leaves_the_register_holds_nothing_any_more(gateway: Gateway):
    await register(gateway, "rev-2")
    await register(gateway)
    case_id = await offer(gateway)
    held = await claimed(gateway)
    assert held
    await gateway.post("/v1/reviewers/removals", {"reviewer": "rev-1"}, "operator")

    assert (await renew(gateway, held["lease_id"])).status_code == 404
    decision = {"decision_id": "d-1", "token": held["token"], "outcome": "no_violation", "rationale": "synthetic"}
    refused = await gateway.post("/v1/decisions", decision, "rev-1")
    assert refused.status_code == 403, refused.text
    taken = await claimed(gateway, "rev-2")
    assert taken
    assert taken["task"]["stream"] == case_id


# Put off, put first, handed on --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["skip", "return"])
async def test_who_was_given_a_task_and_wants_it_not_leaves_it_to_everybody(gateway: Gateway, action: str):
    case_id = await offer(gateway)
    await change(gateway, case_id, "reassign", to_reviewer="rev-2")
    assert await claimed(gateway, "rev-2")
    assert (await change(gateway, case_id, action, "rev-2")).status_code == 200

    assert await claimed(gateway, "rev-1")


async def test_what_is_put_first_sleeps_no_longer(gateway: Gateway):
    case_id = await offer(gateway)
    await change(gateway, case_id, "snooze", "operator", until=LATER)
    assert await claimed(gateway) is None
    await change(gateway, case_id, "boost")

    assert await claimed(gateway)


@pytest.mark.parametrize("grown", [{"severity": 0}, {"due_at": START + timedelta(minutes=30)}])
async def test_what_became_danger_or_is_due_before_it_wakes_sleeps_no_longer(gateway: Gateway, grown: dict[str, Any]):
    case_id = await offer(gateway)
    await change(gateway, case_id, "snooze", "operator", until=LATER)
    await project(gateway, case_id, TASK.evolve(**grown))

    assert await claimed(gateway)


# Nobody arranges their own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "snooze", "until": LATER},
        {"action": "boost"},
        {"action": "reassign", "to_queue": "general"},
        {"action": "reassign", "to_reviewer": "rev-2"},
    ],
)
async def test_an_operator_with_a_part_arranges_nothing_of_the_case(gateway: Gateway, asked: dict[str, Any]):
    case_id = await offer(gateway)
    asked = dict(asked)
    refused = await change(gateway, case_id, asked.pop("action"), "operator-9", **asked)

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict_of_interest")
    kept = (await gateway.get(f"/v1/task-changes?stream={case_id}&task_id=harassment/1")).json()["changes"]
    assert kept == []


async def test_who_decided_arranges_not_who_looks_at_it_again(gateway: Gateway):
    case_id = await offer(gateway)
    await decide_in_the_record(gateway, case_id, START)
    await project(gateway, case_id, TASK.evolve(task_id="second:d-1", kind=TaskKind.SECOND_LOOK))
    asked = TaskChangeRequest(
        message_id="q-1",
        stream=case_id,
        task_id="second:d-1",
        action="reassign",
        reason="synthetic",
        to_reviewer="rev-2",
    )
    with pytest.raises(Refused) as refused:
        await gateway.doors.change_task("demo", "rev-1", asked, operator=True)
    assert refused.value.code == "decided_before"
    assert (await change(gateway, case_id, "reassign", task_id="second:d-1", to_reviewer="rev-2")).status_code == 200
