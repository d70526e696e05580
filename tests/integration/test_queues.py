"""Queues over HTTP and a real record: what is put off, put first, handed on, passed over, given back, and by whom."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cases.case import CaseStage
from cases.projection import Projection, ReviewTask, TaskKind
from cases.queues import Queue, Tier
from cases.tokens import verify_token
from record import events, review, texts
from record.pool import tenant_transaction
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway

DUE = START + timedelta(hours=4)
WHY = "synthetic words of a reviewer"
TASK = ReviewTask(
    task_id="harassment/1",
    kind=TaskKind.MATTER,
    subject="harassment/1",
    queue="harassment",
    severity=2,
    due_at=DUE,
    area="harassment",
    language="de",
)


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def offer(gateway: Gateway, number: int = 1, **changes: Any) -> str:
    """A case with one open task."""
    body = {**REPORT, "message_id": f"m-{number}", "subject": {"kind": "content", "id": f"post-{number}"}}
    case_id: str = (await gateway.post("/v1/reports", body)).json()["case_id"]
    await project(gateway, case_id, TASK.evolve(**changes))
    return case_id


async def project(gateway: Gateway, case_id: str, *tasks: ReviewTask) -> None:
    stage = CaseStage.IN_REVIEW if tasks else CaseStage.TELLING
    await events.append(gateway.record, case_id, (), gateway.clock.now, Projection(stage=stage, tasks=tasks))


async def claimed(gateway: Gateway, who: str = "rev-1", **wanted: str) -> dict[str, Any] | None:
    response = await gateway.post("/v1/claims", wanted, who)
    return None if response.status_code == 204 else response.json()


async def change(gateway: Gateway, case_id: str, action: str, who: str = "operator", **more: Any) -> Any:
    body = {"message_id": f"q-{action}-{who}", "stream": case_id, "task_id": "harassment/1"}
    return await gateway.post("/v1/task-changes", {**body, "action": action, "reason": WHY, **more}, who)


async def test_a_snoozed_task_is_nobodys_until_then_and_its_next_projection_does_not_wake_it(gateway: Gateway):
    case_id = await offer(gateway)
    await claimed(gateway)
    until = START + timedelta(hours=1)
    response = await change(gateway, case_id, "snooze", "rev-1", until=until.isoformat())
    assert (response.status_code, response.json()["status"]) == (200, "accepted")
    await project(gateway, case_id, TASK)

    assert await claimed(gateway, "rev-2") is None
    assert (await gateway.get("/v1/queue")).json()["tasks"][0]["snoozed_until"] == "2026-11-22T11:00:00Z"
    gateway.clock.forward(timedelta(hours=1))
    assert await claimed(gateway, "rev-2")


async def test_a_boosted_task_comes_before_older_ones_and_after_danger(gateway: Gateway):
    await offer(gateway, 1)
    boosted = await offer(gateway, 2, due_at=DUE + timedelta(days=3))
    danger = await offer(gateway, 3, severity=0)
    await change(gateway, boosted, "boost")
    await project(gateway, boosted, TASK.evolve(due_at=DUE + timedelta(days=3)))

    order = [(await claimed(gateway))["task"]["stream"] for _ in range(2)]  # type: ignore[index]
    assert order == [danger, boosted]


async def test_a_task_given_to_a_person_is_theirs_until_it_is_due(gateway: Gateway):
    case_id = await offer(gateway)
    await change(gateway, case_id, "reassign", to_reviewer="rev-2")

    assert await claimed(gateway, "rev-1") is None
    named = await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, "rev-1")
    assert (named.status_code, named.json()["code"]) == (409, "assigned")
    assert await claimed(gateway, "rev-2")
    gateway.clock.forward(timedelta(hours=5))
    assert await claimed(gateway, "rev-1"), "nobody may sit on what is overdue"


async def test_a_task_is_given_to_nobody_who_could_never_take_it(gateway: Gateway):
    """It lay with them, unclaimable for all others, until it was due."""
    case_id = await offer(gateway, language="de")
    for name, profile in (("rev-2", {"languages": ["en"]}), ("rev-9", {"opted_out": ["harassment"]}), ("rev-1", {})):
        wanted = {"reviewer": name, "profile": profile}
        assert (await gateway.post("/v1/reviewers", wanted, "operator")).status_code == 200
    for name, code in (("rev-2", "language"), ("rev-9", "opted_out")):
        refused = await change(gateway, case_id, "reassign", to_reviewer=name)
        assert (refused.status_code, refused.json()["code"]) == (409, code), name
    assert (await change(gateway, case_id, "reassign", to_reviewer="rev-1")).status_code == 200


async def test_a_task_moved_to_another_queue_stays_there_while_it_is_open(gateway: Gateway):
    case_id = await offer(gateway)
    await change(gateway, case_id, "reassign", to_queue="general")
    await project(gateway, case_id, TASK)
    assert [one["queue"] for one in (await gateway.get("/v1/queue")).json()["tasks"]] == ["general"]

    await project(gateway, case_id)
    await project(gateway, case_id, TASK)
    assert [one["queue"] for one in (await gateway.get("/v1/queue")).json()["tasks"]] == ["harassment"]


async def test_who_passes_a_task_over_is_not_given_it_again_and_others_are(gateway: Gateway):
    case_id = await offer(gateway)
    await claimed(gateway)
    assert (await change(gateway, case_id, "skip", "rev-1")).status_code == 200

    assert await claimed(gateway, "rev-1") is None
    assert await claimed(gateway, "rev-2")


async def test_every_change_is_kept_with_its_sealed_reason_and_done_once(gateway: Gateway):
    case_id = await offer(gateway)
    await claimed(gateway)
    assert (await change(gateway, case_id, "return", "rev-1")).json()["status"] == "accepted"
    assert (await change(gateway, case_id, "return", "rev-1")).json()["status"] == "known"
    other = await change(gateway, case_id, "return", "rev-1", task_id="spam/1")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")

    (kept,) = (await gateway.get(f"/v1/task-changes?stream={case_id}&task_id=harassment/1")).json()["changes"]
    assert (kept["action"], kept["by"], kept["at"]) == ("return", "rev-1", "2026-11-22T10:00:00Z")
    assert (await texts.get(gateway.record, "demo", kept["reason_id"])).text == WHY
    assert await claimed(gateway, "rev-2")


async def test_nobody_changes_what_a_colleague_holds(gateway: Gateway):
    case_id = await offer(gateway)
    await claimed(gateway)
    refused = await change(gateway, case_id, "boost", "rev-2")

    assert (refused.status_code, refused.json()["code"]) == (409, "no_claim")


async def test_a_renewed_lease_comes_with_a_token_that_ends_with_it(gateway: Gateway):
    await offer(gateway)
    first = await claimed(gateway)
    assert first
    gateway.clock.forward(timedelta(minutes=20))
    path = f"/v1/claims/{first['lease_id']}/renewals"
    assert (await gateway.send("POST", path, "rev-2")).status_code == 404
    renewed = (await gateway.send("POST", path, "rev-1")).json()

    assert renewed["expires_at"] == "2026-11-22T10:50:00Z"
    key = {gateway.signing.key_id: gateway.signing.private.public_key()}
    claims = verify_token(key, renewed["token"], gateway.clock.now + timedelta(minutes=29))
    assert (claims.lease_id, claims.task_id) == (first["lease_id"], "harassment/1")
    named = await gateway.doors.renew("demo", "rev-1", first["lease_id"], ["protected_subjects"])
    claims = verify_token(key, named.token, gateway.clock.now)
    assert claims.named_roles == ("protected_subjects",), "who was named for something stays it while they hold a task"
    gateway.clock.forward(timedelta(minutes=30))
    assert (await gateway.send("POST", path, "rev-1")).status_code == 404, "a crashed reviewer's task is free again"
    assert await claimed(gateway, "rev-2")


async def test_once_a_register_is_kept_only_who_is_in_it_may_claim_and_what_fits(gateway: Gateway):
    await offer(gateway, 1)
    await offer(gateway, 2, language="en")
    profile = {"languages": ["en"], "at_once": 1}
    response = await gateway.post("/v1/reviewers", {"reviewer": "rev-1", "profile": profile}, "operator")
    assert response.json()["reviewers"][0]["profile"]["languages"] == ["en"]

    stranger = await gateway.post("/v1/claims", {}, "rev-2")
    assert (stranger.status_code, stranger.json()["code"]) == (409, "not_registered")
    first = await claimed(gateway, "rev-1")
    assert first
    assert first["task"]["language"] == "en"
    second = await gateway.post("/v1/claims", {}, "rev-1")
    assert (second.status_code, second.json()["code"]) == (409, "at_once")
    assert (await gateway.get("/v1/reviewers")).json()["reviewers"][0]["held"] == 1
    await gateway.post("/v1/reviewers/removals", {"reviewer": "rev-1"}, "operator")
    assert await claimed(gateway, "rev-2"), "with the last one the register ends"


async def test_a_queue_keeps_to_its_skills_its_tiers_and_its_limit(gateway: Gateway):
    rules = {
        "harassment": Queue(description="Synthetic.", tiers=(Tier(name="senior"),), at_once=1),
        "danger": Queue(description="Synthetic.", specialist=True),
    }
    record = replace(gateway.record, queues=rules)
    for number in (1, 2, 3):
        await offer(gateway, number, tier=2 if number == 1 else 1)
    await offer(gateway, 4, queue="danger", severity=0)
    for who, profile in (("rev-1", {}), ("rev-2", {"tier": 2, "skills": ["danger"]})):
        await gateway.post("/v1/reviewers", {"reviewer": who, "profile": profile}, "operator")

    async def take(who: str) -> tuple[str, int] | None:
        found = await review.claim(record, "demo", who, None, None, START, 600)
        return (found.task.queue, found.task.tier) if found else None

    assert await take("rev-1") == ("harassment", 1)
    assert await take("rev-1") is None, "one of this queue at once, by all together"
    assert await take("rev-2") == ("danger", 1)


async def test_a_lease_is_held_by_one_whatever_the_code_does(gateway: Gateway):
    case_id = await offer(gateway)
    await claimed(gateway)
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        with pytest.raises(Exception, match="leases_one_per_task"):
            await connection.execute(
                "INSERT INTO leases VALUES ('demo', 'lease-x', $1, 'harassment/1', 'rev-2', $2, $2)", case_id, START
            )
