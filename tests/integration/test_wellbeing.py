"""Wellbeing over HTTP and a real record: looking step by step, breaks, budgets, opting out, and who is left for danger."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.exposure import Weight, Weights, Wellbeing
from cases.queues import Queue
from record import care, evidence, review, watching
from record.errors import ClaimRefused
from record.pool import tenant_transaction
from tests.conftest import Database
from tests.integration.gateway_kit import START, Gateway, a_gateway
from tests.integration.test_queues import claimed, offer

DISTRESSING = "Synthetic post: you are such an idiot."
TWO_EACH = Weights(S0=Weight(units=2, tasks_per_day=1), S1=Weight(units=2), S2=Weight(units=2))
TIRING = Wellbeing(weights=TWO_EACH, units_per_day=5, break_after_units=4)


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


def tire(gateway: Gateway, rules: Wellbeing = TIRING, **queues: Queue) -> None:
    """Let this pack's rules hold in the gateway's record."""
    record = replace(gateway.record, wellbeing=rules, queues=queues)
    for door in (
        gateway.doors._deciding,
        gateway.doors._caring,
        gateway.doors._reading,
        gateway.doors._reading.looking,
    ):
        door._record = record
    gateway.record = record


async def a_post(gateway: Gateway, number: int = 1, **changes: Any) -> str:
    """A task, and what was captured of its subject."""
    case_id = await offer(gateway, number, **changes)
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, f'{{"text": "{DISTRESSING}"}}'.encode(), facts)
    return case_id


async def look(
    gateway: Gateway, case_id: str, level: str = "masked", who: str = "rev-1", acknowledged: bool = True
) -> Any:
    body = {"stream": case_id, "level": level, "acknowledged": acknowledged}
    return await gateway.post("/v1/reveals", body, who)


async def test_evidence_is_looked_at_step_by_step_and_every_step_is_kept_without_content(gateway: Gateway):
    case_id = await a_post(gateway)
    assert (await look(gateway, case_id)).json()["code"] == "no_claim"
    await claimed(gateway)
    assert (await look(gateway, case_id, acknowledged=False)).json()["code"] == "not_acknowledged"
    assert (await look(gateway, case_id, "clear")).json()["code"] == "not_masked_yet"
    masked = (await look(gateway, case_id)).json()
    clear = (await look(gateway, case_id, "clear", acknowledged=False)).json()
    await look(gateway, case_id, "clear")

    assert masked["presentation"]["blur"] is True
    assert (masked["presentation"]["next_level"], clear["presentation"]["blur"]) == ("clear", False)
    assert "idiot" not in "".join(one["text"] for one in masked["shown"]["original"])
    assert "".join(one["text"] for one in clear["shown"]["original"]) == DISTRESSING
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        rows = await connection.fetch("SELECT * FROM reveals ORDER BY level")
    assert [(row["level"], row["reviewer"], row["task_id"]) for row in rows] == [
        (level, "rev-1", "harassment/1") for level in ("clear", "masked", "warning")
    ]
    assert "idiot" not in str([dict(row) for row in rows])


async def test_what_is_restricted_is_shown_whole_at_no_door(gateway: Gateway):
    case_id = await a_post(gateway, severity=0)
    await claimed(gateway)
    whole = await gateway.get(f"/v1/cases/{case_id}?reveal=evidence", "rev-1")
    await look(gateway, case_id)

    assert (whole.status_code, whole.json()["code"]) == (403, "restricted")
    assert (await look(gateway, case_id, "clear")).json()["code"] == "restricted"


async def test_a_break_is_due_after_so_much_and_ends_by_itself(gateway: Gateway):
    tire(gateway)
    for number in (1, 2, 3):
        await a_post(gateway, number)
    for _ in range(2):
        found = await claimed(gateway)
        assert found
        for level in ("masked", "clear"):
            await look(gateway, found["task"]["stream"], level)
    refused = await gateway.post("/v1/claims", {}, "rev-1")

    assert (refused.status_code, refused.json()["code"]) == (409, "break")
    assert "2026-11-22T10:15:00" in refused.json()["detail"]
    mine = (await gateway.get("/v1/wellbeing", "rev-1")).json()
    assert (mine["units"], mine["since_break"], mine["break_until"]) == (4, 4, "2026-11-22T10:15:00Z")
    assert await claimed(gateway, "rev-2"), "a colleague's break is nobody else's"
    (rev_1, *_) = (await gateway.get("/v1/load")).json()["people"]
    assert (rev_1["reviewer"], rev_1["units"], rev_1["break_until"]) == ("rev-1", 4, "2026-11-22T10:15:00Z")
    gateway.clock.forward(timedelta(minutes=15))
    spent = await gateway.post("/v1/claims", {}, "rev-1")
    assert (spent.status_code, spent.json()["code"]) == (409, "budget"), "two units more are over the day's five"
    gateway.clock.forward(timedelta(days=1))
    await a_post(gateway, 4)
    assert await claimed(gateway)


async def test_who_is_called_takes_a_task_for_a_life_in_spite_of_limits_and_it_is_seen(gateway: Gateway):
    tire(gateway)
    case_id = await a_post(gateway, 1, severity=0)
    await claimed(gateway)
    await look(gateway, case_id)
    second, ordinary = await a_post(gateway, 2, severity=0), await a_post(gateway, 3)
    nothing = await gateway.post(
        "/v1/claims", {"queue": "harassment", "stream": second, "task_id": "harassment/1"}, "rev-1"
    )
    named = {"stream": second, "task_id": "harassment/1", "despite_limits": True}
    taken = await gateway.post("/v1/claims", named, "rev-1")

    assert (nothing.status_code, nothing.json()["code"]) == (409, "budget")
    assert taken.status_code == 201
    await look(gateway, second)
    (row,) = (await gateway.get("/v1/load")).json()["despite_limits"]
    assert (row["reviewer"], row["stream"]) == ("rev-1", second)
    gateway.clock.forward(timedelta(minutes=1))
    tire(gateway, Wellbeing(weights=TWO_EACH, units_per_day=4, break_after_units=2))
    refused = await gateway.post("/v1/claims", {**named, "stream": ordinary}, "rev-1")
    assert refused.json()["code"] == "break", "only where a life may be in danger"


async def test_nobody_is_shown_what_they_opted_out_of_and_no_reason_is_asked(gateway: Gateway):
    await a_post(gateway)
    unknown = await gateway.post("/v1/opt-outs", {"areas": ["harrasment"]}, "rev-1")
    assert (unknown.status_code, "did you mean harassment" in unknown.text) == (422, True)
    mine = (await gateway.post("/v1/opt-outs", {"areas": ["harassment"]}, "rev-1")).json()

    assert mine["opted_out"] == ["harassment"]
    assert await claimed(gateway) is None
    case_id = (await gateway.get("/v1/queue")).json()["tasks"][0]["stream"]
    named = await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, "rev-1")
    assert named.json()["code"] == "opted_out"
    await gateway.post("/v1/opt-outs", {"areas": []}, "rev-1")
    assert await claimed(gateway)


async def test_what_is_severe_and_nobody_may_take_is_seen_and_pages_a_person(gateway: Gateway):
    tire(gateway)
    await a_post(gateway, severity=1)
    await gateway.post("/v1/reviewers", {"reviewer": "rev-1", "profile": {}}, "operator")
    assert await care.unstaffed(gateway.record, "demo", START) == ()
    await gateway.post("/v1/opt-outs", {"areas": ["harassment"]}, "rev-1")
    (line,) = (await gateway.get("/v1/load")).json()["unstaffed"]

    assert (line["queue"], line["severity"], line["tasks"]) == ("harassment", 1, 1)
    (page,) = await watching.take_pages(gateway.record, "demo", START)
    assert page.queue == "harassment"


async def test_a_row_of_one_area_ends_with_another_subject(gateway: Gateway):
    tire(gateway, Wellbeing(in_a_row=2))
    for number in (1, 2, 3):
        await a_post(gateway, number)
    for _ in range(2):
        found = await claimed(gateway)
        assert found
        await look(gateway, found["task"]["stream"])
    with pytest.raises(ClaimRefused, match="in a row"):
        await review.claim(gateway.record, "demo", "rev-1", None, None, START, 600)
    other = await a_post(gateway, 4, area="self_harm")
    found = await claimed(gateway)
    assert found
    assert found["task"]["stream"] == other
    await look(gateway, other)
    assert await claimed(gateway), "another subject was seen between"
